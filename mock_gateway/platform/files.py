"""OpenAI's files: upload, list, look at, download, delete."""

from collections.abc import Sequence
from typing import Any

from . import refusals
from .desk import Desk, Reply, Visit
from .forms import Part, parts
from .shelf import File

LARGEST = 200 * 1024 * 1024
"""Bytes. The limit for the input of a batch."""
BATCH_INPUTS_LAST = 30 * 86400
"""Seconds after which the input of a batch expires, unless its upload says otherwise."""
PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
_LONGEST_HEAD = 65536
_LONGEST_LIST = 10000


def upload(desk: Desk, visit: Visit) -> Reply:
    """Take in a file."""
    body = visit.request.body
    if len(body) > LARGEST + _LONGEST_HEAD:
        raise refusals.too_large(LARGEST, len(body))
    form = parts(visit.request.headers.get("content-type", ""), body)
    for name in ("file", "purpose"):
        if name not in form:
            raise refusals.missing(name)
    file, purpose = form["file"], form["purpose"].text
    if len(file.content) > LARGEST:
        raise refusals.too_large(LARGEST, len(file.content))
    if purpose not in PURPOSES:
        raise refusals.wrong_value("purpose", purpose, PURPOSES)
    lasts = BATCH_INPUTS_LAST if purpose == "batch" else None
    lasts = _lasts(form.get("expires_after[seconds]")) or lasts
    return Reply(200, keep(desk, file.filename or "upload", purpose, file.content, lasts).shown())


def list_all(desk: Desk, visit: Visit) -> Reply:
    """The page that was asked for, newest first unless the query says otherwise."""
    purpose, now = visit.query.get("purpose"), timestamp(desk)
    files = [one for file_id in list(desk.shelf.files) if (one := desk.shelf.file(file_id, now)) is not None]
    rows = [one.shown() for one in files if purpose is None or one.purpose == purpose]
    return Reply(200, page(visit, rows, _LONGEST_LIST, _LONGEST_LIST))


def get(desk: Desk, visit: Visit) -> Reply:
    """What is known of a file."""
    return Reply(200, _file(desk, visit).shown())


def content(desk: Desk, visit: Visit) -> Reply:
    """The file itself."""
    return Reply(200, _file(desk, visit).content, "application/octet-stream")


def delete(desk: Desk, visit: Visit) -> Reply:
    """Forget a file."""
    file = _file(desk, visit)
    desk.shelf.files.pop(file.id, None)
    return Reply(200, {"id": file.id, "object": "file", "deleted": True})


def keep(desk: Desk, filename: str, purpose: str, data: bytes, lasts: int | None) -> File:
    """Hold a new file, for so many seconds or for ever."""
    now = timestamp(desk)
    name = desk.ids.name("file")
    file = File(name, filename, purpose, now, data, None if lasts is None else now + lasts)
    desk.shelf.files[name] = file
    return file


def page(visit: Visit, rows: Sequence[dict[str, Any]], default: int, largest: int) -> dict[str, Any]:
    """A page of a list, of rows in the order they came in. `after` is the last one that the client has."""
    limit = visit.query.get("limit", str(default))
    if not limit.isdecimal() or not 1 <= int(limit) <= largest:
        raise refusals.wrong_type("limit", f"a number from 1 to {largest}")
    order = visit.query.get("order", "desc")
    if order not in ("asc", "desc"):
        raise refusals.wrong_value("order", order, ("asc", "desc"))
    ordered = list(rows) if order == "asc" else list(reversed(rows))
    after = visit.query.get("after")
    begin = next((at for at, row in enumerate(ordered, 1) if row["id"] == after), 0)
    shown = ordered[begin : begin + int(limit)]
    return {
        "object": "list",
        "data": shown,
        "first_id": shown[0]["id"] if shown else None,
        "last_id": shown[-1]["id"] if shown else None,
        "has_more": begin + len(shown) < len(ordered),
    }


def timestamp(desk: Desk) -> int:
    """Now, in whole seconds of the Unix epoch."""
    return desk.clock.timestamp(desk.clock.elapsed())


def _file(desk: Desk, visit: Visit) -> File:
    file_id = visit.names["file_id"]
    file = desk.shelf.file(file_id, timestamp(desk))
    if file is None:
        raise refusals.no_file(file_id)
    return file


def _lasts(told: Part | None) -> int | None:
    if told is None:
        return None
    if not told.text.isdecimal() or int(told.text) < 1:
        raise refusals.wrong_type("expires_after[seconds]", "a number of seconds")
    return int(told.text)
