"""What a call costs."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from ..core.chat import Usage
from .catalogue import Catalogue

_MILLION = 1_000_000


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
    from genai_prices import Usage as Priced  # 200 ms, for those who ask what a call costs
    from genai_prices import calc_price

    weighed = Priced(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        cache_read_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_creation_tokens,
    )
    try:
        return float(calc_price(weighed, model_ref=model.rpartition("/")[2]).total_price)
    except (LookupError, ValueError):  # nobody's price, or counts that cannot be, such as more cached than asked
        return None


@lru_cache(maxsize=4096)
def _listed(model: str) -> Listed | None:
    from genai_prices import Usage as Priced
    from genai_prices import calc_price

    name = model.rpartition("/")[2]
    try:
        found = calc_price(Priced(input_tokens=0, output_tokens=0), model_ref=name).model
    except LookupError:
        return None

    def cost(asked: int = 0, answered: int = 0, cached: int = 0, created: int = 0) -> float:
        """Dollars for a million tokens, told from a thousand, so that no tier for many tokens is reached."""
        weighed = Priced(
            input_tokens=asked, output_tokens=answered, cache_read_tokens=cached, cache_write_tokens=created
        )
        return round(float(calc_price(weighed, model_ref=name).total_price) * 1000, 6)

    k = 1000
    return Listed(cost(k), cost(0, k), cost(k, cached=k), cost(k, created=k), found.context_window)
