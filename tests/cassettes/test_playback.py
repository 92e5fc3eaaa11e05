"""Replaying: the recording of this very request, byte for byte, or nothing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.format import Arrival, stream_take, whole_take
from mock_gateway.core.fingerprint import canonical, fingerprint
from mock_gateway.core.steps import Chunk, Wait

from ..engine.dialogue import ask, request
from .recordings import QUESTION, completion, event, record, stream, streamed, whole


def test_a_recorded_answer_is_given_byte_for_byte(tmp_path: Path) -> None:
    """The provider's own id, model and usage; and the story names where it came from."""
    path = record(tmp_path / "greetings")
    gateway = Gateway(cassette=path.parent)
    assert ask(gateway).body == completion()
    call = gateway.calls.one()
    assert call.attempts[0].source == "cassette"
    assert call.attempts[0].recording == f"greetings/{path.stem}"
    assert (gateway.logs.one().prompt_tokens, gateway.logs.one().completion_tokens) == (8, 3)
    assert str(call.story) == (
        "call 1  POST /api/chat/completions  gpt-4o\n"
        f"  attempt   gpt-4o  200  cassette greetings/{path.stem}\n"
        "  served    200  gpt-4o  8 + 3 tokens  $0.00005  0 s\n"
        "  log       log-000001"
    )


def test_a_recorded_stream_is_given_chunk_by_chunk(tmp_path: Path) -> None:
    """The same bytes, cut where they were cut."""
    record(tmp_path, stream("a ", "b"))
    gateway = Gateway(cassette=tmp_path)
    steps = list(gateway.handle(request(stream=True)))
    assert [step.data for step in steps if isinstance(step, Chunk)] == [one.data for one in streamed("a ", "b")]
    assert not any(isinstance(step, Wait) for step in steps)


@pytest.mark.parametrize(("pace", "seconds"), [("instant", 0), ("recorded", 1.3), (0.5, 0.65), (2, 2.6), (0, 0)])
def test_a_stream_keeps_the_pace_it_is_given(tmp_path: Path, pace: Any, seconds: float) -> None:
    """At once, as recorded, or a multiple of it; in the gateway's time."""
    record(tmp_path, stream("a ", "b"))
    gateway = Gateway(cassette=tmp_path, pace=pace)
    ask(gateway, stream=True)
    assert gateway.calls.one().seconds == pytest.approx(seconds)


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("asked", [True, False])
def test_an_answer_is_given_whichever_way_it_was_recorded(tmp_path: Path, recorded: bool, asked: bool) -> None:
    """Streamed from whole, and whole from streamed."""
    record(tmp_path, stream("Hello ", "there.") if recorded else whole())
    heard = ask(Gateway(cassette=tmp_path), stream=asked)
    assert heard.text == "Hello there."
    assert heard.body.startswith(b"data: ") is asked


@pytest.mark.parametrize(
    "request_",
    [
        {"messages": [{"role": "user", "content": "Hi!"}]},
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "user", "content": "Hi"}]},
        {"temperature": 0},
        {"tools": []},
        {"model": "gpt-4o-mini"},
    ],
)
def test_another_request_is_a_miss(tmp_path: Path, request_: dict[str, Any]) -> None:
    """Never a wrong answer: one word changed, and nothing answers."""
    record(tmp_path)
    heard = ask(Gateway(cassette=tmp_path), **{"model": "gpt-4o", **request_})
    assert heard.status == 404


@pytest.mark.parametrize(
    "fields",
    [{"stream": True, "stream_options": {"include_usage": True}}, {"customer_identifier": "u"}, {"metadata": {}}],
)
def test_what_is_not_asked_of_the_provider_makes_no_difference(tmp_path: Path, fields: dict[str, Any]) -> None:
    """Neither how the answer travels, nor the gateway's own parameters."""
    record(tmp_path)
    assert ask(Gateway(cassette=tmp_path), **fields).status == 200


def test_the_gateway_works_on_top_of_recordings(tmp_path: Path) -> None:
    """One set of recordings serves every scenario: here a fallback, a merged prompt and the cache."""
    record(
        tmp_path,
        whole_take(b'{"error":{"code":"overloaded","message":"x"}}', status=503),
        messages=[{"role": "system", "content": "Be kind."}],
    )
    record(tmp_path, whole("From the backup."), model="backup", messages=[{"role": "system", "content": "Be kind."}])
    gateway = Gateway(cassette=tmp_path)
    gateway.prompts.add("p", messages=[{"role": "system", "content": "Be {{ tone }}."}])
    prompt = {"prompt_id": "p", "variables": {"tone": "kind"}}
    for _ in range(2):
        heard = ask(gateway, None, prompt=prompt, fallback_models=["backup"], cache_enabled=True)
        assert heard.text == "From the backup."
    assert [attempt.outcome for attempt in gateway.calls[0].attempts] == ["overloaded", "answered"]
    assert gateway.calls[1].cache == "hit"


def test_the_script_goes_before_the_cassette(tmp_path: Path) -> None:
    """A test may script what a recording has too; where its rules are played out, the recording answers."""
    record(tmp_path)
    gateway = Gateway(cassette=tmp_path)
    gateway.model("gpt-4o").fails(429, times=1)
    assert ask(gateway, retry_params={"num_retries": 1, "retry_after": 1}).text == "Hello there."
    assert [attempt.source for attempt in gateway.calls.one().attempts] == ["script", "cassette"]


@pytest.mark.parametrize(("after_last", "third"), [("repeat", 200), ("miss", 404)])
def test_takes_play_in_the_order_they_were_recorded(tmp_path: Path, after_last: Any, third: int) -> None:
    """After the last it plays again, or nothing does."""
    record(tmp_path, whole("one"), whole("two"))
    gateway = Gateway(cassette=tmp_path, after_last=after_last)
    assert [ask(gateway).text for _ in range(2)] == ["one", "two"]
    heard = ask(gateway)
    assert heard.status == third
    if third == 404:
        assert "has played all its takes" in heard.json["error"]["message"]


def test_errors_and_broken_streams_are_replayed(tmp_path: Path) -> None:
    """With their headers, and where they broke."""
    error = whole_take(b'{"error":{"code":"rate_limit_exceeded"}}', status=429, headers={"retry-after": "7"})
    record(tmp_path, error)
    heard = ask(Gateway(cassette=tmp_path))
    assert (heard.status, heard.headers["retry-after"]) == (429, "7")
    record(tmp_path, stream_take(streamed("a ", "b")[:2], status=200, ending="hung_up"))
    gateway = Gateway(cassette=tmp_path)
    assert ask(gateway, stream=True).ending == "cut"
    assert "the connection broke after" in str(gateway.story)
    assert ask(gateway).status == 502


def test_odd_streams_are_replayed_as_they_were(tmp_path: Path) -> None:
    """Comments, CRLF, a letter cut in two, events that are no canonical JSON."""
    data = b": ping\r\n\r\n" + event({"content": "日"}).replace(b'"id":', b'"id" : ') + b"data: [DONE]\n\n"
    arrivals = [Arrival(0.0, data[:90]), Arrival(0.5, data[90:])]
    record(tmp_path, stream_take(arrivals, status=200))
    assert ask(Gateway(cassette=tmp_path), stream=True).body == data


@pytest.mark.parametrize("ignore", ["messages[0].content", "messages[*].content", "messages[0]", "messages"])
def test_what_does_not_count_can_be_named(tmp_path: Path, ignore: str) -> None:
    """For recordings made without it, too: they are found by looking at all of the model."""
    record(tmp_path)
    gateway = Gateway(cassette=tmp_path, ignore=[ignore])
    assert ask(gateway, "Something else").text == "Hello there."
    assert ask(gateway, "Something else", temperature=1).status == 404


@pytest.mark.parametrize("ignore", ["", ".a", "a..b", "a[", "a[x]"])
def test_a_place_nobody_can_find_is_refused(tmp_path: Path, ignore: str) -> None:
    """With how one is written."""
    with pytest.raises(ValueError, match="A path is written like"):
        Gateway(cassette=tmp_path, ignore=[ignore])


@pytest.mark.parametrize("settings", [{"pace": "fast"}, {"pace": -1}, {"pace": True}, {"after_last": "stop"}])
def test_settings_nobody_can_follow_are_refused(tmp_path: Path, settings: dict[str, Any]) -> None:
    """With those there are."""
    with pytest.raises(ValueError, match=f"{next(iter(settings))} is "):
        Gateway(cassette=tmp_path, **settings)


def test_the_fingerprint_is_that_of_what_was_asked() -> None:
    """The order of fields does not matter, that of messages does; numbers and texts are told apart."""

    def of(**fields: Any) -> str:
        return fingerprint("chat", canonical({**QUESTION, **fields}))

    assert of() == fingerprint("chat", canonical(dict(reversed(list(QUESTION.items())))))
    assert of(stream=True) == of()
    assert (
        len({of(), of(n=1), of(n="1"), of(n=True), of(a=[1, 2]), of(a=[2, 1]), fingerprint("responses", QUESTION)}) == 7
    )
    assert json.loads(json.dumps(of())) == of()


def test_a_recording_of_this_very_request_goes_first(tmp_path: Path) -> None:
    """Whatever is ignored: another is played only where there is none."""
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        record(tmp_path, whole(day), messages=[{"role": "user", "content": f"On {day}"}])
    gateway = Gateway(cassette=tmp_path, ignore=["dates"])
    days = ["2026-01-03", "2026-01-01", "2026-01-02"]
    assert [ask(gateway, f"On {day}").text for day in days] == days


def test_what_is_the_same_but_for_what_is_ignored_plays_in_the_order_it_was_recorded(tmp_path: Path) -> None:
    """Each take once, then the last again; what has played as itself does not play for another."""
    for minute, day in ((3, "2026-01-01"), (1, "2026-01-02"), (2, "2026-01-03")):
        take = whole(day, recorded=f"2026-01-05T10:0{minute}:00.000Z")
        record(tmp_path, take, messages=[{"role": "user", "content": f"On {day}"}])
    gateway = Gateway(cassette=tmp_path, ignore=["dates"])
    assert ask(gateway, "On 2026-01-03").text == "2026-01-03"
    others = [ask(gateway, f"On 2027-01-0{number}").text for number in (1, 2, 3)]
    assert others == ["2026-01-02", "2026-01-01", "2026-01-01"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("uuid", "uuids"),
        ("date", "dates"),
        ("message[0].content", "messages[0].content"),
        ("tool_call_id", "tool_call_ids"),
    ],
)
def test_a_name_that_is_nearly_one_that_can_be_ignored_is_refused(tmp_path: Path, name: str, meant: str) -> None:
    """It would be ignored in vain; fields that only some provider knows are not refused."""
    with pytest.raises(ValueError, match=f"nothing a request has. Did you mean {re.escape(repr(meant))}"):
        Gateway(cassette=tmp_path, ignore=[name])
    Gateway(cassette=tmp_path, ignore=["top_k", "seed", "metadata.run"])
    with pytest.raises(ValueError, match="ignore is a list of names, not 'uuids'"):
        Gateway(cassette=tmp_path, ignore="uuids")


@pytest.mark.parametrize("pace", ["instant", "recorded"])
def test_a_whole_answer_to_whoever_asked_for_a_stream_has_no_chunks(tmp_path: Path, pace: Any) -> None:
    """As it was recorded: the provider did not do what it was asked. At whatever pace."""
    record(tmp_path, whole().but(unasked=True, seconds=1.0))
    gateway = Gateway(cassette=tmp_path, pace=pace)
    assert ask(gateway, stream=True).body == completion()
    assert gateway.calls.one().chunks == 0
    assert ask(gateway).body == completion()
    assert [call.answer for call in gateway.calls] == [None, None]  # it was never an answer to what was asked
