"""Recordings as JSON: whatever a provider sends comes out again byte for byte, and nothing else comes in."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mock_gateway.cassettes.format import (
    LARGEST,
    Arrival,
    Recording,
    Take,
    dump,
    load,
    stream_take,
    whole_take,
)
from mock_gateway.cassettes.mistake import CassetteMistake

from .recordings import QUESTION, completion, event, stream, streamed, whole


def again(take: Take) -> Take:
    """A take, written and read."""
    return load(dump(Recording("chat", "gpt-4o", QUESTION, [take]))).takes[0]


WHOLE = [
    completion("Hé → 日本"),
    json.dumps(json.loads(completion("Hé")), separators=(",", ":")).encode(),
    json.dumps(json.loads(completion("Hé")), ensure_ascii=False).encode(),
    b'{"a": 1.0, "b": 1e400}',
    b'{"a":1,"a":2}',
    b'{"a": NaN}',
    b'{ "a" : 1 }\n',
    b"null",
    b"",
    b"plain text\r\n",
    b"\xff\xfe\x00binary",
    b"[" * 5000 + b"]" * 5000,
    b'{"a":' * 500 + b"1" + b"}" * 500,
    b"[" * 50 + b"]" * 50,
]


@pytest.mark.parametrize("data", WHOLE, ids=range(len(WHOLE)))
def test_a_whole_body_comes_out_as_it_came_in(data: bytes) -> None:
    """As structure where that gives the same bytes, else as text, else as base64."""
    assert again(whole_take(data, status=200)).whole == data


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass"))
)
def test_any_body_comes_out_as_it_came_in(data: bytes) -> None:
    """Property."""
    assert again(whole_take(data, status=200)).whole == data


@given(
    st.lists(
        st.binary(max_size=30) | st.sampled_from([event({"content": "é"}), b"data: [DONE]\n\n", b": ping\n\n"]),
        max_size=6,
    )
)
@example([event({"content": "日本"})[:70], event({"content": "日本"})[70:]])
@example([b"data: {\r\n", b"\r\n", b"event: x\ndata: 1\n\n"])
@example([event({"content": "a"}) + event({"content": "b"}) + b'data: {"half', b'": 1}\n\n'])
def test_any_stream_comes_out_as_it_came_in(chunks: list[bytes]) -> None:
    """Every byte, every border between chunks, every time of arrival."""
    arrivals = [Arrival(at * 0.5, data) for at, data in enumerate(chunks) if data]
    assert list(again(stream_take(arrivals, status=200)).chunks()) == arrivals


def test_a_recording_reads_as_what_was_said() -> None:
    """Bodies and events are structure, in a fixed order, with defaults left out."""
    text = dump(Recording("chat", "gpt-4o", QUESTION, [whole("Hé"), stream("a ", "b")])).decode()
    fields = json.loads(text)
    assert list(fields) == ["format", "wire", "model", "ignored", "request", "takes"]
    assert list(fields["takes"][0]) == ["status", "headers", "seconds", "style", "body"]
    assert fields["takes"][0]["body"]["choices"][0]["message"]["content"] == "Hé"
    assert [piece.get("at") for piece in fields["takes"][1]["stream"]] == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert fields["takes"][1]["stream"][1]["data"]["choices"][0]["delta"] == {"content": "a "}
    assert fields["takes"][1]["stream"][-1] == {"at": 0.8, "text": "data: [DONE]\n\n"}
    assert "Hé" in text


def spoiled(**changes: Any) -> bytes:
    fields = json.loads(dump(Recording("chat", "gpt-4o", QUESTION, [whole()])))
    return json.dumps({name: value for name, value in {**fields, **changes}.items() if value is not ...}).encode()


HOSTILE = [
    (b"", "no JSON"),
    (spoiled()[:-40], "no JSON"),
    (b"[]", "its format is None"),
    (spoiled(format=2), "its format is 2, and only 1 is known"),
    (spoiled(format=...), "its format is None"),
    (spoiled(takes=[]), "takes: "),
    (spoiled(takes=[{"status": "200"}]), "takes.0.status: "),
    (spoiled(takes=[{"status": 999}]), "takes.0.status: "),
    (spoiled(takes=[{"status": 101}]), "takes.0.status: "),
    (spoiled(takes=[{"status": 200, "body": 1, "run": "rm"}]), "takes.0.run: Extra inputs"),
    (spoiled(takes=[{"status": 200, "base64": "%"}]), "base64 data"),
    (spoiled(takes=[{"status": 200, "stream": [{"at": -1, "data": 1}]}]), "takes.0.stream.0.at: "),
    (spoiled(request="x"), "request: "),
    (b'{"format":1,"format":1}', "a name stands twice"),
    (b'{"format":1,"takes":NaN}', "NaN is no number"),
    (b'{"format":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "it nests too deep"),
    (b'{"format":1,"takes":1e999}', "1e999 is too large a number"),
    (b'{"format":1,"takes":' + b"[" * 450 + b"]" * 450 + b"}", "it nests too deep"),
    (spoiled(ignored=["nonsense[["]), "nonsense[["),
    (spoiled(takes=[{"status": 200, "body": 1, "text": "2"}]), "a take has body and text: an answer has one body"),
    (spoiled(takes=[{"status": 200, "text": "", "headers": {"content-length": "9"}}]), "the header 'content-length'"),
    (spoiled(takes=[{"status": 200, "text": "", "headers": {"x-a": "a\r\nset-cookie: q"}}]), "the header 'x-a'"),
    (spoiled(takes=[{"status": 200, "text": "", "headers": {"x a": "a"}}]), "the header 'x a'"),
    (b"\xff\xfe", "no JSON"),
    (b" " * (LARGEST + 1), "larger than 64 MiB"),
]


@pytest.mark.parametrize(("data", "why"), HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_recording_is_refused_with_a_reason(data: bytes, why: str) -> None:
    """Truncated, of another version, doubled, endless, enormous: one clear error, and nothing comes of it."""
    with pytest.raises(CassetteMistake) as mistake:
        load(data)
    assert why in str(mistake.value)


def test_times_are_those_of_arrival() -> None:
    """What arrived together has one time."""
    one, two, *_ = streamed("a")
    joined = stream_take([Arrival(0.1, one.data + two.data)], status=200)
    assert [piece.at for piece in joined.stream or ()] == [0.1, None]
    assert list(joined.chunks()) == [Arrival(0.1, one.data + two.data)]


def test_a_stream_whose_lines_end_as_on_windows_is_kept_event_by_event() -> None:
    """As Google sends them: readable in review, and the same to the byte."""
    events = [b'data: {"candidates": [{"index": 0}]}\r\n\r\n', b'data: {"usageMetadata": {}}\r\n\r\n']
    take = stream_take([Arrival(0.0, events[0]), Arrival(0.5, events[1])], status=200)
    assert (take.newline, [piece.data for piece in take.stream or ()]) == (
        "crlf",
        [{"candidates": [{"index": 0}]}, {"usageMetadata": {}}],
    )
    assert [arrival.data for arrival in take.chunks()] == events
    mixed = stream_take([Arrival(0.0, events[0] + b"data: {}\n\n")], status=200)
    assert b"".join(arrival.data for arrival in mixed.chunks()) == events[0] + b"data: {}\n\n"
