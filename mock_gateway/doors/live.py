"""A real upstream, asked over HTTP: the way out, where all other doors are ways in.

It speaks httpx2, so what httpx2 reads from the environment about proxies and certificates holds here too, and tools
that take over httpx (respx, pytest-httpx) are not in its way.
"""

import os
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic_core import to_json

from ..cassettes.exchange import Broken, Head, Live
from ..cassettes.format import Arrival
from ..core.hosts import LOOPBACK
from ..core.nearest import unknown
from ..core.requests import DUMMY_KEY
from ..wires.upstream import UpstreamMistake
from .outside import outside

_CONNECT = 15.0


@dataclass(frozen=True, slots=True)
class _Known:
    """Where an upstream is, where its key is, and what it must be told."""

    url: str
    keys: tuple[str, ...]
    url_variable: str | None = None
    added: Mapping[str, Any] = field(default_factory=dict)


KNOWN: dict[str, _Known] = {
    "respan": _Known(
        "https://api.respan.ai/api",
        ("RESPAN_API_KEY", "KEYWORDSAI_API_KEY"),
        "RESPAN_BASE_URL",
        {"cache_enabled": False, "disable_fallback": True, "retry_params": {"retry_enabled": False}},
    ),
    "openai": _Known("https://api.openai.com/v1", ("OPENAI_API_KEY",)),
    "anthropic": _Known("https://api.anthropic.com/v1", ("ANTHROPIC_API_KEY",)),
    "google": _Known("https://generativelanguage.googleapis.com/v1beta/openai", ("GEMINI_API_KEY", "GOOGLE_API_KEY")),
}
"""Upstreams by name. Respan is asked for one attempt and no more: whatever else it does, is done here."""


class LiveProvider:
    """An upstream by its name, or by the base URL of its OpenAI-compatible API."""

    def __init__(self, upstream: str) -> None:
        check(upstream)
        known = KNOWN.get(upstream) or _Known(upstream, ("OPENAI_API_KEY",))
        base = (_configured(known.url_variable) or known.url).rstrip("/")
        self._base, self._keys, self._added = base, known.keys, known.added
        self._is_key_needed = upstream in KNOWN
        parts = urlsplit(base)
        self.url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    def __repr__(self) -> str:
        return f"<LiveProvider {self.url}>"

    def ask(self, path: str, request: Mapping[str, Any], patience: float) -> Live:
        """The head of its answer and the body as it arrives."""
        import httpx2

        timeout = httpx2.Timeout(patience, connect=min(_CONNECT, patience))
        began = time.monotonic()
        try:
            with httpx2.Client(timeout=timeout, follow_redirects=True, verify=_trust()) as client:
                question = client.build_request(
                    "POST", f"{self._base}/{path}", content=to_json({**request, **self._added}), headers=self._headers()
                )
                with outside():
                    answer = client.send(question, stream=True)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                yield Head(answer.status_code, headers, time.monotonic() - began)
                began = time.monotonic()
                chunks = answer.iter_bytes()
                try:
                    while (data := _next(chunks)) is not None:
                        yield Arrival(time.monotonic() - began, data)
                finally:
                    answer.close()
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError, httpx2.UnsupportedProtocol) as error:
            raise UpstreamMistake(f"{self.url} cannot be reached: {error}") from None
        except httpx2.TimeoutException:
            raise Broken(f"nothing came from {self.url} for {patience:g} seconds") from None
        except httpx2.TransportError as error:
            raise Broken(f"the connection to {self.url} broke: {error}") from None
        except httpx2.DecodingError as error:
            raise UpstreamMistake(f"{self.url} sent what cannot be decoded: {error}") from None

    def _headers(self) -> dict[str, str]:
        headers = {"accept-encoding": "identity", "content-type": "application/json", "user-agent": "pytest-respan"}
        key = self._key()
        return headers if key is None else {**headers, "authorization": f"Bearer {key}"}

    def _key(self) -> str | None:
        found = (os.environ.get(name, "").strip() for name in self._keys)
        key = next((key for key in found if key and key != DUMMY_KEY), None)
        if key is None and self._is_key_needed:
            names = " or ".join(self._keys)
            raise UpstreamMistake(
                f"{self.url} cannot be asked without a key: {names} is not set in the environment.\n\n"
                f"  Set it           {self._keys[0]}=...\n"
                f"  Ask another      --respan-upstream=..., or upstream=...: {', '.join(KNOWN)} or a URL"
            )
        return key


def name_of(url: str) -> str:
    """What an upstream is called that a recording was made from."""
    return next((name for name, known in KNOWN.items() if known.url == url), url)


def check(upstream: str) -> None:
    """Refuse what is neither a name nor a URL."""
    parts = urlsplit(upstream)
    if upstream not in KNOWN and not (parts.scheme in ("http", "https") and parts.hostname):
        raise ValueError(f"{unknown('upstream', upstream, KNOWN)} Or the URL of an OpenAI-compatible API.")


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
