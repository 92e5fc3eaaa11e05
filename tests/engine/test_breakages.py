"""Where an answer can break, and what the client is given then."""

import json
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.engine.breakages import BREAKAGES

from .dialogue import Heard, ask

BROKEN: dict[str, tuple[str, str]] = {
    "after_the_role": ("cut", ""),
    "mid_word": ("cut", "This answer is unfin"),
    "before_the_end": ("cut", "This answer is unfinished."),
    "stall": ("silence", "This answer "),
    "error_event": ("complete", "This answer "),
}
"""How a stream ends, and what was said before."""
WHOLE: dict[str, tuple[str, int]] = {
    "stall": ("silence", 0),
    "corrupt_frame": ("complete", 200),
    "error_event": ("complete", 200),
}
"""How a whole answer ends where it is not the gateway's 502."""


def broken(at: str, **fields: Any) -> tuple[Gateway, Heard]:
    gateway = Gateway()
    gateway.model("gpt-4o").breaks(at)
    return gateway, ask(gateway, **fields)


@pytest.mark.parametrize("at", BROKEN)
def test_a_stream_breaks_in_its_place(at: str) -> None:
    """What was sent before it is good, and there is no end."""
    gateway, heard = broken(at, stream=True)
    events = [event for event in heard.events if "choices" in event]
    said = "".join(event["choices"][0]["delta"].get("content") or "" for event in events)
    assert (heard.ending, said) == BROKEN[at]
    assert b"[DONE]" not in heard.body
    assert gateway.calls.one().status == 200


def test_a_stream_breaks_within_the_arguments_of_a_tool() -> None:
    """The tool the request offers is called, with arguments that are no JSON."""
    tools = [{"type": "function", "function": {"name": "order_status"}}]
    _, heard = broken("mid_arguments", stream=True, tools=tools)
    calls = [event["choices"][0]["delta"]["tool_calls"][0]["function"] for event in heard.events[1:]]
    assert calls[0]["name"] == "order_status"
    arguments = "".join(call["arguments"] for call in calls)
    assert arguments.startswith('{"')
    with pytest.raises(ValueError, match="Unterminated string"):
        json.loads(arguments)


def test_a_corrupt_frame_stands_in_a_stream_that_goes_on() -> None:
    """One event is no JSON; the end comes all the same."""
    _, heard = broken("corrupt_frame", stream=True)
    assert heard.body.endswith(b"data: [DONE]\n\n")
    with pytest.raises(ValueError, match="Unterminated string"):
        _ = heard.events


def test_an_error_within_a_stream_is_an_event() -> None:
    """As providers send it that have begun with a 200."""
    gateway, heard = broken("error_event", stream=True)
    assert heard.events[-1]["error"]["code"] == "overloaded"
    assert "failed    an error came in place of the rest: overloaded" in str(gateway.story)
    assert gateway.calls.one().attempts.one().outcome == "overloaded"
    assert gateway.logs.one().status == "error"


@pytest.mark.parametrize("at", BREAKAGES)
def test_of_a_whole_answer_the_client_is_given_all_or_nothing(at: str) -> None:
    """A broken connection is the gateway's error; what came to its end is passed on as it is."""
    _, heard = broken(at)
    assert (heard.ending, heard.status) == WHOLE.get(at, ("complete", 502))


def test_before_the_first_byte_is_not_too_late_for_an_error() -> None:
    """The stream has not begun."""
    _, heard = broken("before_the_first_byte", stream=True)
    assert (heard.ending, heard.status) == ("complete", 502)


def test_a_place_nobody_knows_is_refused() -> None:
    """With those there are."""
    with pytest.raises(ValueError, match=r"Did you mean 'mid_word'\? Known: before_the_first_byte, after_the_role"):
        Gateway().model("a").breaks("midword")
