"""How long an in-process client goes on waiting for its next bytes.

Clients bring their own time-outs. The door compares them with the waits in the steps, and raises what the client would
have raised, after the time the client would have waited: no time at all, where time is virtual.
"""

from typing import NamedTuple

from ..engine.clock import Timeline

ENDLESS = "The answer never comes, and this client has no time-out: outside a test it would wait for ever."


class Pause(NamedTuple):
    """So many seconds to really sleep, after which the client may have given up."""

    seconds: float
    is_last: bool


class Patience:
    """The patience of one client for one call. Any bytes renew it."""

    __slots__ = ("_limit", "_timeline", "_waited")

    def __init__(self, timeline: Timeline, limit: float | None) -> None:
        self._timeline = timeline
        self._limit = limit
        self._waited = 0.0

    def renew(self) -> None:
        """Bytes have come."""
        self._waited = 0.0

    def wait(self, seconds: float) -> Pause:
        """Wait so long, or as long as the patience lasts."""
        if self._limit is not None and self._waited + seconds > self._limit:
            return self.exhaust()
        self._waited += seconds
        return Pause(self._timeline.spend(seconds), is_last=False)

    def exhaust(self) -> Pause:
        """Wait for something that never comes."""
        left = 0.0 if self._limit is None else self._limit - self._waited
        return Pause(self._timeline.spend(left), is_last=True)

    @property
    def complaint(self) -> str:
        """What the client says when it gives up."""
        return ENDLESS if self._limit is None else f"The read operation timed out after {self._limit:g} s."
