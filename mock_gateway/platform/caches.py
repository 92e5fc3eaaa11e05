"""The cache over REST: what is in it, what it saved, when an entry expires, and forgetting it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic_core import from_json

from ..core import problems
from ..core.chat import text_of
from ..core.events import counted
from ..core.masking import masked
from ..core.moments import iso
from ..engine.cache import FOR_EVER, Kept
from .desk import GONE, Desk, Reply, Visit
from .fields import Fields, checked
from .filters import Record, accepts
from .listing import paged

MOST_AT_ONCE = 1000
_PREVIEW = 100
_FAR = 7000 * 366 * 86400.0
"""Seconds after which there is no date any more, so that an entry is good for ever."""


class ExpiryFields(Fields):
    """What can be changed of an entry."""

    expiry_date: datetime | None = None


class SelectorFields(Fields):
    """Which entries are meant."""

    cache_keys: list[str] | None = None
    ids: list[int] | None = None
    all: bool | None = None


def list_all(desk: Desk, visit: Visit) -> Reply:
    """The page that was asked for, newest first, and what all hits together have saved."""
    cache = desk.account.cache
    records = [_row(desk, kept) for kept in cache]
    summary = {
        "total_cost": cache.saved.cost,
        "total_hit_count": cache.hits,
        "total_tokens": cache.saved.tokens,
        "total_time": cache.saved.seconds,
    }
    page = paged(desk, visit, records, _FILTERED, "-id", show=_shown)
    return Reply(200, {"summary": summary, "data": {**page, "current_filters": visit.fields.get("filters") or {}}})


def summary(desk: Desk, visit: Visit) -> Reply:
    """How many entries pass the filters."""
    passes = accepts(visit.filters, _FILTERED)
    return Reply(200, {"total_count": sum(passes(_row(desk, kept)) for kept in desk.account.cache)})


def get(desk: Desk, visit: Visit) -> Reply:
    """One entry in full."""
    return Reply(200, _in_full(desk, _of(desk, visit)))


def update(desk: Desk, visit: Visit) -> Reply:
    """Have it expire at another moment, or never."""
    kept = _of(desk, visit)
    sent = checked(ExpiryFields, visit.fields, desk.contract)
    if "expiry_date" in sent.model_fields_set:
        kept.end = FOR_EVER if sent.expiry_date is None else desk.clock.since(sent.expiry_date)
        kept.updated_at = desk.clock.elapsed()
    return Reply(200, _in_full(desk, kept))


def delete(desk: Desk, visit: Visit) -> Reply:
    """Forget an entry: whoever asks the same is a miss."""
    desk.account.cache.delete(_of(desk, visit).key)
    return GONE


def delete_many(desk: Desk, visit: Visit) -> Reply:
    """Forget those that are named, or all."""
    cache, sent = desk.account.cache, checked(SelectorFields, visit.fields, desk.contract)
    selectors = [name for name in ("cache_keys", "ids", "all") if getattr(sent, name) is not None]
    if len(selectors) != 1:
        raise problems.refused(f"Exactly one of cache_keys, ids and all is expected, not {_listed(selectors)}.")
    if sent.ids is not None:
        raise problems.not_for_keys("ids are for the dashboard; with an API key, use cache_keys or all.")
    if sent.all is False:
        raise problems.refused("all is true, or is left out.")
    keys = [kept.key for kept in cache] if sent.cache_keys is None else sent.cache_keys
    if sent.cache_keys is not None and len(keys) > MOST_AT_ONCE:
        raise problems.refused(f"At most {MOST_AT_ONCE} entries are deleted at once, not {len(keys)}.")
    errors = [{"index": at, "error": "Cache not found."} for at, key in enumerate(keys) if not cache.delete(key)]
    count = len(keys) - len(errors)
    told = {"success_count": count, "error_count": len(errors), "errors": errors}
    return Reply(200, {**told, "deleted_count": count, "message": f"Deleted {counted(count, 'cached response')}."})


_FILTERED = frozenset({"cache_key_by_org_uuid", "cache_key", "timestamp", "updated_at", "expiry_date", "hit_count"})


def _of(desk: Desk, visit: Visit) -> Kept:
    kept = desk.account.cache.find(visit.names["cache_key"])
    if kept is None:
        raise problems.not_found("Cache")
    return kept


def _row(desk: Desk, kept: Kept) -> dict[str, Any]:
    return {
        "cache_key": kept.key,
        "cache_key_by_org_uuid": kept.key,
        "prompt_content": "\n".join(text_of(message) for message in kept.messages),
        "response_content": kept.entry.answer.text or "",
        "hit_count": kept.hits,
        "timestamp": iso(desk.clock.moment(kept.at)),
        "updated_at": iso(desk.clock.moment(kept.updated_at)),
        "expiry_date": None if kept.end > _FAR else iso(desk.clock.moment(kept.end)),
    }


def _shown(record: Record) -> Record:
    return {name: value for name, value in record.items() if name != "cache_key_by_org_uuid"}


def _in_full(desk: Desk, kept: Kept) -> Mapping[str, Any]:
    row = _row(desk, kept)
    response = from_json(kept.entry.body if kept.entry.body is not None else kept.whole())
    return {
        **_shown(row),
        "request_content": row["prompt_content"][:_PREVIEW],
        "prompt_messages": masked(kept.messages),
        "full_response": response,
        "response_time": kept.effort.seconds,
    }


def _listed(names: list[str]) -> str:
    return " and ".join(names) or "none"
