"""What doors need of a gateway."""

from collections.abc import Callable
from typing import Protocol

from ..core.requests import HttpRequest
from ..core.steps import Steps
from ..engine.clock import Clock, Timeline


class Handler(Protocol):
    """Whatever answers requests in steps."""

    clock: Clock
    waits_for_others: bool
    """Whether a step may really take time, since somebody else is asked: an event loop leaves it to a thread then."""

    is_guarded: bool
    """Whether somebody watches for connections past it, and is to be told of those to providers."""

    def handle(self, request: HttpRequest, timeline: Timeline | None = None) -> Steps:
        """The steps of the answer to one HTTP request."""
        ...

    def flush(self) -> None:
        """Have the tracing SDK of this process send what it holds."""
        ...

    def settle_with(self, door: "Door") -> None:
        """Have the door bring its calls up to date whenever the calls are read, as long as it is there."""
        ...


class Door(Protocol):
    """A door on whose other side somebody else is at work."""

    def settle(self, gateway: Handler) -> None:
        """Wait for the calls of this gateway whose clients have done with them."""
        ...


Find = Callable[[str], Handler | None]
"""Who answers for a host, if anybody here does."""
