"""Anthropic's messages: what holds on every wire, and what becomes of them beside chat completions."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_gateway import Answer, Gateway, ToolCall, Usage
from mock_gateway.cassettes.format import whole_take
from mock_gateway.core.chat import ChatRequest
from mock_gateway.core.failures import Failure
from mock_gateway.core.requests import HttpRequest
from mock_gateway.wires.chat import chat
from mock_gateway.wires.messages import messages

from ..engine.dialogue import hear, request
from .claude import HIDDEN, NATIVE
from .contract import WireContract
from .recorded import write
from .wired import ENVELOPE, JSON, MODEL, TOOL


class TestMessages(WireContract):
    """The wire of Anthropic's client."""

    wire = messages

    def place(self, model: str, *, stream: bool) -> str:
        """One place for all models."""
        return "/api/anthropic/v1/messages"

    def body(self, text: str, *, system: str | None = None, tools: bool = False) -> dict[str, Any]:
        """The system message has a field of its own."""
        function = TOOL["function"]
        tool = {"name": "look_up", "input_schema": function["parameters"]}  # type: ignore[index]
        asked = {"max_tokens": 64, "messages": [{"role": "user", "content": text}]}
        return asked | ({"system": system} if system is not None else {}) | ({"tools": [tool]} if tools else {})


RESULT = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}
SEARCHED = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "a"}}


def test_the_cache_tells_apart_what_chat_completions_have_no_word_for() -> None:
    """A container, what a tool of the server's was asked and has brought, and thoughts that nobody can read."""
    gateway = Gateway()
    suite = TestMessages()
    hi = {"role": "user", "content": "Hi"}
    questions: list[dict[str, Any]] = [
        {"container": "container_1"},
        {"container": "container_2"},
        *(
            {"messages": [hi, {"role": "assistant", "content": [block]}, hi]}
            for block in (SEARCHED, {**SEARCHED, "input": {"query": "b"}}, RESULT, HIDDEN, {**HIDDEN, "data": "other"})
        ),
    ]
    for number in range(len(questions)):
        gateway.model("gpt-4o").replies(str(number))
    for fields in (*questions, questions[0]):
        asked = suite.asking()
        body = {**json.loads(asked.body), "respan_params": {"cache_enabled": True}, **fields}
        heard = hear(
            gateway, HttpRequest("POST", asked.host, asked.path, asked.headers, json.dumps(body).encode(), "t")
        )
        assert heard.status == 200
    assert [call.cache for call in gateway.calls] == [*["miss"] * len(questions), "hit"]


def test_the_sequence_an_answer_stopped_before_is_named() -> None:
    """The first of those that were met, whole and streamed."""
    gateway = Gateway()
    gateway.model(MODEL).replies("one two three")
    contract = TestMessages()
    fields = {**contract.body("Hi"), "model": MODEL, "stop_sequences": ["three", " two", ""]}
    for stream in (False, True):
        asked = contract.asking(stream=stream)
        body = json.dumps({**fields, "stream": stream}).encode()
        heard = hear(gateway, HttpRequest("POST", asked.host, asked.path, asked.headers, body, "t"))
        found = contract.read(heard)
        assert (found.text, found.finish_reason, found.stop_sequence) == ("one", "stop", " two")
        assert b'"stop_reason":"stop_sequence","stop_sequence":" two"' in heard.body


def chatting(model: str = MODEL, **fields: Any) -> HttpRequest:
    """A question in chat completions."""
    return request("Hi", model, **fields)


@pytest.mark.parametrize("stream", [False, True])
def test_a_chat_that_falls_back_to_claude_is_answered_in_chat(stream: bool) -> None:
    """Whatever the backup answers in its own words: text, thoughts, tools, ending, usage."""
    gateway = Gateway()
    gateway.model(MODEL).fails(500)
    gateway.model("claude-sonnet-4-5").replies(body=NATIVE)
    fields: dict[str, Any] = {
        "stream": stream,
        "stream_options": {"include_usage": True},
        "fallback_models": ["claude-sonnet-4-5"],
    }
    heard = hear(gateway, chatting(tools=[TOOL], **fields))
    found = chat.gathered(heard.events) if stream else chat.verbatim(heard.json)
    assert (found.text, found.reasoning, found.signature) == ("Let me see.", "First.\nSecond.", "two")
    assert (found.finish_reason, found.usage) == ("tool_calls", Usage(10, 7))
    assert found.tool_calls == (ToolCall("look_up", '{"order":"1"}', "toolu_1"),)
    assert gateway.logs.one().cost is not None


@pytest.mark.parametrize("stream", [False, True])
def test_a_message_that_falls_back_to_gpt_is_answered_as_a_message(stream: bool) -> None:
    """The reverse."""
    gateway = Gateway()
    gateway.model("claude-sonnet-4-5").fails("provider_overloaded")
    said = Answer("Look.", (ToolCall("look_up", {"order": "1"}, "call_1"),), "Why?", usage=Usage(9, 4, 3))
    gateway.model(MODEL).replies(
        body=json.loads(chat.whole(said, ChatRequest({"model": MODEL, "messages": []}), ENVELOPE))
    )
    contract = TestMessages()
    asked = contract.asking(model="claude-sonnet-4-5", stream=stream, tools=True, fallback_models=[MODEL])
    found = contract.read(hear(gateway, asked))
    assert (found.text, found.reasoning, found.finish_reason) == ("Look.", "Why?", "tool_calls")
    assert found.tool_calls == (ToolCall("look_up", '{"order":"1"}', "call_1"),)
    assert found.usage == Usage(9, 4, 3)
    assert [(one.status, one.outcome) for one in gateway.calls.one().attempts] == [
        (529, "overloaded"),
        (200, "answered"),
    ]


def test_an_error_recorded_here_is_told_in_chat_and_there_here(tmp_path: Path) -> None:
    """Each in the shape of whoever asks."""
    contract = TestMessages()
    told = messages.error(Failure(529, "overloaded_error", None, "Overloaded."))
    write(tmp_path / "a", "messages", contract.request().body, whole_take(told, status=529, headers=JSON))
    extras = contract.chat_extras()
    heard = hear(Gateway(cassette=tmp_path / "a"), chatting(**extras))
    assert (heard.status, heard.json["error"]["type"], heard.json["error"]["message"]) == (
        529,
        "overloaded_error",
        "Overloaded.",
    )
    told = chat.error(Failure(429, "requests", "rate_limit_exceeded", "Slow down."))
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], **extras}
    write(tmp_path / "b", "chat", asked, whole_take(told, status=429, headers=JSON))
    heard = hear(Gateway(cassette=tmp_path / "b"), contract.asking())
    assert (heard.status, heard.json["error"]) == (429, {"type": "rate_limit_error", "message": "Slow down."})
