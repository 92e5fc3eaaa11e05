"""An ASGI client for the libraries of the httpx family that hands each message over as it comes.

The transports these libraries bring gather the whole answer first. This one is as a real server with a slow line: what
the application sends is not done before the client asks for what follows, or leaves. A client that closes early is
told to the application, and an application that returns without an end has broken the connection.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from mock_gateway.doors.asgi import Message, Receive, Scope, Send

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def transport(library: Any, application: Application) -> Any:
    """A transport for asynchronous clients of this library."""

    class Transport(library.AsyncBaseTransport):  # type: ignore[misc]
        async def handle_async_request(self, request: Any) -> Any:
            exchange = Exchange(library, request, await request.aread())
            return await exchange.begin(application)

    return Transport()


class Exchange:
    """One request, and the application at work on it."""

    def __init__(self, library: Any, request: Any, body: bytes) -> None:
        self._library, self._request = library, request
        self._patience: float | None = request.extensions.get("timeout", {}).get("read")
        self._body: bytes | None = body
        self._messages: asyncio.Queue[Message | None] = asyncio.Queue()
        self._asked_on = asyncio.Semaphore(0)
        self._has_left = asyncio.Event()

    async def begin(self, application: Application) -> Any:
        """The response, as soon as its head is there."""
        self._work = asyncio.create_task(self._run(application))
        message = await self._next()
        headers = [(name, value) for name, value in message["headers"]]
        return self._library.Response(message["status"], headers=headers, stream=self._stream())

    def _stream(self) -> Any:
        exchange = self
        library: Any = self._library

        class Body(library.AsyncByteStream):  # type: ignore[misc]
            async def __aiter__(self) -> AsyncIterator[bytes]:
                message: Message = {"more_body": True}
                while message["more_body"]:
                    exchange._asked_on.release()
                    message = await exchange._next()
                    yield message["body"]

            async def aclose(self) -> None:
                await exchange._leave()

        return Body()

    async def _run(self, application: Application) -> None:
        try:
            await application(self._scope(), self._receive, self._send)
        finally:
            self._messages.put_nowait(None)

    def _scope(self) -> Scope:
        headers = [(name.lower(), value) for name, value in self._request.headers.raw]
        return {"type": "http", "method": self._request.method, "path": self._request.url.path, "headers": headers}

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._has_left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._has_left.is_set():
            return
        self._messages.put_nowait(message)
        if message.get("more_body", True):
            await self._asked_on.acquire()

    async def _next(self) -> Message:
        try:
            async with asyncio.timeout(self._patience):
                message = await self._messages.get()
        except TimeoutError:
            await self._leave()
            raise self._library.ReadTimeout("", request=self._request) from None
        if message is None:
            await self._leave()
            raise self._library.RemoteProtocolError("it returned without an end", request=self._request)
        return message

    async def _leave(self) -> None:
        self._has_left.set()
        self._asked_on.release()
        await self._work
