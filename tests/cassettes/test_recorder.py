"""Recording from a real server of somebody else's, and replaying when it is gone."""

import gc
import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openai
import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.exchange import Limits
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.format import load
from mock_gateway.cassettes.recorder import Mode, Recorder
from mock_gateway.cassettes.redaction import KEYS
from mock_gateway.core.requests import DUMMY_KEY
from mock_gateway.core.steps import Chunk

from ..doubles.provider import KEY, Provider, provider
from ..engine.dialogue import ask, request
from .recordings import completion, event, record

DONE = b"data: [DONE]\n\n"
ROOT = Path(__file__).resolve().parents[2]
OTHER = "gsk_" + "aB3dE6gH9jK2mN5p"


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


def recorder(gateway: Gateway) -> Recorder:
    assert gateway.recorder is not None
    return gateway.recorder


def texts(folder: Path) -> list[list[str]]:
    """What the takes of all recordings say."""
    return sorted([take["body"]["choices"][0]["message"]["content"] for take in found] for found in takes(folder))


def grown_old(folder: Path) -> None:
    """As if the recordings had been made an hour ago."""
    for path in Folder(folder).names():
        moment = path.stat().st_mtime - 3600
        os.utime(path, (moment, moment))


def test_once_records_while_the_cassette_is_empty(tmp_path: Path, upstream: Provider) -> None:
    """Afterwards what it does not have is a miss."""
    assert ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url)).status == 200
    grown_old(tmp_path)
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    assert ask(gateway).status == 200
    assert ask(gateway, "Bye").status == 404
    assert len(upstream.asked) == 1


def test_new_episodes_records_what_there_is_none_of(tmp_path: Path, upstream: Provider) -> None:
    """And plays the rest."""
    ask(Gateway(cassette=tmp_path, record="new_episodes", upstream=upstream.url))
    upstream.voice = " Today."
    gateway = Gateway(cassette=tmp_path, record="new_episodes", upstream=upstream.url)
    assert ask(gateway).text == "You said: Hi ✓ in 1 words."
    assert ask(gateway, "Bye").text == "You said: Bye ✓ in 1 words. Today."
    assert [one["messages"][0]["content"] for one in upstream.asked] == ["Hi", "Bye"]


def test_new_episodes_goes_on_after_the_last_take(tmp_path: Path, upstream: Provider) -> None:
    """Where takes are not repeated, the next is recorded behind them."""
    for voice in ("", " Two.", " Three."):
        upstream.voice = voice
        gateway = Gateway(cassette=tmp_path, record="new_episodes", upstream=upstream.url, after_last="miss")
        while ask(gateway).text != f"You said: Hi ✓ in 1 words.{voice}":
            pass
    first = "You said: Hi ✓ in 1 words."
    assert texts(tmp_path) == [[first, f"{first} Two.", f"{first} Three."]]
    assert len(upstream.asked) == 3


def test_all_replaces_what_was_there(tmp_path: Path, upstream: Provider) -> None:
    """All takes of a request that is asked again; requests that are not asked again are left alone."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    for prompt in ("Hi", "Hi", "Bye"):
        ask(gateway, prompt)
    grown_old(tmp_path)
    upstream.voice = " Today."
    gateway = Gateway(cassette=tmp_path, record="all", upstream=upstream.url)
    assert ask(gateway).text == "You said: Hi ✓ in 1 words. Today."
    assert texts(tmp_path) == [["You said: Bye ✓ in 1 words."], ["You said: Hi ✓ in 1 words. Today."]]


@pytest.mark.parametrize("mode", ["once", "new_episodes", "all"])
def test_what_is_asked_again_is_another_take(tmp_path: Path, upstream: Provider, mode: Mode) -> None:
    """In the order it was asked, so that a loop is replayed as it went."""
    gateway = Gateway(cassette=tmp_path, record=mode, upstream=upstream.url)
    for voice in (" One.", " Two.", " Three."):
        upstream.voice = voice
        ask(gateway)
    replaying = Gateway(cassette=tmp_path)
    assert [(ask(replaying).text or "")[27:] for _ in range(4)] == ["One.", "Two.", "Three.", "Three."]


@pytest.mark.parametrize("mode", ["once", "new_episodes", "all"])
def test_two_tests_of_a_session_share_what_they_record(tmp_path: Path, upstream: Provider, mode: Mode) -> None:
    """The first to ask has recorded it for both, whichever process it is in."""
    began = time.time()
    for _ in range(2):
        gateway = Gateway(cassette=tmp_path, record=mode, upstream=upstream.url, began=began)
        assert ask(gateway).status == 200
        assert ask(gateway, "Bye").status == 200
    assert [len(found) for found in takes(tmp_path)] == [1, 1]


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


@pytest.mark.parametrize(
    ("prompt", "status", "is_kept"),
    [("fail 400", 400, True), ("fail 401", 401, False), ("fail 429", 429, False), ("fail 500", 500, False)],
)
def test_failures_of_the_moment_are_not_kept(
    tmp_path: Path, upstream: Provider, prompt: str, status: int, is_kept: bool
) -> None:
    """Unless they are wanted; the application is given them either way."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    assert ask(gateway, prompt, retry_params={"retry_enabled": False}).status == status
    assert bool(takes(tmp_path)) is is_kept
    if not is_kept:
        [note] = {note.text for note in recorder(gateway).notes}
        assert note == f"{status} may be another answer tomorrow; keep_failures=True keeps it"
    wanted = tmp_path / "wanted"
    ask(Gateway(cassette=wanted, record="once", upstream=upstream.url, keep_failures=True), prompt)
    assert {take["status"] for found in takes(wanted) for take in found} == {status}
    replayed = ask(Gateway(cassette=wanted), prompt, retry_params={"retry_enabled": False})
    assert replayed.status == status


def test_the_gateway_goes_on_from_a_live_failure(tmp_path: Path, upstream: Provider) -> None:
    """It retries and falls back as ever; what can be kept of it is kept."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, keep_failures=True)
    asked: dict[str, Any] = {
        "fallback_models": ["claude-sonnet-4-5"],
        "retry_params": {"num_retries": 1, "retry_after": 1},
    }
    assert ask(gateway, "fail 500", **asked).status == 500
    models = [attempt.model for attempt in gateway.calls.one().attempts]
    replaying = Gateway(cassette=tmp_path)
    ask(replaying, "fail 500", **asked)
    assert [attempt.model for attempt in replaying.calls.one().attempts] == models
    assert len(models) == len(upstream.asked) > 2


@pytest.mark.parametrize("keep", [False, True])
def test_a_stream_that_breaks_is_not_kept(tmp_path: Path, upstream: Provider, keep: bool) -> None:
    """Unless it is wanted; then it breaks again at the same place."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, keep_failures=keep)
    heard = ask(gateway, "break", stream=True)
    assert (heard.text, heard.ending) == ("You said:", "cut")
    assert len(takes(tmp_path)) == keep
    if keep:
        assert ask(Gateway(cassette=tmp_path), "break", stream=True) == heard
    else:
        assert recorder(gateway).notes[0].text.startswith(f"the connection to {upstream.url} broke")


def test_an_upstream_that_dies_before_its_answer_leaves_nothing(tmp_path: Path, upstream: Provider) -> None:
    """There is no head to keep, whatever is wanted."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, keep_failures=True)
    ask(gateway, "die", retry_params={"retry_enabled": False})
    assert list(tmp_path.iterdir()) == []
    assert gateway.calls.one().attempts[0].outcome == "hung_up"


@pytest.mark.parametrize(
    ("limits", "why"), [(Limits(bytes=2000), "is larger than 2,000 bytes"), (Limits(seconds=0), "does not come to an")]
)
def test_an_answer_without_end_is_given_up(tmp_path: Path, upstream: Provider, limits: Limits, why: str) -> None:
    """By size or by time: the stream breaks, the test fails by name, nothing is on disk."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    recorder(gateway).limits = limits
    assert ask(gateway, "go on for ever", stream=True).ending == "cut"
    [finding] = gateway.findings()
    assert finding.text.startswith(f"nothing was recorded: the answer of gpt-4o from {upstream.url} {why}")
    assert list(tmp_path.iterdir()) == []
    assert "cut       nothing was recorded" in str(gateway.story)


def test_a_client_that_leaves_a_silent_answer_does_not_wait_for_ever(tmp_path: Path, upstream: Provider) -> None:
    """The rest may take so long and no longer, also where nothing comes at all."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    recorder(gateway).limits = Limits(linger=0.05)
    steps = gateway.handle(request("wait", stream=True))
    while not isinstance(next(steps), Chunk):
        pass
    steps.close()
    [note] = recorder(gateway).notes
    assert note.kind == "not kept"
    assert upstream.was_read_live is None, "the upstream is still waiting"
    assert list(tmp_path.iterdir()) == []


def test_a_client_that_leaves_an_endless_answer_does_not_wait_for_ever(tmp_path: Path, upstream: Provider) -> None:
    """The rest is read for so long and no longer; the test is told, though nobody is left to be answered."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    recorder(gateway).limits = Limits(linger=0)
    steps = gateway.handle(request("go on for ever", stream=True))
    while not isinstance(next(steps), Chunk):
        pass
    steps.close()
    [finding] = gateway.findings()
    assert "does not come to an end" in finding.text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("streamed", [False, True])
def test_a_secret_in_an_answer_ends_the_call(tmp_path: Path, upstream: Provider, streamed: bool) -> None:
    """With the place and what to do; nothing is on disk."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, redact=only_in_requests)
    heard = ask(gateway, f"say {OTHER}", stream=streamed)
    place = "takes[0].stream[*].data.choices[0].delta" if streamed else "takes[0].body.choices[0].message"
    [finding] = gateway.findings()
    assert f"{place}.content has a Groq key (gsk***)" in finding.text
    assert heard.ending == "cut" if streamed else heard.status == 500
    assert OTHER not in finding.text + str(gateway.story)
    assert not list(tmp_path.glob("*"))


def only_in_requests(text: str, place: str) -> str:
    return text.replace(OTHER, "<OTHER>") if place.startswith("request") else text


@pytest.mark.parametrize("streamed", [False, True])
def test_a_users_redaction_reaches_every_text(tmp_path: Path, upstream: Provider, streamed: bool) -> None:
    """Also one that is cut over events; the request is found all the same, and the events are as many as before."""
    places: list[str] = []

    def redact(text: str, place: str) -> str:
        places.append(place)
        return text.replace("Ada Lovelace", "<NAME>")

    prompt = "say Her name is Ada Lovelace, I think."
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, redact=redact)
    live = ask(gateway, prompt, stream=streamed)
    assert live.text == prompt.removeprefix("say ")
    assert b"Lovelace" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    replayed = ask(Gateway(cassette=tmp_path, redact=redact), prompt, stream=streamed)
    assert replayed.text == "Her name is <NAME>, I think."
    if streamed:
        assert len(replayed.events) == len(live.events)
        assert "takes[0].stream[*].data.choices[0].delta.content" in places
    assert "request.messages[0].content" in places
    assert ask(Gateway(cassette=tmp_path), prompt).status == 404


@pytest.mark.parametrize(
    ("name", "url", "variable"),
    [
        ("respan", "https://api.respan.ai/api", "RESPAN_API_KEY or KEYWORDSAI_API_KEY"),
        ("openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        ("anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
        ("google", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY or GOOGLE_API_KEY"),
    ],
)
def test_an_upstream_has_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, url: str, variable: str
) -> None:
    """Without its key nothing goes out, and the error names the variable. A dummy of ours is no key."""
    for key in KEYS:
        monkeypatch.setenv(key, DUMMY_KEY)
    gateway = Gateway(cassette=tmp_path, record="once", upstream=name)
    heard = ask(gateway)
    text = f"{url} cannot be asked without a key: {variable} is not set in the environment."
    assert heard.json["error"]["message"].splitlines()[0] == text


def test_respan_is_asked_for_one_attempt_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it does of its own is switched off, since it is done here; the file says whom it was asked of."""
    monkeypatch.setenv("RESPAN_API_KEY", KEY)
    with provider("127.0.0.2") as upstream:
        monkeypatch.setenv("RESPAN_BASE_URL", upstream.url)
        ask(Gateway(cassette=tmp_path, record="once", upstream="respan"), cache_enabled=True)
    [asked] = upstream.asked
    assert asked["cache_enabled"] is False
    assert asked["disable_fallback"] is True
    assert asked["retry_params"] == {"retry_enabled": False}
    [file] = [json.loads(path.read_bytes()) for path in Folder(tmp_path).names()]
    assert file["request"] == {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
    assert file["takes"][0]["upstream"] == upstream.url


def test_a_loopback_base_url_is_not_taken_for_respan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a mock: recording it as Respan would be recording nonsense."""
    monkeypatch.delenv("RESPAN_API_KEY", raising=False)
    monkeypatch.setenv("RESPAN_BASE_URL", "http://127.0.0.1:1/api")
    heard = ask(Gateway(cassette=tmp_path, record="once", upstream="respan"))
    assert "https://api.respan.ai/api cannot be asked without a key" in heard.json["error"]["message"]


def test_no_password_of_an_address_is_recorded(tmp_path: Path, upstream: Provider) -> None:
    """Nor what follows its path."""
    address = upstream.url.replace("http://", "http://me:hunter22@") + "?token=hunter22"
    gateway = Gateway(cassette=tmp_path, record="once", upstream=address.partition("?")[0])
    ask(gateway)
    [[take]] = takes(tmp_path)
    assert take["upstream"] == upstream.url
    assert "hunter22" not in repr(gateway.recorder) + str(gateway.story)


@pytest.mark.parametrize(
    "upstream", ["", "opnai", "ftp://x", "https://", "localhost:8000", "https://[bad", "http://h/\x00"]
)
def test_an_upstream_nobody_can_ask_is_refused(tmp_path: Path, upstream: str) -> None:
    """With those there are."""
    with pytest.raises(ValueError, match="Known: respan, openai, anthropic, google. Or the URL of"):
        Gateway(cassette=tmp_path, record="once", upstream=upstream)


def test_record_modes_nobody_can_follow_are_refused(tmp_path: Path) -> None:
    """An unknown one, and one without a place to record to."""
    with pytest.raises(ValueError, match=r"unknown record mode 'new_episode'. Did you mean 'new_episodes'\?"):
        Gateway(cassette=tmp_path, record="new_episode")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="record='once' needs a cassette to record to"):
        Gateway(record="once")


def test_what_is_ignored_is_recorded_and_named(tmp_path: Path, upstream: Provider) -> None:
    """So the file can be read in review, and found again whatever stands there."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url, ignore=["user"]), user="u-1")
    [file] = [json.loads(path.read_bytes()) for path in Folder(tmp_path).names()]
    assert (file["ignored"], file["request"]["user"]) == (["user"], "u-1")
    assert ask(Gateway(cassette=tmp_path, ignore=["user"]), user="u-2").status == 200
    assert ask(Gateway(cassette=tmp_path), user="u-2").status == 404


def test_a_script_goes_before_the_upstream(tmp_path: Path, upstream: Provider) -> None:
    """Nothing is asked for that is scripted."""
    gateway = Gateway(cassette=tmp_path, record="all", upstream=upstream.url)
    gateway.model("gpt-4o").replies("Scripted.", times=1)
    assert [ask(gateway).text, ask(gateway).text] == ["Scripted.", "You said: Hi ✓ in 1 words."]
    assert len(upstream.asked) == 1


def test_time_that_passes_while_recording_is_the_calls_time(tmp_path: Path, upstream: Provider) -> None:
    """In a virtual clock too, though nobody sleeps for it twice."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway)
    assert 0 < gateway.calls.one().seconds < 30
    [[take]] = takes(tmp_path)
    assert 0 <= take.get("seconds", 0) < 30


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are killed by an alarm, which Windows does not have")
def test_a_process_that_is_killed_leaves_no_half_of_a_file(tmp_path: Path, upstream: Provider) -> None:
    """Fifty of them, at random moments; each file, hidden ones included, is a whole recording."""
    folder = tmp_path / "cassette"
    command = [sys.executable, "-m", "tests.doubles.killed", str(folder), upstream.url, "50"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "killed 50, files 5, broken []\n"
    ask(Gateway(cassette=folder, record="all", upstream=upstream.url))
    assert not list(folder.glob(".*")), "what a killed process left is swept up by the next that writes"


def test_a_proxy_is_found_in_the_environment(
    tmp_path: Path, upstream: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As httpx2 finds it: the name of the upstream is nobody's on this machine."""
    monkeypatch.setenv("HTTP_PROXY", upstream.url.removesuffix("/v1"))
    gateway = Gateway(cassette=tmp_path, record="once", upstream="http://models.example/v1")
    assert ask(gateway).text == "You said: Hi ✓ in 1 words."
    assert len(upstream.asked) == 1
    [[take]] = takes(tmp_path)
    assert take["upstream"] == "http://models.example/v1"


def test_an_upstream_that_says_nothing_more_is_given_up(tmp_path: Path, upstream: Provider) -> None:
    """After the time the gateway has for a provider; nothing is kept."""
    contract = {"upstream_timeout": 0.1}
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, contract=contract)
    assert ask(gateway, "wait", stream=True).ending == "cut"
    assert list(tmp_path.iterdir()) == []
    [note] = recorder(gateway).notes
    assert (note.kind, note.text) == (
        "not kept",
        f"nothing came from {upstream.url} for 0.1 seconds; keep_failures=True keeps it",
    )


def test_a_recorded_stream_keeps_its_pace(tmp_path: Path, upstream: Provider) -> None:
    """As recorded, faster, or at once: in the gateway's time."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), stream=True)
    [path] = Folder(tmp_path).names()
    file = json.loads(path.read_bytes())
    file["takes"][0]["seconds"] = 2.0
    for at, piece in enumerate(file["takes"][0]["stream"]):
        piece["at"] = at * 0.5
    path.write_text(json.dumps(file))
    last = 2 + 0.5 * (len(file["takes"][0]["stream"]) - 1)
    paces: list[tuple[Any, float]] = [("instant", 0), ("recorded", last), (0.5, last / 2), (2, last * 2)]
    for pace, seconds in paces:
        gateway = Gateway(cassette=tmp_path, pace=pace)
        ask(gateway, stream=True)
        assert gateway.calls.one().seconds == pytest.approx(seconds)


EVENT = event({"content": "Gr--e"}).replace(b"--", "üß".encode())
CUT = EVENT.index("ü".encode()) + 1
STREAMS: dict[str, list[bytes]] = {
    "comments": [b": hello\n\n", EVENT, b": still here\n\n", DONE],
    "crlf": [EVENT.replace(b"\n", b"\r\n"), DONE.replace(b"\n", b"\r\n")],
    "a letter cut": [EVENT[:CUT], EVENT[CUT:], DONE],
    "a line cut": [EVENT[:10], EVENT[10:], DONE[:8], DONE[8:]],
    "several at once": [EVENT + EVENT, EVENT + DONE],
    "something after the end": [EVENT, DONE, b": bye\n\n"],
    "no end": [EVENT, event({}, "stop")],
    "named events": [b"event: x\n" + EVENT, b"id: 7\nretry: 10\n" + EVENT, DONE],
    "spaces": [EVENT.replace(b'":"', b'" : "'), DONE],
    "doubles and numbers": [b'data: {"choices":[],"a":1.0,"b":1e5,"c":-0.0,"d":12345678901234567890,"a":2}\n\n', DONE],
    "an error": [EVENT, b'data: {"error":{"message":"Overloaded.","code":"overloaded"}}\n\n', DONE],
    "no event at all": [b"\x00\xff\xfe"],
}


@pytest.mark.parametrize("name", STREAMS)
def test_an_odd_stream_is_replayed_as_it_was_read(tmp_path: Path, upstream: Provider, name: str) -> None:
    """Byte for byte, with the borders it had."""
    upstream.sends["odd"] = STREAMS[name]
    is_odd = name in ("an error", "no event at all")
    recording = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, keep_failures=is_odd)
    heard = ask(recording, "odd", stream=True)
    assert heard.body == b"".join(STREAMS[name])
    assert recording.findings() == []
    assert ask(Gateway(cassette=tmp_path), "odd", stream=True) == heard
    [path] = Folder(tmp_path).names()
    assert b"".join(one.data for one in load(path.read_bytes()).takes[0].chunks()) == heard.body


ANSWERS: dict[str, tuple[int, str, bytes, dict[str, str]]] = {
    "packed": (200, "application/json", gzip.compress(completion()), {"content_encoding": "gzip"}),
    "spaced": (200, "application/json", completion().replace(b'"', b'"', 1), {}),
    "tabs": (200, "application/json", json.dumps(json.loads(completion()), indent="\t").encode(), {}),
    "numbers": (200, "application/json", completion().replace(b"1763000000", b"1.763e9"), {}),
    "escapes": (200, "application/json", completion("a/b").replace(b"a/b", rb"a\/b"), {}),
    "a mark": (200, "application/json", b"\xef\xbb\xbf" + completion(), {}),
    "nonsense": (200, "application/json", b'{"choices": 3}', {}),
    "a list": (200, "application/json", b"[1, 2]", {}),
    "empty": (200, "application/json", b"", {}),
    "a page": (404, "text/html", "<h1>Nö</h1>".encode(), {}),
    "no text": (200, "application/octet-stream", b"\x00\xff\xfe", {}),
    "an odd error": (400, "application/json", b'{"detail": ["no"]}', {}),
    "null": (400, "application/json", b"null", {}),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_odd_answer_is_replayed_as_it_was_read(tmp_path: Path, upstream: Provider, name: str) -> None:
    """Byte for byte, unpacked."""
    upstream.answers["odd"] = ANSWERS[name]
    recording = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, keep_failures=True)
    plain: dict[str, Any] = {"disable_fallback": True}
    heard = ask(recording, "odd", **plain)
    body = ANSWERS[name][2]
    assert heard.body == (gzip.decompress(body) if name == "packed" else body)
    assert heard.status == ANSWERS[name][0]
    assert recording.findings() == []
    assert ask(Gateway(cassette=tmp_path), "odd", **plain) == heard


def test_an_answer_that_cannot_be_unpacked_is_an_error_by_name(tmp_path: Path, upstream: Provider) -> None:
    """And no recording."""
    upstream.answers["odd"] = (200, "application/json", b"not packed", {"content_encoding": "gzip"})
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    assert f"{upstream.url} sent what cannot be decoded" in ask(gateway, "odd").json["error"]["message"]
    assert list(tmp_path.iterdir()) == []


def cuts(key: str) -> dict[str, list[bytes]]:
    """A stream that says a key, in all the ways a stream can be cut and written."""
    parts = [key[at : at + 8] for at in range(0, len(key), 8)]
    said = [event({"content": part}) for part in parts]
    words = [event({"content": f"word {at} "}).replace(b'"index":0', b'"index":1') for at in range(len(parts))]
    tokens = [b'"logprobs":{"content":[{"token":"%s","bytes":[1]}]},"finish_reason"' % part.encode() for part in parts]
    text = b"".join((*said, DONE))
    half = len(key) // 2
    return {
        "cut anywhere": [text[at : at + 50] for at in range(0, len(text), 50)],
        "crlf": [one.replace(b"\n", b"\r\n") for one in (*said, DONE)],
        "no space": [one.replace(b"data: ", b"data:") for one in (*said, DONE)],
        "spaced JSON": [one.replace(b'":', b'" : ') for one in (*said, DONE)],
        "two choices": [*(one for pair in zip(said, words, strict=True) for one in pair), DONE],
        "named": [*(b"event: delta\n" + one for one in said), DONE],
        "halves": [event({"content": key[:half]}), event({"content": key[half:]}), DONE],
        "escaped": [
            event({"content": key}).replace(key[:2].encode(), rb"\u%04x" % ord(key[0]) + key[1:2].encode()),
            DONE,
        ],
        "tokens": [
            *(one.replace(b'"finish_reason"', token) for one, token in zip(said, tokens, strict=True)),
            DONE,
        ],
    }


@pytest.mark.parametrize("name", cuts(KEY))
def test_a_key_is_replaced_however_a_stream_is_cut(tmp_path: Path, upstream: Provider, name: str) -> None:
    """By the network, over events, among those of another choice, in another spelling. The client is given all of it."""
    upstream.sends["odd"] = cuts(KEY)[name]
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    heard = ask(gateway, "odd", stream=True)
    assert heard.body == b"".join(cuts(KEY)[name])
    assert gateway.findings() == []
    [path] = Folder(tmp_path).names()
    assert said_in(load(path.read_bytes()).takes[0].data)[0] == "<OPENAI_API_KEY>"
    assert KEY[8:16] not in path.read_text()


@pytest.mark.parametrize("name", cuts(OTHER))
def test_another_secret_is_refused_however_a_stream_is_cut(tmp_path: Path, upstream: Provider, name: str) -> None:
    """The same, for what nobody has told us is one."""
    upstream.sends["odd"] = cuts(OTHER)[name]
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, "odd", stream=True)
    [finding] = gateway.findings()
    assert "has a Groq key" in finding.text
    assert list(tmp_path.iterdir()) == []


def said_in(events: list[Any]) -> list[str]:
    """What each choice says."""
    found: dict[int, str] = {}
    for choice in (choice for one in events for choice in one["choices"]):
        found[choice["index"]] = found.get(choice["index"], "") + (choice["delta"].get("content") or "")
    return [found[index] for index in sorted(found)]


@pytest.mark.parametrize("name", STREAMS)
def test_what_a_cut_stream_says_is_told_and_turned(tmp_path: Path, upstream: Provider, name: str) -> None:
    """In the story while it is recorded, and asked for whole when it is replayed: all of it."""
    upstream.sends["odd"] = STREAMS[name]
    recording = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(recording, "odd", stream=True)
    answer = recording.calls.one().answer
    whole = ask(Gateway(cassette=tmp_path), "odd")
    if name in ("an error", "no event at all", "doubles and numbers"):
        assert answer is None or not answer.text
        return
    times = 3 if name == "several at once" else 2 if name == "named events" else 1
    assert answer is not None
    assert answer.text == "Grüße" * times
    assert whole.text == answer.text


@pytest.mark.parametrize("name", ["empty", "a page", "no text", "null"])
def test_what_is_no_answer_of_an_api_is_not_recorded(tmp_path: Path, upstream: Provider, name: str) -> None:
    """A base URL is soon wrong: that is said, and the cassette stays as empty as it was."""
    upstream.answers["odd"] = ANSWERS[name]
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, "odd")
    [finding] = {finding.text for finding in gateway.findings()}
    assert "and no JSON: is it the base URL of an OpenAI-compatible API?" in finding
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(tmp_path: Path, upstream: Provider, status: int) -> None:
    """Some turn a question into another; and the wrong address should be put right."""
    upstream.answers["odd"] = (status, "text/html", b"", {"location": f"{upstream.url}/elsewhere"})
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, "odd")
    [finding] = gateway.findings()
    assert finding.text == f"{upstream.url} answered {status}, a redirect. Is it the right upstream?"
    assert len(upstream.asked) == 1


ERROR = b'data: {"error":{"message":"Overloaded.","code":"overloaded"}}\n\n'
FAILING: dict[str, tuple[list[bytes], str]] = {
    "an error in the middle": ([EVENT, ERROR, DONE], "an error came in place of the rest: overloaded"),
    "no end": ([EVENT], "the stream broke off without saying so"),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_stream_that_went_wrong_is_not_kept(tmp_path: Path, upstream: Provider, name: str) -> None:
    """Though its status was 200; kept because it is wanted, it is never made an answer that is whole."""
    upstream.sends["odd"], why = FAILING[name]
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, "odd", stream=True)
    assert [note.text for note in recorder(gateway).notes] == [f"{why}; keep_failures=True keeps it"]
    assert list(tmp_path.iterdir()) == []
    wanted = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, keep_failures=True)
    heard = ask(wanted, "odd", stream=True)
    assert ask(Gateway(cassette=tmp_path), "odd", stream=True).body == heard.body


def test_an_error_of_status_200_is_not_kept(tmp_path: Path, upstream: Provider) -> None:
    """Nor is it ever streamed as an answer of nothing."""
    upstream.answers["odd"] = (200, "application/json", b'{"error": {"message": "No.", "code": "x"}}', {})
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, "odd")
    assert takes(tmp_path) == []
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url, keep_failures=True), "odd")
    assert ask(Gateway(cassette=tmp_path), "odd", stream=True).json["error"]["code"] == "x"


def test_takes_are_in_the_order_they_were_asked_for(tmp_path: Path, upstream: Provider) -> None:
    """Whichever ends first: here the first is left open until the others are over."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    upstream.sends["odd"] = [event({"content": "first"}), DONE]
    open_ = gateway.handle(request("odd", stream=True))
    while not isinstance(next(open_), Chunk):
        pass
    for word in ("second", "third"):
        upstream.sends["odd"] = [event({"content": word}), DONE]
        ask(gateway, "odd", stream=True)
    open_.close()
    assert len(gateway.calls) == 3
    replaying = Gateway(cassette=tmp_path)
    assert [ask(replaying, "odd", stream=True).text for _ in range(3)] == ["first", "second", "third"]


def test_a_key_that_is_set_late_is_known(tmp_path: Path, upstream: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the time something is written, whatever was in the environment when it began; and so are other spellings."""
    late = "sk-proj-" + "late+K7Zp2/LxV9mKt4RbW8n"
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    monkeypatch.setenv("OPENAI_API_KEY", late)
    upstream.answers["odd"] = (200, "application/json", completion(f"{late} {quote(late, safe='')} {KEY}"), {})
    ask(gateway, "odd")
    assert gateway.findings() == []
    [[take]] = takes(tmp_path)
    said = take["body"]["choices"][0]["message"]["content"]
    assert said == "<OPENAI_API_KEY> <OPENAI_API_KEY> <OPENAI_API_KEY>"


def test_a_key_that_begins_with_another_is_taken_out_whole(
    tmp_path: Path, upstream: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The longest first."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", f"{KEY}-and-more")
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), f"say {KEY}-and-more {KEY}")
    [[take]] = takes(tmp_path)
    assert take["body"]["choices"][0]["message"]["content"] == "<ANTHROPIC_API_KEY> <OPENAI_API_KEY>"


@pytest.mark.parametrize("key", [f"{KEY}\nsecond", f"{KEY}\u200b"])
def test_a_key_that_is_none_is_not_shown(
    tmp_path: Path, upstream: Provider, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """Only the name of its variable is."""
    monkeypatch.setenv("OPENAI_API_KEY", key)
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway)
    [finding] = gateway.findings()
    assert finding.text == "OPENAI_API_KEY in the environment has letters that no key has, such as a line break."
    assert upstream.asked == []


def test_half_a_letter_can_be_recorded(tmp_path: Path, upstream: Provider) -> None:
    """Some provider cuts an emoji in two."""
    body = completion("half: XX").replace(b"XX", rb"\ud83d")
    upstream.answers["odd"] = (200, "application/json", body, {})
    heard = ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), "odd")
    assert heard.body == body
    assert ask(Gateway(cassette=tmp_path), "odd").body == body


def test_a_model_is_redacted_in_every_place(tmp_path: Path, upstream: Provider) -> None:
    """In the request, beside it, and in the name of the file; it is found all the same."""

    def redact(text: str, place: str) -> str:
        return text.replace("acme", "<CUSTOMER>") if "model" in place else text

    model = "ft:gpt-4o:acme"
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url, redact=redact), model=model)
    [path] = Folder(tmp_path).names()
    assert "acme" not in path.name + path.read_text()
    assert ask(Gateway(cassette=tmp_path, redact=redact), model=model).status == 200


def test_a_redaction_nobody_can_follow_is_refused(tmp_path: Path, upstream: Provider) -> None:
    """One that takes something else at once; one that forgets to return something by name of the place."""
    with pytest.raises(ValueError, match="redact is a function of a text and its place"):
        Gateway(cassette=tmp_path, redact=lambda text: text)  # type: ignore[arg-type, misc]
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, redact=lambda *_: None)  # type: ignore[arg-type]
    assert "redact returned NoneType for request.model" in ask(gateway).json["error"]["message"]
    assert upstream.asked == []


def test_a_folder_that_cannot_be_made_is_an_error_by_name(tmp_path: Path, upstream: Provider) -> None:
    """Here a file is in its way."""
    (tmp_path / "file").write_text("x")
    gateway = Gateway(cassette=tmp_path / "file" / "cassette", record="once", upstream=upstream.url)
    assert "Not a directory" in ask(gateway).json["error"]["message"]


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


def test_an_answer_of_another_form_than_was_asked_for_stays_so(tmp_path: Path, upstream: Provider) -> None:
    """What the live client was given is what is replayed, for either question."""
    upstream.answers["odd"] = (200, "application/json", completion(), {})
    heard = ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), "odd", stream=True)
    assert heard.body == completion()
    assert ask(Gateway(cassette=tmp_path), "odd", stream=True).body == completion()
    assert ask(Gateway(cassette=tmp_path), "odd").body == completion()


def test_the_type_of_an_answer_may_be_written_in_capitals(tmp_path: Path, upstream: Provider) -> None:
    """It is a stream all the same."""
    upstream.answers["odd"] = (200, "Text/Event-Stream", EVENT + DONE, {})
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), "odd", stream=True)
    assert ask(Gateway(cassette=tmp_path), "odd", stream=True).text == "Grüße"


def test_streams_that_nobody_closed_are_recorded_in_the_order_they_were_asked_for(
    tmp_path: Path, upstream: Provider
) -> None:
    """A client that breaks out of a stream leaves it to the garbage collector, in a cycle with all that belongs to it."""
    client = openai.OpenAI(base_url="https://api.respan.ai/api", api_key="any", max_retries=0)

    def first_word() -> str:
        stream = client.chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "odd"}], stream=True
        )
        for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                return chunk.choices[0].delta.content
        return ""

    words = [f"word-{number}" for number in range(4)]
    with Gateway(cassette=tmp_path, record="once", upstream=upstream.url).intercept() as gateway:
        for word in words:
            upstream.sends["odd"] = [event({"content": word}), event({"content": " and more"}), DONE]
            assert first_word() == word
        gc.collect()
        assert gateway.findings() == []
        assert len(gateway.calls) == 4
    with Gateway(cassette=tmp_path).intercept():
        assert [first_word() for _ in words] == words
    client.close()


def test_a_miss_does_not_show_a_key(tmp_path: Path, upstream: Provider) -> None:
    """Though the application asked for it."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url))
    grown_old(tmp_path)
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    heard = ask(gateway, f"say {KEY}")
    assert heard.status == 404
    assert KEY not in heard.body.decode() + str(gateway.findings()) + str(gateway.story)


BESIDE = {
    "a comment": b": trace %s\n" + EVENT,
    "an id": b"event: message\nid: %s\n" + EVENT,
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside_the_data_of_an_event_is_looked_at_too(
    tmp_path: Path, upstream: Provider, name: str
) -> None:
    """A key in use is replaced there, another is refused; nothing else of the event is lost."""
    upstream.sends["odd"] = [BESIDE[name] % KEY.encode(), DONE]
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), "odd", stream=True)
    replayed = ask(Gateway(cassette=tmp_path), "odd", stream=True)
    assert replayed.body.split(b"data: ")[0] == (BESIDE[name] % b"<OPENAI_API_KEY>").split(b"data: ")[0]
    assert replayed.body.count(b"data: ") == 2
    upstream.sends["odd"] = [BESIDE[name] % OTHER.encode(), DONE]
    gateway = Gateway(cassette=tmp_path / "other", record="once", upstream=upstream.url)
    ask(gateway, "odd", stream=True)
    assert "has a Groq key" in gateway.findings()[0].text


def test_a_parameter_that_is_ignored_may_be_missing(tmp_path: Path, upstream: Provider) -> None:
    """Its recording has the name of a request without it. Where it is not ignored, the two are not mixed."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url, ignore=["temperature"]), temperature=0.5)
    assert ask(Gateway(cassette=tmp_path, ignore=["temperature"])).status == 200
    assert ask(Gateway(cassette=tmp_path)).status == 404
    for mode in ("new_episodes", "all"):
        before = [path.read_bytes() for path in tmp_path.iterdir()]
        gateway = Gateway(cassette=tmp_path, record=mode, upstream=upstream.url)
        assert "holds another request, recorded with temperature ignored" in ask(gateway).json["error"]["message"]
        assert [path.read_bytes() for path in tmp_path.iterdir()] == before


def test_all_replaces_what_would_go_first(tmp_path: Path, upstream: Provider) -> None:
    """A recording of this very request, made before something was ignored in it."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), "On 2026-01-01")
    grown_old(tmp_path)
    upstream.voice = " Today."
    ask(Gateway(cassette=tmp_path, record="all", upstream=upstream.url, ignore=["dates"]), "On 2026-01-01")
    replayed = ask(Gateway(cassette=tmp_path, ignore=["dates"]), "On 2026-01-01")
    assert (replayed.text or "").endswith(" Today.")
    assert len(takes(tmp_path)) == 1


@pytest.mark.parametrize("day", ["2026-01-01", "2026-01-02"])
def test_what_was_recorded_behind_another_take_plays_behind_it(tmp_path: Path, upstream: Provider, day: str) -> None:
    """Also where the first was recorded with nothing ignored, of this request or of another."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), "On 2026-01-01")
    upstream.voice = " Again."
    settings: dict[str, Any] = {"ignore": ["dates"], "after_last": "miss"}
    gateway = Gateway(cassette=tmp_path, record="new_episodes", upstream=upstream.url, **settings)
    live = [ask(gateway, f"On {day}").text for _ in range(2)]
    replaying = Gateway(cassette=tmp_path, **settings)
    assert [ask(replaying, f"On {day}").text for _ in range(2)] == live
    assert ask(replaying, f"On {day}").status == 404


def test_a_field_of_some_events_is_looked_at_by_itself(tmp_path: Path, upstream: Provider) -> None:
    """Not only joined with itself."""
    key = "AKIA" + "Q7ZPXLVMKTRBWNYC"
    noted = event({"content": "x"}).replace(b'"object"', b'"note":"%s","object"' % key.encode())
    upstream.sends["odd"] = [noted, EVENT, noted, EVENT, DONE]
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, "odd", stream=True)
    assert "note has an AWS key" in gateway.findings()[0].text


def test_a_redaction_of_a_whole_text_holds_in_a_short_stream(tmp_path: Path, upstream: Provider) -> None:
    """Though the same text stands in both of its events."""
    upstream.sends["odd"] = [EVENT, event({}, "stop"), DONE]

    def redact(text: str, _place: str) -> str:
        return "gpt-XX" if text == "gpt-4o-2024-08-06" else text

    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url, redact=redact), "odd", stream=True)
    [path] = Folder(tmp_path).names()
    assert [one["model"] for one in load(path.read_bytes()).takes[0].data] == ["gpt-XX", "gpt-XX"]


def test_tokens_go_with_what_they_spell(tmp_path: Path, upstream: Provider) -> None:
    """Also where an answer is written in no style that is known."""
    tokens = json.dumps([{"token": KEY[at : at + 6], "bytes": [1]} for at in range(0, len(KEY), 6)]).encode()
    body = completion(KEY).replace(b'"finish_reason"', b'"logprobs" : {"content": %s}, "finish_reason"' % tokens)
    upstream.answers["odd"] = (200, "application/json", body, {})
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), "odd")
    [path] = Folder(tmp_path).names()
    assert KEY[6:12] not in path.read_text()


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


def test_a_stream_that_speaks_of_its_end_has_not_ended(tmp_path: Path, upstream: Provider) -> None:
    """The word in a text is no end of a stream."""
    upstream.sends["odd"] = [event({"content": "It ends with data: [DONE]"}), event({"content": " or so"})]
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, "odd", stream=True)
    assert [note.kind for note in recorder(gateway).notes] == ["not kept"]


def test_a_miss_cuts_no_key_in_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is hidden before the text is shortened; what has the shape of a key is hidden, too."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    record(tmp_path)
    for secret in (KEY, OTHER):
        message = ask(Gateway(cassette=tmp_path), f"{'x' * 36} {secret}").json["error"]["message"]
        assert secret[:8] not in message


@pytest.mark.parametrize("error", [False, "", [], {}, None])
def test_an_error_that_is_none_is_none(tmp_path: Path, upstream: Provider, error: Any) -> None:
    """Some providers have the field in every answer."""
    body = json.dumps({**json.loads(completion()), "error": error}).encode()
    upstream.answers["odd"] = (200, "application/json", body, {})
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), "odd")
    assert len(takes(tmp_path)) == 1
