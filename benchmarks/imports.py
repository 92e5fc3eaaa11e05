"""What merely installing costs every start of pytest, and what the parts cost to import."""

import statistics
from collections.abc import Iterator

from .interpreters import output
from .rounds import Figure

CODE = "import time; began = time.perf_counter(); {statement}; print(time.perf_counter() - began)"


def seconds(statement: str, before: str = "pass") -> float:
    """How long a statement takes in a new interpreter."""
    return output(f"{before}; {CODE.format(statement=statement)}")


def figures(rounds: int) -> Iterator[Figure]:
    """The lines of the table."""
    shares, pytests, gateways = [], [], []
    for _ in range(rounds + 1):
        pytests.append(seconds("import pytest, _pytest.config, _pytest.main, _pytest.assertion.rewrite"))
        shares.append(seconds("import pytest_respan.plugin", before="import pytest") / pytests[-1])
        gateways.append(seconds("from mock_gateway import Gateway", before="import pytest") * 1e3)
    del pytests[0], shares[0], gateways[0]
    yield Figure("the plugin installed and unused, over import pytest", statistics.median(shares), "x", 0.03)
    yield Figure("import mock_gateway, when a test first asks", statistics.median(gateways), "ms")
    yield Figure("import pytest, for scale", statistics.median(pytests) * 1e3, "ms")
