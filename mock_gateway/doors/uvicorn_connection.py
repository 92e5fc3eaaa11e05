"""What is borrowed from the inside of uvicorn, in one place: its HTTP protocol, and when its connections end.

Read in uvicorn 0.54: `HttpToolsProtocol` has `transport`, `client`, `server` and `scope`; `on_message_begin` makes the
scope; `connection_lost` is given the reason.
"""

import asyncio
import socket
from typing import Any

import anyio
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .asgi import CONNECTION, Fate, Receive, gone
from .loopback import Observer, State

_FIRST_LOOK = 0.0002
_SLOWEST_LOOK = 0.005


class LoopbackConnection:
    """One connection of our server, observed."""

    def __init__(self, protocol: "ObservedProtocol", observer: Observer) -> None:
        self._protocol, self._observer = protocol, observer
        self._socket: socket.socket | None = protocol.transport.get_extra_info("socket")
        self.was_reset = False
        """Whether the client closed it with something left unread."""
        self._is_observable = self.look() not in (None, "gone")

    def look(self) -> State:
        """What has become of what was sent."""
        client, server = self._protocol.client, self._protocol.server
        if self._socket is None or client is None or server is None or server[1] is None:
            return None
        return self._observer.look(self._socket, client, (server[0], server[1]))

    def close(self) -> None:
        """Close it after what was written."""
        self._protocol.transport.close()

    def _is_broken(self) -> bool:
        """Whether the last write met a client that had closed: on loopback, its refusal is there when write returns."""
        own = self._socket
        return own is not None and own.fileno() >= 0 and own.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0

    async def fate(self, receive: Receive) -> Fate:
        """Wait until the client has read all that was sent, or has left."""
        pause = _FIRST_LOOK
        self._protocol.transport.flush()  # type: ignore[attr-defined]
        if self._is_observable and self._is_broken():
            return "reset"
        while self._is_observable:
            if self.look() == "read" and not self._protocol.transport.get_write_buffer_size():
                return "read"
            with anyio.move_on_after(pause):
                await gone(receive)
                return "reset" if self.was_reset else "closed"
            pause = min(pause * 2, _SLOWEST_LOOK)
        return "unknown"


class JoiningTransport:
    """A transport that joins what is written in one turn of the event loop.

    uvicorn writes the head of an answer and its body apart. Each write wakes the client, and a client in this process
    then contends with the server for the interpreter.
    """

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write at the end of this turn, or with whatever is flushed before."""
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(data)

    def flush(self) -> None:
        """Write what is held, now."""
        held, self._held = self._held, []
        if held and not self._transport.is_closing():
            self._transport.write(b"".join(held))

    def close(self) -> None:
        """Close after what was written."""
        self.flush()
        self._transport.close()


class ObservedProtocol(HttpToolsProtocol):
    """uvicorn's own protocol, which also tells the application about its connection."""

    observer: Observer
    """Set on the subclass each server makes for itself."""

    def connection_made(self, transport: Any) -> None:
        joining: Any = JoiningTransport(transport, self.loop)
        super().connection_made(joining)
        self.connection = LoopbackConnection(self, self.observer)

    def connection_lost(self, exc: Exception | None) -> None:
        self.connection.was_reset = exc is not None
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: self.connection}  # type: ignore[dict-item]
