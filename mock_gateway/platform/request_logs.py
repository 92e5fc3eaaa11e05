"""The log over REST: create, create many, list, get, update."""

from collections.abc import Mapping
from typing import Any

from ..core import problems
from ..core.log import NAMES, Log
from ..engine.logs import text
from ..telemetry.batch import Unreadable
from ..telemetry.flat import span_of
from ..telemetry.ledger import CHANGEABLE
from .creation import log_of
from .desk import Desk, Reply, Visit, each
from .listing import listed

MOST_AT_ONCE = 500
_LEFT_OUT_OF_LISTS = frozenset({"span_unique_id", "full_request", "full_response"})
_NAMES = sorted(NAMES)


def create(desk: Desk, visit: Visit) -> Reply:
    """Take in one log."""
    return Reply(201, shown(_create(desk, visit, visit.fields)))


def create_many(desk: Desk, visit: Visit) -> Reply:
    """Take in many; those that are refused are named."""
    sent = visit.value
    logs = sent.get("logs") if isinstance(sent, Mapping) else sent
    if not isinstance(logs, list):
        raise problems.malformed("logs is a list")
    if len(logs) > MOST_AT_ONCE:
        raise problems.malformed(f"at most {MOST_AT_ONCE} logs are taken at once, not {len(logs)}")
    return Reply(201, each(logs, lambda one: _create(desk, visit, one)))


def list_all(desk: Desk, visit: Visit) -> Reply:
    """The page of the log that was asked for, newest first."""
    rows = [(came_in, shown(log, _LEFT_OUT_OF_LISTS)) for came_in, log in desk.ledger.rows()]
    return Reply(200, listed(desk, visit, rows, _FIELDS, "-id"), after=desk.patience())


def get(desk: Desk, visit: Visit) -> Reply:
    """One row in full."""
    unique_id = visit.names["unique_id"]
    log = desk.ledger.find(unique_id)
    if log is not None:
        return Reply(200, shown(log))
    trouble = problems.not_found("Log")
    return Reply(trouble.status, trouble.body(desk.contract), after=desk.patience())


def update(desk: Desk, visit: Visit) -> Reply:
    """Change what can be changed of a row."""
    return Reply(200, shown(_update(desk, visit.names["unique_id"], visit.fields)))


def update_many(desk: Desk, visit: Visit) -> Reply:
    """The same for many; none is changed unless all can be."""
    logs = visit.fields.get("logs")
    if not isinstance(logs, list) or not all(isinstance(one, Mapping) and "unique_id" in one for one in logs):
        raise problems.malformed("logs is a list of objects, each with a unique_id")
    for one in logs:
        _check_update(desk, str(one["unique_id"]), _without_id(one))
    changed = [shown(_update(desk, str(one["unique_id"]), _without_id(one))) for one in logs]
    return Reply(200, {"success_count": len(changed), "logs": changed})


def shown(log: Log, left_out: frozenset[str] = frozenset()) -> dict[str, Any]:
    """A row as JSON has it."""
    row: dict[str, Any] = {name: _plain(getattr(log, name)) for name in _NAMES if name not in left_out}
    row["model"] = log.model or None
    row["failed"] = bool(log.error_bit)
    row["organization"] = log.organization_name
    return row


_FIELDS = NAMES | {"failed", "organization"}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _create(desk: Desk, visit: Visit, sent: Any) -> Log:
    log = log_of(desk, visit, sent)
    if log.trace_unique_id is not None:
        try:
            span = span_of(shown(log), desk.ledger.spans, desk.clock.now(), log.unique_id)
        except Unreadable as error:
            raise problems.malformed(str(error)) from None
        desk.ledger.spans.add([span], desk.clock.elapsed())
    desk.ledger.create(log)
    return log


def _update(desk: Desk, unique_id: str, fields: Mapping[str, Any]) -> Log:
    _check_update(desk, unique_id, fields)
    changes = dict(fields)
    if "metadata" in changes:
        changes["metadata"] = {name: text(value) for name, value in changes["metadata"].items()}
    changes |= {name: text(changes[name]) for name in _TEXTS if changes.get(name) is not None}
    desk.ledger.change(unique_id, changes)
    log = desk.ledger.find(unique_id)
    assert log is not None
    return log


_TEXTS = ("note", "custom_identifier", "category")
"""What can be changed, and is a text whatever was sent."""


def _check_update(desk: Desk, unique_id: str, fields: Mapping[str, Any]) -> None:
    if desk.ledger.find(unique_id) is None:
        raise problems.not_found("Log")
    for name, value in fields.items():
        if name not in CHANGEABLE:
            raise problems.immutable_field(name)
        if name == "metadata" and not isinstance(value, Mapping):
            raise problems.invalid_field(desk.contract, name, f"an object is expected, not {value!r}")


def _without_id(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in one.items() if name != "unique_id"}
