"""Spans as OpenTelemetry sends them: OTLP, as protobuf.

What protobuf leaves out because it is nothing, such as an empty name, was not sent.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .batch import Batch, Stretch, Unreadable
from .otlp_span import NO_PARENTS, UNTOLD, code_of, span_id_of, text_of, time_of, trace_id_of
from .span import Span, SpanEvent, SpanLink, Surroundings


def read_protobuf(body: bytes, around: Surroundings) -> Batch:
    """The spans in a body of protobuf."""
    try:
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    except ImportError:
        raise Unreadable("it is protobuf, and opentelemetry-proto is not installed here") from None

    try:
        sent = ExportTraceServiceRequest.FromString(body)
    except DecodeError as error:
        raise Unreadable(f"it is not protobuf: {error}") from None
    batch = Batch()
    for at, resource in enumerate(sent.resource_spans):
        place = f"resourceSpans[{at}]"
        try:
            attributes = _attributes(resource.resource.attributes)
        except Unreadable as error:
            batch.refused.append(f"{place}: {error}")
            attributes = {}
        for number, scope in enumerate(resource.scope_spans):
            stretch = Stretch.of(scope.spans, _span, around)
            batch.take([stretch], f"{place}.scopeSpans[{number}]", scope.scope.name, attributes)
    return batch


def _span(sent: Any, around: Surroundings) -> Span:
    parent = span_id_of(sent.parent_span_id.hex(), "parentSpanId") if sent.parent_span_id else None
    code = code_of(sent.status.code)
    return Span(
        trace_id_of(sent.trace_id.hex()),
        span_id_of(sent.span_id.hex()),
        None if parent in NO_PARENTS else parent,
        text_of(sent.name or None, "name"),
        time_of(sent.start_time_unix_nano or None, "startTimeUnixNano"),
        time_of(sent.end_time_unix_nano, "endTimeUnixNano"),
        code,
        sent.status.message,
        _attributes(sent.attributes),
        "",
        UNTOLD,
        tuple(map(_event, sent.events)),
        tuple(map(_link, sent.links)),
        around,
    )


def _event(sent: Any) -> SpanEvent:
    when = time_of(sent.time_unix_nano, "timeUnixNano of an event")
    return SpanEvent(sent.name, when, _attributes(sent.attributes))


def _link(sent: Any) -> SpanLink:
    trace_id = trace_id_of(sent.trace_id.hex(), "traceId of a link")
    span_id = span_id_of(sent.span_id.hex(), "spanId of a link")
    return SpanLink(trace_id, span_id, _attributes(sent.attributes))


def _attributes(sent: Iterable[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    at, key = 0, ""
    try:
        for at, pair in enumerate(sent):  # noqa: B007 - told of below
            key, value = pair.key, pair.value
            if not key:
                raise Unreadable("it has no key")
            found[key] = value.string_value or _value(value)
    except Unreadable as error:
        place = f"attributes[{at}] ({key!r})" if key else f"attributes[{at}]"
        raise Unreadable(f"{place}: {error}") from None
    return found


def _value(sent: Any) -> Any:
    kind = sent.WhichOneof("value")
    if kind is None:
        return None
    if kind not in _KINDS:
        raise Unreadable(f"its value is of an unknown kind, {kind!r}")
    return _KINDS[kind](getattr(sent, kind))


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "string_value": str,
    "bool_value": bool,
    "int_value": int,
    "double_value": float,
    "array_value": lambda held: [_value(one) for one in held.values],
    "kvlist_value": lambda held: _attributes(held.values),
    "bytes_value": bytes,
}
"""What is read of each kind of value."""
