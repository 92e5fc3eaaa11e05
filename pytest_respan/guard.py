"""Refusing connections to Respan and to model providers, wherever in this process they come from.

The doors lead httpx, httpx2 and requests into the gateway before they look up a name, and aiohttp on its way to Respan.
What still looks up or connects to a known host (aiohttp to a provider, urllib3, a raw socket) would have left the
machine. Python's `socket` is where they all pass; clients that bring a resolver and sockets of their own in C are not
seen.
"""

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from mock_gateway.core.findings import DEFAULTS, Finding
from mock_gateway.core.hosts import is_known
from mock_gateway.doors.outside import is_outside
from mock_gateway.doors.patching import Patch

from .explain import blocked_text, findings_text

Recorder = Callable[[str], None]


class ConnectionBlocked(RuntimeError):  # noqa: N818 - what happened to it
    """A connection was about to leave the machine. No OSError: those are retried, and read as the network's fault."""


class Guard:
    """While it is entered, connections to known hosts are refused and recorded."""

    def __init__(self, record: Recorder) -> None:
        self._record = record

    def __enter__(self) -> None:
        with _lock:
            if not _recorders:
                for patch in _patches:
                    patch.apply()
            _recorders.append(self._record)

    def __exit__(self, *reason: object) -> None:
        with _lock:
            _recorders.remove(self._record)
            if not _recorders:
                for patch in reversed(_patches):
                    patch.undo()


class Watch:
    """The guard over a whole session, which fails the test in which something was refused and nobody noticed."""

    def __init__(self) -> None:
        self._blocked: list[str] = []
        self._guard = Guard(self._blocked.append)

    def start(self) -> None:
        """Guard from now on."""
        self._guard.__enter__()

    def stop(self) -> None:
        """Guard no longer."""
        self._guard.__exit__()

    def take(self) -> list[str]:
        """What was refused since somebody last asked."""
        blocked, self._blocked[:] = list(self._blocked), []
        return blocked

    def fail_for(self, blocked: list[str]) -> None:
        """Fail a test for what was refused in it."""
        if blocked:
            pytest.fail(findings_text([Finding("guard", text) for text in blocked], DEFAULTS), pytrace=False)


_lock = threading.RLock()
_recorders: list[Recorder] = []


def _refuse(host: object) -> None:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if _recorders and isinstance(name, str) and is_known(name.rstrip(".").lower()) and not is_outside():
        text = blocked_text(name)
        _recorders[-1](text)
        raise ConnectionBlocked(text)


def _guarded_lookup(original: Callable[..., Any]) -> Callable[..., Any]:
    def look_up(host: Any, *rest: Any, **options: Any) -> Any:
        _refuse(host)
        return original(host, *rest, **options)

    return look_up


def _guarded_connect(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address:
            _refuse(address[0])
        return original(self, address)

    return connect


_patches = [
    *(Patch(socket, name, _guarded_lookup) for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex")),
    *(Patch(socket.socket, name, _guarded_connect) for name in ("connect", "connect_ex")),
]
