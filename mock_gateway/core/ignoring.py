"""What does not count when two requests are compared: places in them, and kinds of words wherever they stand."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

from .nearest import nearest
from .paths import Path, parse, without

UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_DATE = re.compile(
    r"\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    r"(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)?(?: ?Z|[+-]\d{2}:?\d{2})?)?(?!\d)"
)
Change = Callable[[Any], Any]


def _in_texts(pattern: re.Pattern[str], word: str) -> Change:
    """Put a word in the place of what fits a pattern, in every text of plain data."""

    def change(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(word, value)
        if isinstance(value, Mapping):
            return {name: change(item) for name, item in value.items()}
        return [change(item) for item in value] if isinstance(value, list) else value

    return change


def _tool_call_ids(value: Any) -> Any:
    """Number the ids of tool calls as they appear. A result still belongs to its call, whatever they are called."""
    if not isinstance(value, Mapping):
        return value
    numbers = count(1)
    names: dict[str, str] = {}

    def named(id_: Any) -> Any:
        if not isinstance(id_, str):
            return id_
        if id_ not in names:
            names[id_] = f"<tool call {next(numbers)}>"
        return names[id_]

    def change(message: Any) -> Any:
        if not isinstance(message, Mapping):
            return message
        changed = dict(message)
        if isinstance(calls := message.get("tool_calls"), list):
            changed["tool_calls"] = [
                {**call, "id": named(call.get("id"))} if isinstance(call, Mapping) else call for call in calls
            ]
        if "tool_call_id" in message:
            changed["tool_call_id"] = named(message["tool_call_id"])
        if isinstance(message.get("call_id"), str):
            changed["call_id"] = named(message["call_id"])
        return changed

    said = {name: value[name] for name in ("messages", "input") if isinstance(value.get(name), list)}
    return {**value, **{name: [change(one) for one in items] for name, items in said.items()}}


KINDS: dict[str, Change] = {
    "uuids": _in_texts(UUID, "<uuid>"),
    "dates": _in_texts(_DATE, "<date>"),
    "tool_call_ids": _tool_call_ids,
}
"""By name, what is ignored wherever it stands. Every other name is a place."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """What does not count."""

    names: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    changes: tuple[Change, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str]) -> Self:
        """What these names say: kinds and places. A ValueError, if that is nothing."""
        names = tuple(names) if isinstance(names, Iterable) and not isinstance(names, str) else names
        if not isinstance(names, tuple) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"ignore is a list of names, not {names!r}.")
        for name in names:
            check_ignored(name)
        paths = tuple(parse(name) for name in names if name not in KINDS)
        return cls(names, paths, tuple(KINDS[name] for name in names if name in KINDS))

    def __bool__(self) -> bool:
        return bool(self.names)

    def left_of(self, value: Any) -> Any:
        """What counts of plain data."""
        value = without(value, self.paths)
        for change in self.changes:
            value = change(value)
        return value


def check_ignored(name: str) -> None:
    """Refuse what is neither a kind nor a place, and what is near to one of those that everybody means."""
    first = parse(name)[0]
    meant = nearest(str(first), _MEANT) if first not in _MEANT else None
    if meant is not None:
        raise ValueError(f"{name!r} is nothing a request has. Did you mean {name.replace(str(first), meant, 1)!r}?")


_MEANT = (*KINDS, "messages", "tools", "input", "instructions")

NOTHING = Ignored()
