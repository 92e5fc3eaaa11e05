"""HTTP/1.1 on a socket: httptools reads the requests, and an ASGI application answers them.

This is as much of a server as a mock on loopback needs, and it knows what others do not tell: what became of what it has
sent. A request is handed on when all of it is there. What is written in one turn of the event loop is sent at once:
each write wakes the client, and a client in this process then contends with the server for the interpreter.
"""

import asyncio
import socket
from collections import deque
from typing import Any
from urllib.parse import unquote

import anyio
import httptools

from .asgi import CONNECTION, Fate, Receive, Scope, gone
from .exchanges import STATUS_LINES, App, Exchange
from .loopback import Observer, State

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_NO_REQUEST = b"That is no HTTP request."
_NO_PROXY = b"CONNECT is for a proxy. This is a server: give its address as a base URL, not as a proxy."
_PATIENCE = 5.0
_FIRST_LOOK = 0.0002
_SLOWEST_LOOK = 0.005


class Listener:
    """An application on a listening socket. It belongs to the event loop that opens it."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.observer = Observer()
        self.is_closed = False
        self.links: set[Link] = set()
        self.tasks: set[asyncio.Task[None]] = set()

    async def open(self, listening: socket.socket) -> None:
        """Take connections from now on."""
        loop = asyncio.get_running_loop()
        self._listening = listening
        self._server = await loop.create_server(lambda: Link(self), sock=listening, backlog=512)

    async def close(self) -> None:
        """Take no more, break those there are, and wait until what they were asked for has noticed."""
        self.is_closed = True
        asyncio.get_running_loop().remove_reader(self._listening)
        await asyncio.sleep(0)  # who is just coming in is broken too: asyncio fails where the server is closed by then
        self._server.close()
        for link in list(self.links):
            link.abort()
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=_PATIENCE)
        self.observer.close()


class Link(asyncio.Protocol):
    """One connection of a client, which asks one thing after another on it."""

    transport: asyncio.Transport

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._answering: Exchange | None = None
        self._waiting: deque[Exchange] = deque()
        self._held: list[bytes] = []
        self._refusal: tuple[int, bytes] | None = None
        self.gone = asyncio.Event()
        """The connection has ended."""
        self.was_reset = False
        """Whether the client closed it with something left unread."""
        self.writable = asyncio.Event()
        self.writable.set()

    # What the event loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._socket: socket.socket = transport.get_extra_info("socket")
        self.client, self.server = _address(transport, "peername"), _address(transport, "sockname")
        self._listener.links.add(self)
        if self._listener.is_closed:
            self.abort()
        self._is_observable = self.look() not in (None, "gone")

    def data_received(self, data: bytes) -> None:
        """A client says something."""
        if self._refusal is not None:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._decline(data[offer.args[0] :])
        except httptools.HttpParserError as error:
            if not isinstance(error.__context__, httptools.HttpParserError | None):
                raise  # a mistake of this file's
            self._refuse(400, _NO_REQUEST)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has left."""
        self.was_reset = exc is not None
        self._listener.links.discard(self)
        self._waiting.clear()
        self.gone.set()
        self.writable.set()

    def pause_writing(self) -> None:
        """The client reads more slowly than it is written to."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """It has caught up."""
        self.writable.set()

    # What httptools has read

    def on_message_begin(self) -> None:
        """A request begins."""
        self._url, self._headers, self._body = b"", [], []

    def on_url(self, url: bytes) -> None:
        """A part of its address."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """A client with much to say asks first whether it may."""
        if self._answering is not None or self._parser.should_upgrade():
            return  # it may not be said amid another answer, and an offer is read twice
        if any(name == b"expect" and value.lower() == b"100-continue" for name, value in self._headers):
            self.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        """A part of its body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """All of it is there."""
        if self._parser.should_upgrade():
            return
        exchange = Exchange(self, self._scope(), b"".join(self._body))
        if self._answering is None:
            self._answer(exchange)
        else:
            self._waiting.append(exchange)  # and read on: whoever does not read does not see a client leave

    def _decline(self, rest: bytes) -> None:
        """An offer to go on in another protocol: the request is read as if it were not there, for it may have a body."""
        if self._parser.get_method() == b"CONNECT":
            self._refuse(501, _NO_PROXY)
            return
        line = b"%b %b HTTP/%b\r\n" % (self._parser.get_method(), self._url, self._parser.get_http_version().encode())
        kept = [b"%b: %b\r\n" % header for header in self._headers if header[0] != b"upgrade"]
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(b"".join((line, *kept, b"\r\n", rest)))

    def _scope(self) -> Scope:
        url = httptools.parse_url(self._url)
        path = (url.path or b"/").decode("ascii")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": self._parser.get_http_version(),
            "method": self._parser.get_method().decode("ascii"),
            "scheme": "http",
            "path": unquote(path) if "%" in path else path,
            "raw_path": url.path,
            "query_string": url.query or b"",
            "root_path": "",
            "headers": self._headers,
            "client": self.client,
            "server": self.server,
            "extensions": {CONNECTION: self},
        }

    def _answer(self, exchange: Exchange) -> None:
        self._answering = exchange
        task = self._loop.create_task(exchange.run(self._listener.app))
        self._listener.tasks.add(task)
        task.add_done_callback(self._listener.tasks.discard)

    # What the application says

    def write(self, data: bytes) -> None:
        """Write at the end of this turn, or with whatever is flushed before."""
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held.append(data)

    def flush(self) -> None:
        """Write what is held, now."""
        if self._held:
            held, self._held = self._held, []
            if not self.transport.is_closing():
                self.transport.write(b"".join(held))

    def done(self, *, keeps: bool) -> None:
        """An answer is complete; the next may be asked for on the same connection, or no more."""
        self.flush()
        self._answering = None
        if not keeps:
            self.close()
        elif self._waiting:
            self._answer(self._waiting.popleft())
        elif self._refusal is not None:
            self._refuse(*self._refusal)

    def close(self) -> None:
        """Close it after what was written."""
        self.flush()
        self.transport.close()

    def abort(self) -> None:
        """Close it at once."""
        self.transport.abort()

    def _refuse(self, status: int, text: bytes) -> None:
        """Say why nothing more is read, after the answers to what was read before."""
        self._refusal = status, text
        if self._answering is not None:
            return
        head = b"content-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(text)
        self.write(STATUS_LINES[status] + head + text)
        self.close()

    # What became of it

    def look(self) -> State:
        """What has become of what was sent."""
        if self.client is None or self.server is None:
            return None
        return self._listener.observer.look(self._socket, self.client, self.server)

    async def fate(self, receive: Receive) -> Fate:
        """Wait until the client has read all that was sent, or has left."""
        pause = _FIRST_LOOK
        self.flush()
        if self._is_observable and self._is_broken():
            return "reset"
        while self._is_observable:
            if self.look() == "read" and not self.transport.get_write_buffer_size():
                return "read"
            with anyio.move_on_after(pause):
                await gone(receive)
                return "reset" if self.was_reset else "closed"
            pause = min(pause * 2, _SLOWEST_LOOK)
        return "unknown"

    def _is_broken(self) -> bool:
        """Whether the last write met a client that had closed: on loopback, its refusal is there when write returns."""
        own = self._socket
        return own.fileno() >= 0 and own.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0


def _address(transport: asyncio.Transport, which: str) -> tuple[str, int] | None:
    address: Any = transport.get_extra_info(which)
    return (str(address[0]), int(address[1])) if isinstance(address, tuple | list) else None
