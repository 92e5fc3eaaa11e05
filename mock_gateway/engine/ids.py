"""Identity, given instead of taken: names that count up, so that two runs name alike."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import count


class Ids:
    """A counter for each kind of thing."""

    def __init__(self) -> None:
        self._counters: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))

    def number(self, kind: str) -> int:
        """The next number of this kind."""
        return next(self._counters[kind])

    def name(self, kind: str) -> str:
        """The next name of this kind."""
        return f"{kind}-{str(next(self._counters[kind])).zfill(6)}"
