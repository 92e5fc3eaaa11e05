"""Rows of the log that come of spans: what a span adds to the row of its call, and the row of one that stands alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic_core import to_json

from ..core.chat import Usage
from ..core.contract import Contract
from ..core.log import Log
from ..core.moments import hour, iso, minute
from ..core.records import Records
from . import attributes as says
from .span import Span

Price = Callable[[str, Usage], float | None]
"""What it costs that a model has used so many tokens."""

_TAGS = (
    "customer_identifier",
    "customer_email",
    "customer_name",
    "custom_identifier",
    "thread_identifier",
    "session_identifier",
    "trace_group_identifier",
    "evaluation_identifier",
)
"""Fields that spans state as well, by the same names."""


def joined(log: Log, spans: Sequence[Span], contract: Contract) -> Log:
    """The row of a call, with what the spans about it add: where it stands in a trace, and what the row leaves open."""
    if not spans:
        return log
    span = spans[0]
    told: dict[str, Any] = _place(span, contract) | {name: says.said(span.attributes, name) for name in _TAGS}
    gaps = {name: value for name, value in told.items() if value is not None and getattr(log, name) is None}
    metadata = {name: _text(value) for name, value in says.metadata(span.attributes).items()}
    return replace(log, **gaps, metadata={**metadata, **log.metadata}, spans=Records(spans, Span))


def dated(log: Log) -> Log:
    """A row as it stands among the spans of a trace: at the time of its span, since a gateway's clock may be virtual."""
    if not log.spans:
        return log
    span = log.spans[0]
    return replace(log, start_time=iso(span.start), timestamp=iso(span.end))


def row_of(span: Span, contract: Contract, price: Price) -> Log:
    """The row of a span that no call has a row for."""
    about = span.attributes
    status = says.number(about, "status") or (500 if span.status == "error" else 200)
    is_error = span.status == "error"
    model = says.said(about, "requested_model")
    filled: dict[str, Any] = (
        {name: says.said(about, name) for name in _TAGS} | _place(span, contract) | _weight(span, price)
    )
    filled |= {
        name: says.said(about, name) for name in ("temperature", "top_p", "frequency_penalty", "presence_penalty")
    }
    environment = says.said(about, "environment") or "test"
    calls = says.decoded(says.said(about, "tool_calls"))
    unique_id = unique_id_of(span)
    return Log(
        unique_id=unique_id,
        id=unique_id,
        log_type=span.kind,
        log_method=str(
            says.said(about, "method") or ("tracing_integration" if span.is_model_call else "python_tracing")
        ),
        model="" if model is None else str(model),
        response_id=says.said(about, "response_id"),
        stream=says.said(about, "stream"),
        max_tokens=says.number(about, "max_tokens"),
        status_code=status,
        status=contract.status_word(is_error),
        error_bit=int(is_error),
        error_message=span.error,
        start_time=iso(span.start),
        timestamp=iso(span.end),
        hour_group=hour(span.start),
        minute_group=minute(span.start),
        latency=span.seconds,
        metadata={name: _text(value) for name, value in says.metadata(about).items()},
        properties=_mapping(says.said(about, "properties")),
        environment=str(environment),
        is_test=environment == "test",
        tools=says.decoded(says.said(about, "tools")),
        tool_calls=calls if isinstance(calls, list) else None,
        has_tool_calls=bool(calls),
        spans=Records((span,), Span),
        **filled,
        **_contents(span),
        **_prompt(about),
    )


def unique_id_of(span: Span) -> str:
    """The id of the row of a span."""
    return f"{span.trace_id}-{span.id}"


def _place(span: Span, contract: Contract) -> dict[str, Any]:
    return {
        "trace_unique_id": span.trace_id,
        "span_unique_id": span.id,
        "span_parent_id": span.parent_id,
        "span_name": (span.exported_name if contract.stored_span_name == "exported" else span.name)[:255],
        "span_workflow_name": span.workflow,
        "span_path": says.said(span.attributes, "path"),
    }


def _weight(span: Span, price: Price) -> dict[str, Any]:
    """What it weighs and costs: only a span in which a model was asked does."""
    if not span.is_model_call:
        return {}
    about = span.attributes
    prompt, completion = span.stated_prompt_tokens, says.number(about, "completion_tokens")
    read, written = says.number(about, "cache_hit_tokens") or 0, says.number(about, "cache_creation_tokens") or 0
    cost = span.cost
    if cost is None and span.model is not None and (prompt is not None or completion is not None):
        usage = Usage(prompt or 0, completion or 0, cached_tokens=read, cache_creation_tokens=written)
        cost = price(span.model, usage)
    total = says.number(about, "total_tokens")
    if total is None and prompt is not None:
        total = prompt + (completion or 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_request_tokens": total,
        "prompt_cache_hit_tokens": read or None,
        "prompt_cache_creation_tokens": written or None,
        "reasoning_tokens": says.number(about, "reasoning_tokens"),
        "cost": cost,
    }


def _contents(span: Span) -> dict[str, Any]:
    """What was said."""
    put, got = span.input, span.output
    fields: dict[str, Any] = {"input": _written(put), "output": _written(got)}
    if span.kind == "chat":
        if isinstance(put, list):
            fields |= {"prompt_messages": put, "messages": put, "prompt_message_count": len(put)}
        if isinstance(got, Mapping):
            fields["completion_message"] = got
    return fields


def _prompt(about: says.Attributes) -> dict[str, Any]:
    prompt = says.decoded(says.said(about, "prompt"))
    if not isinstance(prompt, Mapping):
        return {}
    return {"prompt": prompt, "prompt_id": prompt.get("prompt_id"), "variables": prompt.get("variables")}


def _mapping(value: Any) -> Mapping[str, Any]:
    told = says.decoded(value)
    return told if isinstance(told, Mapping) else {}


def _written(value: Any) -> str | None:
    return None if value is None else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return to_json(value, fallback=str, bytes_mode="base64", inf_nan_mode="null").decode()
