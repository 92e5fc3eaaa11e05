"""Recordings of the Responses API, made from a real socket: played, streamed, told on another wire, gone on from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from mock_gateway import Gateway, ToolCall, Usage
from mock_gateway.cassettes.files import Folder

RESPAN = "https://api.respan.ai/api"
WEATHER: Any = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}}


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in the environment, for whoever records."""
    monkeypatch.setenv("OPENAI_API_KEY", "any-key-at-all")


@pytest.fixture
def upstream(key: None) -> Iterator[str]:
    """An OpenAI behind a socket."""
    made = Gateway()
    script = made.model("gpt-4o")
    script.when(matches=lambda asked: asked.messages[-1]["role"] == "tool").replies("It is sunny.", usage=Usage(9, 4))
    script.when(tools=["get_weather"]).replies(tool_calls=[ToolCall("get_weather", {"city": "Paris"})], reasoning="Hm.")
    script.when(contains="fail").fails(400, message="No.")
    script.when(contains="Hi").replies("Recorded.", usage=Usage(7, 3))
    with made.serve() as server:
        yield server.openai_url


def recording(folder: Path, upstream: str, **options: Any) -> Gateway:
    return Gateway(cassette=folder, record="new_episodes", upstream=upstream, **options)


def asked(gateway: Gateway, text: Any = "Hi", stream: bool = False, **fields: Any) -> Any:
    """What the client makes of the answer."""
    with gateway.intercept(), OpenAI(base_url=RESPAN, api_key="any") as client:
        told: dict[str, Any] = {"model": "gpt-4o", "input": text, **fields}
        if not stream:
            return client.responses.create(**told)
        with client.responses.stream(**told) as events:
            return events.get_final_response()


def kept(folder: Path) -> list[Any]:
    """The recordings, as they are on disk."""
    return [json.loads(path.read_bytes()) for path in Folder(folder).names()]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("recorded_streamed", [False, True])
def test_what_was_recorded_live_is_played(
    tmp_path: Path, upstream: str, streamed: bool, recorded_streamed: bool
) -> None:
    """To the byte as it was asked for, or turned; with the id it had where it was recorded."""
    live = recording(tmp_path, upstream)
    first = asked(live, stream=recorded_streamed)
    assert first.output_text == "Recorded."
    assert [one["wire"] for one in kept(tmp_path)] == ["responses"]
    again = Gateway(cassette=tmp_path)
    found = asked(again, stream=streamed)
    assert (found.output_text, found.usage) == (first.output_text, first.usage)
    if streamed == recorded_streamed:
        assert found == first
    assert [one.source for one in again.calls.one().attempts] == ["cassette"]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_conversation_that_was_recorded_goes_on(tmp_path: Path, upstream: str, streamed: bool) -> None:
    """Whichever way its answers are asked for: what stands in a recording is the conversation, and no id."""

    def talk(gateway: Gateway, stream: bool) -> str:
        first = asked(gateway, "The weather?", stream, tools=[WEATHER])
        call = next(item for item in first.output if item.type == "function_call")
        result = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
        text: str = asked(gateway, [result], stream, previous_response_id=first.id, tools=[WEATHER]).output_text
        return text

    assert talk(recording(tmp_path, upstream), False) == "It is sunny."
    second = next(one["request"] for one in kept(tmp_path) if isinstance(one["request"]["input"], list))
    assert second == {
        "model": "gpt-4o",
        "input": [
            {"role": "user", "content": "The weather?"},
            {
                "type": "function_call",
                "call_id": "call_000001_1",
                "name": "get_weather",
                "arguments": '{"city":"Paris"}',
            },
            {"type": "function_call_output", "call_id": "call_000001_1", "output": "sunny"},
        ],
        "tools": [WEATHER],
    }
    assert talk(Gateway(cassette=tmp_path), streamed) == "It is sunny."


def test_an_error_that_was_recorded_is_an_error(tmp_path: Path, upstream: str) -> None:
    """Also for who asks the same on chat completions."""
    with pytest.raises(Exception, match=r"No\."):
        asked(recording(tmp_path, upstream), "fail")
    gateway = Gateway(cassette=tmp_path)
    with gateway.intercept(), OpenAI(base_url=RESPAN, api_key="any") as client:
        with pytest.raises(Exception, match=r"No\."):
            client.responses.create(model="gpt-4o", input="fail")
        with pytest.raises(Exception, match=r"No\."):
            client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "fail"}])


def test_respan_as_the_upstream_is_asked_for_one_attempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it does besides is switched off where this wire has the parameters of the gateway."""
    other = Gateway()
    other.model("gpt-4o").replies("From Respan.")
    with other.serve() as server:
        monkeypatch.setattr("mock_gateway.doors.live._configured", lambda variable: server.url)
        monkeypatch.setenv("RESPAN_API_KEY", "any-key-at-all")
        found = asked(Gateway(cassette=tmp_path, record="all", upstream="respan"))
    assert found.output_text == "From Respan."
    call = other.calls.one()
    assert call.path == "/api/responses"
    assert call.request["respan_params"] == {
        "cache_enabled": False,
        "disable_fallback": True,
        "retry_params": {"retry_enabled": False},
    }
    assert "respan_params" not in kept(tmp_path)[0]["request"]


FAILED: list[dict[str, Any]] = [
    {"type": "error", "code": "server_error", "message": "Broken.", "param": None, "sequence_number": 3},
    {
        "type": "response.failed",
        "sequence_number": 3,
        "response": {
            "id": "resp_1",
            "object": "response",
            "status": "failed",
            "output": [],
            "error": {"code": "server_error", "message": "Broken."},
        },
    },
]


@pytest.mark.parametrize("event", FAILED, ids=["error", "failed"])
@pytest.mark.usefixtures("key")
def test_a_stream_that_ends_in_an_error_is_none_to_turn(tmp_path: Path, event: dict[str, Any]) -> None:
    """It is no answer, and the story has its word."""
    told = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
    source = Gateway()
    source.model("gpt-4o").sends(told)
    with source.serve() as server:
        live = recording(tmp_path, server.openai_url, keep_failures=True)
        with live.intercept(), OpenAI(base_url=RESPAN, api_key="any") as client:
            list(client.responses.create(model="gpt-4o", input="Hi", stream=True))
    gateway = Gateway(cassette=tmp_path)
    with gateway.intercept(), OpenAI(base_url=RESPAN, api_key="any") as client:
        *_, last = client.responses.create(model="gpt-4o", input="Hi", stream=True)
        assert last.type == event["type"]
        with pytest.raises(Exception, match="404"):
            client.responses.retrieve("resp_1")
    call = gateway.calls.one()
    assert call.answer is None


def said(text: str) -> Any:
    """The same, as an item."""
    return [{"role": "user", "content": text}]


@pytest.mark.parametrize(
    ("recorded", "text", "line"),
    [
        ("Hi", "Hi!", "input   recorded 'Hi'   asked 'Hi!'"),
        (said("Hi"), said("Hi!"), "input[0].content   recorded 'Hi'   asked 'Hi!'"),
        ("Hi", said("Hi"), "input   recorded 'Hi'   asked [{'role': 'user', 'content': 'Hi'}]"),
    ],
    ids=["text", "items", "either"],
)
def test_a_miss_says_where_it_differs(tmp_path: Path, upstream: str, recorded: Any, text: Any, line: str) -> None:
    """In this wire's own words, and that nothing of the question is left if that is ignored."""
    asked(recording(tmp_path, upstream), recorded)
    gateway = Gateway(cassette=tmp_path)
    with pytest.raises(Exception, match="was asked something") as raised:
        asked(gateway, text)
    told = str(raised.value)
    assert f"              {line}\n" in told
    assert f'  Relax it    Gateway(ignore=["{line.split(maxsplit=1)[0]}"])  # whatever is asked' in told


UNTOLD: dict[str, dict[str, Any]] = {
    "a prompt of OpenAI's": {"prompt": {"id": "pmpt_1"}},
    "a tool that OpenAI carries out": {"tools": [{"type": "web_search"}]},
    "an item that is no message": {
        "text": [*said("Hi"), {"type": "mcp_approval_response", "approval_request_id": "a", "approve": True}]
    },
}


@pytest.mark.parametrize("fields", UNTOLD.values(), ids=UNTOLD)
def test_what_another_wire_has_no_word_for_is_not_answered_from_it(
    tmp_path: Path, upstream: str, fields: dict[str, Any]
) -> None:
    """The recording of another question is no answer, though the words of the user are the same."""
    live = recording(tmp_path, upstream)
    with live.intercept(), OpenAI(base_url=RESPAN, api_key="any") as client:
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hi"}])
    gateway = Gateway(cassette=tmp_path)
    assert asked(gateway).output_text == "Recorded."
    with pytest.raises(Exception, match="was asked something"):
        asked(gateway, **fields)


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_how_long_an_answer_may_be_has_one_meaning(tmp_path: Path, upstream: str, name: str) -> None:
    """Whatever it is called on the wire it was recorded on: another length is another question."""
    live = recording(tmp_path, upstream)
    limit: Any = {name: 50}
    with live.intercept(), OpenAI(base_url=RESPAN, api_key="any") as client:
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hi"}], **limit)
    assert asked(Gateway(cassette=tmp_path), max_output_tokens=50).output_text == "Recorded."
    with pytest.raises(Exception, match="was asked something"):
        asked(Gateway(cassette=tmp_path), max_output_tokens=51)
    ignoring = Gateway(cassette=tmp_path, ignore=["max_tokens"])
    assert asked(ignoring, max_output_tokens=51).output_text == "Recorded."
