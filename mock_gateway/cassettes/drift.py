"""How an answer of today differs from a recorded one, in all that a model does not choose anew each time.

The words of an answer are its own each time; what an application relies on is its shape: which fields there are and of
which kind, the status, how the answer ended, which tools it calls.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..core.paths import ANY, Path, written
from .format import Take

_TELLING = frozenset({"code", "finish_reason", "name", "object", "reason", "role", "status", "type"})
"""Fields whose value counts, where it is a word."""
_Shape = dict[str, frozenset[str]]


def drift(recorded: Take, today: Take) -> Iterator[str]:
    """One line for each difference that tells."""
    if recorded.status != today.status:
        yield f"status   recorded {recorded.status}   today {today.status}"
        return
    for name, of in (("content-type", _kind), ("form", _form), ("ending", _ending)):
        if of(recorded) != of(today):
            yield f"{name}   recorded {of(recorded)}   today {of(today)}"
    before, now = _shape(recorded), _shape(today)
    for path in sorted(before.keys() | now.keys()):
        if before.get(path) != now.get(path):
            yield f"{path}   recorded {_shown(before, path)}   today {_shown(now, path)}"


def _kind(take: Take) -> str:
    return take.headers.get("content-type", "none").partition(";")[0].strip()


def _form(take: Take) -> str:
    return "a stream" if take.stream is not None else "whole"


def _ending(take: Take) -> str:
    return take.ending.replace("_", " ")


def _shape(take: Take) -> _Shape:
    """By place, the kinds of what stands there, in all items of a list and all events of a stream."""
    found: dict[str, set[str]] = {}
    for value in take.data:
        for path, kind in _kinds(value, ()):
            found.setdefault(written(path), set()).add(kind)
    return {path: frozenset(kinds) for path, kinds in found.items()}


def _kinds(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _kinds(item, (*path, name))
    elif isinstance(value, list):
        for item in value:
            yield from _kinds(item, (*path, ANY))
    elif path and path[-1] in _TELLING and isinstance(value, str):
        yield path, repr(value)
    else:
        yield path, "null" if value is None else _NAMES[type(value)]


def _shown(shape: _Shape, path: str) -> str:
    return " or ".join(sorted(shape.get(path, ()))) or "nothing"


_NAMES = {bool: "a boolean", int: "a number", float: "a number", str: "a text"}
