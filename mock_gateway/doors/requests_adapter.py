"""The in-process door for requests, which also carries the span export of the Respan SDK.

==================  ==============================================
step                what the client sees
==================  ==============================================
Wait                nothing, or its own ReadTimeout
HangUp, refused     ConnectionError
HangUp              ConnectionError, within the body ChunkedEncodingError
Silence             its own ReadTimeout, within the body ConnectionError
==================  ==============================================

What happens within the body is raised in urllib3's words and translated by requests itself.
"""

import time
from collections.abc import Callable, Generator
from http.client import responses as reasons
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError, ProtocolError, ReadTimeoutError, TimeoutStateError

from ..core.requests import HttpRequest
from ..core.steps import Chunk, HangUp, Start, Steps, Wait
from .face import Find, Handler
from .patching import Patch
from .patience import Patience


class SteppedBody(urllib3.HTTPResponse):
    """A response whose body is what is left of the steps. It is read a step at a time, never ahead."""

    def __init__(self, start: Start, steps: Steps, patience: Patience) -> None:
        super().__init__(
            headers=urllib3.HTTPHeaderDict(start.headers),
            status=start.status,
            reason=reasons.get(start.status),
            preload_content=False,
            decode_content=False,
            version=11,
        )
        self._steps, self._patience = steps, patience
        self._unread = b""
        self._whole: bytes | None = None
        self._is_over = False

    def stream(self, amt: int | None = 2**16, decode_content: bool | None = None) -> Generator[bytes, None, None]:
        """The bytes as they come, in pieces no longer than asked for."""
        while piece := self.read(amt or 2**16):
            yield piece

    def read(self, amt: int | None = None, decode_content: bool | None = None, cache_content: bool = False) -> bytes:
        """The next bytes, or all of them."""
        if amt is None:
            return self._unread + b"".join(iter(self._next_bytes, b""))
        data = self._unread or self._next_bytes()
        self._unread = data[amt:]
        return data[:amt]

    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        """The next bytes."""
        return self.read(amt or 2**16)

    @property
    def data(self) -> bytes:
        """All of it, however often it is asked for."""
        if self._whole is None:
            self._whole = self.read()
        return self._whole

    @property
    def closed(self) -> bool:
        """Whether there is nothing more to read, as urllib3 has it."""
        return self._is_over

    def isclosed(self) -> bool:
        """As `closed`, in the words of http.client."""
        return self._is_over

    def close(self) -> None:
        """The client is done with it, early or not."""
        self._steps.close()
        self._unread, self._is_over = b"", True
        super().close()

    def release_conn(self) -> None:
        """As `close`: there is no connection to give back, and requests calls this after the last byte."""
        self._steps.close()

    def _next_bytes(self) -> bytes:
        for step in self._steps:
            if isinstance(step, Chunk):
                self._patience.renew()
                if step.data:
                    return step.data
            elif isinstance(step, HangUp):
                self._steps.close()
                raise ProtocolError("Connection broken: the peer closed the connection")
            else:
                pause = self._patience.wait(step.seconds) if isinstance(step, Wait) else self._patience.exhaust()
                _sleep(pause.seconds)
                if pause.is_last:
                    self._steps.close()
                    raise ReadTimeoutError(None, None, self._patience.complaint)  # type: ignore[arg-type]
        self._is_over = True
        return b""


def respond(
    adapter: HTTPAdapter, handler: Handler, request: requests.PreparedRequest, timeout: Any
) -> requests.Response:
    """The response to a prepared request."""
    timeline = handler.clock.timeline()
    patience = Patience(timeline, _read_timeout(timeout))
    steps = handler.handle(_inbound(request), timeline)
    try:
        for step in steps:
            if isinstance(step, Start):
                patience.renew()
                return adapter.build_response(request, SteppedBody(step, steps, patience))
            if isinstance(step, HangUp):
                raise requests.ConnectionError(_hang_up(step.refused), request=request)
            pause = patience.wait(step.seconds) if isinstance(step, Wait) else patience.exhaust()
            _sleep(pause.seconds)
            if pause.is_last:
                raise requests.ReadTimeout(patience.complaint, request=request)
    except BaseException:  # somebody may keep it, and with it the steps
        steps.close()
        raise
    raise AssertionError("the steps ended before their Start")


def patches(find: Find) -> list[Patch]:
    """What leads every session into a gateway, for the hosts that have one."""

    def send(original: Callable[..., Any]) -> Callable[..., Any]:
        def send_request(
            self: HTTPAdapter, request: Any, stream: bool = False, timeout: Any = None, *rest: Any, **options: Any
        ) -> Any:
            handler = find(urlsplit(request.url).hostname or "")
            if handler is None:
                return original(self, request, stream, timeout, *rest, **options)
            return respond(self, handler, request, timeout)

        return send_request

    return [Patch(HTTPAdapter, "send", send)]


def _inbound(request: requests.PreparedRequest) -> HttpRequest:
    url = urlsplit(request.url or "")
    body: Any = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes | bytearray):
        body = b"".join(body)
    headers = {
        name.lower(): value if isinstance(value, str) else value.decode() for name, value in request.headers.items()
    }
    return HttpRequest(
        request.method or "GET", url.hostname or "", unquote(url.path), headers, bytes(body), "requests", url.query
    )


def _read_timeout(timeout: Any) -> float | None:
    if isinstance(timeout, tuple):
        _, timeout = timeout
    if not isinstance(timeout, urllib3.Timeout):
        return timeout  # type: ignore[no-any-return]
    try:
        read = timeout.read_timeout
    except TimeoutStateError:  # only the total is limited, and it says what is left of it once it has begun
        read = None
    limits = [limit for limit in (timeout.total, read) if isinstance(limit, int | float)]
    return min(limits, default=None)


def _hang_up(refused: bool) -> Exception:
    if refused:
        return NewConnectionError(None, "Failed to establish a new connection: [Errno 111] Connection refused")  # type: ignore[arg-type]
    return ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))


def _sleep(seconds: float) -> None:
    if seconds:
        time.sleep(seconds)
