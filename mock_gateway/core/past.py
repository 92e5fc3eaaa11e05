"""What was answered, for requests that only name the answer they go on from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it was given, and all that was asked for it."""

    id: str
    body: Mapping[str, Any]
    asked: Sequence[Item]
    given: Sequence[Item]


class Past:
    """The answers that are kept, by their ids."""

    def __init__(self) -> None:
        self._told: dict[str, Told] = {}

    def __repr__(self) -> str:
        return f"<Past {', '.join(self._told) or 'nothing'}>"

    def keep(self, told: Told) -> None:
        """Keep an answer."""
        self._told[told.id] = told

    def find(self, name: str) -> Told | None:
        """The answer with this id, if it was kept."""
        return self._told.get(name)

    def forget(self, name: str) -> None:
        """Forget an answer."""
        self._told.pop(name, None)

    def item(self, name: str) -> Item | None:
        """The item with this id, of whichever answer it is a part."""
        every = (item for told in [*self._told.values()] for item in (*told.given, *told.asked))
        return next((item for item in every if item.get("id") == name), None)
