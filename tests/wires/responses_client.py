"""OpenAI's own client of the Responses API, and the doors it is tested at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from openai import OpenAI
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from mock_gateway import Contract, Gateway
from mock_gateway.core.chat import ChatRequest
from mock_gateway.wires.responses import responses
from mock_gateway.wires.wire import Envelope

RESPAN = "https://api.respan.ai/api"
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
ENVELOPE = Envelope("resp-000001", 1767225600, "gpt-4o")


@contextmanager
def in_process(gateway: Gateway) -> Iterator[str]:
    """The address of the gateway, for clients of this process."""
    with gateway.intercept():
        yield RESPAN


@contextmanager
def over_a_socket(gateway: Gateway) -> Iterator[str]:
    """The address of the gateway, for anybody."""
    with gateway.serve() as server:
        yield server.openai_url


DOORS = pytest.mark.parametrize("door", [in_process, over_a_socket])
Door = Callable[[Gateway], Any]


def client(url: str, **options: Any) -> OpenAI:
    return OpenAI(base_url=url, api_key="any", **options)


def request(**fields: Any) -> ChatRequest:
    return responses.request({"model": "gpt-4o", "input": "Hi", **fields}, None, Contract())
