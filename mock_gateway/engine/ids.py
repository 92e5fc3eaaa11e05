"""Identity, given instead of taken: names that count up, so that two runs name alike."""

from itertools import count


class Ids:
    """A counter for each kind of thing. No two threads are given the same number."""

    def __init__(self) -> None:
        self._counters = _Counters()

    def number(self, kind: str) -> int:
        """The next number of this kind."""
        return next(self._counters[kind])

    def name(self, kind: str) -> str:
        """The next name of this kind."""
        return f"{kind}-{str(next(self._counters[kind])).zfill(6)}"


class _Counters(dict[str, "count[int]"]):
    def __missing__(self, kind: str) -> "count[int]":
        return self.setdefault(kind, count(1))  # of two threads that are first, both have the same one
