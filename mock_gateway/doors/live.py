"""A real upstream, asked over HTTP: the way out, where all other doors are ways in.

It speaks httpx2, so what httpx2 reads from the environment about proxies and certificates holds here too, and tools
that take over httpx (respx, pytest-httpx) are not in its way.
"""

import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic_core import to_json

from ..cassettes.exchange import Broken, Head, Live
from ..cassettes.format import Arrival
from ..core.hosts import LOOPBACK
from ..core.nearest import unknown
from ..core.requests import DUMMY_KEY
from ..wires.upstream import UpstreamMistake
from ..wires.wire import Address, Wire
from .outside import outside

_CONNECT = 15.0


@dataclass(frozen=True, slots=True)
class _Known:
    """Where an upstream is, and where its key is."""

    url: str
    keys: tuple[str, ...]
    url_variable: str | None = None


KNOWN: dict[str, _Known] = {
    "respan": _Known(
        "https://api.respan.ai/api",
        ("RESPAN_API_KEY", "KEYWORDSAI_API_KEY"),
        "RESPAN_BASE_URL",
    ),
    "openai": _Known("https://api.openai.com/v1", ("OPENAI_API_KEY",)),
    "anthropic": _Known("https://api.anthropic.com/v1", ("ANTHROPIC_API_KEY",)),
    "google": _Known("https://generativelanguage.googleapis.com/v1beta", ("GEMINI_API_KEY", "GOOGLE_API_KEY")),
}
"""Upstreams by name."""

_ONE_ATTEMPT = {"cache_enabled": False, "disable_fallback": True, "retry_params": {"retry_enabled": False}}
"""What Respan is told: whatever else it does, is done here."""


class LiveProvider:
    """An upstream by its name, or by the base URL of its API."""

    def __init__(self, upstream: str) -> None:
        check(upstream)
        known = KNOWN.get(upstream)
        base = upstream if known is None else _configured(known.url_variable) or known.url
        self._name, self._known, self._base = upstream, known, base.rstrip("/")
        parts = urlsplit(self._base)
        self.url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    def __repr__(self) -> str:
        return f"<LiveProvider {self.url}>"

    def ask(self, wire: Wire, address: Address, patience: float) -> Live:
        """The head of its answer and the body as it arrives."""
        import httpx2

        url = f"{self._base}/{self._prefix(wire)}{address.path}"
        body = to_json({**address.body, **self._added(wire)})
        timeout = httpx2.Timeout(patience, connect=min(_CONNECT, patience))
        began = time.monotonic()
        try:
            with httpx2.Client(timeout=timeout, verify=_trust()) as client:
                question = client.build_request(
                    "POST", url, content=body, headers={**self._headers(wire), **address.headers}
                )
                with outside():
                    answer = client.send(question, stream=True)
                self._check_status(answer.status_code)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                yield Head(answer.status_code, headers, time.monotonic() - began, partial(_abort, answer))
                began = time.monotonic()
                chunks = answer.iter_bytes()
                try:
                    while (data := _next(chunks)) is not None:
                        yield Arrival(time.monotonic() - began, data)
                finally:
                    answer.close()
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol) as error:
            raise UpstreamMistake(f"{self.url} cannot be reached: {_reason(error)}") from None
        except httpx2.TimeoutException:
            raise Broken(f"nothing came from {self.url} for {patience:g} seconds") from None
        except httpx2.TransportError as error:
            raise Broken(f"the connection to {self.url} broke: {_reason(error)}") from None
        except httpx2.DecodingError:
            raise UpstreamMistake(f"{self.url} sent what cannot be decoded") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise UpstreamMistake(f"{self.url} cannot be asked: {_reason(error)}") from None

    def _check_status(self, status: int) -> None:
        """Refuse what is no answer to a question. A redirect would turn the question into another."""
        if 300 <= status < 400:
            raise UpstreamMistake(f"{self.url} answered {status}, a redirect. Is it the right upstream?")
        if not 200 <= status <= 599:
            raise UpstreamMistake(f"{self.url} answered {status}, which is no answer's status.")

    def _prefix(self, wire: Wire) -> str:
        """What stands before the path of a wire. Behind the URL of a stranger, nothing does."""
        if self._known is not None and self._name not in wire.upstreams:
            raise UpstreamMistake(
                f"{self._name} does not speak the {wire.name} wire: it is asked at {wire.path}.\n\n"
                f"  Ask another      --respan-upstream=..., or upstream=...: {', '.join(wire.upstreams)} or a URL"
            )
        return wire.upstreams[self._name] if self._known is not None else ""

    def _added(self, wire: Wire) -> Mapping[str, Any]:
        if self._name != "respan":
            return {}
        return _ONE_ATTEMPT if wire.is_open else {"respan_params": _ONE_ATTEMPT}

    def _headers(self, wire: Wire) -> dict[str, str]:
        headers = {"accept-encoding": "identity", "content-type": "application/json", "user-agent": "pytest-respan"}
        key = self._key(wire)
        shown = {} if key is None else {wire.key_header: f"Bearer {key}" if wire.key_header == "authorization" else key}
        return {**headers, **wire.headers, **shown}

    def _key(self, wire: Wire) -> str | None:
        names = (self._known or KNOWN[next(iter(wire.upstreams))]).keys
        found = ((name, os.environ.get(name, "").strip()) for name in names)
        name, key = next(((name, key) for name, key in found if key and key != DUMMY_KEY), ("", None))
        if key is not None and not (key.isascii() and key.isprintable()):
            raise UpstreamMistake(f"{name} in the environment has letters that no key has, such as a line break.")
        if key is None and self._known is not None:
            raise UpstreamMistake(
                f"{self.url} cannot be asked without a key: {' or '.join(names)} is not set in the environment.\n\n"
                f"  Set it           {names[0]}=...\n"
                f"  Ask another      --respan-upstream=..., or upstream=...: {', '.join(KNOWN)} or a URL"
            )
        return key


def name_of(url: str) -> str:
    """What an upstream is called that a recording was made from."""
    return next((name for name, known in KNOWN.items() if known.url == url), url)


def check(upstream: str) -> None:
    """Refuse what is neither a name nor a URL."""
    if upstream not in KNOWN and not _is_address(upstream):
        shown = upstream.rpartition("@")[2]  # what stands before may be a password
        raise ValueError(f"{unknown('upstream', shown, KNOWN)} Or the URL of an OpenAI-compatible API.")


def _abort(answer: Any) -> None:
    """End the connection of an answer, also while another thread waits for it."""
    sock: socket.socket | None = answer.extensions["network_stream"].get_extra_info("socket")
    if sock is not None:
        with suppress(OSError):  # it is over already
            sock.shutdown(socket.SHUT_RDWR)


def _reason(error: Exception) -> str:
    """What went wrong, in the system's words or by its name: texts of libraries may quote what was sent."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return f"[Errno {cause.errno}] {cause.strerror}"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isprintable()
    except ValueError:
        return False


def _configured(variable: str | None) -> str | None:
    """The URL the environment names, such as a private deployment's; a loopback one is a mock of ours or another's."""
    url = os.environ.get(variable, "") if variable else ""
    return url if url and urlsplit(url).hostname not in LOOPBACK else None


def _trust() -> ssl.SSLContext:
    """Whom to trust, as the environment says. It takes 25 ms to find out, so that is done once."""
    return _trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _trusted(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    import httpx2

    return httpx2.create_ssl_context()


def _next(chunks: Iterator[bytes]) -> bytes | None:
    with outside():
        return next(chunks, None)
