"""The ASGI door: the gateway as an application, for our own server and for anybody else's.

==================  ==============================================
step                what the server is told
==================  ==============================================
Wait                nothing, while the door sleeps
HangUp              to close the connection, where it can be told (our own server can); else to end without an end
Silence             nothing, until the client has left
==================  ==============================================

Events that nothing paces are joined into one message, all but the last: a client that leaves before it has read the
last one is then still seen to leave.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, Literal, Protocol

import anyio

from ..core.requests import HttpRequest
from ..core.steps import Chunk, ClientLeft, HangUp, Start, Steps, Wait
from ..engine.clock import Timeline
from .face import Handler
from .worker import Worker

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CONNECTION = "mock_gateway.connection"
"""The name under which a server that knows more about its connections says so, in the scope's extensions."""
_JOIN = 64 * 1024


Fate = Literal["read", "closed", "reset", "unknown"]
"""Read by the client; or the client closed with nothing left to read; or with something left; or nobody knows."""


class Connection(Protocol):
    """What a server can tell about the connection a request came in on, and do to it."""

    def close(self) -> None:
        """Close it after what was written."""
        ...

    async def fate(self, receive: Receive) -> Fate:
        """What becomes of all that was sent so far; waits until that is clear."""
        ...


class GatewayApp:
    """One gateway as an ASGI application."""

    def __init__(self, gateway: Handler) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await (await take(self._gateway, scope["path"], scope, receive, send)).run()
        else:
            raise ValueError(f"the gateway speaks http, not {scope['type']}")


async def take(gateway: Handler, path: str, scope: Scope, receive: Receive, send: Send) -> "Delivery":
    """Take in one request, and begin to answer it."""
    request = await inbound(path, scope, receive)
    timeline = gateway.clock.timeline()
    connection = scope.get("extensions", {}).get(CONNECTION)
    steps = gateway.handle(request, timeline)
    return Delivery(steps, timeline, receive, send, connection, waits_for_others=gateway.waits_for_others)


async def inbound(path: str, scope: Scope, receive: Receive) -> HttpRequest:
    """One request, below the path of whoever answers it."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    address = headers.get("host", "")
    host = address[1:].partition("]")[0] if address.startswith("[") else address.partition(":")[0]
    query = scope.get("query_string", b"").decode("latin-1")
    origin = f"{scope.get('scheme', 'http')}://{address}{scope['path'].removesuffix(path)}"
    return HttpRequest(scope["method"], host, path, headers, await _body(receive), "server", query, origin)


class Delivery:
    """The steps of one answer on their way to a client."""

    def __init__(
        self,
        steps: Steps,
        timeline: Timeline,
        receive: Receive,
        send: Send,
        connection: Connection | None,
        *,
        waits_for_others: bool,
    ) -> None:
        self._worker = Worker() if waits_for_others else None
        self._steps, self._timeline = steps, timeline
        self._receive, self._send = receive, send
        self._connection = connection
        self._joined: list[bytes] = []
        self._size = 0
        self.is_all_sent = False

    async def run(self) -> None:
        """Take every step."""
        try:
            await self._run()
        finally:
            if self._worker is None:
                self._steps.close()
            else:
                await self._worker.run(self._steps.close)

    async def _run(self) -> None:
        steps, worker = self._steps, self._worker
        while (step := next(steps, None) if worker is None else await worker.take(steps)) is not None:
            if isinstance(step, Chunk):
                if step.last:
                    await self._end(step.data)
                    return
                await self._add(step)
            elif isinstance(step, Start):
                if step.is_whole:
                    await self._send_whole(step)
                    return
                await self._send(_start(step))
            elif isinstance(step, Wait):
                seconds = self._timeline.spend(step.seconds)
                if seconds and await self._leaves_within(seconds):
                    await self._leave()
                    return
            elif isinstance(step, HangUp):
                await self._hang_up()
                return
            else:
                await self._flush()
                await gone(self._receive)
                await self._leave()
                return

    async def _send_whole(self, start: Start) -> None:
        """Send what is all there. The story is complete before the client has the answer."""
        steps, worker = self._steps, self._worker
        chunks = [*steps] if worker is None else await worker.run(lambda: [*steps])
        await self._send(_start(start))
        await self._send(_part(b"".join([chunk.data for chunk in chunks if isinstance(chunk, Chunk)]), more=False))

    async def _add(self, chunk: Chunk) -> None:
        if chunk.border:
            await self._flush()
        self._joined.append(chunk.data)
        self._size += len(chunk.data)
        if chunk.border or self._size >= _JOIN:
            await self._flush()

    async def _flush(self) -> None:
        if self._joined:
            await self._send(_part(b"".join(self._joined), more=True))
            self._joined, self._size = [], 0

    async def _end(self, data: bytes) -> None:
        """Send the last chunk, and see whether the client reads it."""
        await self._flush()
        if await self._fate() in ("closed", "reset"):
            await self._leave()
            return
        await self._send(_part(data, more=True))
        self.is_all_sent = True
        if await self._fate() == "reset":
            await self._leave()
            return
        self._steps.close()
        await self._send(_part(b"", more=False))

    async def _fate(self) -> Fate:
        if self._connection is not None:
            return await self._connection.fate(self._receive)
        return "closed" if await self._leaves_within(0) else "unknown"

    async def _leaves_within(self, seconds: float) -> bool:
        await self._flush()
        with anyio.move_on_after(seconds):
            await gone(self._receive)
            return True
        return False

    async def _hang_up(self) -> None:
        await self._flush()
        self._steps.close()
        if self._connection is not None:
            self._connection.close()
            await gone(self._receive)

    async def _leave(self) -> None:
        """Tell the engine that the client has left; it ends the story."""
        if self._worker is None:
            self._throw()
        else:
            await self._worker.run(self._throw)
        if self._connection is not None:
            await gone(self._receive)  # the server has noticed too, and finds nothing wrong with how this ends

    def _throw(self) -> None:
        with suppress(StopIteration):
            self._steps.throw(ClientLeft())


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    parts = [body]
    while message.get("more_body"):
        message = await receive()
        parts.append(message.get("body", b""))
    return b"".join(parts)


async def gone(receive: Receive) -> None:
    """Wait until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _start(step: Start) -> Message:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in step.headers]
    return {"type": "http.response.start", "status": step.status, "headers": headers}


def _part(data: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": more}
