"""A gateway that meets all traffic to Respan, and OpenAI's client led to it."""

from collections.abc import Iterator

import pytest
from openai import OpenAI

from mock_gateway import Gateway

from .rest import RESPAN


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """A gateway that meets all traffic to Respan."""
    with Gateway().intercept() as gateway:
        yield gateway


@pytest.fixture
def client(gateway: Gateway) -> Iterator[OpenAI]:
    """OpenAI's client, led to the gateway."""
    with OpenAI(base_url=RESPAN, api_key="any") as client:
        yield client
