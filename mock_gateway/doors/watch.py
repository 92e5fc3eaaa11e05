"""What becomes of the bytes a client is sent: an eye on one connection, for whoever must know before going on."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Literal

from .loopback import Address, Observer, State, unacknowledged

Fate = Literal["read", "closed", "reset", "unknown"]
"""Read by the client; or the client closed with nothing left to read; or with something left; or nobody knows."""

_FIRST_LOOK = 0.0002
_SLOWEST_LOOK = 0.005


class Watch:
    """Looks whether the client of one connection has read what it was sent."""

    __slots__ = (
        "_fate",
        "_loop",
        "_observer",
        "_pause",
        "_socket",
        "_then",
        "_timer",
        "_transport",
        "client",
        "server",
    )

    def __init__(self, transport: asyncio.Transport, observer: Observer, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._observer, self._loop = transport, observer, loop
        self._socket: socket.socket = transport.get_extra_info("socket")
        self.client, self.server = _address(transport, "peername"), _address(transport, "sockname")
        self._fate: Fate | None = None if self.look() not in (None, "gone") else "unknown"
        self._then: Callable[[Fate], None] | None = None
        self._timer: asyncio.Handle | None = None
        self._pause = _FIRST_LOOK

    def look(self) -> State:
        """What has become of what was sent."""
        if self.client is None or self.server is None:
            return None
        return self._observer.look(self._socket, self.client, self.server)

    def wait(self, then: Callable[[Fate], None]) -> None:
        """Go on when the client has read all that was sent, or has left; at once, where nobody ever knows."""
        if self._fate is not None:
            then(self._fate)
        elif self._is_broken():
            then("reset")
        else:
            self._then, self._pause = then, _FIRST_LOOK
            self._look_again()

    def end(self, *, was_reset: bool) -> None:
        """The connection has ended; the client may have closed it with something left unread.

        Its farewell may come before what tells: before its refusal of what it was sent after it had closed, and where
        it says first that it will send no more, with what it was sent still before it.
        """
        if self._fate is None:
            is_left = was_reset or self.look() == "left" or self._is_broken() or unacknowledged(self._socket)
            self._fate = "reset" if is_left else "closed"
        if self._timer is not None:
            self._timer.cancel()
        self._tell(self._fate)

    def _look_again(self) -> None:
        self._timer = None
        if self.look() == "read" and not self._transport.get_write_buffer_size():
            self._tell("read")
        else:
            self._timer = self._loop.call_later(self._pause, self._look_again)
            self._pause = min(self._pause * 2, _SLOWEST_LOOK)

    def _tell(self, fate: Fate) -> None:
        then, self._then = self._then, None
        if then is not None:
            then(fate)

    def _is_broken(self) -> bool:
        """Whether the last write met a client that had closed: on loopback, its refusal is there when write returns."""
        own = self._socket
        return own.fileno() >= 0 and own.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0


def _address(transport: asyncio.Transport, which: str) -> Address | None:
    address: Any = transport.get_extra_info(which)
    return (str(address[0]), int(address[1])) if isinstance(address, tuple | list) else None
