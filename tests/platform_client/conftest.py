from collections.abc import Iterator
from typing import Any

import pytest

from mock_gateway import Gateway, Usage


@pytest.fixture
def gateway() -> Gateway:
    """A gateway with a model that answers, and costs a dollar a call."""
    made = Gateway()
    made.model("gpt-4o").replies("Hello.", usage=Usage(600, 400), delay=1, optional=True)
    made.account.price("gpt-4o", prompt=1000, completion=1000)
    return made


@pytest.fixture(params=["in process", "a socket"])
def client(request: pytest.FixtureRequest, gateway: Gateway) -> Iterator[Any]:
    """The official client, in process on its own base URL and over a real socket."""
    from .official import client

    if request.param == "in process":
        with gateway.intercept(), client("https://api.respan.ai") as made:
            yield made
    else:
        with gateway.serve() as server, client(server.url.removesuffix("/api")) as made:
            yield made
