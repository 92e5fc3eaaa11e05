"""A real socket: a server in a thread, on a loopback port.

One server can serve many gateways, each below a token of its own in the path. When a test is over its token is too, so
that a late request of its background threads cannot land in the next test.
"""

import asyncio
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, Protocol

from pydantic_core import to_json

from ..core import problems
from ..core.problems import Problem
from ..core.requests import DUMMY_KEY, HttpRequest
from ..core.steps import Chunk, Start, Steps
from .exchanges import Answer, Exchange
from .face import Handler
from .http11 import Inbound, Listener

_PATIENCE = 5.0
CONTROL = "/_mock"
"""Where the control endpoints are, below the root of a gateway: no path of the gateway's own begins like this."""
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where a server is reached that listens on all of them


class Server(NamedTuple):
    """Where a gateway is served."""

    url: str
    """What RESPAN_BASE_URL would be."""

    @property
    def openai_url(self) -> str:
        """The base URL for clients of OpenAI's API."""
        return self.url

    @property
    def anthropic_url(self) -> str:
        """The base URL for clients of Anthropic's API."""
        return f"{self.url}/anthropic"

    @property
    def gemini_url(self) -> str:
        """The base URL for clients of Google's API."""
        return f"{self.url}/google/gemini"

    @property
    def control_url(self) -> str:
        """Where the control endpoints are, if they are served."""
        return f"{self.url.removesuffix('/api')}{CONTROL}"

    @property
    def env(self) -> Mapping[str, str]:
        """The environment for a process that is to find this server, and nothing else."""
        google = {"GOOGLE_API_KEY": DUMMY_KEY} if "GOOGLE_API_KEY" in os.environ else {}  # its SDK warns of two keys
        return {
            "RESPAN_BASE_URL": self.url,
            "RESPAN_API_KEY": DUMMY_KEY,
            "KEYWORDSAI_BASE_URL": self.url,
            "KEYWORDSAI_API_KEY": DUMMY_KEY,
            "OPENAI_BASE_URL": self.openai_url,
            "OPENAI_API_KEY": DUMMY_KEY,
            "ANTHROPIC_BASE_URL": self.anthropic_url,
            "ANTHROPIC_API_KEY": DUMMY_KEY,
            "GOOGLE_GEMINI_BASE_URL": self.gemini_url,
            "GEMINI_API_KEY": DUMMY_KEY,
            **google,
            "NO_PROXY": "127.0.0.1,localhost,::1",
            "no_proxy": "127.0.0.1,localhost,::1",
        }


class Control(Protocol):
    """Whoever scripts and reads gateways on behalf of clients."""

    def answer(self, token: str, request: HttpRequest) -> tuple[int, Any]:
        """The status and the JSON of the answer to a request below `CONTROL`, for the gateway of this token."""
        ...


class Switchboard:
    """Finds the gateway a path belongs to, and knows which answers are on their way."""

    def __init__(self) -> None:
        self.gateways: dict[str, Callable[[], Handler | Problem]] = {}
        self.control: Control | None = None
        self._open: dict[Exchange, Handler | None] = {}
        """Whose each answer is; nobody's, where its end was waited for in vain."""
        self._ended = threading.Condition()
        """Whoever waits for calls to end is told of each."""

    def __call__(self, inbound: Inbound, exchange: Exchange) -> Answer:
        if self.control is not None and (told := _control(inbound.path)) is not None:
            # on a thread: what is asked for may have to wait for calls that end here
            return Answer(_tell(self.control, told[0], inbound.below(told[1])), _at_once, waits_for_others=True)
        gateway, path = self._lead(inbound.path)
        if isinstance(gateway, Problem):
            return Answer(_say(gateway), _at_once)
        gateway.settle_with(self)
        timeline = gateway.clock.timeline()
        steps = gateway.handle(inbound.below(path), timeline)
        self._open[exchange] = gateway
        return Answer(steps, timeline.spend, partial(self._end, exchange), gateway.waits_for_others)

    def settle(self, gateway: Handler) -> None:
        """Wait for the calls whose client has left or has read everything, and no others: they are still open."""
        for exchange, whose in self._open.copy().items():
            if whose is gateway and (
                (state := exchange.look()) in ("gone", "left") or (state == "read" and exchange.is_all_sent)
            ):
                with self._ended:
                    if not self._ended.wait_for(partial(self._has_ended, exchange), _PATIENCE):
                        self._open[exchange] = None

    def _end(self, exchange: Exchange) -> None:
        with self._ended:
            del self._open[exchange]
            self._ended.notify_all()

    def _has_ended(self, exchange: Exchange) -> bool:
        return exchange not in self._open

    def _lead(self, path: str) -> tuple[Handler | Problem, str]:
        token, _, rest = path.lstrip("/").partition("/")
        if token and token in self.gateways:
            return self.gateways[token](), f"/{rest}"
        if "" in self.gateways:
            return self.gateways[""](), path
        return problems.nobody_serves(path), path


def _control(path: str) -> tuple[str, str] | None:
    """The token and the path of a request to the control endpoints."""
    before, found, rest = path.partition(CONTROL)
    if not found or (rest and not rest.startswith("/")) or "/" in before.strip("/"):
        return None
    return before.strip("/"), f"{CONTROL}{rest}"


def _tell(control: Control, token: str, request: HttpRequest) -> Steps:
    yield from _json(*control.answer(token, request))


def _say(problem: Problem) -> Steps:
    return _json(problem.status, problem.in_openais_shape)


def _json(status: int, value: Any) -> Steps:
    body = to_json(value)
    headers = (("content-type", "application/json"), ("x-should-retry", "false"), ("content-length", str(len(body))))
    yield Start(status, headers, is_whole=True)
    yield Chunk(body, last=True)


def _at_once(_: float) -> float:
    """There is nothing to wait for."""
    return 0.0


class ServerThread:
    """A server in a thread of its own: up when the constructor returns, gone when `stop` does."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.switchboard = Switchboard()
        self._socket = _listening_socket(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self._is_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mock-gateway", daemon=True)
        self._thread.start()
        if not self._is_up.wait(_PATIENCE):
            raise RuntimeError("the server did not come up")

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:  # it writes at once: see Watch
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        listener = Listener(self.switchboard)
        await listener.open(self._socket)
        self._is_up.set()
        await self._told.wait()
        await listener.close()

    def mount(self, find: Callable[[], Handler | Problem], token: str) -> Server:
        """Serve whatever gateway is found, or say what is wrong, below a token in the path."""
        self.switchboard.gateways[token] = find
        return self.at(token)

    def at(self, token: str) -> Server:
        """Where the gateway of a token is."""
        host = _EVERYWHERE.get(self.host, self.host)
        host = f"[{host}]" if ":" in host else host
        return Server(f"http://{host}:{self.port}{f'/{token}' if token else ''}/api")

    @contextmanager
    def serving(self, gateway: Handler, over: Problem) -> Iterator[Server]:
        """Serve a gateway below a token of its own; afterwards say there that it is over."""
        token = secrets.token_hex(4)
        yield self.mount(lambda: gateway, token)
        self.switchboard.gateways[token] = lambda: over

    def stop(self) -> None:
        """Close the socket and every connection, and end the thread."""
        self._loop.call_soon_threadsafe(self._told.set)
        self._thread.join(2 * _PATIENCE)
        if self._thread.is_alive():
            raise RuntimeError("the server did not stop")


def _listening_socket(host: str, port: int) -> socket.socket:
    """A socket whose connections send at once: asyncio switches Nagle's delays off only where the protocol is named."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(512)
    except BaseException:
        listening.close()
        raise
    return listening


@contextmanager
def serve(gateway: Handler, *, host: str, port: int) -> Iterator[Server]:
    """A server for one gateway."""
    thread = ServerThread(host, port)
    try:
        yield thread.mount(lambda: gateway, token="")
    finally:
        thread.stop()
