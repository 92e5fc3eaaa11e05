"""The Responses API, put through what holds on every wire."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_gateway import Answer, Contract, Gateway, ToolCall, Usage
from mock_gateway.core.requests import HttpRequest
from mock_gateway.wires import sse
from mock_gateway.wires.responses import responses

from ..engine.dialogue import hear
from .contract import WireContract, calls, names, said, texts, usages
from .wired import ENVELOPE, TOOL


class TestResponses(WireContract):
    """OpenAI's newer wire."""

    wire = responses

    def place(self, model: str, *, stream: bool) -> str:
        """One place for all models."""
        return "/api/responses"

    def body(self, text: str, *, system: str | None = None, tools: bool = False) -> dict[str, Any]:
        """The system message is the instructions."""
        told = {} if system is None else {"instructions": system}
        function: Any = TOOL["function"]
        offered = {"tools": [{"type": "function", **function}]} if tools else {}
        return {"input": text, **told, **offered}


ENDINGS = st.sampled_from([None, "stop", "length", "content_filter", "max_messages", "steered"])
MORE = st.builds(
    Answer,
    text=st.none() | texts.filter(bool),
    reasoning=st.none() | texts.filter(bool),
    refusal=st.none() | texts.filter(bool),
    tool_calls=st.lists(calls, max_size=2, unique_by=lambda call: call.id or id(call)).map(tuple),
    finish_reason=ENDINGS,
    signature=st.none() | names,
    usage=usages,
)


@given(MORE)
def test_what_else_can_be_said_is_read_back(answer: Answer) -> None:
    """Refusals, endings and signatures, whole and streamed. That calls were made is how an answer with calls ended."""
    wanted = replace(answer, finish_reason="tool_calls") if answer.tool_calls and answer.ending == "stop" else answer
    asked = responses.request({"model": "gpt-4o", "input": "Hi"}, None, Contract())
    whole = json.loads(responses.whole(answer, asked, ENVELOPE))
    events = [json.loads(found) for found in sse.payloads(b"".join(
        chunk.data for chunk in responses.stream(answer, asked, ENVELOPE, Contract())))]  # fmt: skip
    assert said(responses.verbatim(whole)) == said(responses.gathered(events)) == said(wanted)
    assert events[-1]["response"] == whole


@given(MORE, st.data())
def test_a_stream_that_broke_off_says_what_came_of_it(answer: Answer, data: st.DataObject) -> None:
    """Wherever it broke: the beginning of what would have been said, and no word on how it ended."""
    asked = responses.request({"model": "gpt-4o", "input": "Hi"}, None, Contract())
    chunks = list(responses.stream(answer, asked, ENVELOPE, Contract()))[:-1]
    left = chunks[: data.draw(st.integers(0, len(chunks)))]
    found = responses.gathered([json.loads(one) for one in sse.payloads(b"".join(chunk.data for chunk in left))])
    assert not any(responses.ends(chunk.data) for chunk in chunks)
    assert (found.finish_reason, found.usage) == (None, None)
    for part, all_of_it in (
        (found.text, answer.text),
        (found.reasoning, answer.reasoning),
        (found.refusal, answer.refusal),
    ):
        assert (all_of_it or "").startswith(part or "")
    for made, wanted in zip(found.tool_calls, answer.tool_calls, strict=False):
        assert made.name == wanted.name
        assert wanted.written.startswith(made.written)
    if len(left) == len(chunks):
        assert said(found, usage=False)[:4] == said(answer, usage=False)[:4]


OWN: dict[str, Any] = {
    "id": "resp_67",
    "object": "response",
    "created_at": 1763000000,
    "status": "completed",
    "error": None,
    "model": "gpt-4o-2024-08-06",
    "output": [
        {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "x"}},
        {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAAA"},
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Found.", "annotations": []}],
        },
        {"id": "fc_1", "type": "function_call", "call_id": "call_a", "name": "look_up", "arguments": "{}"},
    ],
    "usage": {
        "input_tokens": 20,
        "input_tokens_details": {"cached_tokens": 5},
        "output_tokens": 4,
        "output_tokens_details": {"reasoning_tokens": 1},
        "total_tokens": 24,
    },
}


def is_kept(gateway: Gateway, name: str) -> bool:
    """Whether an answer can be looked at."""
    asked = TestResponses().asking()
    return hear(gateway, replace(asked, method="GET", path=f"/api/responses/{name}", body=b"")).status == 200


def test_a_native_body_is_given_as_it_is_and_can_be_gone_on_from() -> None:
    """With its own id, and with items of which an answer says nothing."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies(body=OWN).replies("And on.")
    suite = TestResponses()
    assert hear(gateway, suite.asking()).json == OWN
    call = gateway.calls.last
    assert call.answer == Answer(
        "Found.",
        tool_calls=(ToolCall("look_up", "{}", "call_a"),),
        finish_reason="tool_calls",
        usage=Usage(20, 4, 5, 0, 1),
        signature="gAAAA",
    )
    asked = suite.asking()
    body = {**json.loads(asked.body), "previous_response_id": "resp_67"}
    assert hear(gateway, replace(asked, body=json.dumps(body).encode())).status == 200
    given = gateway.calls.last.effective_request["input"]
    assert [item.get("type") for item in given] == [None, "web_search_call", "reasoning", None, "function_call", None]


def test_a_fallback_to_another_provider_is_told_on_this_wire() -> None:
    """A whole answer of Anthropic's: its thoughts, its words, its call, how it ended and what it weighs."""
    theirs = {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "sig"},
            {"type": "text", "text": "Let me see."},
            {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {"order": "1"}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 6, "cache_read_input_tokens": 3},
    }
    suite = TestResponses()
    for stream in (False, True):
        gateway = Gateway()
        gateway.model("gpt-4o").fails(500)
        gateway.model("claude-sonnet-4-5").replies(body=theirs)
        found = suite.read(hear(gateway, suite.asking(stream=stream, fallback_models=["claude-sonnet-4-5"])))
        assert (found.text, found.reasoning, found.signature) == ("Let me see.", "Hm.", "sig")
        assert [(one.id, one.name, one.written) for one in found.tool_calls] == [
            ("toolu_1", "look_up", '{"order":"1"}')
        ]
        assert (found.finish_reason, found.usage) == ("tool_calls", Usage(13, 6, 3))


def test_a_body_that_failed_is_no_answer() -> None:
    """It is given as it is, and nobody can go on from it."""
    gateway = Gateway()
    failed = {**OWN, "status": "failed", "output": [], "error": {"code": "server_error", "message": "No."}}
    gateway.model("gpt-4o").replies(body=failed)
    assert hear(gateway, TestResponses().asking()).json == failed
    assert gateway.calls.last.answer is None
    assert not is_kept(gateway, "resp_67")


@pytest.mark.parametrize("store", [True, False])
def test_the_cache_answers_with_an_answer_that_can_be_gone_on_from(store: bool) -> None:
    """If it is to be kept: the same one, under the same id."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("Once.", times=1)
    suite = TestResponses()
    asked = suite.asking(cache_enabled=True)
    sent = replace(asked, body=json.dumps({**json.loads(asked.body), "store": store}).encode())
    first, again = hear(gateway, sent).json, hear(gateway, sent).json
    assert first == again
    assert is_kept(gateway, first["id"]) is store


def test_the_cache_tells_apart_what_chat_completions_have_no_word_for() -> None:
    """Two prompts of OpenAI's, or two approvals, are two questions."""
    gateway = Gateway()
    for text in ("one", "two", "three"):
        gateway.model("m").replies(text)
    approval = {"type": "mcp_approval_response", "approval_request_id": "a"}
    questions: list[dict[str, Any]] = [
        {"prompt": {"id": "pmpt_1"}},
        {"prompt": {"id": "pmpt_2"}},
        {"input": [{**approval, "approve": True}]},
    ]
    for asked in (*questions, questions[0]):
        body = {"model": "m", "respan_params": {"cache_enabled": True}, **asked}
        assert hear(gateway, inbound(body)).status == 200
    assert [call.cache for call in gateway.calls] == ["miss", "miss", "miss", "hit"]


def test_a_tool_that_takes_a_text_is_on_offer() -> None:
    """A rule can ask for it, and a script that calls it is no oddity."""
    gateway = Gateway()
    gateway.model("m").when(tools=["sql"]).replies(tool_calls=[ToolCall("sql", "SELECT 1")])
    heard = hear(gateway, inbound({"model": "m", "input": "Hi", "tools": [{"type": "custom", "name": "sql"}]}))
    assert heard.json["output"][0]["input"] == "SELECT 1"
    assert "warning" not in str(gateway.calls.one().story)


def inbound(body: dict[str, Any]) -> HttpRequest:
    """A request without a client."""
    key = {"authorization": "Bearer any"}
    return HttpRequest("POST", "api.respan.ai", "/api/responses", key, json.dumps(body).encode(), "t")
