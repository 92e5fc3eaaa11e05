"""Recording from a real server of somebody else's, and replaying when it is gone: which mode asks whom, and what is kept."""

import gc
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import openai
import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.choices import Mode
from mock_gateway.cassettes.files import Folder
from mock_gateway.core.steps import Chunk, Start

from ..doubles.provider import KEY, Provider
from ..engine.dialogue import ask, request
from .live import DONE, grown_old, recorder, takes, texts
from .recordings import event

ROOT = Path(__file__).resolve().parents[2]


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


def test_recorded_headers_are_those_that_matter(tmp_path: Path, upstream: Provider) -> None:
    """By a list of what is kept, not of what is left out."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url))
    [[take]] = takes(tmp_path)
    assert take["headers"] == {"content-type": "application/json", "x-ratelimit-remaining-requests": "9999"}
    assert take["upstream"] == upstream.url
    assert (take["style"], take["tail"]) == ("indented", "\n")
    assert os.environ["OPENAI_API_KEY"] == KEY


def test_a_client_that_wanted_the_head_alone_has_a_recording(tmp_path: Path, upstream: Provider) -> None:
    """The rest is read as for one that leaves later, and the connection is not kept open."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    steps = gateway.handle(request(stream=True))
    while not isinstance(next(steps), Start):
        pass
    steps.close()
    assert [note.kind for note in recorder(gateway).notes] == ["recorded"]
    assert ask(Gateway(cassette=tmp_path), stream=True).text == "You said: Hi ✓ in 1 words."


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
    told = re.fullmatch(r"killed 50, files ([1-5]), broken \[\]\n", done.stdout)
    assert told is not None, done.stdout  # how far each of them came is chance
    ask(Gateway(cassette=folder, record="all", upstream=upstream.url))
    assert not list(folder.glob(".*")), "what a killed process left is swept up by the next that writes"


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


def test_a_folder_that_cannot_be_made_is_an_error_by_name(tmp_path: Path, upstream: Provider) -> None:
    """Here a file is in its way."""
    (tmp_path / "file").write_text("x")
    gateway = Gateway(cassette=tmp_path / "file" / "cassette", record="once", upstream=upstream.url)
    assert "Not a directory" in ask(gateway).json["error"]["message"]


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
