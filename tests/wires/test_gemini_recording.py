"""Recording from Google, and playing it: byte for byte, in the other form, on another wire."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder
from mock_gateway.core.requests import HttpRequest
from mock_gateway.wires.gemini import gemini

from ..doubles.provider import KEY, Provider, provider
from ..engine.dialogue import Heard, hear, request
from .wired import events_of

MODEL = "gemini-2.5-flash"
TOOLS = [{"functionDeclarations": [{"name": "weather", "description": "x"}]}]


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Somebody who speaks as Google does, and a key of Google's."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    with provider() as running:
        yield running


def ask(gateway: Gateway, *, stream: bool = False, alt: str = "alt=sse", **fields: Any) -> Heard:
    """The answer to a question."""
    verb = "streamGenerateContent" if stream else "generateContent"
    place = f"/api/google/gemini/v1beta/models/{MODEL}:{verb}"
    body = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}], **fields}
    key = {"x-goog-api-key": "any"}
    return hear(gateway, HttpRequest("POST", "api.respan.ai", place, key, json.dumps(body).encode(), "t", alt))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("tools", [None, TOOLS], ids=["text", "tools"])
def test_what_google_says_is_kept_to_the_byte(tmp_path: Path, upstream: Provider, *, stream: bool, tools: Any) -> None:
    """It is asked in its own way, with its key and without the gateway's parameters, and is played without it."""
    offered = {} if tools is None else {"tools": tools}
    recording = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    said = ask(recording, stream=stream, respan_params={"customer_identifier": "c1"}, **offered)
    assert upstream.asked == [{"contents": [{"role": "user", "parts": [{"text": "Hi"}]}], **offered}]
    assert upstream.keys == [KEY]
    assert recording.logs.one().customer_identifier == "c1"
    playing = Gateway(cassette=tmp_path)
    assert ask(playing, stream=stream, **offered).body == said.body
    answer = playing.calls.one().answer
    assert answer is not None
    if tools is None:
        assert answer.text == "You said: Hi ✓ in 1 words."
    else:
        assert [(call.name, call.arguments) for call in answer.tool_calls] == [("weather", {"city": "Zürich"})]
    assert answer.finish_reason == ("stop" if tools is None else "tool_calls")
    [file] = [json.loads(path.read_bytes()) for path in Folder(tmp_path).names()]
    assert (file["wire"], file["model"]) == ("gemini", MODEL)
    assert KEY not in json.dumps(file)


@pytest.mark.parametrize("stream", [False, True])
def test_what_was_recorded_one_way_is_played_the_other(tmp_path: Path, upstream: Provider, *, stream: bool) -> None:
    """Whole as a stream, a stream as a whole, whose last count is that of all of it."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), stream=stream)
    heard = ask(Gateway(cassette=tmp_path), stream=not stream)
    found = gemini.verbatim(heard.json) if stream else gemini.gathered(events_of(heard.body))
    assert found.text == "You said: Hi ✓ in 1 words."
    assert found.usage is not None
    assert found.usage.completion_tokens == 7


def test_a_recorded_stream_is_an_array_for_those_who_want_one(tmp_path: Path, upstream: Provider) -> None:
    """While it is recorded, and when it is played; it is kept as events."""
    recording = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    for gateway in (recording, Gateway(cassette=tmp_path)):
        heard = ask(gateway, stream=True, alt="")
        assert heard.headers["content-type"] == "application/json; charset=UTF-8"
        assert gemini.gathered(heard.json).text == "You said: Hi ✓ in 1 words."
    assert ask(Gateway(cassette=tmp_path), stream=True).body.startswith(b"data: ")


def test_what_google_said_is_told_to_callers_of_chat(tmp_path: Path, upstream: Provider) -> None:
    """Who ask the very same of the same model."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), stream=True)
    heard = hear(Gateway(cassette=tmp_path), request("Hi", MODEL))
    assert heard.json["choices"][0]["message"]["content"] == "You said: Hi ✓ in 1 words."


def test_respan_is_asked_at_its_own_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upstream: Provider) -> None:
    """Below its prefix, with its key where Google's stands, and for one attempt only."""
    monkeypatch.setenv("RESPAN_API_KEY", KEY)
    with provider("127.0.0.2") as respan:
        monkeypatch.setenv("RESPAN_BASE_URL", respan.url)
        heard = ask(Gateway(cassette=tmp_path, record="once", upstream="respan"))
        assert heard.json["candidates"][0]["content"]["parts"][0]["text"] == "You said: Hi ✓ in 1 words."
        [asked] = respan.asked
    assert asked["respan_params"]["disable_fallback"] is True
    assert respan.keys == [KEY]
    [file] = [json.loads(path.read_bytes()) for path in Folder(tmp_path).names()]
    assert "respan_params" not in file["request"]


@pytest.mark.parametrize(
    "fields",
    [
        {"cachedContent": "cachedContents/a"},
        {"tools": [{"googleSearch": {}}]},
        {"generationConfig": {"responseModalities": ["IMAGE"]}},
        {
            "contents": [
                {"role": "user", "parts": [{"text": "Hi"}]},
                {"role": "model", "parts": [{"codeExecutionResult": {"output": "2"}}]},
            ]
        },
    ],
    ids=["cached content", "search", "pictures", "code"],
)
def test_what_another_wire_has_no_word_for_is_not_answered_from_it(
    tmp_path: Path, upstream: Provider, fields: dict[str, Any]
) -> None:
    """The recording of another question is no answer, though the words of the user are the same."""
    recording = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    assert hear(recording, request("Hi", MODEL)).status == 200
    playing = Gateway(cassette=tmp_path)
    assert "You said: Hi" in ask(playing).body.decode()
    missed = ask(playing, **fields)
    assert missed.status != 200
    assert "was asked something" in missed.body.decode()
