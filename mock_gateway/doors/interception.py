"""Leading the traffic of this process into a gateway, by host.

Replacing functions of other libraries is process-wide by nature, so this is the one place that keeps such state: a
stack of gateways, the newest of which answers. With the last of them the libraries are put back as they were.
"""

import os
import threading
from importlib import import_module
from importlib.util import find_spec
from types import TracebackType
from typing import Generic, TypeVar
from urllib.parse import urlsplit

from ..core.hosts import LOOPBACK, is_known
from .aiohttp_connector import Connector
from .face import Handler
from .outside import is_outside
from .patching import Patch

H = TypeVar("H", bound=Handler)

_stack: list[Handler] = []
_own_hosts: set[str] = set()
_lock = threading.RLock()
_patches: list[Patch | Connector] = []
_copies: list[Handler] = []
"""In a process that was forked from one that has gateways, what it has of them: nobody sees what these are asked."""

_FORKED = """A call to {host} from a process that was forked from the one that has the gateway: what it asks would be seen by nobody.

  Serve it   ask for the fixture respan_server, or use gateway.serve(), and point the application at its url"""


class Forked(RuntimeError):  # noqa: N818 - what happened
    """A call came from a copy of this process. No OSError: those are retried, and read as the network's fault."""


class Interception(Generic[H]):
    """While it is entered, calls to Respan and to the providers are answered by its gateway."""

    def __init__(self, gateway: H) -> None:
        self._gateway = gateway

    def __enter__(self) -> H:
        if _stack:
            _stack[-1].flush()  # spans go to the gateway that answers when they end
        with _lock:
            if not _stack:
                _install()
            if self._gateway in _copies:
                _copies.remove(self._gateway)  # whoever enters it here has it here
            _stack.append(self._gateway)
        return self._gateway

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._gateway.flush()
        finally:
            with _lock:
                _stack.remove(self._gateway)
                if not _stack:
                    _uninstall()


def find(host: str) -> Handler | None:
    """Who answers for this host: the newest gateway for Respan's and the providers' hosts, nobody for others."""
    if _stack and (is_known(host) or host in _own_hosts or host in _configured_hosts()) and not is_outside():
        if _stack[-1] in _copies:
            raise Forked(_FORKED.format(host=host))
        return _stack[-1]
    return None


if hasattr(os, "register_at_fork"):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=lambda: _copies.extend(_stack))


def _install() -> None:
    """Replace what there is to replace: a library that is not installed has nobody to lead in."""
    _own_hosts.update(_configured_hosts())
    if not _patches:
        from . import httpx_transports, tls

        names = [name for name in ("httpx2", "httpx") if find_spec(name) is not None]
        for library in dict.fromkeys(map(import_module, names)):  # an alias makes them one
            _patches.extend((*httpx_transports.patches(library, find), *tls.patches(library)))
        if find_spec("requests") is not None:
            from . import requests_adapter

            _patches.extend(requests_adapter.patches(find))
        _patches.append(Connector(find))
    for patch in _patches:
        patch.apply()


def _uninstall() -> None:
    for patch in reversed(_patches):
        patch.undo()
    _own_hosts.clear()


def _configured_hosts() -> set[str]:
    """The host the environment names for Respan, such as a private deployment's; a loopback one is a real server."""
    urls = (os.environ.get("RESPAN_BASE_URL"), os.environ.get("KEYWORDSAI_BASE_URL"))
    hosts = {urlsplit(url).hostname for url in urls if url}
    return {host for host in hosts if host and host not in LOOPBACK}
