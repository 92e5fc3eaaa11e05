"""One answer of a live upstream: odd, broken, endless, or left by its client."""

import gzip
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.exchange import Limits
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.format import load
from mock_gateway.core.steps import Chunk

from ..doubles.provider import Provider
from ..engine.dialogue import ask, request
from .live import ANSWERS, CUT, DONE, EVENT, recorder, takes
from .recordings import completion, event


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
    assert [take["status"] for found in takes(tmp_path) for take in found] == ([status] if is_kept else [])
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


@pytest.mark.parametrize("prompt", ["wait", "wait for the head"])
def test_the_rest_is_read_by_one_at_a_time(tmp_path: Path, upstream: Provider, prompt: str) -> None:
    """Somebody is still reading in another thread when a test ends: its step is waited for, and then all is recorded."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    heard: list[str] = []
    reading = threading.Thread(target=lambda: heard.append(ask(gateway, prompt, stream=True).ending))
    reading.start()
    assert upstream.waits.wait(10)
    opening = threading.Timer(0.05, upstream.gate.set)
    opening.start()
    recorder(gateway).finish()
    reading.join()
    opening.join()
    assert heard == ["cut"]
    assert [note.kind for note in recorder(gateway).notes] == ["recorded"]
    assert gateway.findings() == []
    assert (
        ask(Gateway(cassette=tmp_path), prompt, stream=True).text
        == f"You said: {prompt} ✓ in {len(prompt.split())} words."
    )


def test_who_waits_for_what_does_not_come_keeps_nobody(tmp_path: Path, upstream: Provider) -> None:
    """A test that ends while another thread waits for the head is told, after the time that the rest may take."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    recorder(gateway).limits = Limits(linger=0.05)
    reading = threading.Thread(target=lambda: ask(gateway, "wait for the head", stream=True))
    reading.start()
    assert upstream.waits.wait(10)
    recorder(gateway).finish()
    [finding] = gateway.findings()
    assert finding.text == f"nothing was recorded: the answer of gpt-4o from {upstream.url} does not come to an end."
    upstream.gate.set()
    reading.join()
    assert list(tmp_path.iterdir()) == []


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


def test_half_a_letter_can_be_recorded(tmp_path: Path, upstream: Provider) -> None:
    """Some provider cuts an emoji in two."""
    body = completion("half: XX").replace(b"XX", rb"\ud83d")
    upstream.answers["odd"] = (200, "application/json", body, {})
    heard = ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), "odd")
    assert heard.body == body
    assert ask(Gateway(cassette=tmp_path), "odd").body == body


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


def test_a_stream_that_speaks_of_its_end_has_not_ended(tmp_path: Path, upstream: Provider) -> None:
    """The word in a text is no end of a stream."""
    upstream.sends["odd"] = [event({"content": "It ends with data: [DONE]"}), event({"content": " or so"})]
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, "odd", stream=True)
    assert [note.kind for note in recorder(gateway).notes] == ["not kept"]


@pytest.mark.parametrize("error", [False, "", [], {}, None])
def test_an_error_that_is_none_is_none(tmp_path: Path, upstream: Provider, error: Any) -> None:
    """Some providers have the field in every answer."""
    body = json.dumps({**json.loads(completion()), "error": error}).encode()
    upstream.answers["odd"] = (200, "application/json", body, {})
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), "odd")
    assert len(takes(tmp_path)) == 1
