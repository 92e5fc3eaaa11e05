import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import certifi
import httpx
import httpx2
import pytest

from mock_gateway import Gateway

every_library = pytest.mark.parametrize("library", [httpx2, httpx], ids=lambda library: library.__name__)


@pytest.fixture(autouse=True)
def _no_certificates_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


def _context(client: Any) -> ssl.SSLContext:
    context = client._transport._pool._ssl_context
    assert isinstance(context, ssl.SSLContext)
    return context


@every_library
def test_clients_made_while_intercepting_share_a_context(library: Any) -> None:
    """A client that will never use its TLS context does not make one of its own."""
    with Gateway().intercept(), library.Client() as first, library.Client() as second:
        assert _context(first) is _context(second)


@every_library
def test_asynchronous_clients_share_it_too(library: Any) -> None:
    """Clients of both kinds have the same context, which is one of the default kind."""
    with Gateway().intercept(), library.Client() as first:
        context = _context(library.AsyncClient())
        assert context is _context(first)

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@every_library
def test_a_client_that_reads_no_environment_has_another(library: Any) -> None:
    """Clients share a context only with clients that were asked for the same."""
    with Gateway().intercept(), library.Client() as first, library.Client(trust_env=False) as second:
        assert _context(first) is not _context(second)


@every_library
@pytest.mark.parametrize(
    "verify", [lambda: False, ssl.create_default_context], ids=["no verification", "a context of its own"]
)
def test_a_client_with_a_choice_of_its_own_keeps_it(library: Any, verify: Callable[[], Any]) -> None:
    """Whoever says how to verify gets just that."""
    choice = verify()

    with Gateway().intercept(), library.Client() as shared, library.Client(verify=choice) as own:
        assert _context(own) is not _context(shared)
        assert _context(own).verify_mode is (ssl.CERT_REQUIRED if choice else ssl.CERT_NONE)


@every_library
@pytest.mark.parametrize(
    ("name", "value"),
    [("SSL_CERT_FILE", certifi.where()), ("SSL_CERT_DIR", str(Path(certifi.where()).parent))],
    ids=["file", "folder"],
)
def test_certificates_named_in_the_environment_are_used(
    library: Any, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients share a context only while the environment names the same certificates."""
    with Gateway().intercept(), library.Client() as before:
        monkeypatch.setenv(name, value)
        with library.Client() as first, library.Client() as second:
            assert _context(first) is _context(second)
            assert _context(first) is not _context(before)


@every_library
def test_clients_made_afterwards_have_their_own(library: Any) -> None:
    """When the interception is over, every client makes its own context again."""
    with Gateway().intercept(), library.Client() as during:
        pass

    with library.Client() as first, library.Client() as second:
        assert len({id(_context(client)) for client in (during, first, second)}) == 3
