"""The socket, over the floor in this process and over a constant ASGI application on uvicorn."""

import json
import socket
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from openai import OpenAI

from . import payloads
from .in_process import call, floor_client, stream
from .rounds import Figure, ratio

CLIENT = """
import socket, sys, threading, time
port, path, connections, seconds = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
body = sys.stdin.buffer.read()
request = b"POST %s HTTP/1.1\\r\\nhost: x\\r\\nauthorization: Bearer k\\r\\ncontent-length: %d\\r\\n\\r\\n" % (path.encode(), len(body)) + body
counts = [0] * connections
until = time.perf_counter() + seconds
def work(at):
    link = socket.create_connection(("127.0.0.1", port))
    while time.perf_counter() < until:
        link.sendall(request)
        data = b""
        while b"}]" not in data[-400:] or not data.endswith(b"}"):
            data += link.recv(65536)
        counts[at] += 1
threads = [threading.Thread(target=work, args=(at,)) for at in range(connections)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(sum(counts) / seconds)
"""


class Constant:
    """An ASGI application that answers everything with the same bytes."""

    def __init__(self) -> None:
        self._whole, self._events = b"".join(payloads.chunks(stream=False)), payloads.chunks(stream=True)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        streamed = b'"stream":true' in body or b'"stream": true' in body
        kind = b"text/event-stream" if streamed else b"application/json"
        headers = [(b"content-type", kind)]
        if not streamed:
            headers.append((b"content-length", str(len(self._whole)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for event in self._events if streamed else []:
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"" if streamed else self._whole})


class Uvicorn(uvicorn.Server):
    """uvicorn, which says when it is up."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()

    async def main_loop(self) -> None:
        self.is_up.set()
        await super().main_loop()


@contextmanager
def constant() -> Iterator[int]:
    """The port of the constant application, on uvicorn and httptools in a thread of this process."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        Constant(), http="httptools", loop="asyncio", lifespan="off", log_config=None, access_log=False
    )
    server = Uvicorn(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    server.is_up.wait()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join()


def throughput(port: int, path: str, connections: int = 16, seconds: float = 1.0) -> float:
    """Whole answers a second, asked for by another process."""
    body = json.dumps({"model": "gpt-4o", "messages": payloads.MESSAGES}).encode()
    command = [sys.executable, "-c", CLIENT, str(port), path, str(connections), str(seconds)]
    return float(subprocess.run(command, input=body, capture_output=True, check=True).stdout)


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
    return float(subprocess.run([sys.executable, "-c", READY], capture_output=True, check=True).stdout)


def figures(rounds: int) -> Iterator[Figure]:
    """The lines of the table."""
    yield Figure("the first server of a session is ready", statistics.median(ready() for _ in range(rounds)), "ms", 60)
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
        port = int(server.url.split(":")[2].split("/")[0])
        shares = []
        for _ in range(rounds):
            base = throughput(floor_port, "/api/chat/completions")
            shares.append(throughput(port, "/api/chat/completions") / base)
        yield Figure(
            "server, answers a second, over constant ASGI",
            statistics.median(shares),
            "x",
            0.5,
            at_least=True,
            low=min(shares),
            high=max(shares),
        )
        ours.close()
        theirs.close()
