"""A respx route, for suites that are built on respx: their router decides, the gateway answers.

def test_chat(respx_mock):
    respx_route.lead(respx_mock, Gateway())

It is for a gateway that is not intercepting: an interception answers before respx is asked.
"""

import inspect
from collections.abc import Iterable
from types import FrameType
from typing import Any

import httpx
import respx

from ..core.hosts import RESPAN_HOSTS
from .face import Handler
from .httpx_transports import respond, respond_async


def lead(router: respx.Router, gateway: Handler, *, hosts: Iterable[str] = tuple(sorted(RESPAN_HOSTS))) -> respx.Route:
    """Add a route to the router that leads these hosts into the gateway, for clients of both kinds."""
    return router.route(host__in=list(hosts)).mock(side_effect=side_effect(gateway))


def side_effect(gateway: Handler) -> Any:
    """What a route of one's own is given: ``respx.post(...).mock(side_effect=side_effect(gateway))``."""

    def answer(request: httpx.Request) -> Any:
        return respond_async(httpx, gateway, request) if _is_awaited() else respond(httpx, gateway, request)

    return answer


def _is_awaited() -> bool:
    """Whether the client that asks is an asynchronous one: only for these does respx 0.23 await what it is given.

    Nothing in the request tells, and a synchronous client may be used inside an event loop; so it is read from which
    of the router's two methods is asking.
    """
    frame: FrameType | None = inspect.currentframe()
    while frame is not None and not isinstance(frame.f_locals.get("self"), respx.Router):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_name == "aresolve"
