"""The client of Google's that several files of tests ask through."""

from collections.abc import Iterator
from typing import Any

import pytest

from mock_gateway import Gateway


@pytest.fixture
def client(respan_gateway: Gateway) -> Iterator[Any]:
    """A client as an application makes it."""
    from .google_sdk import BASE, genai

    with genai.Client(api_key="any", http_options={"base_url": BASE}) as made:
        yield made
