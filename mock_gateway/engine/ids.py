"""Identity, given instead of taken: names that count up, so that two runs name alike."""

from itertools import count


class Ids:
    """A counter for each kind of thing."""

    def __init__(self) -> None:
        self._counters = {kind: count(1) for kind in _KINDS}

    def number(self, kind: str) -> int:
        """The next number of this kind."""
        return next(self._counters[kind])

    def name(self, kind: str) -> str:
        """The next name of this kind."""
        return f"{kind}-{self.number(kind):06}"


_KINDS = ("call", "log", "req", "chatcmpl", "file", "batch", "batch_req", "prompt")
