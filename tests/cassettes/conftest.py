from collections.abc import Iterator

import pytest

from ..doubles.provider import KEY, Provider, provider


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider, and a key for it in the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with provider() as running:
        yield running
