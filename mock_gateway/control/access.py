"""Who may reach the gateways of a server, and control them."""

from collections.abc import Collection
from hmac import compare_digest
from ipaddress import ip_address
from urllib.parse import urlsplit

from ..core.hosts import LOOPBACK
from ..core.problems import authors_mistake
from ..core.requests import HttpRequest

KEYS = "MOCK_GATEWAY_KEYS"
"""Where keys are in the environment, so that they need not stand in the list of processes."""


def check_reach(host: str, keys: Collection[str]) -> None:
    """Refuse to let other machines in without a key."""
    if not keys and not is_loopback(host):
        raise ValueError(
            f"{host} is reached from other machines, and without a key anybody there could use this gateway. "
            f"Give it one, in the environment ({KEYS}=...), or in a file (--keys-from FILE); "
            "or listen on 127.0.0.1, where only this machine is."
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine is reached by it."""
    try:
        return host in LOOPBACK or ip_address(host).is_loopback
    except ValueError:
        return False


def admit(request: HttpRequest, keys: Collection[str]) -> None:
    """Let a request in to the control endpoints, or raise the problem.

    A page in a browser may send requests to this machine too, and says where it comes from.
    """
    origin = request.headers.get("origin")
    if origin is not None and not is_loopback(_host(origin)):
        text = f"A page from {origin} asks for this. Only programs and pages of this machine may."
        raise authors_mistake(403, text, "foreign_origin")
    if not keys and not is_loopback(request.host or "localhost"):  # a name of somebody else's, led to this machine
        text = f"This gateway has no keys, so it is for this machine alone, and was asked for as {request.host}."
        raise authors_mistake(403, text, "foreign_host")
    shown = (request.key or "").encode()
    if keys and not any(compare_digest(shown, key.encode()) for key in keys):
        text = "This gateway has API keys, and its control endpoints ask for one of them: Authorization: Bearer KEY."
        raise authors_mistake(401, text, "invalid_api_key")


def _host(origin: str) -> str:
    """The host of a page's address. Nothing, where that is no address."""
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""
