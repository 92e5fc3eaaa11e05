"""What suites are given that these tests run in this process.

They find the heavy libraries imported, instead of each importing them anew.
"""

from collections.abc import Iterator
from importlib import import_module

import pytest

from ..doubles.provider import KEY, Provider, provider

for name in (
    "openai",
    "requests",
    "mock_gateway.doors.httpx_transports",
    "mock_gateway.doors.requests_adapter",
    "mock_gateway.doors.server",
    "pytest_respan.run",
):
    import_module(name)


@pytest.fixture
def on_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in CI, unless a test says so."""
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider, and a key for it in the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with provider() as running:
        yield running
