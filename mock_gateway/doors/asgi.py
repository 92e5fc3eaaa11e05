"""The ASGI door: the gateway as an application, for anybody's server.

==================  ==============================================
step                what the server is told
==================  ==============================================
Wait                nothing, while the door sleeps
HangUp              nothing more: the answer ends without an end
Silence             nothing, until the client has left
==================  ==============================================

Events that nothing paces are joined into one message, all but the last: a client that leaves before it has read the
last one is then still seen to leave.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

import anyio

from ..core.hosts import host_of
from ..core.requests import HttpRequest
from ..core.steps import Chunk, ClientLeft, HangUp, Start, Steps, Wait
from ..engine.clock import Timeline
from .face import Handler
from .worker import Worker

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_JOIN = 64 * 1024


class GatewayApp:
    """One gateway as an ASGI application."""

    def __init__(self, gateway: Handler) -> None:
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            raise ValueError(f"the gateway speaks http, not {scope['type']}")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        gateway = self._gateway
        request = await _inbound(scope, receive)
        timeline = gateway.clock.timeline()
        steps = gateway.handle(request, timeline)
        await Delivery(steps, timeline, receive, send, waits_for_others=gateway.waits_for_others).run()


async def _inbound(scope: Scope, receive: Receive) -> HttpRequest:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    address, root, path = headers.get("host", ""), scope.get("root_path", "").rstrip("/"), scope["path"]
    below = path.removeprefix(root)
    if root and (not below or below.startswith("/")):  # a path holds where the application is mounted, or begins there
        path = below or "/"
    query = scope.get("query_string", b"").decode("latin-1")
    origin = f"{scope.get('scheme', 'http')}://{address}{root}"
    body = await _body(receive)
    return HttpRequest(scope["method"], host_of(address), path, headers, body, "server", query, origin)


class Delivery:
    """The steps of one answer on their way to a client."""

    def __init__(
        self,
        steps: Steps,
        timeline: Timeline,
        receive: Receive,
        send: Send,
        *,
        waits_for_others: bool,
    ) -> None:
        self._worker = Worker() if waits_for_others else None
        self._steps, self._timeline = steps, timeline
        self._receive, self._send = receive, send
        self._joined: list[bytes] = []
        self._size = 0

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
                await self._flush()
                return
            else:
                await self._flush()
                await _gone(self._receive)
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
        """Send the last chunk, if the client is still there."""
        await self._flush()
        if await self._leaves_within(0):
            await self._leave()
            return
        await self._send(_part(data, more=True))
        self._steps.close()
        await self._send(_part(b"", more=False))

    async def _leaves_within(self, seconds: float) -> bool:
        await self._flush()
        with anyio.move_on_after(seconds):
            await _gone(self._receive)
            return True
        return False

    async def _leave(self) -> None:
        """Tell the engine that the client has left; it ends the story."""
        if self._worker is None:
            self._throw()
        else:
            await self._worker.run(self._throw)

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


async def _gone(receive: Receive) -> None:
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
