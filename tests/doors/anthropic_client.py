"""Anthropic's own client, at every place where it meets a gateway."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anthropic
import pytest

from mock_gateway import Gateway

MODEL = "claude-of-tests"  # the client warns of real ones when their time is over
RESPAN = "https://api.respan.ai/api/anthropic"
PLACES = ["intercepted", "with a slash", "socket", "its own host"]
every_place = pytest.mark.parametrize("place", PLACES)


@contextmanager
def met(gateway: Gateway, place: str) -> Iterator[str | None]:
    """The base URL under which a gateway is met there; None: where the client is at home."""
    if place == "socket":
        with gateway.serve() as server:
            yield server.anthropic_url
    else:
        with gateway.intercept():
            yield {"intercepted": RESPAN, "with a slash": f"{RESPAN}/"}.get(place)


@contextmanager
def opened(gateway: Gateway, place: str = "intercepted", **options: Any) -> Iterator[anthropic.Anthropic]:
    """A client of the gateway, met there."""
    with met(gateway, place) as url, anthropic.Anthropic(base_url=url, api_key="any", **options) as client:
        yield client


@asynccontextmanager
async def opened_async(gateway: Gateway, place: str) -> AsyncIterator[anthropic.AsyncAnthropic]:
    """The same for its asynchronous twin."""
    with met(gateway, place) as url:
        async with anthropic.AsyncAnthropic(base_url=url, api_key="any") as client:
            yield client


def asked(text: str = "Hi", **fields: Any) -> Any:
    """What is asked."""
    return {"model": MODEL, "max_tokens": 64, "messages": [{"role": "user", "content": text}], **fields}
