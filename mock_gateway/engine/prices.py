"""What a call costs."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from ..core.chat import Usage
from .catalogue import Catalogue

_MILLION = 1_000_000
_NOON = datetime(2100, 1, 1, 12, tzinfo=UTC)
"""When calls are made, as far as their price is concerned: by day, and when all changes known today have come. Some
models cost another price from a date on, or at night: what a test sees must not depend on when it runs.
"""


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens. Those that went through the provider's cache cost the same, unless it is said."""

    prompt: float
    completion: float
    cached: float | None = None
    created: float | None = None

    def of(self, usage: Usage) -> float:
        """Dollars for one call."""
        through = ((usage.cached_tokens, self.cached), (usage.cache_creation_tokens, self.created))
        apart = [(count, price) for count, price in through if price is not None]
        fresh = max(usage.prompt_tokens - sum(count for count, _ in apart), 0)
        cost = fresh * self.prompt + usage.completion_tokens * self.completion
        return round((cost + sum(count * price for count, price in apart)) / _MILLION, 12)


class Listed(NamedTuple):
    """What is known of the price of a model, and of its size."""

    prompt: float | None = None
    completion: float | None = None
    cached: float | None = None
    created: float | None = None
    context_window: int | None = None


class Prices:
    """The prices of an account: its own, those of its custom models, and for other models those of genai-prices."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._own: dict[str, Price] = {}

    def set(self, model: str, price: Price) -> None:
        """Have a price of one's own."""
        self._own[model] = price

    @property
    def models(self) -> list[str]:
        """The models that have a price of the account's own."""
        return list(self._own)

    def stated(self, prompt: float | None, completion: float | None) -> Price | None:
        """The price somebody brought along, if anything of it was said."""
        return None if prompt is None and completion is None else Price(prompt or 0, completion or 0)

    def cost(self, model: str, usage: Usage, stated: Price | None = None) -> float | None:
        """Dollars for one call; `stated` is a price the request brought along. None for a model nobody knows."""
        price = stated or self._price(model)
        return _known(self._catalogue.root(model), usage) if price is None else price.of(usage)

    def listed(self, model: str) -> Listed | None:
        """What a list of models says of the price of this one."""
        price, custom = self._own.get(model), self._catalogue.models.get(model)
        if price is not None:
            size = _listed(model) or Listed()
            return Listed(price.prompt, price.completion, price.cached, price.created, size.context_window)
        if custom is None:
            return _listed(model)
        base = (self.listed(custom.base_model_name) if custom.base_model_name else None) or Listed()
        prompt, completion, cached, created = (
            inherited if own is None else own for own, inherited in zip(custom.costs, base, strict=False)
        )
        return Listed(prompt, completion, cached, created, custom.max_context_window or base.context_window)

    def _price(self, model: str) -> Price | None:
        """A price that somebody has set: for this model, or for the one that it is based on."""
        custom = self._catalogue.models.get(model)
        if model in self._own or custom is None:
            return self._own.get(model)
        if all(cost is None for cost in custom.costs):
            return None if custom.base_model_name is None else self._price(custom.base_model_name)
        listed = self.listed(model) or Listed()
        return Price(listed.prompt or 0, listed.completion or 0, listed.cached, listed.created)


@lru_cache(maxsize=4096)
def _known(model: str, usage: Usage) -> float | None:
    try:
        return float(_priced(model, usage).total_price)
    except (LookupError, ValueError):  # nobody's price, or counts that cannot be, such as more cached than asked
        return None


@lru_cache(maxsize=4096)
def _listed(model: str) -> Listed | None:
    try:
        found = _priced(model, Usage(0, 0)).model
    except LookupError:
        return None

    def cost(asked: int = 0, answered: int = 0, **through_cache: int) -> float:
        """Dollars for a million tokens, told from a thousand, so that no tier for many tokens is reached."""
        return round(float(_priced(model, Usage(asked, answered, **through_cache)).total_price) * 1000, 6)

    k = 1000
    cached, created = cost(k, cached_tokens=k), cost(k, cache_creation_tokens=k)
    return Listed(cost(k), cost(0, k), cached, created, found.context_window)


def _priced(model: str, usage: Usage) -> Any:
    """What genai-prices says."""
    from genai_prices import Usage as Priced  # 200 ms, for those who ask what a call costs
    from genai_prices import calc_price

    weighed = Priced(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        cache_read_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_creation_tokens,
    )
    return calc_price(weighed, model_ref=model.rpartition("/")[2], genai_request_timestamp=_NOON)
