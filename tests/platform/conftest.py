from collections.abc import Iterator

import pytest

from mock_gateway import Gateway


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """A gateway that meets all traffic to Respan."""
    with Gateway().intercept() as gateway:
        yield gateway
