"""HTTP byte for byte: what a client says on a connection, and what it hears."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mock_gateway.doors.server import Server

PATIENCE = 5


def body(text: str = "Hi", **fields: Any) -> bytes:
    return json.dumps(
        {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **fields}, ensure_ascii=False
    ).encode()


def asking(sent: bytes, head: str = "", version: str = "1.1", method: str = "POST", path: str = "/api") -> bytes:
    lines = f"{method} {path}/chat/completions HTTP/{version}\r\nhost: h\r\nauthorization: Bearer k\r\n{head}"
    return lines.encode() + b"content-length: %d\r\n\r\n" % len(sent) + sent


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    address = re.fullmatch(r"http://(.+):(\d+)/api", server.url)
    assert address is not None
    with socket.create_connection((address[1], int(address[2])), timeout=PATIENCE) as link:
        yield link


def heard(link: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    return b"".join(iter(lambda: link.recv(65536), b""))


def answers(data: bytes) -> list[tuple[int, str]]:
    """Status and text of each of several whole answers."""
    found = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        assert length is not None, head
        told, data = rest[: int(length[1])], rest[int(length[1]) :]
        found.append((int(head.split()[1]), json.loads(told)["choices"][0]["message"]["content"]))
    return found
