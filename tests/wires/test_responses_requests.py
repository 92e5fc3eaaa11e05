"""Requests of the Responses API in the words of chat completions, so that the same question is the same on both."""

from typing import Any

import pytest

from mock_gateway import Contract
from mock_gateway.core.problems import Problem
from mock_gateway.core.requests import HttpRequest
from mock_gateway.wires.responses import responses

Fields = dict[str, Any]
USER = {"role": "user", "content": "Hi"}
FUNCTION: Fields = {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}
CALL: Fields = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"x": 1}'}
CALLED: Fields = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}


def chat(**fields: Any) -> Fields:
    """The request in other words."""
    return dict(responses.request({"model": "m", **fields}, None, Contract()).chat)


def said(*items: Fields) -> list[Fields]:
    """Items as messages."""
    messages: list[Fields] = chat(input=list(items))["messages"]
    return messages


def text(kind: str, words: str) -> Fields:
    return {"type": kind, "text": words}


INPUTS: dict[str, tuple[list[Fields], list[Fields]]] = {
    "an easy message": ([{"role": "user", "content": "Hi"}], [USER]),
    "a message": ([{"type": "message", "role": "user", "content": [text("input_text", "Hi")]}], [USER]),
    "texts": (
        [{"role": "developer", "content": [text("input_text", "a"), text("input_text", "b")]}],
        [{"role": "developer", "content": "a\nb"}],
    ),
    "what the model has said": (
        [{"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [
            {**text("output_text", "Yes."), "annotations": [], "logprobs": []}]}],
        [{"role": "assistant", "content": "Yes."}],
    ),
    "what it has refused": (
        [{"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}],
        [{"role": "assistant", "content": None, "refusal": "No."}],
    ),
    "an image": (
        [{"role": "user", "content": [
            text("input_text", "Look"), {"type": "input_image", "image_url": "data:x", "detail": "auto"}]}],
        [{"role": "user", "content": [text("text", "Look"), {"type": "image_url", "image_url": {"url": "data:x"}}]}],
    ),
    "an image in detail": (
        [{"role": "user", "content": [{"type": "input_image", "image_url": "data:x", "detail": "high"}]}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:x", "detail": "high"}}]}],
    ),
    "files": (
        [{"role": "user", "content": [
            {"type": "input_file", "file_id": "file-1"},
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:y"},
            {"type": "input_image", "file_id": "file-2", "detail": "auto"}]}],
        [{"role": "user", "content": [
            {"type": "file", "file": {"file_id": "file-1"}},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:y"}},
            {"type": "file", "file": {"file_id": "file-2"}}]}],
    ),
    "a part nobody knows": (
        [{"role": "user", "content": [{"type": "input_smell", "smell": "rose"}]}],
        [{"role": "user", "content": [{"type": "input_smell", "smell": "rose"}]}],
    ),
    "a turn of words and calls": (
        [{"role": "assistant", "content": "Let me see."}, CALL, {**CALL, "call_id": "c2"}],
        [{"role": "assistant", "content": "Let me see.", "tool_calls": [CALLED, {**CALLED, "id": "c2"}]}],
    ),
    "words after calls are another turn": (
        [CALL, {"role": "assistant", "content": "Hm."}],
        [{"role": "assistant", "content": None, "tool_calls": [CALLED]}, {"role": "assistant", "content": "Hm."}],
    ),
    "two messages in a row are two": (
        [{"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}],
        [{"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}],
    ),
    "results": (
        [
            {"type": "function_call_output", "call_id": "c1", "output": "one"},
            {"type": "function_call_output", "call_id": "c2", "output": [text("input_text", "two")]},
        ],
        [
            {"role": "tool", "tool_call_id": "c1", "content": "one"},
            {"role": "tool", "tool_call_id": "c2", "content": "two"},
        ],
    ),
    "a tool that takes a text": (
        [
            {"type": "custom_tool_call", "call_id": "c1", "name": "sql", "input": "SELECT 1"},
            {"type": "custom_tool_call_output", "call_id": "c1", "output": "1"},
        ],
        [
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "c1", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "1"},
        ],
    ),
    "thoughts": (
        [
            {"type": "reasoning", "id": "rs_1", "summary": [text("summary_text", "a"), text("summary_text", "b")]},
            {"type": "reasoning", "id": "rs_2", "summary": [text("summary_text", "c")]},
            {"role": "assistant", "content": "Yes."},
            CALL,
        ],
        [{"role": "assistant", "content": "Yes.", "reasoning_content": "a\n\nb\n\nc", "tool_calls": [CALLED]}],
    ),
    "thoughts after a refusal": (
        [
            {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
            {"type": "reasoning", "summary": [text("summary_text", "a")]},
            {"role": "assistant", "content": "Yes."},
        ],
        [{"role": "assistant", "content": "Yes.", "refusal": "No.", "reasoning_content": "a"}],
    ),
    "thoughts that are not told": ([{"type": "reasoning", "id": "rs_1", "summary": []}, USER], [USER]),
    "what OpenAI's own tools did": ([{"type": "web_search_call", "id": "ws_1", "status": "completed"}, USER], [USER]),
}  # fmt: skip


@pytest.mark.parametrize(("items", "messages"), INPUTS.values(), ids=INPUTS)
def test_items_are_messages(items: list[Fields], messages: list[Fields]) -> None:
    """Each kind of them."""
    assert said(*items) == messages


def test_a_text_is_a_message_and_instructions_go_before_it() -> None:
    """As in the shortest of requests."""
    assert chat(input="Hi", instructions="Be kind.") == {
        "model": "m",
        "messages": [{"role": "system", "content": "Be kind."}, USER],
    }


FIELDS: list[tuple[Fields, Fields]] = [
    ({"temperature": 0, "top_p": 0.5, "user": "u"}, {"temperature": 0, "top_p": 0.5, "user": "u"}),
    ({"max_output_tokens": 9}, {"max_tokens": 9}),
    ({"stream": True, "stream_options": {"include_obfuscation": False}}, {"stream": True}),
    ({"tools": [{"type": "function", **FUNCTION}]}, {"tools": [{"type": "function", "function": FUNCTION}]}),
    ({"tools": [{"type": "custom", "name": "sql"}]}, {"tools": [{"type": "custom", "custom": {"name": "sql"}}]}),
    (
        {"tools": [{"type": "web_search"}], "tool_choice": {"type": "web_search"}},
        {"hosted_tools": [{"type": "web_search"}]},
    ),
    ({"tool_choice": "required"}, {"tool_choice": "required"}),
    (
        {"tool_choice": {"type": "function", "name": "f"}},
        {"tool_choice": {"type": "function", "function": {"name": "f"}}},
    ),
    (
        {"tool_choice": {"type": "allowed_tools", "mode": "auto", "tools": []}},
        {"tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}},
    ),
    (
        {"text": {"format": {"type": "json_schema", "name": "s", "schema": {}, "strict": True}, "verbosity": "low"}},
        {
            "response_format": {"type": "json_schema", "json_schema": {"name": "s", "schema": {}, "strict": True}},
            "verbosity": "low",
        },
    ),
    ({"text": {"format": {"type": "json_object"}}}, {"response_format": {"type": "json_object"}}),
    ({"reasoning": {"effort": "low", "summary": "auto"}}, {"reasoning_effort": "low"}),
    ({"include": ["message.output_text.logprobs"], "top_logprobs": 2}, {"logprobs": True, "top_logprobs": 2}),
    ({"store": False, "metadata": {"a": "b"}, "truncation": "auto", "include": []}, {}),
    ({"temperature": None, "tools": None, "text": None, "reasoning": None, "instructions": None}, {}),
]


@pytest.mark.parametrize(("fields", "wanted"), FIELDS, ids=[next(iter(fields)) for fields, _ in FIELDS])
def test_parameters_have_their_other_names(fields: Fields, wanted: Fields) -> None:
    """And what only says how the answer is kept is no part of the question."""
    assert chat(input="Hi", **fields) == {"model": "m", "messages": [USER], **wanted}


WRONG: list[tuple[Fields, str, str]] = [
    ({"model": None, "input": "Hi"}, "model", "This field is required."),
    ({"input": None}, "input", "This field is required."),
    ({"input": 3}, "input", "This field must be a string or a list of items."),
    ({"input": [{"content": "Hi"}]}, "input[0]", "An item of the input has a type or a role."),
    ({"input": [USER, {"role": "user", "content": 3}]}, "input[1].content", "This field must be a string or a list of parts."),
    ({"input": [{"type": "function_call_output", "output": ["a"]}]}, "input[0].output", "This field must be a string or a list of parts."),
    ({"input": "Hi", "instructions": []}, "instructions", "This field must be a string."),
    ({"input": "Hi", "max_output_tokens": 0}, "max_output_tokens", "This field must be a number above 0."),
    ({"input": "Hi", "include": [1]}, "include", "This field must be a list of strings."),
    ({"input": "Hi", "tools": ["web_search"]}, "tools", "This field must be a list of objects."),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "name", "why"), WRONG)
def test_what_is_wrong_with_a_request_is_named(fields: Fields, name: str, why: str) -> None:
    """By its place."""
    with pytest.raises(Problem) as raised:
        responses.request({"model": "m", **fields}, None, Contract())
    assert raised.value.extra["errors"] == {name: [why]}


@pytest.mark.parametrize("fields", [{"previous_response_id": "resp-1"}, {"prompt": {"id": "pmpt_1"}}])
def test_what_is_asked_may_stand_elsewhere(fields: Fields) -> None:
    """In an earlier answer, or in a prompt that OpenAI stores."""
    assert chat(**fields)["messages"] == []


@pytest.mark.parametrize("body", [b'{"input": [3]}', b'{"input": {"a": 1}}', b'{"input": [{"content": []}]}', b"{}"])
def test_what_a_client_said_can_be_asked_for_whatever_it_was(body: bytes) -> None:
    """A request that was refused is compared with its span, too."""
    inbound = HttpRequest("POST", "api.respan.ai", "/api/responses", {}, body, "t")
    assert list(responses.messages(responses.read(inbound))) == []
