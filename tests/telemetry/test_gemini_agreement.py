"""What the instrumentation of Google's SDK has really sent, beside what the gateway did."""

import json
from typing import Any

import pytest

from mock_gateway import Gateway, Usage
from mock_gateway.core.requests import HttpRequest
from pytest_respan import assert_telemetry_agrees

from ..engine.dialogue import hear
from .sending import capture, send

MODEL = "gemini-2.5-flash"


def ask(gateway: Gateway, text: str, model: str = MODEL, *, stream: bool = False, **fields: Any) -> None:
    """The request that the capture was made with."""
    verb = "streamGenerateContent" if stream else "generateContent"
    place = f"/api/google/gemini/v1/models/{model}:{verb}"
    body = json.dumps({"contents": [{"parts": [{"text": text}], "role": "user"}], **fields}).encode()
    query = "alt=sse" if stream else ""
    hear(gateway, HttpRequest("POST", "api.respan.ai", place, {"x-goog-api-key": "any"}, body, "t", query))


def captured(*, prompt_tokens: int = 8) -> Gateway:
    """A gateway that was asked the same, and was sent those spans."""
    gateway = Gateway()
    usage = Usage(prompt_tokens, 4)
    gateway.model(MODEL).replies("Hello from Gemini", usage=usage, times=1).replies("Hello Gemini", usage=usage)
    gateway.model("err-429-noretry").fails(429)
    ask(gateway, "hi", systemInstruction={"parts": [{"text": "be brief"}]})
    ask(gateway, "stream", stream=True)
    ask(gateway, "linked?")
    ask(gateway, "x", "err-429-noretry")
    for batch in capture("google"):
        assert send(gateway, batch).status == 200
    return gateway


def test_spans_that_point_to_no_row_agree_all_the_same() -> None:
    """They are found by what they ask and say."""
    gateway = captured()
    assert_telemetry_agrees(gateway)
    assert [(span.model, span.status) for span in gateway.spans] == [*[(MODEL, "ok")] * 3, ("err-429-noretry", "error")]


def test_spans_that_count_otherwise_do_not() -> None:
    """Whoever has answered weighs another thing."""
    with pytest.raises(AssertionError, match=r"call 1: it took 9 \+ 4 tokens, but its span says 8 \+ 4"):
        assert_telemetry_agrees(captured(prompt_tokens=9))
