"""The door for aiohttp, which google-genai's asynchronous half takes where it is installed.

aiohttp reads and writes HTTP itself, so it needs a connection: those to a host that a gateway answers for lead to the
gateway behind a loopback port of this process instead. Where a guard watches, it is told of those to providers. What is asked for stays as it was, the host among it. Nothing is
imported and no port is opened before somebody needs it; importing aiohttp takes longer than most tests.
"""

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..core import problems
from ..core.hosts import is_provider
from ..core.problems import Problem
from .face import Find, Handler
from .importing import Awaiting
from .patching import Patch

if TYPE_CHECKING:
    from .server import ServerThread

_MODULE = "aiohttp.connector"
_ANY_OF_RESPANS = "api.respan.ai"


class Connector:
    """What makes connections in aiohttp: replaced as soon as it is there."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._awaiting = Awaiting({_MODULE: self._replace})
        self._patch: Patch | None = None
        self._server: ServerThread | None = None
        self._lock = threading.Lock()

    def apply(self) -> None:
        """Lead connections in from now on."""
        found = sys.modules.get(_MODULE)
        if hasattr(found, "TCPConnector"):
            self._replace(found)
        else:
            self._awaiting.begin()

    def undo(self) -> None:
        """Put it back, and close the port."""
        self._awaiting.end()
        if self._patch is not None:
            self._patch.undo()
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.stop()

    def _replace(self, module: Any) -> None:
        if self._patch is None or self._patch.owner is not module.TCPConnector:
            self._patch = Patch(module.TCPConnector, "_create_connection", self._led)
        self._patch.apply()

    def _led(self, original: Callable[..., Any]) -> Callable[..., Any]:
        async def create_connection(connector: Any, request: Any, *rest: Any, **options: Any) -> Any:
            host = request.url.host or ""
            handler = self._find(host)
            if handler is None or (handler.is_guarded and is_provider(host)):
                return await original(connector, request, *rest, **options)
            import asyncio

            loop = asyncio.get_running_loop()
            _, protocol = await loop.create_connection(connector._factory, "127.0.0.1", self._port())  # noqa: SLF001
            return protocol

        return create_connection

    def _port(self) -> int:
        with self._lock:
            if self._server is None:
                from .server import ServerThread

                self._server = ServerThread()
                self._server.mount(self._newest, token="")
            port: int = self._server.port
            return port

    def _newest(self) -> Handler | Problem:
        """Whoever answers now: connections may be kept from one gateway to the next."""
        return self._find(_ANY_OF_RESPANS) or problems.nobody_serves("/")
