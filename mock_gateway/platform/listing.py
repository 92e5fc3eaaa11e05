"""Lists: which records pass, in which order, and which page of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from ..core import problems
from ..core.moments import moment_of
from ..core.nearest import unknown
from .desk import Desk, Visit
from .filters import Record, accepts

LARGEST_PAGE = 1000
PAGE = 100
_DIGITS = 18
"""Of a number in a query, at most."""


def listed(
    desk: Desk, visit: Visit, records: Sequence[tuple[float, Record]], known: Collection[str], newest_first: str
) -> dict[str, Any]:
    """The page that was asked for of what came in lately. Each record comes with when it came in."""
    in_window = _window(visit.query, desk)
    is_there = in_environment(visit.query)
    found = [record for came_in, record in records if is_there(record) and in_window(came_in, record)]
    return paged(desk, visit, found, known, newest_first)


def paged(
    desk: Desk,
    visit: Visit,
    records: Sequence[Record],
    known: Collection[str],
    order: str,
    *,
    show: Callable[[Record], Record] = lambda record: record,
    largest: int = LARGEST_PAGE,
) -> dict[str, Any]:
    """The page that was asked for of those that pass the filters. `show` is what a client is given of a record."""
    query = visit.query
    passes = accepts(visit.filters, known)
    found = [record for record in records if passes(record)]
    _sort(found, query.get("sort_by") or order, known)
    page, size = _number(query, "page", 1), min(_number(query, "page_size", PAGE), largest)
    shown = [show(record) for record in found[(page - 1) * size : page * size]]
    wanted = [name for name in query.get("include_fields", "").split(",") if name]
    return {
        "count": len(found) if desk.contract.list_count == "total" else len(shown),
        "next": _url(visit, page + 1) if page * size < len(found) else None,
        "previous": _url(visit, page - 1) if page > 1 else None,
        "results": [{name: record.get(name) for name in wanted} for record in shown] if wanted else shown,
    }


def _window(query: Mapping[str, str], desk: Desk) -> Callable[[float, Record], bool]:
    """Whether a record lies in the time that was asked for, or else came in within the last hour."""
    start, end = _moment(query, "start_time"), _moment(query, "end_time")
    oldest = desk.clock.elapsed() - desk.contract.list_window

    def lies_in(came_in: float, record: Record) -> bool:
        if start is None and came_in < oldest:
            return False
        moment = record.get("timestamp") or record.get("start_time")
        if moment is None or (start is None and end is None):
            return True
        when = moment_of(str(moment))
        return (start is None or when >= start) and (end is None or when <= end)

    return lies_in


def in_environment(query: Mapping[str, str]) -> Callable[[Record], bool]:
    """Whether a record is of the environment that was asked for. All are, where none was."""
    wanted, is_test = query.get("environment"), query.get("is_test", "").lower()

    def is_there(record: Record) -> bool:
        environment = record.get("environment")
        if is_test in ("true", "false") and (environment == "test") is not (is_test == "true"):
            return False
        return not wanted or environment == wanted

    return is_there


def _sort(records: list[Record], sort_by: str, known: Collection[str]) -> None:
    """Sort in place: the records are in the order they came in, which is what ``id`` means."""
    name = sort_by.removeprefix("-")
    if name not in known and name != "id":
        raise problems.unsupported_filter(unknown("field to sort by", name, known))
    if name != "id":
        records.sort(key=lambda record: _rank(record.get(name)))
    if sort_by.startswith("-"):
        records.reverse()


def _rank(value: Any) -> tuple[int, Any]:
    if value is None:
        return (0, 0)
    return (1, float(value)) if isinstance(value, int | float) else (2, str(value))


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    told = query.get(name)
    if told is None:
        return default
    if not told.isdecimal() or len(told) > _DIGITS or int(told) < 1:
        raise problems.malformed(f"{name} is a number from 1 on, not {told!r}")
    return int(told)


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    told = query.get(name)
    if not told:
        return None
    for written in (told, told.replace(" ", "+")):  # a plus sign that nobody has escaped
        with suppress(ValueError):
            return moment_of(written)
    raise problems.malformed(f"{name} is a moment in ISO 8601, not {told!r}")


def _url(visit: Visit, page: int) -> str:
    query = urlencode({**visit.query, "page": str(page)})
    request = visit.request
    return f"{request.origin or f'https://{request.host}'}{quote(request.path)}?{query}"
