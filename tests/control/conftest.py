"""A running server, and a gateway of one's own for each test."""

from collections.abc import Iterator

import pytest

from ..command.program import Program, program
from .own import Own


@pytest.fixture(scope="package")
def running() -> Iterator[Program]:
    """One program for all these tests: each has a gateway of its own."""
    with program() as served:
        yield served


@pytest.fixture
def own(running: Program) -> Own:
    """A fresh one."""
    return Own.created(running.control)
