"""Spans as older exporters send them, and as REST has them: a log with the fields of a span among others."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic_core import to_json

from ..core.moments import moment_of
from .attributes import KEYS, LOG_ID
from .batch import Unreadable
from .span import Span, Surroundings

_FIELDS = {
    "span_path": "path",
    "span_workflow_name": "workflow",
    "log_type": "kind",
    "log_method": "method",
    "model": "model",
    "response_id": "response_id",
    "input": "input",
    "output": "output",
    "prompt_tokens": "prompt_tokens",
    "completion_tokens": "completion_tokens",
    "total_request_tokens": "total_tokens",
    "prompt_cache_hit_tokens": "cache_hit_tokens",
    "prompt_cache_creation_tokens": "cache_creation_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "stream": "stream",
    "temperature": "temperature",
    "max_tokens": "max_tokens",
    "tools": "tools",
    "status_code": "status",
    "error_message": "error",
    "customer_identifier": "customer_identifier",
    "customer_email": "customer_email",
    "customer_name": "customer_name",
    "thread_identifier": "thread_identifier",
    "session_identifier": "session_identifier",
    "trace_group_identifier": "trace_group_identifier",
    "custom_identifier": "custom_identifier",
    "evaluation_identifier": "evaluation_identifier",
    "environment": "environment",
    "properties": "properties",
}
"""Fields of a log, and what they say of a span."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 10.0**10


def span_of(sent: Any, around: Surroundings, now: datetime, log_id: str | None = None) -> Span:
    """The span in a log, or `Unreadable`."""
    if not isinstance(sent, Mapping):
        raise Unreadable("it is no object")
    trace_id = sent.get("trace_unique_id") or sent.get("trace_id")
    parent = sent.get("span_parent_id")
    given = sent.get("span_unique_id") or log_id
    for name, value in (("trace_unique_id", trace_id), ("span_unique_id", given)):
        if not value:
            raise Unreadable(f"it has no {name}")
    for name, value in (("trace_unique_id", trace_id), ("span_unique_id", given), ("span_parent_id", parent or "")):
        if not isinstance(value, str | int):
            raise Unreadable(f"{name} is a text, not {value!r}")
    start, end = _times(sent, now)
    attributes = _attributes(sent)
    if log_id is not None:
        attributes[LOG_ID] = log_id
    is_error = sent.get("error_message") or sent.get("status") in ("error", "failed")
    return Span(
        str(trace_id),
        str(given),
        str(parent) if parent else None,
        str(sent.get("span_name") or sent.get("name") or "span"),
        _nanoseconds(start),
        _nanoseconds(end),
        2 if is_error else 1,
        str(sent.get("error_message") or ""),
        attributes,
        "",
        {},
        (),
        (),
        around,
    )


def tokens(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The tokens a log tells of: in fields of their own, or in the provider's usage, as OpenAI or Anthropic spell it."""
    usage = sent.get("usage")
    usage = usage if isinstance(usage, Mapping) else {}
    details = usage.get("prompt_tokens_details")
    details = details if isinstance(details, Mapping) else {}
    told = {
        "prompt_tokens": (usage.get("prompt_tokens"), usage.get("input_tokens")),
        "completion_tokens": (usage.get("completion_tokens"), usage.get("output_tokens")),
        "prompt_cache_hit_tokens": (usage.get("cache_read_input_tokens"), details.get("cached_tokens")),
        "prompt_cache_creation_tokens": (usage.get("cache_creation_input_tokens"),),
        "total_request_tokens": (usage.get("total_tokens"),),
    }
    found = {name: _first(sent.get(name), *places) for name, places in told.items()}
    return {name: count for name, count in found.items() if count is not None}


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _attributes(sent: Mapping[str, Any]) -> dict[str, Any]:
    fields = {**sent, **tokens(sent)}
    if fields.get("input") is None:
        fields["input"] = sent.get("prompt_messages") or sent.get("messages")
    if fields.get("output") is None:
        fields["output"] = sent.get("completion_message")
    who = sent.get("customer_params")
    if isinstance(who, Mapping):
        fields["customer_identifier"] = who.get("customer_identifier") or sent.get("customer_identifier")
    said = {KEYS[name][0]: _plain(fields[field]) for field, name in _FIELDS.items() if fields.get(field) is not None}
    metadata = sent.get("metadata")
    if isinstance(metadata, Mapping):
        said |= {f"respan.metadata.{name}": value for name, value in metadata.items()}
    return said


def _plain(value: Any) -> Any:
    return to_json(value).decode() if isinstance(value, Mapping | list) else value


def _times(sent: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime]:
    try:
        start = moment_of(str(sent["start_time"])) if sent.get("start_time") else None
        end = moment_of(str(sent["timestamp"])) if sent.get("timestamp") else None
    except ValueError as error:
        raise Unreadable(f"start_time and timestamp are moments in ISO 8601: {error}") from None
    latency = sent.get("latency")
    took = timedelta(seconds=latency if isinstance(latency, int | float) and 0 <= latency < _LONGEST else 0)
    try:
        end = end or (start + took if start else now)
        return start or end - took, end
    except OverflowError:
        raise Unreadable("it is too long ago, or too far ahead") from None


def _nanoseconds(moment: datetime) -> int:
    nanoseconds = (moment - _EPOCH) // timedelta(microseconds=1) * 1000
    if not 0 <= nanoseconds < 2**63:
        raise Unreadable(f"{moment} is no time of a span")
    return nanoseconds
