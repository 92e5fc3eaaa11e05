"""What the fixture costs a suite of 200 tests, by turns with the same suite without it."""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
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

SHARED = openai.OpenAI(base_url="https://api.respan.ai/api/", api_key="k")

@pytest.mark.parametrize("n", range({tests}))
def test_it(respan_gateway, n):
    respan_gateway.model("gpt-4o").replies("Hello!")
    client = {client}
    client.chat.completions.create(model="gpt-4o", messages=[{{"role": "user", "content": "Hi"}}])
"""
NEW = 'openai.OpenAI(base_url="https://api.respan.ai/api/", api_key="k")'

TURNS = """
import contextlib, io, json, sys, time
import pytest

class Watch:
    def pytest_collection_finish(self, session):
        assert len(session.items) == {tests}
        self.began = time.process_time()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session, exitstatus):
        self.seconds = time.process_time() - self.began
        assert exitstatus == 0

def seconds(file):
    watch = Watch()
    with contextlib.redirect_stdout(io.StringIO()):
        assert pytest.main(["-q", "-p", "no:cacheprovider", file], plugins=[watch]) == 0
    return watch.seconds

files = sys.argv[2:]
for file in files:
    seconds(file)
print(json.dumps([[seconds(file) for file in files] for _ in range(int(sys.argv[1]))]))
"""


def seconds(suites: Mapping[str, str], rounds: int) -> list[list[float]]:
    """How many seconds of a processor the tests of suites take, round by round, without collecting them.

    They run by turns in one process, so that all of them find the same modules imported. The first turn of each, which
    imports what is imported when it is needed, does not count. Nothing in them waits, so what else runs on the machine
    does not count either.
    """
    with tempfile.TemporaryDirectory() as place:
        files = {f"test_{name}.py": suite for name, suite in suites.items()}
        for file, text in files.items():
            (Path(place) / file).write_text(text)
        turns = subprocess.run(
            [sys.executable, "-c", TURNS.format(tests=TESTS), str(rounds), *files],
            cwd=place,
            capture_output=True,
            check=True,
            text=True,
        )
    found: list[list[float]] = json.loads(turns.stdout)
    return found


def figures(rounds: int) -> Iterator[Figure]:
    """The lines of the table."""
    turns = max(rounds, 5)
    suites = {"empty": EMPTY.format(tests=TESTS), "idle": IDLE.format(tests=TESTS)}
    extra = [(ours - floor) / TESTS * 1e3 for floor, ours in seconds(suites, turns)]
    name = "the fixture without a call, over an empty one"
    yield Figure(name, statistics.median(extra), "ms", 0.5, low=min(extra), high=max(extra))
    for what, client, goal in (("own client each", NEW, 0.30), ("one shared client", "SHARED", 1.05)):
        suites = {"floor": FLOOR.format(tests=TESTS, client=client), "ours": OURS.format(tests=TESTS, client=client)}
        shares = [ours / floor for floor, ours in seconds(suites, turns)]
        name = f"{TESTS} tests, {what}, over the patched floor"
        yield Figure(name, statistics.median(shares), "x", goal, low=min(shares), high=max(shares))
