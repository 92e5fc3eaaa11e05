"""Spans nobody can read: each is refused by its place, the others are taken, and nothing breaks."""

import gzip
import json
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from mock_gateway import Gateway
from mock_gateway.core.records import NotOne

from .sending import NAMES, PROTOBUF, attribute, batch, capture, get, in_protobuf, send, sent, span
from .spoiling import spoiled

GZIP = {"content-encoding": "gzip"}
PLACE = "resourceSpans[0].scopeSpans[0].spans[0]: "


def bomb() -> bytes:
    """A small body that holds more than 64 MiB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join([*(packer.compress(bytes(2**20)) for _ in range(65)), packer.flush()])


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        (b"", {}, "it is not JSON"),
        (b"{", {}, "it is not JSON"),
        (b"\xff\xfe", {}, "it is not JSON"),
        (b"[" * 10_000, {}, "it is not JSON"),
        (b"[]", {}, "it has no list of resourceSpans"),
        (b"3", {}, "it has no list of resourceSpans"),
        (b"{}", {}, "it has no list of resourceSpans"),
        (b'{"resourceSpans": {}}', {}, "it has no list of resourceSpans"),
        (b"\x01nonsense", PROTOBUF, "it is not protobuf"),
        (b"nonsense", GZIP, "it is not gzip"),
        (b"nonsense", {"content-encoding": "deflate"}, "it is not deflate"),
        (gzip.compress(json.dumps(batch(span())).encode())[:-20], GZIP, "it is not gzip: it is cut short"),
        (bomb(), GZIP, "it holds more than 64 MiB"),
        (b"{}", {"content-encoding": "br"}, "its content-encoding is 'br', which is neither gzip nor deflate"),
    ],
)
@pytest.mark.parametrize("contract", ["docs", {"bad_span": "partial_success"}])
def test_a_batch_nobody_can_read(body: bytes, headers: dict[str, str], told: str, contract: Any) -> None:
    """The answer says why, and so does whoever looks for its spans."""
    gateway = Gateway(contract=contract)
    heard = send(gateway, body, headers=headers)
    assert heard.status == 400
    assert f"The batch of spans cannot be read: {told}" in heard.json["detail"]
    with pytest.raises(NotOne, match="there are none at all") as caught:
        gateway.spans.one()
    assert f"Refused were:\n  POST /api/v2/traces: {told}" in str(caught.value)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (3, "it is no object"),
        (None, "it is no object"),
        (span(traceId="x"), "traceId is 32 hexadecimal digits, not all of them 0, and not 'x'"),
        (span(traceId="0" * 32), "traceId is 32 hexadecimal digits, not all of them 0, and not"),
        (span(traceId=...), "traceId is 32 hexadecimal digits, not all of them 0, and not None"),
        (span(traceId=[]), "traceId is"),
        (span(spanId="a" * 17), "spanId is 16 hexadecimal digits"),
        (span(spanId=7), "spanId is 16 hexadecimal digits"),
        (span(parent="x"), "parentSpanId is 16 hexadecimal digits"),
        (span(parentSpanId=0), "parentSpanId is 16 hexadecimal digits"),
        (span(parentSpanId=[]), "parentSpanId is 16 hexadecimal digits"),
        (span(name=...), "name is a text, not None"),
        (span(name=3), "name is a text, not 3"),
        (span(startTimeUnixNano=...), "startTimeUnixNano is a number of nanoseconds, not None"),
        (span(startTimeUnixNano="soon"), "startTimeUnixNano is a number of nanoseconds, not 'soon'"),
        (span(startTimeUnixNano=-1), "startTimeUnixNano is a number of nanoseconds since 1970, not -1"),
        (span(startTimeUnixNano=True), "startTimeUnixNano is a number of nanoseconds since 1970, not True"),
        (span(startTimeUnixNano=float("inf")), "startTimeUnixNano is a number of nanoseconds, not inf"),
        (span(endTimeUnixNano=str(2**64)), "endTimeUnixNano is a number of nanoseconds since 1970"),
        (span(status=3), "status is an object, not 3"),
        (span(status={"code": "x"}), "code of the status is 0, 1 or 2, not 'x'"),
        (span(status={"code": []}), "code of the status is 0, 1 or 2, not []"),
        (span(attributes=3), "attributes[0]: "),
        (span(attributes=["x"]), "attributes[0]: "),
        (span(attributes=[{}]), "attributes[0]: "),
        (span(attributes=[attribute("a", 1), {"key": 3}]), "attributes[1] (3): the key is a text, not 3"),
        (span(attributes=[{"key": "k", "value": 3}]), "attributes[0] ('k'): "),
        (span(attributes=[{"key": "k", "value": {"intValue": "x"}}]), "attributes[0] ('k'): "),
        (
            span(attributes=[{"key": "k", "value": {"intValue": True}}]),
            "attributes[0] ('k'): intValue does not hold True",
        ),
        (
            span(attributes=[{"key": "k", "value": {"stringValue": 3}}]),
            "attributes[0] ('k'): stringValue does not hold 3",
        ),
        (
            span(attributes=[{"key": "k", "value": {"boolValue": "x"}}]),
            "attributes[0] ('k'): boolValue does not hold 'x'",
        ),
        (span(attributes=[{"key": "k", "value": {"bytesValue": "x"}}]), "attributes[0] ('k'): "),
        (
            span(attributes=[{"key": "k", "value": {"arrayValue": []}}]),
            "attributes[0] ('k'): arrayValue does not hold []",
        ),
        (
            span(attributes=[{"key": "k", "value": {"textValue": "x"}}]),
            "attributes[0] ('k'): its value is of an unknown kind, 'textValue'",
        ),
        (
            span(attributes=[{"key": "k", "value": {"kvlistValue": {"values": [{"key": "in", "value": 3}]}}}]),
            "attributes[0] ('k'): attributes[0] ('in'): ",
        ),
        (span(events=3), "events is a list, not 3"),
        (span(events=[3]), "an event is no object"),
        (span(events=[{"timeUnixNano": "soon"}]), "timeUnixNano of an event is a number of nanoseconds, not 'soon'"),
        (span(links=[3]), "a link is no object"),
        (span(links=[{"traceId": "x"}]), "traceId of a link is 32 hexadecimal digits"),
    ],
)
def test_a_bad_span_among_good_ones(bad: Any, told: str) -> None:
    """It is refused by its place, and the good ones are kept."""
    gateway = Gateway()
    heard = send(gateway, batch(bad, span("2" * 16), span("3" * 16)))
    assert heard.status == 400
    assert heard.json["detail"].startswith(f"1 spans refused, 2 taken. {PLACE}{told}")
    assert heard.json["partialSuccess"]["rejectedSpans"] == 1
    assert [one.id for one in gateway.spans] == ["2" * 16, "3" * 16]
    with pytest.raises(NotOne) as caught:
        gateway.spans.one(name="missing")
    assert f"POST /api/v2/traces: {PLACE}{told}" in str(caught.value)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (span(traceId="ab"), "traceId is 32 hexadecimal digits, not all of them 0, and not 'ab'"),
        (span(spanId=...), "spanId is 16 hexadecimal digits, not all of them 0, and not ''"),
        (span(parent="ab"), "parentSpanId is 16 hexadecimal digits"),
        (span(name=""), "name is a text, not None"),
        (span(startTimeUnixNano=...), "startTimeUnixNano is a number of nanoseconds, not None"),
        (span(endTimeUnixNano=str(2**64 - 1)), "endTimeUnixNano is a number of nanoseconds since 1970"),
        (span(status={"code": 7}), "code of the status is 0, 1 or 2, not 7"),
        (span(attributes=[attribute("a", 1), {"value": {"intValue": 1}}]), "attributes[1]: it has no key"),
        (span(events=[{"timeUnixNano": str(2**64 - 1)}]), "timeUnixNano of an event is a number of nanoseconds"),
        (span(links=[{"traceId": "ab"}]), "traceId of a link is 32 hexadecimal digits"),
    ],
)
def test_a_bad_span_in_protobuf(bad: Any, told: str) -> None:
    """The same, as far as protobuf can say it; what it leaves out was not sent."""
    gateway = Gateway()
    heard = send(gateway, in_protobuf(batch(bad, span("2" * 16))), headers=PROTOBUF)
    assert heard.status == 400
    assert heard.json["detail"].startswith(f"1 spans refused, 1 taken. {PLACE}{told}")
    assert [one.id for one in gateway.spans] == ["2" * 16]


def test_a_kind_of_value_that_is_for_profiles() -> None:
    """It points to a table that no batch of spans has."""
    odd = {"key": "k", "value": {"arrayValue": {"values": [{"stringValueStrindex": 3}]}}}
    heard = send(Gateway(), in_protobuf(batch(span(attributes=[odd]))), headers=PROTOBUF)
    told = f"{PLACE}attributes[0] ('k'): its value is of an unknown kind, 'string_value_strindex'"
    assert (heard.status, heard.json["detail"]) == (400, f"1 spans refused, 0 taken. {told}")


def test_a_bad_resource_in_protobuf() -> None:
    """The same, for all that is in it."""
    bad = {"resource": {"attributes": [{"value": {"intValue": 1}}]}, **batch(span())["resourceSpans"][0]}
    sent = {"resourceSpans": [bad, *batch(span("2" * 16))["resourceSpans"]]}
    gateway = Gateway()
    heard = send(gateway, in_protobuf(sent), headers=PROTOBUF)
    told = "1 spans refused, 2 taken. resourceSpans[0]: attributes[0]: it has no key"
    assert (heard.status, heard.json["detail"]) == (400, told)
    assert [one.id for one in gateway.spans] == [span()["spanId"], "2" * 16]


def test_good_spans_of_a_bad_resource() -> None:
    """They are taken, without what nobody can read of their resource."""
    bad = {"resource": {"attributes": [{"key": 3}]}, **batch(span())["resourceSpans"][0]}
    gateway = Gateway()
    heard = send(gateway, {"resourceSpans": [bad]})
    told = "1 spans refused, 1 taken. resourceSpans[0]: attributes[0] (3): the key is a text, not 3"
    assert (heard.status, heard.json["detail"]) == (400, told)
    assert gateway.spans.one().resource == {}


def nested(depth: int) -> Any:
    """A text in so many lists."""
    value: Any = {"stringValue": "x"}
    for _ in range(depth):
        value = {"arrayValue": {"values": [value]}}
    return value


def mapped(depth: int, value: Any) -> Any:
    """A value in so many mappings."""
    for _ in range(depth):
        value = {"kvlistValue": {"values": [{"key": "k", "value": value}]}}
    return value


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (nested(101), "it nests deeper than 100"),
        (nested(300), "it nests deeper than 100"),
        (mapped(101, {"stringValue": "x"}), "it nests deeper than 100"),
        (mapped(60, {"intValue": "x"}), "it is no pair of a key and a value that can be read"),
    ],
)
def test_a_value_too_deep_to_be_told(value: Any, told: str) -> None:
    """It is refused at once, whatever is wrong with it and however deep that is."""
    gateway = Gateway()
    bad = span(attributes=[{"key": "odd", "value": value}])
    heard = send(gateway, json.dumps(batch(bad, span("2" * 16))).encode())
    assert (heard.status, len(gateway.spans)) == (400, 1)
    assert told in heard.json["detail"]


@pytest.mark.parametrize("value", [{"stringValue": "\ud800"}, nested(90)], ids=["half a letter", "deep"])
def test_what_is_hard_to_read_is_read(value: Any) -> None:
    """Half a letter, and what nests deeper than a fast reader goes."""
    gateway = Gateway()
    assert send(gateway, json.dumps(batch(span(attributes=[{"key": "odd", "value": value}]))).encode()).status == 200
    assert "odd" in gateway.spans.one().attributes
    assert get(gateway, "request-logs/list").json["count"] == 1


def test_gzip_of_several_members() -> None:
    """As tools make it that put files one behind the other."""
    sent = json.dumps(batch(span())).encode()
    packed = gzip.compress(sent[:50]) + gzip.compress(sent[50:])
    gateway = Gateway()
    assert send(gateway, packed, headers=GZIP).status == 200
    assert len(gateway.spans) == 1


def test_many_bad_spans_are_counted() -> None:
    """The first of them is told in full."""
    heard = send(Gateway(), batch(3, 4, span()))
    assert heard.json["detail"] == f"2 spans refused, 1 taken. {PLACE}it is no object (and 1 more)"


@pytest.mark.parametrize(
    ("resource", "place"),
    [
        (3, "resourceSpans[0]: it is an object, not 3"),
        (None, "resourceSpans[0]: it is an object, not None"),
        ({"resource": 3}, "resourceSpans[0]: resource is an object, not 3"),
        (
            {"resource": {"attributes": [{"key": "k", "value": {"intValue": "x"}}]}},
            "resourceSpans[0]: attributes[0] ('k'): ",
        ),
        ({"scopeSpans": 3}, "resourceSpans[0]: scopeSpans is a list, not 3"),
        ({"scopeSpans": [3]}, "resourceSpans[0].scopeSpans[0]: it is an object, not 3"),
        ({"scopeSpans": [{"scope": 3}]}, "resourceSpans[0].scopeSpans[0]: scope is an object, not 3"),
        ({"scopeSpans": [{"spans": 3}]}, "resourceSpans[0].scopeSpans[0]: spans is a list, not 3"),
    ],
)
def test_a_bad_resource_or_scope(resource: Any, place: str) -> None:
    """The same, for all that is in it."""
    gateway = Gateway()
    heard = send(gateway, {"resourceSpans": [resource, *batch(span())["resourceSpans"]]})
    assert heard.status == 400
    assert heard.json["detail"].startswith(f"1 spans refused, 1 taken. {place}")
    assert len(gateway.spans) == 1


def test_partial_success_where_the_contract_says_so() -> None:
    """A 200 that tells of it, in either format."""
    gateway = Gateway(contract={"bad_span": "partial_success"})
    as_json = send(gateway, batch(span(), span(name=3)))
    assert (as_json.status, as_json.json["partialSuccess"]["rejectedSpans"]) == (200, 1)
    as_protobuf = send(gateway, in_protobuf(batch(span(traceId="ab"), span("2" * 16))), headers=PROTOBUF)
    told = ExportTraceServiceResponse.FromString(as_protobuf.body).partial_success
    assert (as_protobuf.status, told.rejected_spans) == (200, 1)
    assert told.error_message.startswith(f"{PLACE}traceId is 32 hexadecimal digits")
    assert len(gateway.spans) == 2


def test_a_batch_without_a_key_is_noted() -> None:
    """Whoever looks for its spans is told that nobody was let in."""
    gateway = Gateway()
    gateway.account.add_key("right")
    assert send(gateway, batch(span())).status == 401
    with pytest.raises(NotOne, match="Refused were:\n  POST /api/v2/traces: Your API key is invalid"):
        gateway.spans.one()


def test_an_empty_batch_is_fine() -> None:
    """There is nothing in it to refuse."""
    empty: list[Any] = [
        {"resourceSpans": []},
        batch(),
        {"resourceSpans": [{}]},
        {"resourceSpans": [{"scopeSpans": [{}]}]},
    ]
    for nothing in empty:
        assert len(sent(nothing).spans) == 0
    assert send(Gateway(), b"", headers=PROTOBUF).status == 200


@settings(max_examples=300)
@given(spoiled())
def test_nothing_that_is_sent_breaks_anything(spoiled_batch: Any) -> None:
    """It is taken or refused; what was taken can be read, listed, and drawn as a tree."""
    gateway = Gateway()
    heard = send(gateway, spoiled_batch)
    assert heard.status in (200, 400), heard.body
    assert (heard.status == 200) is ("Refused" not in gateway.spans.note)
    for trace in gateway.traces:
        assert str(trace)
        assert get(gateway, f"traces/{trace.id}/").status == 200
    page = get(gateway, "request-logs/list/")
    assert page.status == 200
    assert page.json["count"] == len(gateway.spans)


@settings(max_examples=200)
@given(st.sampled_from(NAMES), st.data())
def test_no_protobuf_breaks_anything(name: str, data: st.DataObject) -> None:
    """Whichever of its bytes are others."""
    body = bytearray(in_protobuf(data.draw(st.sampled_from(capture(name)))))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    gateway = Gateway()
    assert send(gateway, bytes(body), headers=PROTOBUF).status in (200, 400)
    assert get(gateway, "request-logs/list/").status == 200


@settings(max_examples=200)
@given(st.binary(max_size=200), st.sampled_from([{}, PROTOBUF, GZIP, {"content-encoding": "deflate"}]))
def test_no_bytes_break_anything(body: bytes, headers: dict[str, str]) -> None:
    """Whatever they are said to be."""
    for path in ("/api/v2/traces", "/api/v1/traces/ingest"):
        assert send(Gateway(), body, path, headers).status in (200, 400)
