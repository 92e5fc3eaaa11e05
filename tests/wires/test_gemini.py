"""Google's generateContent, put through what holds on every wire."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_gateway import Answer, Contract, Gateway, ToolCall, Usage
from mock_gateway.wires.gemini import gemini

from ..engine.dialogue import hear, request
from .contract import WireContract, answers
from .wired import ENVELOPE, TOOL, events_of


class TestGemini(WireContract):
    """The wire of Google's SDK."""

    wire = gemini
    streams_arguments = False

    def place(self, model: str, *, stream: bool) -> str:
        """The model and the verb stand in the path."""
        verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
        return f"/api/google/gemini/v1beta/models/{model}:{verb}"

    def body(self, text: str, *, system: str | None = None, tools: bool = False) -> dict[str, Any]:
        """The system message stands beside the contents."""
        told = {} if system is None else {"systemInstruction": {"parts": [{"text": system}]}}
        offered = {"tools": [{"functionDeclarations": [TOOL["function"]]}]} if tools else {}
        return {"contents": [{"role": "user", "parts": [{"text": text}]}], **told, **offered}

    def sent(self, body: Any, model: str, *, stream: bool) -> dict[str, Any]:
        """Neither the model nor the wish for a stream stand in the body."""
        return dict(body)

    def expected(self, answer: Answer) -> Answer:
        """Google does not say what was written into a cache."""
        usage = answer.usage
        return replace(answer, usage=usage and usage._replace(cache_creation_tokens=0))


signatures = st.none() | st.binary(min_size=1, max_size=12).map(lambda data: base64.b64encode(data).decode())


class TestWhatGoogleReads:
    """The official SDK's types take everything, and every field of it is one they know."""

    @given(answer=answers, signature=signatures)
    def test_types(self, answer: Answer, signature: str | None) -> None:
        """Strictly, whole and in each event; and a signature is the same again."""
        types = pytest.importorskip("google.genai.types", reason="google-genai is not installed")
        signed = replace(answer, signature=signature)
        asked = TestGemini().request()
        whole = gemini.whole(signed, asked, ENVELOPE)
        events = [chunk.data for chunk in gemini.stream(signed, asked, ENVELOPE, Contract())]
        for data in (whole, *(event.removeprefix(b"data: ") for event in events)):
            types.GenerateContentResponse.model_validate_json(data, strict=True)
        assert gemini.verbatim(json.loads(whole)).signature == signature
        assert gemini.gathered(events_of(b"".join(events))).signature == signature

    @pytest.mark.parametrize("signature", ["mock-signature", "", "no base64!"])
    def test_a_signature_that_is_none_of_googles_is_left_out(self, signature: str) -> None:
        """Its SDK would not read it."""
        whole = gemini.whole(Answer("Hi", signature=signature), TestGemini().request(), ENVELOPE)
        assert "thoughtSignature" not in whole.decode()


NATIVE = {
    "candidates": [
        {
            "content": {
                "role": "model",
                "parts": [
                    {"text": "Look it up.", "thought": True},
                    {"text": "One moment."},
                    {"functionCall": {"name": "look_up", "args": {"order": "1"}}, "thoughtSignature": "c2ln"},
                ],
            },
            "finishReason": "STOP",
            "index": 0,
        }
    ],
    "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 4, "thoughtsTokenCount": 2, "totalTokenCount": 15},
}


def test_a_caller_of_chat_falls_back_to_gemini() -> None:
    """And reads its own format: thoughts, calls, signature, usage."""
    gateway = Gateway()
    gateway.model("gpt-4o").fails("provider_down")
    gateway.model("gemini-2.5-flash").replies(body=NATIVE)
    answer = hear(gateway, request("Hi", fallback_models=["gemini-2.5-flash"])).json
    [choice] = answer["choices"]
    message = choice["message"]
    assert (message["content"], message["reasoning_content"]) == ("One moment.", "Look it up.")
    assert message["thinking_blocks"][0]["signature"] == "c2ln"
    assert message["tool_calls"][0]["function"] == {"name": "look_up", "arguments": '{"order":"1"}'}
    assert (choice["finish_reason"], answer["model"]) == ("tool_calls", "gemini-2.5-flash")
    assert answer["usage"]["completion_tokens_details"]["reasoning_tokens"] == 2
    assert (answer["usage"]["prompt_tokens"], answer["usage"]["completion_tokens"]) == (9, 6)


CLAUDE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "content": [
        {"type": "thinking", "thinking": "Look it up.", "signature": "c2ln"},
        {"type": "text", "text": "One moment."},
        {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {"order": "1"}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 5, "cache_read_input_tokens": 4, "output_tokens": 6},
}


@pytest.mark.parametrize("stream", [False, True])
def test_a_caller_of_gemini_falls_back_to_claude(*, stream: bool) -> None:
    """And reads its own format, too."""
    gateway = Gateway()
    gateway.model("gpt-4o").fails("provider_down")
    gateway.model("claude-sonnet-4-5").replies(body=CLAUDE)
    suite = TestGemini()
    heard = hear(gateway, suite.asking(stream=stream, tools=True, fallback_models=["claude-sonnet-4-5"]))
    found = suite.read(heard)
    assert (found.reasoning, found.text, found.signature) == ("Look it up.", "One moment.", "c2ln")
    assert found.tool_calls == (ToolCall("look_up", {"order": "1"}, "toolu_1"),)
    assert found.usage == Usage(9, 6, cached_tokens=4)


def test_the_cache_tells_apart_what_chat_completions_have_no_word_for() -> None:
    """What Google has cached, and what its own tools have done, are parts of the question."""
    gateway = Gateway()
    for text in ("one", "two", "three"):
        gateway.model("gpt-4o").replies(text)
    suite = TestGemini()
    hi, code = {"role": "user", "parts": [{"text": "Hi"}]}, {"executableCode": {"code": "1 + 1"}}
    questions: list[dict[str, Any]] = [
        {"cachedContent": "cachedContents/a"},
        {"cached_content": "cachedContents/b"},
        {"contents": [hi, {"role": "model", "parts": [code]}]},
        {"cached_content": "cachedContents/a"},
    ]
    for fields in questions:
        asked = suite.asking()
        body = {**suite.body("Hi"), "respan_params": {"cache_enabled": True}, **fields}
        assert hear(gateway, replace(asked, body=json.dumps(body).encode())).status == 200
    assert [call.cache for call in gateway.calls] == ["miss", "miss", "miss", "hit"]
