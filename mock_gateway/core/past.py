"""What was answered, for requests that only name the answer they go on from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it was given, and all that was asked for it."""

    wire: str
    """On which wire it was asked: nobody goes on from it on another."""
    id: str
    body: Mapping[str, Any]
    asked: Sequence[Item]
    given: Sequence[Item]
    standing: Mapping[str, Any] = field(default_factory=dict)
    """What else was asked, and holds for whatever goes on from it."""


class Past:
    """The answers that are kept, by their ids. The oldest are forgotten when there are too many."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._told: dict[tuple[str, str], Told] = {}

    def __repr__(self) -> str:
        return f"<Past {', '.join(name for _, name in self._told) or 'nothing'}>"

    def keep(self, told: Told) -> None:
        """Keep an answer."""
        self._told[told.wire, told.id] = told
        if len(self._told) > self._kept:
            self._told.pop(next(iter(self._told)), None)

    def find(self, wire: str, name: str) -> Told | None:
        """The answer with this id, if it was kept."""
        return self._told.get((wire, name))

    def forget(self, told: Told) -> None:
        """Forget an answer."""
        self._told.pop((told.wire, told.id), None)

    def item(self, name: str) -> Item | None:
        """The item with this id, of whichever answer it is a part."""
        every = (item for told in [*self._told.values()] for item in (*told.given, *told.asked))
        return next((item for item in every if item.get("id") == name), None)
