import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_gateway import Answer, Contract, ToolCall, Usage
from mock_gateway.core.chat import ChatRequest
from mock_gateway.core.problems import Problem
from mock_gateway.core.tokens import count_tokens, split_text
from mock_gateway.wires.chat import chat
from mock_gateway.wires.wire import Envelope

ENVELOPE = Envelope("chatcmpl-000001", 1767225600, "gpt-4o")

texts = st.text(max_size=60)
calls = st.builds(ToolCall, st.text(min_size=1, max_size=8), st.dictionaries(texts, st.integers() | texts, max_size=3))
answers = st.builds(
    Answer,
    text=texts,
    tool_calls=st.lists(calls, max_size=3).map(tuple),
    reasoning=st.none() | texts.filter(bool),
    usage=st.none() | st.builds(Usage, *[st.integers(0, 10**6)] * 5),
)


def request(**fields: Any) -> ChatRequest:
    return ChatRequest({"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}], **fields})


def streamed(answer: Answer, **fields: Any) -> list[Any]:
    """The events of the streamed answer, read back; the last is the end."""
    chunks = list(chat.stream(answer, request(stream=True, **fields), ENVELOPE, Contract()))
    assert chunks[-1].data == b"data: [DONE]\n\n"
    assert [chunk.last for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    return [json.loads(chunk.data.removeprefix(b"data: ")) for chunk in chunks[:-1]]


@given(texts)
def test_a_text_in_pieces_is_the_text(text: str) -> None:
    """Whatever is streamed joins to what was said."""
    assert "".join(split_text(text)) == text
    assert count_tokens(text) == (len(text) + 3) // 4


@given(answers, st.integers(1, 3))
def test_an_answer_is_the_same_whole_and_streamed(answer: Answer, count: int) -> None:
    """Text, reasoning, tool calls, ending and usage agree, for every choice."""
    whole = json.loads(chat.whole(answer, request(n=count), ENVELOPE))
    events = streamed(answer, n=count, stream_options={"include_usage": True})

    assert events[-1]["usage"] == whole["usage"]
    assert events[-1]["choices"] == []
    for choice in whole["choices"]:
        deltas = [
            event["choices"][0]
            for event in events
            if event["choices"] and event["choices"][0]["index"] == choice["index"]
        ]
        assert deltas[0]["delta"] == {"role": "assistant", "content": ""}
        assert deltas[-1]["finish_reason"] == choice["finish_reason"]
        said = "".join(part["delta"].get("content") or "" for part in deltas)
        thought = "".join(part["delta"].get("reasoning_content") or "" for part in deltas)
        assert said == choice["message"]["content"]
        assert thought == choice["message"].get("reasoning_content", "")
        written: dict[int, dict[str, str]] = {}
        for part in deltas:
            for call in part["delta"].get("tool_calls", ()):
                entry = written.setdefault(call["index"], {"name": "", "arguments": "", "id": call.get("id", "")})
                entry["name"] += call["function"].get("name", "")
                entry["arguments"] += call["function"].get("arguments", "")
        expected = choice["message"].get("tool_calls", [])
        assert [(call["name"], call["arguments"], call["id"]) for call in written.values()] == [
            (call["function"]["name"], call["function"]["arguments"], call["id"]) for call in expected
        ]


@given(answers)
def test_a_whole_body_is_read_back_as_the_answer_it_was(answer: Answer) -> None:
    """What a test pastes as a body can be streamed, too."""
    body = json.loads(chat.whole(answer, request(), ENVELOPE))
    read = chat.verbatim(body)
    assert json.loads(chat.whole(read, request(), ENVELOPE)) == body


@given(answers, st.integers(1, 3))
def test_a_stream_is_read_back_as_the_answer_it_was(answer: Answer, count: int) -> None:
    """What was recorded as a stream can be given whole: it is the whole answer, but for the weight nobody asked for."""
    fields = {"n": count, "stream_options": {"include_usage": True}}
    gathered = chat.gathered(streamed(answer, **fields))
    whole, again = (json.loads(chat.whole(one, request(**fields), ENVELOPE)) for one in (answer, gathered))
    for choice in whole["choices"]:
        if choice["message"]["content"] == "" and "tool_calls" in choice["message"]:
            choice["message"]["content"] = None  # a stream does not tell them apart
    assert again == whole


def test_answers_satisfy_the_sdks_own_types() -> None:
    """Every shape validates strictly against OpenAI's models: choices, logprobs, tools, reasoning, usage."""
    types = pytest.importorskip("openai.types.chat", reason="openai is not installed")
    answer = Answer(
        "Hello there.", tool_calls=(ToolCall("f", {"x": 1}),), reasoning="Why not.", others=(Answer("Or so."),)
    )
    fields: dict[str, Any] = {"n": 3, "logprobs": True, "top_logprobs": 1}

    whole = types.ChatCompletion.model_validate_json(chat.whole(answer, request(**fields), ENVELOPE), strict=True)
    assert [choice.message.content for choice in whole.choices] == ["Hello there.", "Or so.", "Or so."]
    assert [token.token for token in whole.choices[0].logprobs.content] == ["Hello", " there."]
    assert whole.choices[0].logprobs.content[0].top_logprobs[0].token == "Hello"
    assert len({call.id for choice in whole.choices for call in choice.message.tool_calls or ()}) == 1

    for event in streamed(answer, **fields, stream_options={"include_usage": True}):
        types.ChatCompletionChunk.model_validate_json(json.dumps(event), strict=True)


def test_tool_calls_of_several_choices_have_ids_of_their_own() -> None:
    """An id names one call of the gateway."""
    answer = Answer(tool_calls=(ToolCall("f"), ToolCall("g")))
    whole = json.loads(chat.whole(answer, request(n=2), ENVELOPE))
    ids = [call["id"] for choice in whole["choices"] for call in choice["message"]["tool_calls"]]
    assert ids == ["call_000001_1", "call_000001_2", "call_000001_1_1", "call_000001_1_2"]


CUSTOM = [{"type": "custom", "custom": {"name": "sql"}}, {"type": "function", "function": {"name": "f"}}]


@pytest.mark.parametrize("written", ["", "SELECT 1", "SELECT one FROM many WHERE it = 'is long'", '{"a": 1}'])
def test_a_tool_that_takes_a_text_is_called_with_it(written: str) -> None:
    """As the request offers it, whole and streamed, beside a function; and is read back as it was."""
    answer = Answer(tool_calls=(ToolCall("sql", written, "c1"), ToolCall("f", {"a": 1}, "c2")))
    body = json.loads(chat.whole(answer, request(tools=CUSTOM), ENVELOPE))
    assert body["choices"][0]["message"]["tool_calls"] == [
        {"id": "c1", "type": "custom", "custom": {"name": "sql", "input": written}},
        {"id": "c2", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}},
    ]
    events = streamed(answer, tools=CUSTOM)
    parts = [part for event in events for part in event["choices"][0]["delta"].get("tool_calls", ())]
    assert parts[0] == {"index": 0, "id": "c1", "type": "custom", "custom": {"name": "sql", "input": ""}}
    assert "".join(part["custom"]["input"] for part in parts if part["index"] == 0) == written
    for found in (chat.verbatim(body), chat.gathered(events)):
        assert [(call.name, call.written, call.id) for call in found.tool_calls] == [
            ("sql", written, "c1"),
            ("f", '{"a":1}', "c2"),
        ]


def test_a_refusal_is_said_in_its_own_field() -> None:
    """Whole and streamed."""
    answer = Answer(refusal="No.")
    assert json.loads(chat.whole(answer, request(), ENVELOPE))["choices"][0]["message"]["refusal"] == "No."
    assert {"refusal": "No."} in [event["choices"][0]["delta"] for event in streamed(answer)]


def test_explicit_chunks_are_cut_before_a_stop_sequence() -> None:
    """The chunk it falls into is cut, and those after it are gone."""
    answer = Answer("abcdef", chunks=("ab", "cd", "ef")).stopped_before(["d"])
    assert (answer.text, answer.chunks, answer.finish_reason) == ("abc", ("ab", "c"), "stop")


def test_a_body_without_anything_is_an_empty_answer() -> None:
    """Nonsense that a test wrote out in full can be streamed without an error of ours."""
    assert chat.verbatim({}) == Answer()


@pytest.mark.parametrize("count", [0, 129, "2", True])
def test_no_more_answers_are_asked_for_than_a_model_gives(count: Any) -> None:
    """By the name of the field, and the bounds."""
    with pytest.raises(Problem) as refused:
        chat.request({"model": "m", "messages": [], "n": count}, None, Contract())
    assert str(refused.value) == "n: This field must be a number from 1 to 128."
