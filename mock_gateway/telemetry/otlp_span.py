"""A span as OTLP has it in JSON."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

from .batch import UNREADABLE, Unreadable
from .span import Span, SpanEvent, SpanLink, Surroundings

_TRACE_ID = re.compile(r"(?!0{32})[0-9a-f]{32}").fullmatch
_SPAN_ID = re.compile(r"(?!0{16})[0-9a-f]{16}").fullmatch
NO_PARENTS = frozenset({"", "0000000000000000"})
"""What a root may say its parent is."""
UNTOLD: Mapping[str, Any] = {}
"""The resource of a span, as long as nobody has said which it is."""


def span_of(sent: Any, around: Surroundings) -> Span:
    """The span in what was sent, or an error that says why there is none. Its scope and resource are yet to be told."""
    if not isinstance(sent, dict):
        raise Unreadable("it is no object")
    told = sent.get
    parent, status = told("parentSpanId"), told("status")
    if parent is not None and parent != "":
        parent = span_id_of(parent, "parentSpanId")
    code, message = _status(status) if status else (0, "")
    return Span(
        trace_id_of(told("traceId")),
        span_id_of(told("spanId")),
        None if parent in NO_PARENTS else parent,
        text_of(told("name"), "name"),
        time_of(told("startTimeUnixNano"), "startTimeUnixNano"),
        time_of(told("endTimeUnixNano") or 0, "endTimeUnixNano"),
        code,
        message,
        attributes_of(told("attributes") or ()),
        "",
        UNTOLD,
        tuple(map(_event, list_of(sent, "events"))) if told("events") else (),
        tuple(map(_link, list_of(sent, "links"))) if told("links") else (),
        around,
    )


def trace_id_of(value: Any, name: str = "traceId") -> str:
    """The id of a trace, in small letters."""
    return value if type(value) is str and _TRACE_ID(value) else _lowered(value, name, _TRACE_ID, 32)


def span_id_of(value: Any, name: str = "spanId") -> str:
    """The id of a span, in small letters."""
    return value if type(value) is str and _SPAN_ID(value) else _lowered(value, name, _SPAN_ID, 16)


def _lowered(value: Any, name: str, matches: Callable[[str], object], length: int) -> str:
    if isinstance(value, str):
        lowered = value.lower()
        if matches(lowered):
            return lowered
        if name == "parentSpanId" and value == "0" * length:
            return value
    raise Unreadable(f"{name} is {length} hexadecimal digits, not all of them 0, and not {value!r}")


def time_of(value: Any, name: str) -> int:
    """Nanoseconds since 1970."""
    try:
        nanoseconds = int(value)
    except (TypeError, ValueError, OverflowError):
        raise Unreadable(f"{name} is a number of nanoseconds, not {value!r}") from None
    if not 0 <= nanoseconds < 2**63 or isinstance(value, bool):
        raise Unreadable(f"{name} is a number of nanoseconds since 1970, not {value!r}")
    return nanoseconds


def _status(sent: Any) -> tuple[int, str]:
    if not isinstance(sent, dict):
        raise Unreadable(f"status is an object, not {sent!r}")
    return code_of(sent.get("code", 0)), str(sent.get("message") or "")


def code_of(value: Any) -> int:
    """The code of a status, as a number."""
    if not isinstance(value, int | str) or value not in _STATUS:
        raise Unreadable(f"code of the status is 0, 1 or 2, not {value!r}")
    return _STATUS[value]


_STATUS: Mapping[int | str, int] = {
    **{code: code for code in range(3)},
    **{str(code): code for code in range(3)},
    "STATUS_CODE_UNSET": 0,
    "STATUS_CODE_OK": 1,
    "STATUS_CODE_ERROR": 2,
}
"""The codes of a status, as numbers and by their names in protobuf."""


def text_of(value: Any, name: str) -> str:
    """A text, and nothing else."""
    if not isinstance(value, str):
        raise Unreadable(f"{name} is a text, not {value!r}")
    return value


def list_of(sent: Mapping[str, Any], name: str) -> list[Any]:
    """A list, or nothing."""
    found = sent.get(name) or []
    if not isinstance(found, list):
        raise Unreadable(f"{name} is a list, not {found!r}")
    return found


def _event(sent: Any) -> SpanEvent:
    if not isinstance(sent, dict):
        raise Unreadable("an event is no object")
    when = time_of(sent.get("timeUnixNano") or 0, "timeUnixNano of an event")
    return SpanEvent(str(sent.get("name") or ""), when, attributes_of(sent.get("attributes") or ()))


def _link(sent: Any) -> SpanLink:
    if not isinstance(sent, dict):
        raise Unreadable("a link is no object")
    trace_id = trace_id_of(sent.get("traceId"), "traceId of a link")
    span_id = span_id_of(sent.get("spanId"), "spanId of a link")
    return SpanLink(trace_id, span_id, attributes_of(sent.get("attributes") or ()))


def attributes_of(sent: Any) -> dict[str, Any]:
    """Attributes by their keys. Nearly all are texts, and numbers as texts: these are read at once, else it is looked closely."""
    found: dict[str, Any] = {}
    try:
        for pair in sent:
            key, value = pair["key"], pair["value"]
            told = value.get("stringValue")
            if type(told) is not str:
                told = value.get("intValue")
                told = int(told) if type(told) is str and len(value) == 1 else _value(value, 0)
            if type(key) is not str:
                return _examined(sent, 0)
            found[key] = told
    except UNREADABLE:
        return _examined(sent, 0)
    return found


def _examined(sent: Any, depth: int) -> dict[str, Any]:
    """The same, or `Unreadable` for the first attribute that has no key, or no value that can be read."""
    found: dict[str, Any] = {}
    at, key = 0, None
    try:
        for at, pair in enumerate(sent):  # noqa: B007 - told of below
            key = None
            key = pair["key"]
            if type(key) is not str:
                raise Unreadable(f"the key is a text, not {key!r}")
            found[key] = _value(pair.get("value") or {}, depth)
    except UNREADABLE as error:
        place = f"attributes[{at}]" if key is None else f"attributes[{at}] ({key!r})"
        why = (
            error if isinstance(error, Unreadable) else f"it is no pair of a key and a value that can be read ({error})"
        )
        raise Unreadable(f"{place}: {why}") from None
    return found


def _value(sent: Mapping[str, Any], depth: int) -> Any:
    if depth > _DEEPEST:
        raise Unreadable(f"it nests deeper than {_DEEPEST}")
    for kind, value in sent.items():
        if kind not in _KINDS:
            raise Unreadable(f"its value is of an unknown kind, {kind!r}")
        types, read = _KINDS[kind]
        if type(value) not in types:
            raise Unreadable(f"{kind} does not hold {value!r}")
        return read(value, depth + 1)
    return None


_DEEPEST = 100
"""How deep lists and mappings may be in each other: whoever is told of them can read it."""

_KINDS: Mapping[str, tuple[tuple[type, ...], Callable[[Any, int], Any]]] = {
    "stringValue": ((str,), lambda held, _: held),
    "boolValue": ((bool,), lambda held, _: held),
    "intValue": ((int, str), lambda held, _: int(held)),
    "doubleValue": ((int, float, str), lambda held, _: float(held)),
    "arrayValue": ((dict,), lambda held, depth: [_value(one, depth) for one in held.get("values") or ()]),
    "kvlistValue": ((dict,), lambda held, depth: _examined(held.get("values") or (), depth)),
    "bytesValue": ((str,), lambda held, _: base64.b64decode(held)),
}
"""How each kind of value may be written, and what is read of it, so deep within others."""
