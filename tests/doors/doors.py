"""Every way into the gateway: a place (where the gateway is met) and a client (who asks).

What a promise needs to know of a door is on it; everything else is the same for all of them, which is the point.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

import openai
import pytest
import requests

from mock_gateway import Gateway
from mock_gateway.doors.asgi import GatewayApp

from .asgi_transport import transport
from .clients import KEY, RESPAN, AsyncClient, Client, RequestsClient, SyncClient

NATIVE: Any = import_module(str(openai.DefaultHttpxClient.__base__.__module__).partition(".")[0])
"""The library that this version of the OpenAI SDK is built on: httpx2 since version 3, httpx before."""

Place = Literal["intercepted", "respx", "application", "socket"]
Kind = Literal["sync", "asyncio", "trio", "requests"]


@dataclass(frozen=True)
class Door:
    """A way into the gateway."""

    place: Place
    library: Any
    kind: Kind

    def __str__(self) -> str:
        return f"{self.place}-{self.library.__name__}-{self.kind}"

    @property
    def is_within(self) -> bool:
        """Whether the door itself is the client's transport, so that the client's patience is virtual too."""
        return self.place in ("intercepted", "respx")

    @property
    def has_sdk(self) -> bool:
        return self.kind != "requests"

    @contextmanager
    def open(self, gateway: Gateway, *, timeout: float | None = None, retries: int = 0) -> Iterator[Client]:
        """A client at the door of this gateway, with this patience for an answer."""
        patience = timeout or (600 if self.is_within else 30)
        with _PLACES[self.place](gateway) as (base_url, application):
            if self.kind == "requests":
                yield RequestsClient(base_url, patience)
                return
            options: dict[str, Any] = {
                "base_url": base_url,
                "api_key": KEY,
                "timeout": patience,
                "max_retries": retries,
            }
            if self.kind == "sync":
                with closing(openai.OpenAI(**options, http_client=self._http_client(application))) as sdk:
                    yield SyncClient(sdk)
            else:
                yield AsyncClient(
                    lambda: openai.AsyncOpenAI(**options, http_client=self._http_client(application)), self.kind
                )

    def _http_client(self, application: GatewayApp | None) -> Any:
        if application is not None:
            return self.library.AsyncClient(transport=transport(self.library, application))
        if self.library is NATIVE:
            return None
        return self.library.Client() if self.kind == "sync" else self.library.AsyncClient()


Met = Iterator[tuple[str, GatewayApp | None]]


@contextmanager
def _intercepted(gateway: Gateway) -> Met:
    with gateway.intercept():
        yield RESPAN, None


@contextmanager
def _routed(gateway: Gateway) -> Met:
    import respx

    from mock_gateway.doors import respx_route

    with respx.mock() as router:
        respx_route.lead(router, gateway)
        yield RESPAN, None


@contextmanager
def _mounted(gateway: Gateway) -> Met:
    yield "http://gateway.test/api", GatewayApp(gateway)


@contextmanager
def _served(gateway: Gateway) -> Met:
    with gateway.serve() as server:
        yield server.url, None


_PLACES = {"intercepted": _intercepted, "respx": _routed, "application": _mounted, "socket": _served}


def _doors() -> Iterator[Door]:
    libraries = [NATIVE, *([import_module("httpx")] if NATIVE.__name__ != "httpx" and find_spec("httpx") else [])]
    for library in libraries:
        yield Door("intercepted", library, "sync")
        yield Door("intercepted", library, "asyncio")
        yield Door("intercepted", library, "trio")
    if find_spec("respx"):
        for kind in ("sync", "asyncio"):
            yield Door("respx", import_module("httpx"), kind)
    for library in libraries:
        yield Door("application", library, "asyncio")
    yield Door("socket", NATIVE, "sync")
    yield Door("socket", NATIVE, "asyncio")
    yield Door("socket", NATIVE, "trio")
    yield Door("intercepted", requests, "requests")
    yield Door("socket", requests, "requests")


DOORS = tuple(_doors())

every_door = pytest.mark.parametrize("door", DOORS, ids=str)
