"""The same answer for everybody: a completion of 200 words, whole or as 200 events, made by the gateway itself."""

import json
from typing import Any

from mock_gateway import Gateway
from mock_gateway.core.requests import HttpRequest
from mock_gateway.core.steps import Chunk

TEXT = " ".join(["lorem"] * 200)
MESSAGES: Any = [{"role": "user", "content": "Tell me something, at some length."}]
HEADERS = {"authorization": "Bearer any"}


def gateway() -> Gateway:
    """A gateway that always gives this answer."""
    made = Gateway()
    made.model("gpt-4o").replies(TEXT)
    made.model("busy").fails(429, optional=True)
    made.prompts.add("p", messages=[{"role": "system", "content": "You help {{ name }}."}], temperature=0.2)
    return made


def request(*, stream: bool = False) -> HttpRequest:
    """A request for it, as a door hands it over."""
    body = json.dumps({"model": "gpt-4o", "messages": MESSAGES, "stream": stream}).encode()
    return HttpRequest("POST", "api.respan.ai", "/api/chat/completions", HEADERS, body, "benchmark")


def chunks(*, stream: bool) -> list[bytes]:
    """The bytes of the answer."""
    return [step.data for step in gateway().handle(request(stream=stream)) if isinstance(step, Chunk)]
