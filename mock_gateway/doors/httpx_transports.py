"""In-process doors for httpx and httpx2, from one factory: they share the protocol, not the classes.

openai 3, anthropic 2 and google-genai 3 are built on httpx2, their predecessors on httpx. What their transports do is
replaced on the class, so clients made before are led in as well.

==================  ==============================================
step                what the client sees
==================  ==============================================
Wait                nothing, or its own ReadTimeout
HangUp, refused     ConnectError
HangUp              RemoteProtocolError
Silence             its own ReadTimeout
==================  ==============================================
"""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..core.requests import HttpRequest
from ..core.steps import Chunk, HangUp, Start, Steps, Wait
from .face import Find, Handler
from .patching import Patch
from .patience import Patience

if TYPE_CHECKING:
    from .worker import Worker


class Passage:
    """The steps of one call, as a client of an httpx library meets them: pauses, bytes, and its own exceptions."""

    def __init__(self, library: Any, handler: Handler, request: Any, body: bytes) -> None:
        timeline = handler.clock.timeline()
        headers = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in request.headers.raw}
        url = request.url
        query = url.query.decode("ascii")
        inbound = HttpRequest(request.method, url.host, url.path, headers, body, library.__name__, query)
        self.library, self.request = library, request
        self.worker: Worker | None = None
        self.steps: Steps = handler.handle(inbound, timeline)
        self.patience = Patience(timeline, request.extensions.get("timeout", {}).get("read"))

    def head(self) -> Iterator[Any]:
        """Seconds to sleep, and last the response, as soon as its head is there."""
        for item in self.items():
            if type(item) is Start:
                headers = [(name.encode(), value.encode()) for name, value in item.headers]
                extensions = {"http_version": b"HTTP/1.1"}
                if item.is_whole:
                    content = b"".join(step.data for step in self.steps if isinstance(step, Chunk))
                    yield self.library.Response(item.status, headers=headers, content=content, extensions=extensions)
                else:
                    stream = body_class(self.library)(self)
                    yield self.library.Response(item.status, headers=headers, stream=stream, extensions=extensions)
                return
            yield item
        raise AssertionError("the steps ended before their Start")

    def items(self) -> Iterator[Start | bytes | float]:
        """Heads, bytes, and seconds to sleep; whatever else happens is raised as the library would."""
        for step in self.steps:
            if isinstance(step, Chunk):
                self.patience.renew()
                yield step.data
            elif isinstance(step, Start):
                self.patience.renew()
                yield step
            elif isinstance(step, HangUp):
                raise self._hang_up(step.refused)
            else:
                pause = self.patience.wait(step.seconds) if isinstance(step, Wait) else self.patience.exhaust()
                yield pause.seconds
                if pause.is_last:
                    self.close()
                    raise self.library.ReadTimeout(self.patience.complaint, request=self.request)

    def close(self) -> None:
        """The client is done with it, early or not."""
        self.steps.close()

    def _hang_up(self, refused: bool) -> Exception:
        self.close()
        if refused:
            error: Exception = self.library.ConnectError("[Errno 111] Connection refused", request=self.request)
        else:
            text = "peer closed connection without sending complete message body"
            error = self.library.RemoteProtocolError(text, request=self.request)
        return error


@cache
def body_class(library: Any) -> Any:  # noqa: C901 - a class of eight short methods
    """The class of response bodies of this library."""

    class Body(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        """What is left of the steps. Clients may iterate more than once: each goes on where the last one stopped."""

        def __init__(self, passage: Passage) -> None:
            self._passage = passage
            self._items = passage.items()

        def __iter__(self) -> Iterator[bytes]:
            for item in self._items:
                if type(item) is bytes:
                    yield item
                elif item:
                    time.sleep(item)  # type: ignore[arg-type]

        async def __aiter__(self) -> AsyncIterator[bytes]:
            import anyio

            items, worker = self._items, self._passage.worker
            while (item := next(items, None) if worker is None else await worker.take(items)) is not None:
                if type(item) is bytes:
                    yield item
                else:
                    await anyio.sleep(item)  # type: ignore[arg-type]

        def close(self) -> None:
            self._passage.close()

        async def aclose(self) -> None:
            if self._passage.worker is None:
                self._passage.close()
            else:
                await self._passage.worker.run(self._passage.close)

    return Body


def respond(library: Any, handler: Handler, request: Any) -> Any:
    """The response to a request of a synchronous client."""
    for item in Passage(library, handler, request, request.read()).head():
        if isinstance(item, library.Response):
            return item
        if item:
            time.sleep(item)
    raise AssertionError("a head without a response")


async def respond_async(library: Any, handler: Handler, request: Any) -> Any:
    """The response to a request of an asynchronous client, on asyncio or trio."""
    passage = Passage(library, handler, request, await request.aread())
    if handler.waits_for_others:
        return await _respond_live(passage)
    for item in passage.head():
        if isinstance(item, library.Response):
            return item
        import anyio

        await anyio.sleep(item)  # even where no time passes, others get their turn
    raise AssertionError("a head without a response")


async def _respond_live(passage: Passage) -> Any:
    """The same where somebody else is asked, which takes a thread."""
    import anyio

    from .worker import Worker

    passage.worker = Worker()
    head = passage.head()
    try:
        while True:
            item = await passage.worker.take(head)
            if isinstance(item, passage.library.Response):
                return item
            await anyio.sleep(item)
    except BaseException:
        await passage.worker.run(passage.close)
        raise


def patches(library: ModuleType, find: Find) -> list[Patch]:
    """What leads every client of this library into a gateway, for the hosts that have one."""
    source: Any = library

    def sync(original: Callable[..., Any]) -> Callable[..., Any]:
        def handle_request(self: Any, request: Any) -> Any:
            handler = find(request.url.host)
            return original(self, request) if handler is None else respond(source, handler, request)

        return handle_request

    def asynchronous(original: Callable[..., Any]) -> Callable[..., Any]:
        async def handle_async_request(self: Any, request: Any) -> Any:
            handler = find(request.url.host)
            if handler is None:
                return await original(self, request)
            return await respond_async(source, handler, request)

        return handle_async_request

    return [
        Patch(source.HTTPTransport, "handle_request", sync),
        Patch(source.AsyncHTTPTransport, "handle_async_request", asynchronous),
    ]
