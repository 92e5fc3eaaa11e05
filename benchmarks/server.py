"""The socket, over the floor in this process and over a constant ASGI application on uvicorn."""

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from openai import OpenAI

from . import payloads
from .constant import Constant, Uvicorn
from .in_process import call, floor_client, stream
from .interpreters import ENVIRONMENT, output
from .load import throughput
from .rounds import Figure, ratio


@contextmanager
def constant() -> Iterator[int]:
    """The port of the constant application, on uvicorn and httptools in a thread of this process."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    server = Uvicorn(Constant(payloads.chunks(stream=False), payloads.chunks(stream=True)))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    server.is_up.wait()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()


SCENARIO = {"models": {"gpt-4o": payloads.TEXT}}


@contextmanager
def processes() -> Iterator[tuple[int, int]]:
    """The ports of two programs, which give the same answers: ``mock-gateway serve``, and the constant application."""
    with TemporaryDirectory() as folder:
        scenario = Path(folder, "scenario.json")
        scenario.write_text(json.dumps(SCENARIO))
        with running([*PROGRAM, "--scenario", str(scenario)]) as ours, running([*CONSTANT, "--answers"]) as theirs:
            yield ours, theirs


@contextmanager
def running(program: list[str]) -> Iterator[int]:
    """The port of a program that tells it on its first line."""
    quiet = subprocess.DEVNULL  # asyncio warns of each client that has left uvicorn in the middle of a stream
    with subprocess.Popen([sys.executable, *program], stdout=subprocess.PIPE, stderr=quiet, text=True) as process:
        assert process.stdout is not None
        try:
            told = re.search(r"(\d+)(/api |$)", process.stdout.readline().strip())
            assert told is not None
            yield int(told[1])
        finally:
            process.terminate()


PROGRAM = ["-m", "mock_gateway", "serve", "--port", "0"]
CONSTANT = ["-m", "benchmarks.constant"]


class Started(NamedTuple):
    """A program that was started, and has said that it is ready."""

    seconds: float
    megabytes: float


def started(program: list[str]) -> Started:
    """How long a program takes to its first line, and what it holds then. Linux only."""
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, *program], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        seconds = time.perf_counter() - began
        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
        process.terminate()
    return Started(seconds, pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


READY = """
import pytest, socket, time
import pytest_respan.run
began = time.perf_counter()
from mock_gateway.doors.server import ServerThread
thread = ServerThread()
socket.create_connection((thread.host, thread.port)).close()
print((time.perf_counter() - began) * 1e3)
thread.stop()
"""


def ready() -> float:
    """Milliseconds until the first server of a session takes a connection, its imports included."""
    return output(READY)


def figures(rounds: int) -> Iterator[Figure]:
    """The lines of the table."""
    readies = [ready() for _ in range(rounds + 1)][1:]
    yield Figure("the first server of a session is ready", statistics.median(readies), "ms", 60)
    floor = floor_client()
    with constant() as floor_port, payloads.gateway().serve() as server:
        theirs = OpenAI(base_url=f"http://127.0.0.1:{floor_port}/api", api_key="any")
        ours = OpenAI(base_url=server.url, api_key="any")
        yield ratio(
            "server, a call, over the floor in-process",
            lambda: call(ours),
            lambda: call(floor),
            turns=40,
            rounds=rounds,
            goal=1.70,
        )
        yield ratio(
            "server, a call, over constant ASGI", lambda: call(ours), lambda: call(theirs), turns=40, rounds=rounds
        )
        yield ratio(
            "server, a stream, over constant ASGI",
            lambda: stream(ours),
            lambda: stream(theirs),
            turns=5,
            rounds=rounds,
            goal=1.10,
        )
        ours.close()
        theirs.close()
    with processes() as (port, their_port):
        ours = OpenAI(base_url=f"http://127.0.0.1:{port}/api", api_key="any")
        yield ratio(
            "mock-gateway serve, a call, over the floor in-process",
            lambda: call(ours),
            lambda: call(floor),
            turns=40,
            rounds=rounds,
            goal=1.60,
        )
        ours.close()
        for what, stream_, goal in (("answers", False, 0.5), ("streams", True, 10)):
            body = json.dumps({"model": "gpt-4o", "messages": payloads.MESSAGES, "stream": stream_}).encode()
            shares = [
                throughput(port, body, stream=stream_) / throughput(their_port, body, stream=stream_)
                for _ in range(rounds)
            ]
            name, value = f"mock-gateway serve, {what} a second, over constant ASGI", statistics.median(shares)
            yield Figure(name, value, "x", goal, at_least=True, low=min(shares), high=max(shares))
    starts = [(started(PROGRAM), started(CONSTANT)) for _ in range(rounds + 1)][1:]
    times = [own.seconds / its.seconds for own, its in starts]
    name = "mock-gateway serve, until it is ready, over uvicorn"
    yield Figure(name, statistics.median(times), "x", 1.5, low=min(times), high=max(times))
    yield Figure("mock-gateway serve, memory", statistics.median(own.megabytes for own, _ in starts), "MB", 45)
