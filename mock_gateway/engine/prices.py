"""What a call costs."""

from dataclasses import dataclass
from functools import lru_cache

from ..core.chat import Usage

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens."""

    prompt: float
    completion: float


class Prices:
    """The prices of an account: its own, and for other models those of genai-prices."""

    def __init__(self) -> None:
        self._own: dict[str, Price] = {}

    def set(self, model: str, price: Price) -> None:
        """Have a price of one's own."""
        self._own[model] = price

    def stated(self, prompt: float | None, completion: float | None) -> Price | None:
        """The price somebody brought along, if anything of it was said."""
        return None if prompt is None and completion is None else Price(prompt or 0, completion or 0)

    def cost(self, model: str, usage: Usage, stated: Price | None = None) -> float | None:
        """Dollars for one call; `stated` is a price the request brought along. None for a model nobody knows."""
        price = stated or self._own.get(model)
        if price is None:
            return _known(model, usage)
        cost = usage.prompt_tokens * price.prompt + usage.completion_tokens * price.completion
        return round(cost / _MILLION, 12)


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
