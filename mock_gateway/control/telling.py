"""Calls, rows, spans and findings as plain data, for those who read them over HTTP."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic_core import to_jsonable_python

from ..core.findings import Finding
from ..core.log import NAMES, Log
from ..telemetry.span import Span
from ..telemetry.trace import Trace

if TYPE_CHECKING:
    from ..engine.calls import Attempt, Call

_OF_CALL = (
    "number",
    "wire",
    "door",
    "direct",
    "path",
    "status",
    "streamed",
    "requested_model",
    "served_model",
    "client_retry",
    "cache",
    "load_balance_group_id",
    "environment",
    "customer",
    "chunks",
    "seconds",
    "started_at",
    "ended_at",
    "is_over",
    "left_early",
    "cost",
    "error",
    "response_id",
    "log_id",
    "request",
    "effective_request",
)
_OF_ATTEMPT = ("number", "model", "source", "status", "outcome", "waited", "chunks", "deployment", "recording")
_OF_PROMPT = ("prompt_id", "version", "schema_version", "name", "messages", "origin", "variables")
_OF_ANSWER = ("text", "tool_calls", "reasoning", "finish_reason", "usage", "refusal", "others")
_OF_SPAN = (
    "id",
    "parent_id",
    "trace_id",
    "name",
    "kind",
    "label",
    "model",
    "status",
    "error",
    "input",
    "output",
    "prompt_tokens",
    "completion_tokens",
    "cost",
    "customer_identifier",
    "thread_identifier",
    "session_identifier",
    "custom_identifier",
    "trace_group_identifier",
    "metadata",
    "workflow",
    "start",
    "end",
    "is_ended",
    "log_id",
    "attributes",
)


def call(one: "Call") -> dict[str, Any]:
    """A call, with its attempts and its story."""
    return {
        **_fields(one, _OF_CALL),
        "attempts": [attempt(each) for each in one.attempts],
        "prompt": None if one.prompt is None else _fields(one.prompt, _OF_PROMPT),
        "answer": None if one.answer is None else _fields(one.answer, _OF_ANSWER),
        "warnings": list(one.warnings),
        "story": str(one.story),
    }


def attempt(one: "Attempt") -> dict[str, Any]:
    """The gateway asking one model once."""
    credential = None if one.credential is None else str(one.credential)
    return {**_fields(one, _OF_ATTEMPT), "credential": credential}


def log(one: Log) -> dict[str, Any]:
    """A row, with the fields that say something."""
    found = _fields(one, sorted(NAMES))
    return {name: value for name, value in found.items() if value is not None}


def span(one: Span) -> dict[str, Any]:
    """A span."""
    return _fields(one, _OF_SPAN)


def trace(one: Trace) -> dict[str, Any]:
    """A trace, with its tree and its spans."""
    return {"id": one.id, "name": one.name, "tree": one.tree(), "spans": [span(each) for each in one.spans]}


def finding(one: Finding) -> dict[str, Any]:
    """Something nobody reckoned with."""
    return {"kind": one.kind, "text": one.text, "is_mistake": one.is_mistake}


def _fields(one: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: _plain(getattr(one, name)) for name in names}


def _plain(value: Any) -> Any:
    """The value as JSON has it."""
    return value.isoformat() if isinstance(value, datetime) else to_jsonable_python(value, fallback=_listed)


def _listed(value: Any) -> Any:
    """What the encoder has no word for: mappings and sequences of other kinds, and whatever has a text."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, Iterable) else str(value)
