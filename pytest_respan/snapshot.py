"""Snapshots to read: a story, a log, a trace or a whole gateway as text that is the same on every run and machine."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from pydantic_core import to_json
from syrupy.extensions.amber import AmberSnapshotExtension

from mock_gateway import Gateway
from mock_gateway.core.events import dollars
from mock_gateway.core.log import Log
from mock_gateway.core.records import Records
from mock_gateway.core.story import Story
from mock_gateway.engine.calls import Call
from mock_gateway.telemetry.span import Span
from mock_gateway.telemetry.trace import Trace

_DATED = frozenset({"start_time", "timestamp", "hour_group", "minute_group", "period_start", "period_end"})
_TWICE = frozenset({"id", "messages", "input", "output", "warnings", "full_request", "system_text", "prompt_text"})
_TWICE |= {
    "api_key",
    "completion_text",
    "prompt_message_count",
    "completion_message_count",
    "error_bit",
    "is_test",
    "has_warnings",
}
"""Fields that say again what others say."""


class RespanExtension(AmberSnapshotExtension):
    """Writes what this package knows as text, and anything else as syrupy does."""

    def serialize(self, data: Any, **options: Any) -> str:
        """The text of a value."""
        text = written(data)
        return str(super().serialize(data, **options)) if text is None else text


def written(value: Any) -> str | None:
    """The text of a value of this package's, with its traces and spans numbered. None for other values."""
    text = _text(value)
    return None if text is None else _numbered(text, *_ids(value))


def _text(value: Any) -> str | None:
    if isinstance(value, Records | list | tuple):
        texts = [_text(item) for item in value]
        return None if not texts or None in texts else "\n\n".join(text for text in texts if text is not None)
    kinds: list[tuple[type, Callable[[Any], str]]] = [
        (Story, str),
        (Call, lambda call: str(call.story)),
        (Log, _log),
        (Span, lambda span: "\n".join(_span(span))),
        (Trace, _trace),
        (Gateway, _gateway),
    ]
    return next((write(value) for kind, write in kinds if isinstance(value, kind)), None)


def _gateway(gateway: Gateway) -> str:
    parts = [
        ("calls", str(gateway.story)),
        ("logs", _joined(gateway.logs, _log)),
        ("traces", _joined(gateway.traces, _trace)),
    ]
    return "\n\n".join(f"{title}\n{'-' * len(title)}\n{text}" for title, text in parts if text) or "nothing happened"


def _joined(values: Iterable[Any], write: Callable[[Any], str]) -> str:
    return "\n\n".join(map(write, values))


def _log(log: Log) -> str:
    """Its fields, but for those that are as always."""
    lines = [f"log {log.unique_id}"]
    for one in fields(log):
        value = getattr(log, one.name)
        is_told = one.repr and one.name not in _DATED | _TWICE | {"unique_id"}
        if is_told and value not in (None, False, "", {}, [], (), 0, "{}") and value != one.default:
            lines.append(f"  {one.name:<28}{dollars(value) if one.name == 'cost' else _value(value)}")
    return "\n".join(lines)


def _trace(trace: Trace) -> str:
    lines: list[str] = []
    for branch in trace.branches():
        indent = "  " * branch.depth
        head, *rest = _span(branch.span)
        lines += [f"{indent}{head}", *(f"{indent}{line}" for line in rest)]
    return "\n".join(lines)


def _span(span: Span) -> list[str]:
    """Its line, and what it says."""
    told: list[tuple[str, Any]] = [
        ("input", span.input),
        ("output", span.output),
        ("error", span.error),
        ("tokens", _tokens(span)),
        ("customer", span.customer_identifier),
        ("thread", span.thread_identifier),
        ("session", span.session_identifier),
        ("metadata", dict(span.metadata) or None),
        ("log", span.log_id),
    ]
    return [span.label, *(f"  | {name:<10}{_value(value)}" for name, value in told if value is not None)]


def _tokens(span: Span) -> str | None:
    if span.prompt_tokens is None and span.completion_tokens is None:
        return None
    return f"{span.prompt_tokens} + {span.completion_tokens}"


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value if "\n" not in value else to_json(value).decode()
    if isinstance(value, Mapping):
        value = dict(sorted(value.items()))
    return to_json(value, fallback=str).decode() if isinstance(value, Mapping | Sequence) else str(value)


def _numbered(text: str, traces: Collection[str], spans: Collection[str]) -> str:
    """The text with ids that are made by chance replaced, by the order in which they first appear."""
    for noun, ids in (("trace", traces), ("span", spans)):
        there = sorted((one for one in ids if one in text), key=text.index)
        for number, one in enumerate(there, 1):
            text = text.replace(one, f"<{noun} {number}>")
    return text


def _ids(value: Any) -> tuple[set[str], set[str]]:
    """The ids of all traces and spans a value has to do with."""
    traces: set[str] = set()
    spans: set[str] = set()
    for one in value if isinstance(value, Records | list | tuple) else [value]:
        found = [*one.spans, *one.logs] if isinstance(one, Gateway) else one.spans if isinstance(one, Trace) else [one]
        for item in found:
            if isinstance(item, Log):
                traces.add(item.trace_unique_id or "")
                spans |= {item.span_unique_id or "", item.span_parent_id or ""}
            elif isinstance(item, Span):
                traces.add(item.trace_id)
                spans |= {item.id, item.parent_id or ""}
    return traces - {""}, spans - {""}
