"""One request and its answer on a connection of HTTP/1.1, as an ASGI application meets them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Protocol

from .asgi import Message, Receive, Scope, Send

App = Callable[[Scope, Receive, Send], Awaitable[None]]

STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}
_LOG = logging.getLogger(__name__)
_BODILESS = (204, 304)
_BROKEN = b"The server failed: its log says why."


class Connection(Protocol):
    """What an exchange needs of the connection it is on."""

    gone: asyncio.Event
    """It has ended."""
    writable: asyncio.Event
    """The client keeps up with what it is sent."""

    def write(self, data: bytes) -> None:
        """Write, at the latest at the end of this turn."""
        ...

    def done(self, *, keeps: bool) -> None:
        """An answer is complete; the next may be asked for on the same connection, or no more."""
        ...

    def close(self) -> None:
        """Close it after what was written."""
        ...


class Exchange:
    """One request and its answer, as an ASGI application meets them."""

    def __init__(self, link: Connection, scope: Scope, body: bytes) -> None:
        self._link, self._scope = link, scope
        self._body: bytes | None = body
        self._is_old = scope["http_version"] == "1.0"
        self._keeps = not self._is_old and not _says_close(scope["headers"])
        self._has_begun = self._is_complete = False
        self._is_chunked = self._is_bodiless = False

    async def run(self, app: App) -> None:
        """Have the application answer, and see that it has."""
        try:
            await app(self._scope, self.receive, self.send)
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except BaseException:  # noqa: BLE001 - the client is told that, the log what; pytest.fail must not end a server
            _LOG.exception("an answer failed")
            if not self._has_begun:
                await self._fail()
        finally:
            if not self._is_complete:
                self._link.close()

    async def receive(self) -> Message:
        """The request; then, that its client has left."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        if not self._is_complete:
            await self._link.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """The head of the answer, or a part of its body."""
        link = self._link
        if not link.writable.is_set():
            await link.writable.wait()
        if message["type"] == "http.response.start":
            self._has_begun = True
            link.write(self._head(message["status"], message["headers"]))
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        if not self._is_bodiless:
            if not self._is_chunked:
                link.write(body)
            elif body:
                link.write(b"%x\r\n%b\r\n" % (len(body), body))
            if self._is_chunked and not more:
                link.write(b"0\r\n\r\n")
        if not more:
            self._is_complete = True
            link.done(keeps=self._keeps)

    def _head(self, status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
        lines = [STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status]
        is_sized = False
        for name, value in headers:
            is_sized = is_sized or name == b"content-length"
            lines.append(b"%b: %b\r\n" % (name, value))
        self._is_bodiless = status in _BODILESS or self._scope["method"] == "HEAD"
        if not is_sized and not self._is_bodiless:
            if self._is_old:
                self._keeps = False
            else:
                self._is_chunked = True
                lines.append(b"transfer-encoding: chunked\r\n")
        if not self._keeps:
            lines.append(b"connection: close\r\n")
        lines.append(b"\r\n")
        return b"".join(lines)

    async def _fail(self) -> None:
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(_BROKEN))]
        self._keeps = False
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": _BROKEN})


def _says_close(headers: list[tuple[bytes, bytes]]) -> bool:
    said = b",".join(value for name, value in headers if name == b"connection")
    return bool(said) and b"close" in [option.strip() for option in said.lower().split(b",")]
