"""Replacing a function of somebody else's, and putting it back."""

from collections.abc import Callable
from typing import Any

_MISSING = object()


class Patch:
    """One attribute of a class or module, replaced by what `make` makes of the original."""

    __slots__ = ("_inherited", "_make", "_name", "_original", "_replacement", "owner")

    def __init__(self, owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        self.owner, self._name, self._make = owner, name, make
        self._original: Any = None
        self._replacement: Any = None

    def apply(self) -> None:
        """Put the replacement in. That of last time does, unless there is another original by now."""
        found = getattr(self.owner, self._name)
        if found is self._replacement:
            return  # who had replaced it has put it back since
        self._inherited = self._name not in vars(self.owner)
        if found is not self._original:
            self._original, self._replacement = found, self._make(found)
        setattr(self.owner, self._name, self._replacement)

    def undo(self) -> None:
        """Put the original back, unless somebody else has replaced it since: what they hold keeps passing calls on."""
        if vars(self.owner).get(self._name, _MISSING) is not self._replacement:
            return
        if self._inherited:
            delattr(self.owner, self._name)
        else:
            setattr(self.owner, self._name, self._original)
