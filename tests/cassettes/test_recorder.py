"""Recording from a real server of somebody else's, and replaying when it is gone."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder

from ..doubles.provider import KEY, Provider, provider
from ..engine.dialogue import ask


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider, and a key for it in the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with provider() as running:
        yield running


def takes(folder: Path) -> list[list[Any]]:
    """The takes of all recordings, as they are on disk."""
    return [json.loads(path.read_bytes())["takes"] for path in Folder(folder).names()]


def test_an_answer_is_recorded_and_replayed(tmp_path: Path, upstream: Provider) -> None:
    """Byte for byte, whole and streamed."""
    recording = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    whole, streamed = ask(recording), ask(recording, "Ho", stream=True)
    assert whole.text == "You said: Hi ✓ in 1 words."
    assert streamed.text == "You said: Ho ✓ in 1 words."
    assert [attempt.source for call in recording.calls for attempt in call.attempts] == ["upstream", "upstream"]
    assert recording.findings() == []
    assert len(upstream.asked) == 2
    replaying = Gateway(cassette=tmp_path)
    assert ask(replaying).body == whole.body
    assert ask(replaying, "Ho", stream=True).body == streamed.body
    assert len(upstream.asked) == 2


def test_the_upstream_is_asked_what_a_provider_is_asked(tmp_path: Path, upstream: Provider) -> None:
    """Merged, with the model chosen, without the parameters of the gateway, with its key."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, customer_identifier="user_1", temperature=0.5, metadata={"plan": "pro"})
    assert upstream.asked == [{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}], "temperature": 0.5}]
    assert upstream.keys == [KEY]


@pytest.mark.parametrize("streamed", [False, True])
def test_the_call_of_a_recording_test_is_told_as_usual(tmp_path: Path, upstream: Provider, streamed: bool) -> None:
    """With what was answered, what it weighs, and a log row."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    extra: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}} if streamed else {}
    ask(gateway, **extra)
    call = gateway.calls.one()
    assert call.answer is not None
    assert call.answer.text == "You said: Hi ✓ in 1 words."
    assert gateway.logs.one().total_request_tokens == 8
    assert "upstream" in str(call.story)


def test_nothing_of_a_key_or_a_session_is_on_disk(tmp_path: Path, upstream: Provider) -> None:
    """Neither where it was sent, nor where the application or the provider repeats it."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    assert KEY in (ask(gateway, f"say {KEY}").text or "")
    assert ask(gateway, f"say {KEY[:12]} {KEY}", stream=True).status == 200
    assert gateway.findings() == []
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert KEY.encode() not in everything
    assert b"<OPENAI_API_KEY>" in everything
    assert b"session=" not in everything
    assert b"req_" not in everything


def test_recorded_headers_are_those_that_matter(tmp_path: Path, upstream: Provider) -> None:
    """By a list of what is kept, not of what is left out."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url))
    [[take]] = takes(tmp_path)
    assert take["headers"] == {"content-type": "application/json", "x-ratelimit-remaining-requests": "9999"}
    assert take["upstream"] == upstream.url
    assert (take["style"], take["tail"]) == ("indented", "\n")
    assert os.environ["OPENAI_API_KEY"] == KEY
