"""A call as the engine answers it, step by step: without a client, without a door."""

import json
from typing import Any

from mock_gateway import Gateway
from mock_gateway.core.requests import HttpRequest
from mock_gateway.core.steps import Chunk, Start

from .dialogue import KEY


def question(text: str = "Hi", model: str = "gpt-4o", **fields: Any) -> bytes:
    return json.dumps({"model": model, "messages": [{"role": "user", "content": text}], **fields}).encode()


def request(body: bytes | None = None, path: str = "/api/chat/completions", **changes: Any) -> HttpRequest:
    values: dict[str, Any] = {"method": "POST", "host": "api.respan.ai", "headers": KEY, "door": "test"} | changes
    return HttpRequest(path=path, body=question() if body is None else body, **values)


def ask(gateway: Gateway, asked: HttpRequest | None = None) -> tuple[int, dict[str, str], bytes]:
    """A call taken to its end."""
    start, *rest = list(gateway.handle(asked or request()))
    assert isinstance(start, Start), start
    return start.status, dict(start.headers), b"".join(step.data for step in rest if isinstance(step, Chunk))


def said(gateway: Gateway, asked: HttpRequest | None = None) -> Any:
    status, _, body = ask(gateway, asked)
    assert status == 200, body
    return json.loads(body)["choices"][0]["message"]["content"]
