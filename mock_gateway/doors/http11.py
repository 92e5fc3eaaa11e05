"""HTTP/1.1 on a socket: httptools reads the requests, and whoever is found for them answers in steps.

This is as much of a server as a mock on loopback needs, and it knows what others do not tell: what became of what it has
sent. A request is handed on when all of it is there.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple
from urllib.parse import unquote

import httptools

from ..core.hosts import host_of
from ..core.requests import HttpRequest
from .exchanges import Answer, Exchange
from .framing import Framing
from .loopback import Observer, State
from .watch import Fate, Watch

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_NO_REQUEST = b"That is no HTTP request."
_NO_PROXY = b"CONNECT is for a proxy. This is a server: give its address as a base URL, not as a proxy."
_PATIENCE = 5.0


class Inbound(NamedTuple):
    """A request as it was read."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    def below(self, path: str) -> HttpRequest:
        """The same for whoever answers below a prefix, to whom this is its path."""
        address = self.headers.get("host", "")
        origin = f"http://{address}{self.path.removesuffix(path)}"
        return HttpRequest(self.method, host_of(address), path, self.headers, self.body, "server", self.query, origin)


Find = Callable[[Inbound, Exchange], Answer]
"""Whoever finds the answer to a request."""


class Listener:
    """A listening socket, and whoever answers there. It belongs to the event loop that opens it."""

    def __init__(self, find: Find) -> None:
        self.find = find
        self.observer = Observer()
        self.is_closed = False
        self.links: set[Link] = set()
        self.busy: set[Link] = set()
        """Those on which an answer is on its way."""
        self._writing: list[Link] = []
        """Those that have something to send at the end of this turn of the event loop."""
        self._told: asyncio.Future[None] | None = None

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
        if self.busy:
            self._told = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._told], timeout=_PATIENCE)
        self.observer.close()

    def will_write(self, link: "Link") -> None:
        """Let a connection send what it has to when all that was asked for in this turn is answered.

        A client that sleeps costs whoever wakes it more than an answer does. Those that are answered together are
        mostly still awake when the next of them is.
        """
        if not self._writing:
            asyncio.get_running_loop().call_soon(self._write)
        self._writing.append(link)

    def _write(self) -> None:
        links, self._writing = self._writing, []
        for link in links:
            link.send()

    def end(self, link: "Link") -> None:
        """An answer on this connection is over."""
        self.busy.discard(link)
        if self._told is not None and not self.busy and not self._told.done():
            self._told.set_result(None)


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
        self._waiting: deque[tuple[Inbound, Exchange]] = deque()
        self._refusal: tuple[int, bytes] | None = None
        self._unsent: list[bytes] = []
        self.has_ended = False
        self.is_writable = True

    # What the event loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._listener.links.add(self)
        if self._listener.is_closed:
            self.abort()
        self._watch = Watch(transport, self._listener.observer, self._loop)

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
        if self._waiting and self._answering is None:
            self._answer_next()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has left."""
        self.has_ended = self.is_writable = True
        self._listener.links.discard(self)
        self._waiting.clear()
        self._watch.end(was_reset=exc is not None)
        if self._answering is not None:
            self._answering.leave()

    def pause_writing(self) -> None:
        """The client reads more slowly than it is written to."""
        self.is_writable = False

    def resume_writing(self) -> None:
        """It has caught up."""
        self.is_writable = True
        if self._answering is not None:
            self._answering.resume()
        elif self._waiting:
            self._answer_next()

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
        if self._is_busy or self._parser.should_upgrade():
            return  # it may not be said amid another answer, and an offer is read twice
        for name, value in self._headers:
            if name == b"expect" and value.lower() == b"100-continue":
                self.write(_CONTINUE)

    def on_body(self, body: bytes) -> None:
        """A part of its body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """All of it is there."""
        if self._parser.should_upgrade():
            return
        path, query = _parts(self._url)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self._headers}
        method, is_old = self._parser.get_method().decode("ascii"), self._parser.get_http_version() == "1.0"
        keeps = not is_old and self._parser.should_keep_alive()
        framing = Framing(is_old=is_old, is_head=method == "HEAD", keeps=keeps)
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        inbound = Inbound(method, path, query, headers, body)
        self._waiting.append((inbound, Exchange(self, framing, self._loop)))

    def _decline(self, rest: bytes) -> None:
        """An offer to go on in another protocol: the request is read as if it were not there, for it may have a body."""
        if self._parser.get_method() == b"CONNECT":
            self._refuse(501, _NO_PROXY)
            return
        line = b"%b %b HTTP/%b\r\n" % (self._parser.get_method(), self._url, self._parser.get_http_version().encode())
        kept = [b"%b: %b\r\n" % header for header in self._headers if header[0] != b"upgrade"]
        self._parser = httptools.HttpRequestParser(self)
        self.data_received(b"".join((line, *kept, b"\r\n", rest)))

    # Answering

    @property
    def _is_busy(self) -> bool:
        return self._answering is not None or bool(self._waiting)

    def _answer_next(self) -> None:
        """Answer what was asked first. Meanwhile everything is read: who does not read does not see a client leave."""
        if self._waiting and self._answering is None and self.is_writable:
            inbound, exchange = self._waiting.popleft()
            self._answering = exchange
            self._listener.busy.add(self)
            exchange.begin(partial(self._listener.find, inbound, exchange))

    def write(self, data: bytes) -> None:
        """Send it soon."""
        if not self._unsent:
            self._listener.will_write(self)
        self._unsent.append(data)

    def send(self) -> None:
        """Send now what was written."""
        if self._unsent:
            data = b"".join(self._unsent)
            self._unsent.clear()
            if not self.transport.is_closing():
                self.transport.write(data)

    def done(self, *, keeps: bool) -> None:
        """An answer is over; the next may be asked for on the same connection, or no more."""
        self._answering = None
        self._listener.end(self)
        if not keeps:
            self.close()
        elif self._waiting:
            self._loop.call_soon(self._answer_next)  # when others have had their turn
        elif self._refusal is not None:
            self._refuse(*self._refusal)

    def close(self) -> None:
        """Close it after what was written."""
        self._waiting.clear()
        self.send()
        self.transport.close()

    def abort(self) -> None:
        """Close it at once."""
        self.transport.abort()

    def _refuse(self, status: int, text: bytes) -> None:
        """Say why nothing more is read, after the answers to what was read before."""
        self._refusal = status, text
        if self._is_busy:
            return
        framing = Framing(keeps=False)
        head = framing.head(status, (("content-type", "text/plain"), ("content-length", str(len(text)))))
        self.write(head + text)
        self.close()

    # What became of it

    def look(self) -> State:
        """What has become of what was written."""
        return self._watch.look()

    def watch(self, then: Callable[[Fate], None]) -> None:
        """Go on when it is clear what becomes of all that was written."""
        self._watch.wait(then)


@lru_cache(256)
def _parts(url: bytes) -> tuple[str, str]:
    """The path and the query of an address. The same few are asked for again and again."""
    parts = httptools.parse_url(url)
    path = (parts.path or b"/").decode("ascii")
    return unquote(path) if "%" in path else path, (parts.query or b"").decode("latin-1")
