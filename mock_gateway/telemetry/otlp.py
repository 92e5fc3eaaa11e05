"""Spans as OpenTelemetry sends them: OTLP, as JSON or as protobuf.

A batch is read span by span: one that cannot be read is refused by its place, and the others are taken.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import from_json

from .span import Span, SpanEvent, SpanLink, Surroundings

_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}").fullmatch
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}").fullmatch
_DIGITS = 19
"""Numbers of fewer digits are times that can be."""
_NO_PARENTS = frozenset({"", "0000000000000000", "0000000000000001"})
"""What a root may say its parent is. The last is what Respan's SpanBuffer says outside of any span."""


class Unreadable(ValueError):  # noqa: N818 - said of what was sent
    """What was sent is no batch of spans, or no span. The text says why."""


@dataclass(slots=True)
class Batch:
    """What was sent at once."""

    spans: list[Span] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Why each span that could not be read was refused, with its place."""


def read_json(body: bytes, around: Surroundings) -> Batch:
    """The spans in a body of JSON."""
    try:
        sent = from_json(body)
    except ValueError as error:
        raise Unreadable(f"it is not JSON: {error}") from None
    if not isinstance(sent, dict) or not isinstance(sent.get("resourceSpans"), list):
        raise Unreadable("it has no list of resourceSpans")
    return _read(sent["resourceSpans"], around)


def read_protobuf(body: bytes, around: Surroundings) -> Batch:
    """The spans in a body of protobuf."""
    try:
        from google.protobuf.json_format import MessageToDict
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
    except ImportError:
        raise Unreadable("it is protobuf, and opentelemetry-proto is not installed here") from None

    try:
        sent = ExportTraceServiceRequest.FromString(body)
    except DecodeError as error:
        raise Unreadable(f"it is not protobuf: {error}") from None
    fields = MessageToDict(sent)
    return _read(fields.get("resourceSpans", []), around, identity=_hex)


def _hex(value: Any) -> str:
    """An id as JSON has it, of one as protobuf's own JSON has it."""
    return base64.b64decode(value).hex() if isinstance(value, str) else ""


def _same(value: Any) -> Any:
    return value


def _read(resources: list[Any], around: Surroundings, identity: Callable[[Any], Any] = _same) -> Batch:
    batch = Batch()
    for place, resource, scope, spans in _scopes(resources, batch.refused):
        for at, sent in enumerate(spans):
            try:
                batch.spans.append(_span(sent, resource, scope, around, identity))
            except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
                why = error if isinstance(error, Unreadable) else f"it cannot be read ({type(error).__name__}: {error})"
                batch.refused.append(f"{place}.spans[{at}]: {why}")
    return batch


def _scopes(resources: list[Any], refused: list[str]) -> Iterator[tuple[str, Mapping[str, Any], str, list[Any]]]:
    """The spans of each scope, with its place, its resource's attributes and its name."""
    for at, resource in enumerate(resources):
        place = f"resourceSpans[{at}]"
        try:
            attributes = _attributes((resource.get("resource") or {}).get("attributes") or ())
            scopes = list(resource.get("scopeSpans") or resource.get("instrumentationLibrarySpans") or ())
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            refused.append(f"{place}: {error}")
            continue
        for number, scope in enumerate(scopes):
            try:
                name = str((scope.get("scope") or {}).get("name") or "")
                spans = list(scope.get("spans") or ())
            except (TypeError, AttributeError) as error:
                refused.append(f"{place}.scopeSpans[{number}]: {error}")
                continue
            yield f"{place}.scopeSpans[{number}]", attributes, name, spans


def _span(
    sent: Any, resource: Mapping[str, Any], scope: str, around: Surroundings, identity: Callable[[Any], Any]
) -> Span:
    if not isinstance(sent, dict):
        raise Unreadable("it is no object")
    trace_id, span_id = identity(sent.get("traceId")), identity(sent.get("spanId"))
    parent = sent.get("parentSpanId")
    if parent is not None and parent != "":
        parent = _id(identity(parent), "parentSpanId", _SPAN_ID, 16)
    status = sent.get("status") or {}
    if not isinstance(status, dict):
        raise Unreadable(f"status is an object, not {status!r}")
    code = status.get("code", 0)
    if not isinstance(code, int | str) or code not in _STATUS:
        raise Unreadable(f"code of the status is 0, 1 or 2, not {code!r}")
    return Span(
        _id(trace_id, "traceId", _TRACE_ID, 32),
        _id(span_id, "spanId", _SPAN_ID, 16),
        None if parent in _NO_PARENTS else parent,
        _text(sent.get("name"), "name"),
        _time(sent.get("startTimeUnixNano"), "startTimeUnixNano"),
        _time(sent.get("endTimeUnixNano") or 0, "endTimeUnixNano"),
        _STATUS[code],
        str(status.get("message") or ""),
        _attributes(sent.get("attributes") or ()),
        scope,
        resource,
        tuple(map(_event, _list(sent, "events"))) if sent.get("events") else (),
        tuple(_link(link, identity) for link in _list(sent, "links")) if sent.get("links") else (),
        around,
    )


def _list(sent: Mapping[str, Any], name: str) -> list[Any]:
    found = sent[name]
    if not isinstance(found, list):
        raise Unreadable(f"{name} is a list, not {found!r}")
    return found


_STATUS: Mapping[int | str, int] = {
    **{code: code for code in range(3)},
    **{str(code): code for code in range(3)},
    "STATUS_CODE_UNSET": 0,
    "STATUS_CODE_OK": 1,
    "STATUS_CODE_ERROR": 2,
}
"""The codes of a status, as numbers and by their names in protobuf."""


def _id(value: Any, name: str, matches: Callable[[str], object], length: int) -> str:
    if type(value) is str:
        if matches(value):
            return value
        lowered = value.lower()
        if matches(lowered):
            return lowered
        if name == "parentSpanId" and value == "0" * length:
            return value
    raise Unreadable(f"{name} is {length} hexadecimal digits, not all of them 0, and not {value!r}")


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise Unreadable(f"{name} is a text, not {value!r}")
    return value


def _time(value: Any, name: str) -> int:
    if type(value) is str and value.isdecimal() and len(value) < _DIGITS:
        return int(value)
    try:
        nanoseconds = int(value)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable(f"{name} is a number of nanoseconds, not {value!r}") from None
    if not 0 <= nanoseconds < 2**63 or isinstance(value, bool):
        raise Unreadable(f"{name} is a number of nanoseconds since 1970, not {value!r}")
    return nanoseconds


def _event(sent: Any) -> SpanEvent:
    if not isinstance(sent, dict):
        raise Unreadable("an event is no object")
    when = _time(sent.get("timeUnixNano") or 0, "timeUnixNano of an event")
    return SpanEvent(str(sent.get("name") or ""), when, _attributes(sent.get("attributes") or ()))


def _link(sent: Any, identity: Callable[[Any], Any]) -> SpanLink:
    if not isinstance(sent, dict):
        raise Unreadable("a link is no object")
    trace_id = _id(identity(sent.get("traceId")), "traceId of a link", _TRACE_ID, 32)
    span_id = _id(identity(sent.get("spanId")), "spanId of a link", _SPAN_ID, 16)
    return SpanLink(trace_id, span_id, _attributes(sent.get("attributes") or ()))


def _attributes(sent: Any) -> dict[str, Any]:
    """Attributes by their keys. Nearly all are texts under texts: these are read at once, else it is looked closely."""
    found: dict[str, Any] = {}
    try:
        for pair in sent:
            key, value = pair["key"], pair["value"]
            text = value.get("stringValue")
            if type(key) is not str:
                return _examined(sent)
            found[key] = text if type(text) is str else _value(value)
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
        return _examined(sent)
    return found


def _examined(sent: Any) -> dict[str, Any]:
    """The same, or `Unreadable` for the first attribute that has no key, or no value that can be read."""
    found: dict[str, Any] = {}
    at, key = 0, None
    try:
        for at, pair in enumerate(sent):  # noqa: B007 - told of below
            key = None
            key = pair["key"]
            if type(key) is not str:
                raise Unreadable(f"the key is a text, not {key!r}")
            found[key] = _value(pair.get("value") or {})
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
        place = f"attributes[{at}]" if key is None else f"attributes[{at}] ({key!r})"
        why = (
            error if isinstance(error, Unreadable) else f"it is no pair of a key and a value that can be read ({error})"
        )
        raise Unreadable(f"{place}: {why}") from None
    return found


def _value(sent: Mapping[str, Any]) -> Any:
    for kind, value in sent.items():
        if kind not in _KINDS:
            raise Unreadable(f"its value is of an unknown kind, {kind!r}")
        types, read = _KINDS[kind]
        if type(value) not in types:
            raise Unreadable(f"{kind} does not hold {value!r}")
        return read(value)
    return None


_KINDS: Mapping[str, tuple[tuple[type, ...], Callable[[Any], Any]]] = {
    "stringValue": ((str,), _same),
    "boolValue": ((bool,), _same),
    "intValue": ((int, str), int),
    "doubleValue": ((int, float, str), float),
    "arrayValue": ((dict,), lambda held: [_value(one) for one in held.get("values") or ()]),
    "kvlistValue": ((dict,), lambda held: _attributes(held.get("values") or ())),
    "bytesValue": ((str,), base64.b64decode),
}
"""How each kind of value may be written, and what is read of it."""
