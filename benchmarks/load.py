"""Answers a second: so many connections of one process, each of which asks again as soon as it is answered.

As a program, so that it does not contend for the interpreter of whoever is asked. It looks at no more of an answer than
how it ends.
"""

import argparse
import selectors
import socket
import subprocess
import sys
import time

CONNECTIONS = 32


def request(path: str, body: bytes) -> bytes:
    """A question, byte for byte."""
    head = f"POST {path} HTTP/1.1\r\nhost: here\r\nauthorization: Bearer any\r\ncontent-type: application/json\r\n"
    return head.encode() + b"content-length: %d\r\n\r\n" % len(body) + body


def load(port: int, question: bytes, ending: bytes, connections: int, seconds: float) -> float:
    """Ask this of whoever listens on a port, and say how many answers came a second."""
    buffer, tail = bytearray(1 << 20), len(ending)
    view, selector = memoryview(buffer), selectors.DefaultSelector()
    links = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    for link in links:
        selector.register(link, selectors.EVENT_READ, (link, bytearray()))
    began = time.perf_counter()
    for link in links:
        link.sendall(question)
    count, until, now = 0, began + seconds, began
    while now < until:
        for key, _ in selector.select(until - now):
            link, last = key.data
            size = link.recv_into(view)
            if not size:
                raise ConnectionError("the server has closed a connection")
            last += view[max(0, size - tail) : size]  # an ending may come in two pieces
            del last[:-tail]
            if last == ending:
                count += 1
                last.clear()
                link.sendall(question)
        now = time.perf_counter()
    for link in links:
        link.close()
    return count / (now - began)


def throughput(port: int, body: bytes, *, stream: bool, seconds: float = 1.0) -> float:
    """Answers a second, asked for by a process of its own."""
    ending = r"\r\n0\r\n\r\n" if stream else "}}"
    command = [sys.executable, "-m", "benchmarks.load", str(port), "/api/chat/completions", ending, str(seconds)]
    return float(subprocess.run(command, input=body, capture_output=True, check=True).stdout)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks.load")
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("ending", help="how every answer ends, and no part of one")
    parser.add_argument("seconds", type=float)
    given = parser.parse_args()
    asked = request(given.path, sys.stdin.buffer.read())
    ending = given.ending.encode().decode("unicode_escape").encode()
    print(load(given.port, asked, ending, CONNECTIONS, given.seconds))
