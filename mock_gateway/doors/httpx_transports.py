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
from functools import cache, cached_property, lru_cache, partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..core.requests import HttpRequest
from ..core.steps import Chunk, HangUp, Start, Step, Steps, Wait
from .face import Find, Handler
from .httpx_responses import whole_class
from .patching import Patch
from .patience import Patience

if TYPE_CHECKING:
    from .worker import Worker


class Passage:
    """The steps of one call, as a client of an httpx library meets them: pauses, bytes, and its own exceptions."""

    def __init__(self, library: Any, handler: Handler, request: Any, body: bytes) -> None:
        self._timeline = handler.clock.timeline()
        headers = {_name(name): str(value, "latin-1") for name, value in request.headers.raw}
        url = request.url
        query = url.query.decode("ascii")
        inbound = HttpRequest(request.method, url.host, url.path, headers, body, library.__name__, query)
        self.library, self.request = library, request
        self.worker: Worker | None = None
        self.steps: Steps = handler.handle(inbound, self._timeline)

    @cached_property
    def patience(self) -> Patience:
        """How long the client waits for its next bytes."""
        return Patience(self._timeline, self.request.extensions.get("timeout", {}).get("read"))

    def response(self, start: Start) -> Any:
        """The response whose head is there. What is all there is handed over as that."""
        headers = [(name.encode(), value.encode()) for name, value in start.headers]
        if start.is_whole:
            body = b"".join([step.data for step in self.steps if type(step) is Chunk])
            stream = self.library.ByteStream(body)
            response = whole_class(self.library)(start.status, headers=headers, stream=stream)
            response.handed = stream, body
            return response
        self.patience.renew()
        return self.library.Response(start.status, headers=headers, stream=body_class(self.library)(self))

    def wait(self, step: Step) -> None:
        """Sleep, as far as time is real; whatever else happens is raised as the library would."""
        seconds, error = self._pause(step)
        if seconds:
            time.sleep(seconds)
        if error is not None:
            self.close()
            raise error

    async def wait_async(self, step: Step) -> None:
        """The same for a client on asyncio or trio. Even where no time passes, others get their turn."""
        import anyio

        seconds, error = self._pause(step)
        await anyio.sleep(seconds)
        if error is not None:
            await self.aclose()
            raise error

    def close(self) -> None:
        """The client is done with it, early or not."""
        self.steps.close()

    async def aclose(self) -> None:
        """The same, where somebody else may be under way with a step."""
        if self.worker is None:
            self.close()
        else:
            await self.worker.run(self.close)

    def _pause(self, step: Step) -> tuple[float, Exception | None]:
        """How long to sleep, and what to raise after it, if anything."""
        if isinstance(step, HangUp):
            return 0, self._hung_up(step.refused)
        pause = self.patience.wait(step.seconds) if isinstance(step, Wait) else self.patience.exhaust()
        error = self.library.ReadTimeout(self.patience.complaint, request=self.request) if pause.is_last else None
        return pause.seconds, error

    def _hung_up(self, refused: bool) -> Exception:
        if refused:
            error: Exception = self.library.ConnectError("[Errno 111] Connection refused", request=self.request)
        else:
            text = "peer closed connection without sending complete message body"
            error = self.library.RemoteProtocolError(text, request=self.request)
        return error


@lru_cache(maxsize=1024)
def _name(raw: bytes) -> str:
    """The name of a header: there are few, and each request has twenty of them."""
    return raw.lower().decode("latin-1")


@cache
def body_class(library: Any) -> Any:
    """The class of response bodies of this library."""

    class Body(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        """What is left of the steps. Clients may iterate more than once: each goes on where the last one stopped."""

        def __init__(self, passage: Passage) -> None:
            self._passage = passage

        def __iter__(self) -> Iterator[bytes]:
            passage = self._passage
            for step in passage.steps:
                if type(step) is Chunk:
                    passage.patience.renew()
                    yield step.data
                else:
                    passage.wait(step)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            passage = self._passage
            steps, worker = passage.steps, passage.worker
            while (step := next(steps, None) if worker is None else await worker.take(steps)) is not None:
                if type(step) is Chunk:
                    passage.patience.renew()
                    yield step.data
                else:
                    await passage.wait_async(step)

        def close(self) -> None:
            self._passage.close()

        async def aclose(self) -> None:
            await self._passage.aclose()

    return Body


def respond(library: Any, handler: Handler, request: Any) -> Any:
    """The response to a request of a synchronous client."""
    passage = Passage(library, handler, request, request.read())
    try:
        for step in passage.steps:
            if type(step) is Start:
                return passage.response(step)
            passage.wait(step)
    except BaseException:  # somebody may keep it, and with it the passage
        passage.close()
        raise
    raise AssertionError("the steps ended before their Start")


async def respond_async(library: Any, handler: Handler, request: Any) -> Any:
    """The response to a request of an asynchronous client, on asyncio or trio."""
    passage = Passage(library, handler, request, await request.aread())
    if handler.waits_for_others:
        return await _respond_live(passage)
    try:
        for step in passage.steps:
            if type(step) is Start:
                return passage.response(step)
            await passage.wait_async(step)
    except BaseException:  # cancelled, too
        passage.close()
        raise
    raise AssertionError("the steps ended before their Start")


async def _respond_live(passage: Passage) -> Any:
    """The same where somebody else is asked, which takes a thread."""
    from .worker import Worker

    passage.worker = Worker()
    try:
        while (step := await passage.worker.take(passage.steps)) is not None:
            if type(step) is Start:
                return await passage.worker.run(partial(passage.response, step))
            await passage.wait_async(step)
    except BaseException:
        await passage.aclose()
        raise
    raise AssertionError("the steps ended before their Start")


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
