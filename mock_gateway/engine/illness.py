"""When the gateway itself is the one that fails: it cannot be reached, or answers with an error of its own."""

import threading
from dataclasses import dataclass

from .said import check_times


@dataclass(slots=True)
class Spell:
    """A time of illness: so many calls, or all of them from now on."""

    verb: str
    status: int | None
    """The error it answers with. None: it cannot be reached."""
    times: int | None
    played: int = 0

    def __str__(self) -> str:
        return self.verb


class Illness:
    """The gateway's own failures, in the order they were asked for."""

    def __init__(self) -> None:
        self.spells: list[Spell] = []
        self._lock = threading.Lock()

    def add(self, verb: str, status: int | None, times: int | None) -> None:
        """Ask for a spell."""
        check_times(times)
        if status is not None and (type(status) is not int or not 400 <= status <= 599):
            raise ValueError(f"the gateway fails with a status from 400 to 599, not {status!r}.")
        given = [*([] if status is None else [str(status)]), *([] if times is None else [f"times={times}"])]
        self.spells.append(Spell(f"{verb}({', '.join(given)})", status, times))

    def become(self, other: "Illness") -> None:
        """Have the failures of another, and no others."""
        self.spells = other.spells

    def strikes(self) -> Spell | None:
        """The spell this call falls into, if any."""
        with self._lock:
            for spell in self.spells:
                if spell.times is None or spell.played < spell.times:
                    spell.played += 1
                    return spell
        return None

    def unplayed(self) -> list[Spell]:
        """Those no call fell into."""
        return [spell for spell in self.spells if not spell.played]
