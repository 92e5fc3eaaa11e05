"""Anthropic's messages: what holds on every wire, and what is special about this one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from mock_gateway import Answer, Contract, Gateway, ToolCall, Usage
from mock_gateway.cassettes.format import whole_take
from mock_gateway.core.chat import ChatRequest
from mock_gateway.core.failures import FAILURES, Failure
from mock_gateway.core.problems import Problem
from mock_gateway.core.requests import HttpRequest
from mock_gateway.wires.chat import chat
from mock_gateway.wires.messages import messages
from mock_gateway.wires.wire import Unreadable

from ..doubles.strictness import unknown_fields
from ..engine.dialogue import hear, request
from .contract import ENVELOPE, JSON, MODEL, TOOL, WireContract, events_of, write


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


def asking(**fields: Any) -> ChatRequest:
    """A request, read."""
    defaults: dict[str, Any] = {"model": MODEL, "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
    return messages.request({**defaults, **fields}, None, Contract())


def events(answer: Answer, **fields: Any) -> list[Any]:
    """The events of an answer."""
    chunks = messages.stream(answer, asking(stream=True, **fields), ENVELOPE, Contract())
    return events_of(b"".join(chunk.data for chunk in chunks))


def whole(answer: Answer, **fields: Any) -> Any:
    """The body of an answer."""
    return json.loads(messages.whole(answer, asking(**fields), ENVELOPE))


CACHED = {"cache_control": {"type": "ephemeral"}}
PICTURE = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
PAPER = {"type": "base64", "media_type": "application/pdf", "data": "BBBB"}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}}
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}
THOUGHT = {"type": "thinking", "thinking": "So.", "signature": "signed"}
HIDDEN = {"type": "redacted_thinking", "data": "EEEE"}


def text_part(text: str) -> dict[str, Any]:
    """A part of a message's content."""
    return {"type": "text", "text": text}


CONTENTS: list[tuple[Any, Any]] = [
    ("Hi", "Hi"),
    ([], ""),
    ([text_part("Hi")], "Hi"),
    ([text_part("a") | CACHED, text_part("b")], "a\nb"),
    (
        [{"type": "image", "source": PICTURE}, text_part("What is it?")],
        [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, text_part("What is it?")],
    ),
    (
        [{"type": "image", "source": {"type": "url", "url": "https://x.test/a.png"}}],
        [{"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}],
    ),
    (
        [{"type": "image", "source": {"type": "file", "file_id": "file_1"}}],
        [{"type": "file", "file": {"file_id": "file_1"}}],
    ),
    (
        [{"type": "document", "source": PAPER, "title": "a.pdf", "context": "An invoice.", **CACHED}],
        [
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,BBBB", "filename": "a.pdf"}},
            text_part("An invoice."),
        ],
    ),
    (
        [{"type": "document", "source": {"type": "url", "url": "https://x.test/a.pdf"}}],
        [{"type": "file", "file": {"file_url": "https://x.test/a.pdf"}}],
    ),
    (
        [{"type": "document", "source": {"type": "file", "file_id": "file_1"}}],
        [{"type": "file", "file": {"file_id": "file_1"}}],
    ),
    (
        [{"type": "document", "title": "T", "source": {"type": "text", "media_type": "text/plain", "data": "words"}}],
        "T\nwords",
    ),
    ([{"type": "document", "source": {"type": "content", "content": [text_part("a"), text_part("b")]}}], "a\nb"),
    ([{"type": "document", "source": {"type": "content", "content": "a"}}], "a"),
    (
        [{"type": "search_result", "title": "T", "source": "https://x.test", "content": [text_part("found")]}],
        "T\nhttps://x.test\nfound",
    ),
    ([SEARCH | CACHED, text_part("a")], [SEARCH, text_part("a")]),
]


@pytest.mark.parametrize(("content", "wanted"), CONTENTS)
def test_the_content_of_a_message_is_told_in_chat(content: Any, wanted: Any) -> None:
    """Text as one string, pictures and papers as parts; what has no word there is kept as it is."""
    asked = asking(messages=[{"role": "user", "content": content}])
    assert asked.messages == [{"role": "user", "content": wanted}]


CONVERSATIONS: list[tuple[list[Any], list[Any]]] = [
    ([{"role": "system", "content": "Be kind."}], [{"role": "system", "content": "Be kind."}]),
    ([{"role": "assistant", "content": "So"}], [{"role": "assistant", "content": "So"}]),
    (
        [{"role": "assistant", "content": [THOUGHT, HIDDEN, text_part("Look."), CALL]}],
        [
            {
                "role": "assistant",
                "content": "Look.",
                "thinking_blocks": [THOUGHT, HIDDEN],
                "tool_calls": [
                    {"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}
                ],
            }
        ],
    ),
    (
        [{"role": "assistant", "content": [{**CALL, "input": {}}]}],
        [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            }
        ],
    ),
    (
        [
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny", **CACHED},
                    {"type": "tool_result", "tool_use_id": "toolu_2", "content": [text_part("no")], "is_error": True},
                    {"type": "tool_result", "tool_use_id": "toolu_3"},
                    text_part("And now?"),
                ],
            }
        ],
        [
            {"role": "tool", "tool_call_id": "toolu_1", "content": "sunny"},
            {"role": "tool", "tool_call_id": "toolu_2", "content": "no", "is_error": True},
            {"role": "tool", "tool_call_id": "toolu_3", "content": ""},
            {"role": "user", "content": "And now?"},
        ],
    ),
    (
        [
            {
                "role": "user",
                "content": [text_part("Here:"), {"type": "tool_result", "tool_use_id": "t", "content": "x"}],
            }
        ],
        [{"role": "user", "content": "Here:"}, {"role": "tool", "tool_call_id": "t", "content": "x"}],
    ),
    (
        [
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "image", "source": PICTURE}]}
                ],
            }
        ],
        [
            {
                "role": "tool",
                "tool_call_id": "t",
                "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}],
            }
        ],
    ),
]


@pytest.mark.parametrize(("spoken", "wanted"), CONVERSATIONS)
def test_a_conversation_is_told_in_chat(spoken: list[Any], wanted: list[Any]) -> None:
    """Calls of tools, their results and thoughts stand where chat completions have them."""
    assert asking(messages=spoken).messages == wanted


SCHEMA = {"type": "object", "properties": {}}
FIELDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"temperature": 0.5, "top_p": 0.9, "top_k": 5}, {"temperature": 0.5, "top_p": 0.9, "top_k": 5}),
    ({"stream": True}, {"stream": True}),
    ({"stop_sequences": ["a"]}, {"stop": ["a"]}),
    ({"stop_sequences": []}, {}),
    ({"metadata": {"user_id": "u"}}, {"user": "u"}),
    (
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    ),
    ({"tool_choice": {"type": "auto"}}, {"tool_choice": "auto"}),
    ({"tool_choice": {"type": "any"}}, {"tool_choice": "required"}),
    ({"tool_choice": {"type": "none"}}, {"tool_choice": "none"}),
    (
        {"tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": True}},
        {"tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": False},
    ),
    (
        {"tools": [{"name": "f", "description": "d", "input_schema": SCHEMA, "strict": True, **CACHED}]},
        {
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "f", "parameters": SCHEMA, "description": "d", "strict": True},
                }
            ]
        },
    ),
    (
        {"tools": [{"type": "custom", "name": "f", "input_schema": SCHEMA}]},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": SCHEMA}}]},
    ),
    (
        {"tools": [{"type": "bash_20250124", "name": "bash"}]},
        {"tools": [{"type": "function", "function": {"type": "bash_20250124", "name": "bash"}}]},
    ),
    (
        {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 3, **CACHED}]},
        {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 3}]},
    ),
    (
        {"output_config": {"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}}},
        {
            "reasoning_effort": "low",
            "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}},
        },
    ),
    (
        {"output_format": {"type": "json_schema", "schema": {"title": "Weather"}}},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "Weather", "schema": {"title": "Weather"}},
            }
        },
    ),
    ({"cache_control": {"type": "ephemeral"}, "service_tier": "auto"}, {"service_tier": "auto"}),
    ({"container": "container_1"}, {"untold": [{"container": "container_1"}]}),
    (
        {"mcp_servers": [{"type": "url", "name": "a", "url": "https://x.test", "authorization_token": "secret"}]},
        {"hosted_tools": [{"type": "url", "name": "a", "url": "https://x.test"}]},
    ),
    ({"context_management": {"edits": []}}, {"untold_settings": {"context_management": {"edits": []}}}),
]


@pytest.mark.parametrize(("fields", "wanted"), FIELDS)
def test_the_fields_of_a_request_are_told_in_chat(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    """By the names and in the forms they have there; marks for the cache are no part of a question."""
    asked = {name: value for name, value in asking(**fields).chat.items() if name not in ("model", "messages")}
    assert asked == {"max_tokens": 64, **wanted}


def test_what_a_client_has_said_can_be_told_of_whatever_it_sent() -> None:
    """As chat completions have it; and nothing of what is no conversation."""
    spoken = [{"role": "user", "content": [text_part("Hi")]}]
    assert messages.messages({"system": "Be kind.", "messages": spoken}) == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hi"},
    ]
    odd: list[dict[str, Any]] = [{}, {"messages": 3}, {"messages": ["Hi"]}, {"messages": [{}]}]
    for fields in odd:
        assert messages.messages(fields) == ()


def test_tools_that_the_caller_runs_are_known_by_name() -> None:
    """Anthropic's own among them, but not those that its servers run."""
    offered = [
        {"name": "f", "input_schema": SCHEMA},
        {"type": "bash_20250124", "name": "bash"},
        {"type": "web_search_20250305", "name": "web_search"},
    ]
    assert asking(tools=offered).tools == ("f", "bash")


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"model": None}, "model: This field is required."),
    ({"max_tokens": None}, "max_tokens: This field is required."),
    ({"max_tokens": "64"}, "max_tokens: This field must be a number from 0 on."),
    ({"messages": "Hi"}, "messages: This field must be a list of objects."),
    (
        {"messages": [{"role": "tool", "content": "x"}]},
        "messages[0].role: This field must be user, assistant or system.",
    ),
    (
        {"messages": [{"role": "user", "content": "x"}, {"role": "user"}]},
        "messages[1].content: This field must be a string or a list of blocks.",
    ),
    (
        {"messages": [{"role": "user", "content": ["x"]}]},
        "messages[0].content: This field must be a string or a list of blocks.",
    ),
    ({"system": 1}, "system: This field must be a string or a list of blocks."),
    ({"stop_sequences": "x"}, "stop_sequences: This field must be a list of strings."),
    ({"tools": {}}, "tools: This field must be a list of tools."),
    ({"tool_choice": "auto"}, "tool_choice: This field must be an object."),
    ({"stream": "yes"}, "stream: This field must be true or false."),
]


@pytest.mark.parametrize(("fields", "told"), MISTAKES)
def test_a_request_that_is_none_is_refused(fields: dict[str, Any], told: str) -> None:
    """With the field and what was wanted."""
    with pytest.raises(Problem) as problem:
        asking(**fields)
    assert str(problem.value) == told


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(["text", "tool_use", "tool_result", "base64"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "text",
                    "content",
                    "source",
                    "input",
                    "name",
                    "title",
                    "format",
                    "schema",
                    "data",
                    "id",
                    "cache_control",
                    "context",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image", "document", "tool_use", "tool_result", "search_result", "thinking"])},
    optional=dict.fromkeys(("text", "source", "content", "input", "id", "title", "cache_control"), VALUES),
)
MESSAGES = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant", "system"]),
        "content": st.text(max_size=3) | st.lists(BLOCKS, max_size=3),
    }
)


@given(
    st.fixed_dictionaries(
        {"messages": st.lists(MESSAGES, max_size=3)},
        optional={
            "system": st.text(max_size=3) | st.lists(BLOCKS, max_size=2),
            "tools": st.lists(st.dictionaries(st.sampled_from(["type", "name", "input_schema"]), VALUES), max_size=2),
            "tool_choice": st.dictionaries(st.sampled_from(["type", "name"]), VALUES),
            "output_config": st.dictionaries(st.sampled_from(["format", "effort"]), VALUES),
            "output_format": VALUES,
            "metadata": st.dictionaries(st.just("user_id"), VALUES),
        },
    )
)
def test_whatever_stands_in_a_block_is_read_somehow(fields: dict[str, Any]) -> None:
    """What is odd inside is the provider's business, and no error of ours."""
    asked = asking(**fields)
    assert isinstance(asked.text + asked.system, str)
    assert asked.tokens >= 0
    assert json.dumps(asked.chat)


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


NATIVE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [
        {"type": "thinking", "thinking": "First.", "signature": "one"},
        HIDDEN,
        {"type": "text", "text": "Let me ", "citations": None},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
        {"type": "thinking", "thinking": "Second.", "signature": "two"},
        {"type": "text", "text": "see."},
        {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {"order": "1"}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 10, "output_tokens": 7, "cache_read_input_tokens": None},
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
