"""A server whose gateways can be controlled from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..doors.server import Server, ServerThread
from .access import check_reach
from .endpoints import Endpoints
from .places import Make, Places

if TYPE_CHECKING:
    from ..gateway import Gateway
    from ..scenarios.format import Scenario


@contextmanager
def serve_one(gateway: "Gateway", *, host: str, port: int) -> Iterator[Server]:
    """A server for a gateway that somebody holds: it can be scripted and read, and others be created beside it."""
    check_reach(host, gateway.account.keys)
    kind = type(gateway)
    thread = ServerThread(host, port)
    try:
        places = Places(
            thread,
            lambda scenario: kind() if scenario is None else kind.from_scenario(scenario),
            None,
            tuple(gateway.account.keys),
        )
        places.begin(gateway, is_held=True)
        yield _controlled(thread, places)
    finally:
        thread.stop()


@contextmanager
def serve_scenario(make: Make, start: "Scenario | None", *, host: str, port: int) -> Iterator[tuple[Server, Places]]:
    """A server for the gateway of a scenario, or of none, and for those created beside it."""
    gateway = make(start)
    check_reach(host, gateway.account.keys)
    thread = _listening(host, port)
    try:
        places = Places(thread, make, start, tuple(gateway.account.keys))
        places.begin(gateway, is_held=False)
        yield _controlled(thread, places), places
    finally:
        thread.stop()


def _listening(host: str, port: int) -> ServerThread:
    try:
        return ServerThread(host, port)
    except OSError as error:
        why = f"cannot listen on {host}, port {port}: {error.strerror or error}."
        raise ValueError(f"{why} Another port is chosen with --port, a free one with --port 0.") from None


def _controlled(thread: ServerThread, places: Places) -> Server:
    thread.switchboard.control = Endpoints(places)
    return thread.at("")
