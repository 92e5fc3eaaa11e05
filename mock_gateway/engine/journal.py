"""Every call, in the order they came in, and what the author of the test did not reckon with."""

from ..core.hosts import is_provider
from ..core.requests import HttpRequest
from .calls import Call
from .clock import Timeline
from .ids import Ids


class Journal:
    """The book of calls."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self.calls: list[Call] = []
        self.misses: list[str] = []
        """What each call nobody answered should tell the test's author."""
        self.strays: list[str] = []
        """The same, for each call that went straight to a provider and was refused."""
        self.mistakes: list[str] = []
        """The same, for each function of a script that raised."""

    def open(self, inbound: HttpRequest, timeline: Timeline, wire: str) -> Call:
        """Begin a call."""
        call = Call(
            number=self._ids.number("call"),
            wire=wire,
            door=inbound.door,
            direct=is_provider(inbound.host),
            client_retry=inbound.client_retry,
            _inbound=inbound,
            _timeline=timeline,
        )
        self.calls.append(call)
        return call
