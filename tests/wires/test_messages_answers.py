"""What is answered in Anthropic's messages, whole and streamed, and how it is read."""

import json
from typing import Any

import pytest
from pydantic import BaseModel

from mock_gateway import Answer, Contract, ToolCall, Usage
from mock_gateway.core.failures import FAILURES
from mock_gateway.wires.messages import messages
from mock_gateway.wires.wire import Unreadable

from ..doubles.strictness import unknown_fields
from .claude import NATIVE, asking
from .wired import ENVELOPE, events_of


def events(answer: Answer, **fields: Any) -> list[Any]:
    """The events of an answer."""
    chunks = messages.stream(answer, asking(stream=True, **fields), ENVELOPE, Contract())
    return events_of(b"".join(chunk.data for chunk in chunks))


def whole(answer: Answer, **fields: Any) -> Any:
    """The body of an answer."""
    return json.loads(messages.whole(answer, asking(**fields), ENVELOPE))


ENDINGS = [
    ("stop", "end_turn"),
    ("length", "max_tokens"),
    ("tool_calls", "tool_use"),
    ("content_filter", "refusal"),
    ("pause_turn", "pause_turn"),
    ("model_context_window_exceeded", "model_context_window_exceeded"),
]


@pytest.mark.parametrize(("canonical", "native"), ENDINGS)
def test_each_ending_has_a_name_on_both_wires(canonical: str, native: str) -> None:
    """And what has none in chat completions keeps its own."""
    answer = Answer("x", finish_reason=canonical)
    assert whole(answer)["stop_reason"] == native
    assert messages.verbatim(whole(answer)).finish_reason == canonical
    last = events(answer)[-2]
    assert (last["type"], last["delta"]["stop_reason"]) == ("message_delta", native)


def test_a_refusal_is_an_ending_with_its_reason() -> None:
    """Anthropic has no text for it: the reason stands in the details."""
    answer = Answer(refusal="No.")
    body = whole(answer)
    assert (body["content"], body["stop_reason"]) == ([], "refusal")
    assert body["stop_details"] == {"type": "refusal", "category": None, "explanation": "No."}
    for found in (messages.verbatim(body), messages.gathered(events(answer))):
        assert (found.refusal, found.finish_reason) == ("No.", "stop")


def test_an_answer_without_a_text_has_no_block_for_it() -> None:
    """As Anthropic's has none."""
    assert whole(Answer(""))["content"] == []
    assert [event["type"] for event in events(Answer(""))] == ["message_start", "ping", "message_delta", "message_stop"]
    assert messages.verbatim(whole(Answer(""))).text == ""
    assert messages.verbatim(whole(Answer(tool_calls=(ToolCall("f"),)))).text is None


def test_arguments_that_are_no_object_are_put_into_one() -> None:
    """Whole, they have to be one; streamed, they are what the model wrote. Both are read back as that."""
    answer = Answer(tool_calls=(ToolCall("f", '{"x": 1'), ToolCall("f", "[1]")))
    assert [block["input"] for block in whole(answer)["content"]] == [
        {"INVALID_JSON": '{"x": 1'},
        {"INVALID_JSON": "[1]"},
    ]
    for found in (messages.verbatim(whole(answer)), messages.gathered(events(answer))):
        assert [call.arguments for call in found.tool_calls] == ['{"x": 1', "[1]"]


def test_what_was_cached_is_counted_apart() -> None:
    """As Anthropic counts; for how long it was written is known from the request."""
    answer = Answer("x", usage=Usage(100, 5, cached_tokens=60, cache_creation_tokens=30, reasoning_tokens=2))
    usage = whole(answer)["usage"]
    assert usage == {
        "input_tokens": 10,
        "cache_creation_input_tokens": 30,
        "cache_read_input_tokens": 60,
        "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"thinking_tokens": 2},
        "service_tier": "standard",
    }
    first, last = events(answer)[0]["message"]["usage"], events(answer)[-2]["usage"]
    assert first == {**usage, "output_tokens": 1}
    assert last == {name: value for name, value in usage.items() if name not in ("cache_creation", "service_tier")}
    long = [{"type": "text", "text": '{"ttl":"5m"}', "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    assert whole(answer, system=long)["usage"]["cache_creation"] == {
        "ephemeral_5m_input_tokens": 0,
        "ephemeral_1h_input_tokens": 30,
    }


def test_a_message_of_many_blocks_is_one_answer() -> None:
    """Texts and thoughts are joined, and what is the server's own is passed over."""
    assert messages.verbatim(NATIVE) == Answer(
        "Let me see.",
        (ToolCall("look_up", '{"order":"1"}', "toolu_1"),),
        "First.\nSecond.",
        finish_reason="tool_calls",
        usage=Usage(10, 7),
        signature="two",
    )


@pytest.mark.parametrize(
    "body",
    [
        {"content": "text"},
        {"content": ["text"]},
        {"content": [{"type": "text", "text": 1}]},
        {"content": [{"type": "tool_use", "input": "x"}]},
        {"content": [], "usage": {"input_tokens": "many"}},
        {"content": [], "stop_reason": 1},
    ],
)
def test_nonsense_is_unreadable(body: dict[str, Any]) -> None:
    """Rather than an answer that nobody has given."""
    with pytest.raises(Unreadable):
        messages.verbatim(body)


def test_the_end_of_a_stream_is_seen_however_it_is_written() -> None:
    """With the names of events or without; and not where somebody only speaks of it."""
    assert messages.ends(b'event: message_stop\ndata: {"type":"message_stop"}\n\n')
    assert messages.ends(b'\n\ndata: {"type": "message_stop"}\n\n')
    spoken = b"".join(
        chunk.data for chunk in messages.stream(Answer("event: message_stop\n" * 2), asking(), ENVELOPE, Contract())
    )
    assert not messages.ends(spoken[: spoken.index(b"event: message_stop\ndata")])


def test_every_event_is_what_anthropics_client_expects() -> None:
    """No field missing, none of another kind, and none that its types do not know."""
    types = pytest.importorskip("anthropic.types", reason="anthropic is not installed")
    answer = Answer(
        "Hello there.",
        (ToolCall("f", {"x": 1}),),
        "Why not?",
        usage=Usage(100, 5, cached_tokens=60, cache_creation_tokens=30, reasoning_tokens=2),
    )
    for one in (answer, Answer("x"), Answer(refusal="No."), Answer("x", finish_reason="pause_turn"), Answer("")):
        strict(types.Message, whole(one))
        found = [strict(KINDS[event["type"]](types), event) for event in events(one) if event["type"] != "ping"]
        assert [event.type for event in found][:1] == ["message_start"]
    assert {"type": "ping"} in events(answer)
    places = [event["index"] for event in events(answer) if event["type"] == "content_block_start"]
    assert places == [0, 1, 2]
    strict(types.ErrorResponse, json.loads(messages.error(FAILURES["provider_overloaded"])))


KINDS: dict[str, Any] = {
    "message_start": lambda types: types.RawMessageStartEvent,
    "content_block_start": lambda types: types.RawContentBlockStartEvent,
    "content_block_delta": lambda types: types.RawContentBlockDeltaEvent,
    "content_block_stop": lambda types: types.RawContentBlockStopEvent,
    "message_delta": lambda types: types.RawMessageDeltaEvent,
    "message_stop": lambda types: types.RawMessageStopEvent,
}


def strict(kind: type[BaseModel], data: Any) -> Any:
    """The data as this type, with no field in it that the type does not know."""
    found = kind.model_validate_json(json.dumps(data), strict=True)
    assert not unknown_fields(found), unknown_fields(found)
    return found
