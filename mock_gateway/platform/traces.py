"""Traces over REST: list, and get with the tree of their spans."""

from collections.abc import Sequence
from typing import Any

from ..core import problems
from ..core.log import Log
from ..core.moments import moment_of
from ..telemetry.attributes import MODEL_KINDS
from ..telemetry.rows import dated
from .desk import Desk, Reply, Visit, encoded
from .listing import listed
from .request_logs import shown


def list_all(desk: Desk, visit: Visit) -> Reply:
    """The page of traces that was asked for, newest first."""
    by_trace: dict[str, list[tuple[float, Log]]] = {}
    for came_in, log in desk.ledger.rows():
        if log.trace_unique_id:
            by_trace.setdefault(log.trace_unique_id, []).append((came_in, dated(log)))
    records = [
        (max(came_in for came_in, _ in rows), _summary(trace_id, [log for _, log in rows]))
        for trace_id, rows in by_trace.items()
    ]
    return Reply(200, listed(desk, visit, records, _FIELDS, "-id"), after=desk.patience())


def get(desk: Desk, visit: Visit) -> Reply:
    """One trace, with its tree."""
    rows = desk.ledger.trace(visit.names["trace_id"])
    if not rows:
        trouble = problems.not_found("Trace")
        return Reply(404, {"error": "Trace not found", **trouble.body(desk.contract)})
    summary = encoded(_summary(visit.names["trace_id"], rows))
    return Reply(200, b'%b,"span_tree":%b}' % (summary[:-1], _tree(rows)))


_FIELDS = frozenset(
    [
        *("id", "trace_unique_id", "name", "span_workflow_name", "environment", "metadata", "input", "output"),
        *("start_time", "end_time", "timestamp", "duration"),
        *("span_count", "llm_call_count", "error_count"),
        *("total_prompt_tokens", "total_completion_tokens", "total_tokens", "total_cost"),
        *("customer_identifier", "session_identifier", "thread_identifier", "trace_group_identifier"),
    ]
)


def _summary(trace_id: str, rows: Sequence[Log]) -> dict[str, Any]:
    ordered = sorted(rows, key=lambda log: log.start_time or "")
    known = {log.span_unique_id for log in ordered}
    root = next((log for log in ordered if log.span_parent_id not in known), ordered[0])
    start = min(log.start_time or "" for log in ordered)
    end = max(log.timestamp or "" for log in ordered)
    first = _first(ordered)
    prompt, completion = _sum(rows, "prompt_tokens"), _sum(rows, "completion_tokens")
    return {
        "id": trace_id,
        "trace_unique_id": trace_id,
        "name": root.span_workflow_name or root.span_name,
        "span_workflow_name": root.span_workflow_name,
        "start_time": start,
        "end_time": end,
        "timestamp": end,
        "duration": max(0.0, (moment_of(end) - moment_of(start)).total_seconds()) if start and end else 0.0,
        "span_count": len(rows),
        "llm_call_count": sum(log.log_type in MODEL_KINDS for log in rows),
        "total_prompt_tokens": prompt,
        "total_completion_tokens": completion,
        "total_tokens": prompt + completion,
        "total_cost": round(sum(log.cost or 0 for log in rows), 12),
        "error_count": sum(log.error_bit for log in rows),
        "metadata": root.metadata,
        "customer_identifier": first("customer_identifier"),
        "session_identifier": first("session_identifier"),
        "thread_identifier": first("thread_identifier"),
        "trace_group_identifier": first("trace_group_identifier"),
        "environment": root.environment,
        "input": root.input,
        "output": root.output,
    }


def _first(rows: Sequence[Log]) -> Any:
    def find(name: str) -> Any:
        return next((value for log in rows if (value := getattr(log, name)) is not None), None)

    return find


def _sum(rows: Sequence[Log], name: str) -> int:
    return sum(getattr(log, name) or 0 for log in rows)


def _tree(rows: Sequence[Log]) -> bytes:
    """The rows, each with those of the spans that are part of it. A row whose parent is unknown stands at the top.

    It is written from the leaves up: it may be deeper than can be encoded at once.
    """
    nodes = {name: {**shown(log), "id": name, "span_unique_id": name} for log in rows for name in [_name(log)]}
    below: dict[str | None, list[str]] = {None: []}
    for name, node in nodes.items():
        above = node["span_parent_id"]
        is_top = above not in nodes or _is_below(nodes, above, name)
        below.setdefault(None if is_top else above, []).append(name)
    downwards = list(below[None])
    for name in downwards:  # it grows meanwhile
        downwards += below.get(name, ())
    written: dict[str, bytes] = {}
    for name in reversed(downwards):
        children = b",".join(written[child] for child in below.get(name, ()))
        written[name] = b'%b,"children":[%b]}' % (encoded(nodes[name])[:-1], children)
    return b"[%b]" % b",".join(written[name] for name in below[None])


def _name(log: Log) -> str:
    return log.span_unique_id or log.unique_id


def _is_below(nodes: dict[str, dict[str, Any]], name: str | None, ancestor: str) -> bool:
    """Whether a span stands below another one: spans that say so of each other would be lost."""
    seen: set[str] = set()
    while name is not None and name in nodes and name not in seen:
        if name == ancestor:
            return True
        seen.add(name)
        name = nodes[name]["span_parent_id"]
    return False
