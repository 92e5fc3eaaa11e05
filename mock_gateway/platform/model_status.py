"""How a model has been doing, counted from the rows of the log."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ..core import problems
from ..core.log import Log
from ..core.moments import iso, moment_of
from ..core.providers import provider_of
from .desk import Desk, Reply, Visit
from .figures import average

_TICKS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_LONGEST = timedelta(days=90)


def get(desk: Desk, visit: Visit) -> Reply:
    """Its uptime and its speed, a bucket for each stretch of time in which it was asked."""
    told = {**visit.fields, **visit.query}
    start, end = (_moment(told.get(name), name) for name in ("start_time", "end_time"))
    if not timedelta() < end - start <= _LONGEST:
        raise problems.refused("end_time comes after start_time, and at most 90 days.")
    tick = str(told.get("time_tick") or "hour")
    if tick not in _TICKS:
        raise problems.refused(f"time_tick is minute, hour or day, not {tick!r}.")
    name, provider = visit.names["model_name"], told.get("provider_id")
    logs = [
        log
        for _, log in desk.ledger.rows()
        if name == log.model and log.timestamp and start <= moment_of(log.timestamp) < end
    ]
    if provider is not None:
        logs = [log for log in logs if provider == (log.provider_id or provider_of(log.model))]
    buckets = _buckets(logs, _TICKS[tick])
    uptime = [{"date_group": iso(at), "uptime": _uptime(some)} for at, some in buckets]
    body: dict[str, Any] = {
        "model": name,
        "provider_id": provider,
        "time_tick": tick,
        "start_time": iso(start),
        "end_time": iso(end),
        "data": uptime,
        "metrics_series": [{"date_group": iso(at), **_speed(some)} for at, some in buckets],
    }
    if provider is None:
        listed = desk.account.prices.listed(name)
        cost = None if listed is None else listed.prompt
        body |= {
            "respan_uptime": uptime,
            "status": {"uptime_percent": _uptime(logs), "input_cost": cost, **_speed(logs)},
        }
    return Reply(200, body, after=desk.patience())


def _moment(told: Any, name: str) -> datetime:
    try:
        found = datetime.fromtimestamp(float(told), UTC) if _is_number(told) else moment_of(str(told))
        return found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise problems.refused(f"{name} is a moment in ISO 8601 or in seconds of the epoch, not {told!r}.") from None


def _is_number(told: Any) -> bool:
    return isinstance(told, int | float) or str(told).replace(".", "", 1).isdecimal()


def _buckets(logs: Sequence[Log], tick: timedelta) -> list[tuple[datetime, list[Log]]]:
    """The rows by the stretch of time they are in."""
    found: dict[datetime, list[Log]] = {}
    origin = datetime(1970, 1, 1, tzinfo=UTC)
    for log in logs:
        moment = moment_of(log.timestamp or "")
        found.setdefault(moment - (moment - origin) % tick, []).append(log)
    return sorted(found.items(), key=lambda bucket: bucket[0])


def _uptime(logs: Sequence[Log]) -> float | None:
    """Of a hundred requests, how many did not fail for the provider's sake."""
    if not logs:
        return None
    return 100.0 * sum(log.status_code < 500 for log in logs) / len(logs)


def _speed(logs: Sequence[Log]) -> dict[str, float | None]:
    return {
        "average_tps": average(log.tokens_per_second for log in logs),
        "average_ttft": average(log.time_to_first_token for log in logs),
        "average_latency": average(log.latency for log in logs),
        "cache_hit_percentage": 100.0 * sum(log.cache_bit for log in logs) / len(logs) if logs else None,
    }
