"""What the fixture costs a suite of 200 tests, by turns with the same suite without it."""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .rounds import Figure

TESTS = 200

EMPTY = """
import pytest

@pytest.fixture
def nothing():
    yield

@pytest.mark.parametrize("n", range({tests}))
def test_it(nothing, n): ...
"""
IDLE = """
import pytest
import pytest_respan.run
from mock_gateway import Gateway

with Gateway().intercept(): ...

@pytest.mark.parametrize("n", range({tests}))
def test_it(respan_gateway, n): ...
"""
FLOOR = """
import httpx2, openai, pytest

BODY = {{"id": "x", "object": "chat.completion", "created": 1, "model": "gpt-4o",
        "choices": [{{"index": 0, "finish_reason": "stop", "message": {{"role": "assistant", "content": "Hello!"}}}}]}}

@pytest.fixture
def patched(monkeypatch):
    monkeypatch.setattr(httpx2.HTTPTransport, "handle_request", lambda self, request: httpx2.Response(200, json=BODY))

SHARED = openai.OpenAI(base_url="https://api.respan.ai/api/", api_key="k")

@pytest.mark.parametrize("n", range({tests}))
def test_it(patched, n):
    client = {client}
    client.chat.completions.create(model="gpt-4o", messages=[{{"role": "user", "content": "Hi"}}])
"""
OURS = """
import openai, pytest
import pytest_respan.run
from mock_gateway import Gateway

with Gateway().intercept(): ...

SHARED = openai.OpenAI(base_url="https://api.respan.ai/api/", api_key="k")

@pytest.mark.parametrize("n", range({tests}))
def test_it(respan_gateway, n):
    respan_gateway.model("gpt-4o").replies("Hello!")
    client = {client}
    client.chat.completions.create(model="gpt-4o", messages=[{{"role": "user", "content": "Hi"}}])
"""
NEW = 'openai.OpenAI(base_url="https://api.respan.ai/api/", api_key="k")'

PLUGIN = """
import time

def pytest_collection_finish(session):
    session.config.began = time.perf_counter()

def pytest_sessionfinish(session):
    with open("seconds.txt", "w") as file:
        file.write(str(time.perf_counter() - session.config.began))
"""


def seconds(suite: str, **values: str) -> float:
    """How long the tests of a suite run, without collecting them."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "conftest.py").write_text(PLUGIN)
        (folder / "test_it.py").write_text(suite.format(tests=TESTS, **values))
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
            cwd=folder,
            capture_output=True,
            check=True,
        )
        return float((folder / "seconds.txt").read_text())


def figures(rounds: int) -> Iterator[Figure]:
    """The lines of the table."""
    turns = max(rounds // 2, 1)
    extra = [(seconds(IDLE) - seconds(EMPTY)) / TESTS * 1e3 for _ in range(turns)]
    yield Figure("the fixture without a call, over an empty one", statistics.median(extra), "ms", 0.5)
    for what, client, goal in (("own client each", NEW, 0.30), ("one shared client", "SHARED", 1.05)):
        shares = [seconds(OURS, client=client) / seconds(FLOOR, client=client) for _ in range(turns)]
        name = f"{TESTS} tests, {what}, over the patched floor"
        yield Figure(name, statistics.median(shares), "x", goal, low=min(shares), high=max(shares))
