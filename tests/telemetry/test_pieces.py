"""A large batch is read in pieces, and says the same as if it were read at once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_gateway import Gateway
from mock_gateway.telemetry import pieces

from .sending import NAMES, attribute, capture, send, span, told
from .spoiling import spoiled

Spelled = Callable[[Any], str]
SPELLINGS: list[Spelled] = [
    json.dumps,
    lambda sent: json.dumps(sent, separators=(",", ":")),
    lambda sent: json.dumps(sent, indent=2),
]
every_spelling = pytest.mark.parametrize("spelled", SPELLINGS)
SHOP = {"attributes": [attribute("service.name", "shop")]}
LINK = {"traceId": "c" * 32, "spanId": "d" * 16}


def many(count: int, **fields: Any) -> list[Any]:
    """So many spans, each with ids of its own."""
    return [span(f"{at + 1:016x}", traceId=f"{at + 1:032x}", **fields) for at in range(count)]


def sent(*scopes: list[Any]) -> Any:
    """A batch with spans of several scopes."""
    found = [{"scope": {"name": f"scope {at}"}, "spans": spans} for at, spans in enumerate(scopes)]
    return {"resourceSpans": [{"resource": SHOP, "scopeSpans": found}]}


def pieces_of(body: bytes) -> int:
    """How many pieces a body is cut into."""
    return len(pieces.cut(body, len)[1])


def heard(body: bytes, piece: int = pieces.PIECE) -> tuple[int, Any, list[Any]]:
    """What is answered, and what is told, if pieces are as long as this."""
    gateway = Gateway()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE", piece)
        answer = send(gateway, body)
    return answer.status, answer.json, told(gateway)


def same(body: bytes) -> tuple[int, Any, list[Any]]:
    """The same, which does not depend on the pieces."""
    at_once = heard(body, len(body))
    assert heard(body) == heard(body, 1) == at_once
    return at_once


@every_spelling
def test_spans_of_several_scopes(spelled: Spelled) -> None:
    """Each is told in its own scope, and with its resource."""
    spans = many(700)
    body = spelled(sent(spans[:300], spans[300:302], spans[302:])).encode()
    assert pieces_of(body) >= 4
    status, _, found = same(body)
    assert (status, len(found)) == (200, 700)
    scopes = [(one["id"], one["scope"], one["resource"]) for one in found]
    places = [(0, range(300)), (1, range(300, 302)), (2, range(302, 700))]
    assert sorted(scopes, key=lambda scope: scope[0]) == [
        (f"{at + 1:016x}", f"scope {number}", {"service.name": "shop"}) for number, ats in places for at in ats
    ]


@every_spelling
def test_a_bad_span_has_its_place(spelled: Spelled) -> None:
    """Counted from the first of its scope, whichever piece it is in; the good ones are kept."""
    bad = {at: span(name=3) for at in (0, 150, 299)}
    spans = [bad.get(at, good) for at, good in enumerate(many(300))]
    status, answer, found = same(spelled(sent(many(1), spans)).encode())
    why = "name is a text, not 3"
    places = [f"resourceSpans[0].scopeSpans[1].spans[{at}]: {why}" for at in bad]
    assert (status, answer["partialSuccess"]["errorMessage"]) == (400, "; ".join(places))
    assert len(found) == 298


def test_what_looks_like_a_seam_and_is_none() -> None:
    """Links begin as spans do, and a text may hold anything."""
    texts = {"said": 'This: }, {"traceId": "no"}, {"traceId": "nor that"}', "name": "piece 0"}
    spans = many(3, links=[LINK] * 200) + many(200, says=texts, name="piece 0")[3:]
    body = json.dumps(sent(spans)).encode()
    assert pieces_of(body) > 0
    status, _, found = same(body)
    assert (status, len(found)) == (200, 200)
    assert [len(one["links"]) for one in found] == [200] * 3 + [0] * 197
    assert all(one["attributes"] == texts for one in found[3:])


def test_spans_in_a_place_where_none_are() -> None:
    """They are no spans there, and those elsewhere are taken."""
    body = json.dumps({**sent(many(3)), "more": many(300)}).encode()
    assert pieces_of(body) > 0
    assert len(same(body)[2]) == 3


@pytest.mark.parametrize("number", [0, 99])
def test_a_mark_that_was_sent_is_no_span(number: int) -> None:
    """It is refused, and nothing is told twice."""
    mark = f"{pieces.MARK} {number}"
    spans = many(200)
    body = json.dumps(sent([mark, *spans], [mark])).encode()
    assert pieces_of(body) > 0
    status, answer, found = same(body)
    assert (status, answer["partialSuccess"]["rejectedSpans"], len(found)) == (400, 2, 200)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"startTimeUnixNano"', b'"startTimeUnixNano'),
        (b"}]}]}]}", b"}]}]}"),
        (b"}]}]}]}", b"}]}]}]}]"),
        (b'{"resourceSpans"', b'{"in a text: resourceSpans'),
    ],
)
def test_what_is_no_json_is_none(before: bytes, after: bytes) -> None:
    """Wherever it goes wrong."""
    body = json.dumps(sent(many(200))).encode()
    assert before in body
    status, answer, found = same(after.join(body.rsplit(before, 1)))
    assert (status, found) == (400, [])
    assert "it is not JSON" in answer["detail"]


@settings(max_examples=200, deadline=None)
@given(spoiled(), st.sampled_from(SPELLINGS), st.integers(1, 2000))
def test_whatever_was_sent(spoiled_batch: Any, spelled: Spelled, piece: int) -> None:
    """With whatever is missing in it, or something else."""
    body = spelled(spoiled_batch).encode()
    assert heard(body, piece) == heard(body, len(body))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_whichever_bytes_are_others(name: str, data: st.DataObject) -> None:
    """Few of them, anywhere."""
    body = bytearray(json.dumps(data.draw(st.sampled_from(capture(name)))).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255) | st.sampled_from(b'"{}[],'))
    assert heard(bytes(body), 1) == heard(bytes(body), len(body))
