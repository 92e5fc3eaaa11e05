"""OpenAI's batches: create, list, look at, cancel.

A batch moves on when somebody looks at it, as far as the gateway's clock lets it: its requests are checked, and carried
out once `batch_delay` is over. Nothing looks at it in between, so nobody can tell.
"""

from collections.abc import Mapping
from typing import Any

from ..core.problems import Problem
from . import refusals
from .desk import Desk, Reply, Visit
from .files import keep, page, timestamp
from .lines import carry_out, expired, has_succeeded, read, usage, written
from .shelf import Batch

ENDPOINTS = (
    "/v1/responses",
    "/v1/chat/completions",
    "/v1/embeddings",
    "/v1/completions",
    "/v1/moderations",
    "/v1/images/generations",
    "/v1/images/edits",
    "/v1/videos",
)
WINDOW = 86400
"""Seconds after which a batch expires that is not completed."""
LONGEST_WAIT = 30.0
"""Seconds of virtual time that looking at an unfinished batch takes at most: less than clients wait."""
_KEYS = ("authorization", "x-api-key", "x-goog-api-key")
_MOST_METADATA = 16


def create(desk: Desk, visit: Visit) -> Reply:
    """Take in a batch. What is wrong with its file is told when it is looked at."""
    fields = _fields(visit)
    for name in ("input_file_id", "endpoint", "completion_window"):
        if fields.get(name) is None:
            raise refusals.missing(name)
    if fields["endpoint"] not in ENDPOINTS:
        raise refusals.wrong_value("endpoint", fields["endpoint"], ENDPOINTS)
    if fields["completion_window"] != "24h":
        raise refusals.wrong_value("completion_window", fields["completion_window"], ("24h",))
    now = timestamp(desk)
    file = desk.shelf.file(str(fields["input_file_id"]), now)
    if file is None:
        raise refusals.no_file(str(fields["input_file_id"]), 400, "input_file_id")
    if file.purpose != "batch":
        raise refusals.wrong_value("purpose", file.purpose, ("batch",))
    batch = Batch(
        id=f"batch_{desk.ids.number('batch'):06}",
        endpoint=fields["endpoint"],
        input=file,
        completion_window="24h",
        metadata=_metadata(fields.get("metadata")),
        began=desk.clock.elapsed(),
        created_at=now,
        expires_at=now + WINDOW,
        host=visit.request.host,
        headers={name: value for name, value in visit.request.headers.items() if name in _KEYS},
        output_lasts=_lasts(fields.get("output_expires_after")),
    )
    desk.shelf.batches[batch.id] = batch
    return Reply(200, batch.shown())


def list_all(desk: Desk, visit: Visit) -> Reply:
    """The page that was asked for, newest first."""
    batches = list(desk.shelf.batches.values())
    for batch in batches:
        _move(desk, batch)
    shown = page(visit, [batch.shown() for batch in batches], 20, 100)
    return Reply(200, shown, after=max((_wait(desk, batch) for batch in batches), default=0.0))


def get(desk: Desk, visit: Visit) -> Reply:
    """How far a batch is. In virtual time, looking at one that is unfinished takes a while, so that polling ends."""
    batch = _batch(desk, visit)
    _move(desk, batch)
    return Reply(200, batch.shown(), after=_wait(desk, batch))


def cancel(desk: Desk, visit: Visit) -> Reply:
    """Give up a batch, unless it is over. It is cancelled the next time that somebody looks."""
    batch = _batch(desk, visit)
    with desk.shelf.lock:
        if desk.contract.batch_delay and _is_due(desk, batch):
            _move(desk, batch)
        if batch.is_over:
            raise refusals.not_cancellable(batch.status)
        if batch.status != "cancelling":
            batch.becomes("cancelling", timestamp(desk))
    return Reply(200, batch.shown())


def _move(desk: Desk, batch: Batch) -> None:
    """Let a batch go as far as it can."""
    with desk.shelf.lock:
        if batch.status == "cancelling":
            batch.becomes("cancelled", timestamp(desk))
        if batch.status == "validating":
            _check(batch)
        if batch.status == "in_progress" and _is_due(desk, batch):
            _finish(desk, batch)


def _check(batch: Batch) -> None:
    batch.lines, batch.errors = read(batch.input.content, batch.endpoint)
    if batch.errors:
        batch.lines = ()
        batch.becomes("failed", batch.created_at)
        return
    batch.model = batch.lines[0].body.get("model")
    batch.becomes("in_progress", batch.created_at)


def _finish(desk: Desk, batch: Batch) -> None:
    is_late = desk.contract.batch_delay > WINDOW
    results = list((expired if is_late else carry_out)(desk, batch))
    good = [result for result in results if has_succeeded(result)]
    bad = [result for result in results if not has_succeeded(result)]
    batch.completed, batch.failed, batch.usage = len(good), len(bad), usage(good)
    if good:
        batch.output_file_id = _kept(desk, batch, "output", good)
    if bad:
        batch.error_file_id = _kept(desk, batch, "error", bad)
    now = timestamp(desk)
    batch.moments["finalizing_at"] = now
    batch.becomes("expired" if is_late else "completed", now)


def _kept(desk: Desk, batch: Batch, what: str, results: list[dict[str, Any]]) -> str:
    return keep(desk, f"{batch.id}_{what}.jsonl", "batch_output", written(results), batch.output_lasts).id


def _is_due(desk: Desk, batch: Batch) -> bool:
    return desk.clock.elapsed() >= _due(desk, batch)


def _due(desk: Desk, batch: Batch) -> float:
    return batch.began + min(desk.contract.batch_delay, WINDOW)


def _wait(desk: Desk, batch: Batch) -> float:
    if batch.is_over or not desk.clock.is_virtual:
        return 0.0
    return min(LONGEST_WAIT, max(0.0, _due(desk, batch) - desk.clock.elapsed()))


def _batch(desk: Desk, visit: Visit) -> Batch:
    batch = desk.shelf.batches.get(visit.names["batch_id"])
    if batch is None:
        raise refusals.no_batch(visit.names["batch_id"])
    return batch


def _fields(visit: Visit) -> Mapping[str, Any]:
    try:
        return visit.fields
    except Problem:
        raise refusals.unreadable() from None


def _metadata(told: Any) -> Mapping[str, str] | None:
    if told is None:
        return None
    is_good = isinstance(told, Mapping) and all(isinstance(value, str) for value in told.values())
    if not is_good or len(told) > _MOST_METADATA:
        raise refusals.wrong_type("metadata", f"an object of at most {_MOST_METADATA} strings")
    return dict(told)


def _lasts(told: Any) -> int | None:
    if told is None:
        return None
    seconds = told.get("seconds") if isinstance(told, Mapping) else None
    if isinstance(seconds, bool) or not isinstance(seconds, int) or seconds < 1:
        raise refusals.wrong_type("output_expires_after", "an anchor and a number of seconds")
    return seconds
