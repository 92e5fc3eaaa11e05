"""Identity, given instead of taken: names that count up, so that two runs name alike."""

from itertools import count


class Ids:
    """A counter for each kind of thing. No two threads are given the same number."""

    def __init__(self) -> None:
        self._counters: dict[str, count[int]] = {}

    def number(self, kind: str) -> int:
        """The next number of this kind."""
        return next(self._counters.get(kind) or self._counters.setdefault(kind, count(1)))

    def name(self, kind: str) -> str:
        """The next name of this kind."""
        return f"{kind}-{str(self.number(kind)).zfill(6)}"
