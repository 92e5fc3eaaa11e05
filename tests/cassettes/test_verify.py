"""Asking again, and comparing."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder

from ..doubles.provider import KEY, Provider
from ..engine.dialogue import ask
from .live import OTHER, recorder


def test_verify_compares_and_writes_nothing(tmp_path: Path, upstream: Provider) -> None:
    """The answer is the recorded one; other words are no drift, other fields and kinds are; what is new is a miss."""
    recording = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(recording)
    ask(recording, "Ho", stream=True)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    upstream.voice = " In other words."
    gateway = Gateway(cassette=tmp_path, record="verify", upstream=upstream.url)
    assert ask(gateway).text == "You said: Hi ✓ in 1 words."
    assert ask(gateway, "Ho", stream=True).text == "You said: Ho ✓ in 1 words."
    assert [note.kind for note in recorder(gateway).notes] == ["verified", "verified"]
    assert ask(gateway, "Bye").status == 404
    assert len(upstream.asked) == 4
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("change", "drifted"),
    [
        ({"status": 400}, "status   recorded 400   today 200"),
        ({"headers": {"content-type": "text/plain"}}, "content-type   recorded text/plain   today application/json"),
        ({"ending": "hung_up"}, "ending   recorded hung up   today complete"),
        ({"service_tier": None}, "service_tier   recorded null   today a text"),
        ({"extra": [1]}, "extra[*]   recorded a number   today nothing"),
        ({"object": "chat"}, "object   recorded 'chat'   today 'chat.completion'"),
    ],
)
def test_drift_is_told_by_place(tmp_path: Path, upstream: Provider, change: dict[str, Any], drifted: str) -> None:
    """Status, kind of body, ending, fields, their kinds, and words an application goes by."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url))
    [path] = Folder(tmp_path).names()
    file = json.loads(path.read_bytes())
    take = file["takes"][0]
    for name, value in change.items():
        (take if name in ("status", "headers", "ending") else take["body"])[name] = value
    path.write_text(json.dumps(file))
    gateway = Gateway(cassette=tmp_path, record="verify", upstream=upstream.url)
    ask(gateway)
    assert [note.text for note in recorder(gateway).notes if note.kind == "drifted"] == [drifted]


def test_a_stream_of_other_words_is_no_drift_and_of_other_fields_is(tmp_path: Path, upstream: Provider) -> None:
    """All events count together, however many there are."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), stream=True)
    [path] = Folder(tmp_path).names()
    path.write_text(path.read_text().replace('"system_fingerprint"', '"fingerprint"'))
    gateway = Gateway(cassette=tmp_path, record="verify", upstream=upstream.url)
    ask(gateway, stream=True)
    assert [note.text for note in recorder(gateway).notes if note.kind == "drifted"] == [
        "fingerprint   recorded a text   today nothing",
        "system_fingerprint   recorded nothing   today a text",
    ]


def test_verify_asks_as_it_was_recorded(tmp_path: Path, upstream: Provider) -> None:
    """A stream of what was recorded whole is no drift; a secret in today's answer is not shown."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url))
    gateway = Gateway(cassette=tmp_path, record="verify", upstream=upstream.url)
    ask(gateway, stream=True)
    assert [note.kind for note in recorder(gateway).notes] == ["verified"]
    upstream.answers["Hi"] = (200, "application/json", json.dumps({"object": f"{KEY} {OTHER}"}).encode(), {})
    ask(gateway)
    shown = str(recorder(gateway).notes)
    assert KEY not in shown
    assert OTHER not in shown
    assert "<OPENAI_API_KEY>" in shown


def test_verify_compares_with_what_would_be_recorded_today(tmp_path: Path, upstream: Provider) -> None:
    """What was redacted then, is redacted now: no drift, and nothing of it is shown."""
    tool = {"type": "function", "function": {"name": "acme_lookup", "parameters": {}}}

    def redact(text: str, _place: str) -> str:
        return text.replace("acme", "<CO>")

    settings: dict[str, Any] = {"cassette": tmp_path, "upstream": upstream.url, "redact": redact}
    ask(Gateway(record="once", **settings), tools=[tool])
    gateway = Gateway(record="verify", **settings)
    ask(gateway, tools=[tool])
    assert [note.kind for note in recorder(gateway).notes] == ["verified"]
