"""What would be set on the platform's pages, as data: prompts, and the account they belong to."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from pydantic import Field

from ..engine.account import Account
from ..engine.prompts import Prompts
from .shape import Part, ScenarioMistake, either, one_verb

Amount = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Version(Part):
    """A version of a stored prompt."""

    messages: list[dict[str, Any]]
    prompt_id: str
    version: Annotated[int, Field(ge=1)] | None = None
    """Its number. Without, the next."""
    deploy: bool = True
    """Whether it is the one that is used where none is asked for; if not, it is a draft."""
    name: str | None = None
    variables: dict[str, Any] = Field(default_factory=dict)
    """Defaults of its variables."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """What else it brings along: model, temperature, tools, fallback_models, ..."""

    def play(self, prompts: Prompts) -> None:
        """Store it."""
        told = self.given("version", "deploy", "name", "variables")
        taken = sorted({"messages", "version", "deploy", "name", "variables"} & set(self.parameters))
        if taken:
            raise TypeError(f"{taken[0]} is no parameter: it stands beside prompt_id.")
        prompts.add(self.prompt_id, messages=self.messages, **told, **self.parameters)


class Deployment(Part):
    """Which version of a stored prompt is used from now on, where none is asked for."""

    deploys: Annotated[int, Field(ge=1)]
    prompt_id: str

    def play(self, prompts: Prompts) -> None:
        """Deploy it."""
        prompts.deploy(self.prompt_id, self.deploys)


PromptPart = Annotated[Any, one_verb({"messages": Version, "deploys": Deployment}, "a prompt")]
"""Told apart by whether it has messages, or deploys a version."""


class Key(Part):
    """An API key of the account. Once there is one, others are refused."""

    key: Annotated[str, Field(min_length=1, repr=False)]
    environment: str = "test"


class Credential(Part):
    """The account's own account with a provider."""

    provider: str
    weight: Amount = 1
    available_models: list[str] = Field(default_factory=list)
    exclude_models: list[str] = Field(default_factory=list)


class LimitPart(Part):
    """A limit of one of requests, tokens and cost, in a window of so many seconds."""

    requests: Annotated[int, Field(gt=0)] | None = None
    tokens: Annotated[int, Field(gt=0)] | None = None
    cost: Amount | None = None
    per: Literal["key", "organization", "customer"] = "organization"
    window: Amount = 60
    action: Literal["block", "warn"] = "block"


class PricePart(Part):
    """Dollars for a million tokens."""

    prompt: Dollars
    completion: Dollars


class RetrySettings(Part):
    """How often and after how long a model is asked again."""

    retry_enabled: bool = True
    num_retries: Annotated[int, Field(gt=0)] = 3
    retry_after: Amount = 0.2


class AccountPart(Part):
    """The account the gateway works for. What is not said stays as it is."""

    keys: list[Annotated[Any, either(text=Annotated[str, Field(min_length=1)], otherwise=Key)]] = Field(
        default_factory=list
    )
    credentials: list[Credential] = Field(default_factory=list)
    load_balance_groups: dict[str, Annotated[dict[str, Amount], Field(min_length=1)]] = Field(default_factory=dict)
    """By group, the weight of each of its models."""
    limits: list[LimitPart] = Field(default_factory=list)
    prices: dict[str, PricePart] = Field(default_factory=dict)
    fallback_models: list[Annotated[str, Field(min_length=1)]] | None = None
    retries: RetrySettings | None = None
    models: list[str] | None = None
    """The models it may use. null: any."""
    is_subscribed: bool = True
    credit: Dollars | None = None

    def play(self, account: Account) -> None:
        """Set what is said."""
        for key in self.keys:
            found = Key(key=key) if isinstance(key, str) else key
            account.add_key(found.key, environment=found.environment)
        for one in self.credentials:
            account.add_credential(one.provider, **one.given("weight", "available_models", "exclude_models"))
        for name, models in self.load_balance_groups.items():
            account.add_load_balance_group(name, models)
        for at, limit in enumerate(self.limits):
            with _at(f"account.limits[{at}]"):
                account.limit(**limit.given(*LimitPart.model_fields))
        for model, price in self.prices.items():
            account.price(model, prompt=price.prompt, completion=price.completion)
        for name, value in self.given("models", "is_subscribed", "credit").items():
            setattr(account, name, value)
        if "fallback_models" in self.model_fields_set:
            account.fallback_models = self.fallback_models or []
        if "retries" in self.model_fields_set:
            account.retries = {} if self.retries is None else self.retries.model_dump()


def play_prompts(parts: Sequence[Any], prompts: Prompts) -> None:
    """Store and deploy them, in their order."""
    for at, part in enumerate(parts):
        with _at(f"prompts[{at}]"):
            part.play(prompts)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Tell a mistake with its place."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise ScenarioMistake(f"{place}: {error}") from None
