"""What would be set on the platform's pages."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, get_args

from pydantic_core import ValidationError

from ..core import problems
from ..core.contract import Contract
from ..core.directives import Retries, WeightedModel
from ..core.masking import mask
from ..core.nearest import unknown
from ..core.providers import provider as provider_name
from .cache import Cache
from .catalogue import Catalogue
from .clock import Clock
from .credentials import Credential
from .limits import Action, Limit, Limits, Per
from .prices import Price, Prices
from .prompts import Prompts
from .said import check_amounts, check_positive, check_texts, names

_SETTINGS = ("credit", "fallback_models", "is_subscribed", "models", "retries")


class Account:
    """The organization the gateway works for."""

    _is_made: bool = False

    def __init__(self, clock: Clock) -> None:
        self._models: tuple[str, ...] | None = None
        self.is_subscribed = True
        """Whether its plan lets it call the gateway at all; if not, calls are answered with a 403."""
        self.credit: float | None = None
        """Dollars to spend where no other credentials pay. Spent, calls are answered with a 402. None: no end of them."""
        self.prompts = Prompts(clock)
        self.cache = Cache()
        self.limits = Limits()
        self.catalogue = Catalogue()
        self.prices = Prices(self.catalogue)
        self.credentials: list[Credential] = []
        self._groups: dict[str, list[WeightedModel]] = {}
        self._fallback_models: tuple[str, ...] = ()
        self._retries: Retries | None = None
        self._keys: dict[str, str] = {}
        self._is_made = True

    def __setattr__(self, name: str, value: Any) -> None:
        if (
            self._is_made and name not in _SETTINGS and not name.startswith("_")
        ):  # whoever misspells a setting would wait for its effect
            raise AttributeError(unknown("setting of the account", name, _SETTINGS))
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        keys = ", ".join(f"{mask(key)} ({environment})" for key, environment in self._keys.items())
        models = "any model" if self.models is None else f"{len(self.models)} models"
        return f"<Account keys: {keys or 'any'}; {models}>"

    @property
    def is_bare(self) -> bool:
        """Whether nothing is set that has a say in calls which themselves ask for nothing but an answer."""
        has_say = self.credentials or self._fallback_models or self._retries or self.limits.of_all
        return not has_say and self._models is None and self.credit is None

    @property
    def models(self) -> Sequence[str] | None:
        """The models it may use. None: any model name is known."""
        return self._models

    @models.setter
    def models(self, models: Sequence[str] | None) -> None:
        self._models = None if models is None else names(models=models)

    @property
    def fallback_models(self) -> Sequence[str]:
        """The models that are asked, in this order, where neither the request nor its prompt names any."""
        return self._fallback_models

    @fallback_models.setter
    def fallback_models(self, models: Sequence[str]) -> None:
        self._fallback_models = names(fallback_models=models)

    @property
    def retries(self) -> Mapping[str, Any]:
        """How often and after how long a model is asked again: ``{"num_retries": 2, "retry_after": 1}``."""
        return {} if self._retries is None else self._retries.plain()

    @retries.setter
    def retries(self, settings: Mapping[str, Any]) -> None:
        try:
            self._retries = Retries.of(dict(settings)) if settings else None
        except ValidationError as error:
            told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
            raise ValueError(f"retries are num_retries, retry_after and retry_enabled. {told}") from None

    @property
    def retry_settings(self) -> Retries | None:
        """The same, as the policy takes them."""
        return self._retries

    def add_credential(
        self,
        provider: str,
        *,
        weight: float = 1,
        available_models: Sequence[str] = (),
        exclude_models: Sequence[str] = (),
    ) -> None:
        """Connect an account with a provider. Several of one provider share its calls by weight."""
        check_positive(weight=weight)
        name = provider_name(provider)
        number = 1 + sum(one.provider == name for one in self.credentials)
        shown = f"deployment {number}"
        available, excluded = names(available_models=available_models), names(exclude_models=exclude_models)
        one = Credential("account", name, shown, weight, available, excluded)
        self.credentials.append(one)

    def add_load_balance_group(self, group_id: str, models: Mapping[str, float]) -> None:
        """Store a group of models with their weights."""
        if not isinstance(models, Mapping) or not models:
            raise TypeError(f"models are a mapping of names to weights, not {models!r}.")
        check_positive(**{f"the weight of {model}": weight for model, weight in models.items()})
        self._groups[group_id] = [
            WeightedModel.of({"model": model, "weight": weight}) for model, weight in models.items()
        ]

    def group(self, group_id: str, contract: Contract) -> list[WeightedModel]:
        """The models of a stored group, or the problem."""
        if group_id not in self._groups:
            why = unknown("group", group_id, self._groups)
            raise problems.invalid_field(contract, "load_balance_group.group_id", why)
        return self._groups[group_id]

    def limit(
        self,
        *,
        requests: int | None = None,
        tokens: int | None = None,
        cost: float | None = None,
        per: Per = "organization",
        window: float = 60,
        action: Action = "block",
    ) -> None:
        """Limit what a key, a customer or the whole organization may use in a window of so many seconds."""
        amounts = {"requests": requests, "tokens": tokens, "cost": cost}
        given = {metric: amount for metric, amount in amounts.items() if amount is not None}
        if len(given) != 1:
            raise TypeError("limit() takes one of requests, tokens and cost.")
        if per not in get_args(Per):
            raise ValueError(unknown("per", per, get_args(Per)))
        if action not in get_args(Action):
            raise ValueError(unknown("action", action, get_args(Action)))
        check_positive(**given, window=window)
        metric: Any = next(iter(given))
        self.limits.add(Limit(metric, given[metric], per, window, action))

    def price(self, model: str, *, prompt: float, completion: float) -> None:
        """What a million tokens of this model cost."""
        check_texts(model=model)
        if not model or any(letter in model for letter in "*?["):
            raise ValueError(f"price() takes the whole name of a model, not {model!r}.")
        check_amounts(prompt=prompt, completion=completion)
        self.prices.set(model, Price(prompt, completion))

    def add_key(self, key: str, *, environment: str = "test") -> None:
        """Issue an API key. Once there is one, others are refused."""
        check_texts(key=key, environment=environment)
        self._keys[key] = environment

    @property
    def keys(self) -> Collection[str]:
        """The API keys that were issued. Where there are none, any will do."""
        return self._keys.keys()

    def admit(self, key: str | None, contract: Contract) -> str:
        """Let the bearer of this key in, to the environment it belongs to, or raise the problem."""
        if key is None:
            raise problems.missing_key(contract)
        if self._keys and key not in self._keys:
            raise problems.refused_key(contract)
        if not self.is_subscribed:
            raise problems.forbidden()
        return self._keys.get(key, "test")

    def has(self, model: str) -> bool:
        """Whether the model is one of the account's."""
        return self.models is None or model in self.models or model in self.catalogue.models

    def require(self, model: str) -> None:
        """Raise the problem if this model is none of the account's."""
        if not self.has(model):
            raise problems.unknown_model(model)
