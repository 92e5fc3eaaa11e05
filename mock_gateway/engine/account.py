"""What would be set on the platform's pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ..core import problems
from ..core.contract import Contract
from ..core.directives import Retries
from ..core.masking import mask


class Account:
    """The organization the gateway works for."""

    def __init__(self) -> None:
        self.models: Sequence[str] | None = None
        """The models it may use. None: any model name is known."""
        self._fallback_models: tuple[str, ...] = ()
        self._retries: Retries | None = None
        self._keys: dict[str, str] = {}

    def __repr__(self) -> str:
        keys = ", ".join(f"{mask(key)} ({environment})" for key, environment in self._keys.items())
        models = "any model" if self.models is None else f"{len(self.models)} models"
        return f"<Account keys: {keys or 'any'}; {models}>"

    @property
    def fallback_models(self) -> Sequence[str]:
        """The models that are asked, in this order, where neither the request nor its prompt names any."""
        return self._fallback_models

    @fallback_models.setter
    def fallback_models(self, models: Sequence[str]) -> None:
        if isinstance(models, str) or not all(isinstance(model, str) and model for model in models):
            raise TypeError(f"fallback_models is a list of model names, not {models!r}.")
        self._fallback_models = tuple(models)

    @property
    def retries(self) -> Mapping[str, Any]:
        """How often and after how long a model is asked again: ``{"num_retries": 2, "retry_after": 1}``."""
        return {} if self._retries is None else self._retries.model_dump()

    @retries.setter
    def retries(self, settings: Mapping[str, Any]) -> None:
        try:
            self._retries = Retries.model_validate(dict(settings)) if settings else None
        except ValidationError as error:
            told = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
            raise ValueError(f"retries are num_retries, retry_after and retry_enabled. {told}") from None

    @property
    def retry_settings(self) -> Retries | None:
        """The same, as the policy takes them."""
        return self._retries

    def add_key(self, key: str, *, environment: str = "test") -> None:
        """Issue an API key. Once there is one, others are refused."""
        self._keys[key] = environment

    def admit(self, key: str | None, contract: Contract) -> None:
        """Let the bearer of this key in, or raise the problem."""
        if key is None:
            raise problems.missing_key(contract)
        if self._keys and key not in self._keys:
            raise problems.refused_key(contract)

    def has(self, model: str) -> bool:
        """Whether the model is one of the account's."""
        return self.models is None or model in self.models

    def require(self, model: str) -> None:
        """Raise the problem if this model is none of the account's."""
        if not self.has(model):
            raise problems.unknown_model(model)
