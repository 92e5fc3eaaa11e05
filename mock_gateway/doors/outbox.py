"""What of an answer is on its way to its client: written in as few pieces as may be."""

from collections.abc import Callable

from ..core.steps import Headers
from .framing import Framing

ENOUGH = 64 * 1024
"""So much is written at once; then the others on the same event loop have their turn."""


class Outbox:
    """What is held back until it is written."""

    __slots__ = ("_framing", "_held", "_send", "joined", "size")

    def __init__(self, framing: Framing, send: Callable[[bytes], None]) -> None:
        self._framing, self._send = framing, send
        self._held: list[bytes] = []
        """What is next on the wire."""
        self.joined: list[bytes] = []
        """What of the body comes behind it, as one part."""
        self.size = 0
        """How much body has come since the last write."""

    def begin(self, status: int, headers: Headers) -> None:
        """Begin with a head."""
        self._held.append(self._framing.head(status, headers))

    def add(self, data: bytes, *, alone: bool = False) -> None:
        """Go on with a piece of the body, which is a part of its own where it has to be."""
        if alone:
            self._frame()
        self.joined.append(data)
        self.size += len(data)
        if alone:
            self._frame()

    def end(self) -> None:
        """Write all, and that it is all."""
        self._frame()
        self._held += self._framing.end()
        self.write()

    def flush(self) -> None:
        """Write all there is so far."""
        self._frame()
        self.write()
        self.size = 0

    def write(self) -> None:
        """Write what need not wait for more."""
        if self._held:
            self._send(b"".join(self._held))
            self._held.clear()

    def _frame(self) -> None:
        """Make one part of the body of what is joined."""
        if self.joined:
            self._held += self._framing.part(b"".join(self.joined))
            self.joined.clear()
