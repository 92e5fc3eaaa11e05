"""What a server of our own does with steps, whatever they are and however slowly they are read."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mock_gateway.core.requests import HttpRequest
from mock_gateway.core.steps import Chunk, ClientLeft, Start, Step, Steps
from mock_gateway.doors.server import ServerThread
from mock_gateway.engine.clock import Timeline

from .recital import Recital

PATIENCE = 10
STREAM = Start(200)
QUESTION = b"GET /api HTTP/1.1\r\nhost: h\r\n\r\n"
LAST_QUESTION = b"GET /api HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n"
LONG: list[Step] = [STREAM, *[Chunk(b"x" * 10_000)] * 2000, Chunk(b"end", last=True)]
"""More than the kernel keeps for a client that does not read."""

threads = pytest.mark.parametrize("waits_for_others", [False, True], ids=["in the loop", "on a thread"])


class Watched(Recital):
    """Knows whether a client has left."""

    has_left: threading.Event

    def handle(self, request: HttpRequest, timeline: Timeline | None = None) -> Steps:
        try:
            yield from self.steps
        except ClientLeft:
            self.has_left.set()


class Broken(Recital):
    """Fails after its last step."""

    def handle(self, request: HttpRequest, timeline: Timeline | None = None) -> Steps:
        yield from self.steps
        raise RuntimeError("a bug")


@contextmanager
def serving(recital: Recital) -> Iterator[ServerThread]:
    thread = ServerThread()
    thread.mount(lambda: recital, "")
    try:
        yield thread
    finally:
        thread.stop()


@contextmanager
def asking(thread: ServerThread, said: bytes) -> Iterator[socket.socket]:
    with socket.create_connection((thread.host, thread.port), timeout=PATIENCE) as link:
        link.sendall(said)
        yield link


def heard(link: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    return b"".join(iter(lambda: link.recv(1 << 20), b""))


@threads
def test_a_long_stream_waits_for_its_reader_and_keeps_nobody_waiting(waits_for_others: bool) -> None:
    """Somebody else is answered meanwhile, and then all of it comes."""
    recital = Recital(*LONG, waits_for_others=waits_for_others)
    with serving(recital) as thread, asking(thread, LAST_QUESTION) as slow:
        assert slow.recv(8) == b"HTTP/1.1"
        with asking(thread, QUESTION) as other:
            assert other.recv(8) == b"HTTP/1.1"
        data = heard(slow)
    assert data.count(b"x") == 20_000_000
    assert data.endswith(b"3\r\nend\r\n0\r\n\r\n")


def test_a_reader_that_leaves_a_long_stream() -> None:
    """It has left, although there was no end of it to read."""
    recital = Watched(*LONG)
    recital.has_left = threading.Event()
    with serving(recital) as thread:
        with asking(thread, QUESTION) as link:
            assert link.recv(8) == b"HTTP/1.1"
        assert recital.has_left.wait(PATIENCE)


def test_a_question_behind_an_answer_that_is_read_slowly() -> None:
    """The next answer is made when there is room for it."""
    size = 20_000_000
    whole = Start(200, (("content-length", str(size)),), is_whole=True)
    recital = Recital(whole, Chunk(b"x" * size, last=True))
    with serving(recital) as thread, asking(thread, QUESTION + LAST_QUESTION) as link:
        assert link.recv(8) == b"HTTP/1.1"
        assert len(recital.heard) == 1
        assert heard(link).count(b"x") == 2 * size
    assert len(recital.heard) == 2


@threads
@pytest.mark.parametrize(
    "steps", [[], [Start(200, is_whole=True), Chunk(b"a")]], ids=["before all", "in a whole answer"]
)
def test_steps_that_fail_before_anything_is_sent(
    steps: list[Step], waits_for_others: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """The client is told so."""
    broken = Broken(*steps, waits_for_others=waits_for_others)
    with caplog.at_level(logging.ERROR), serving(broken) as thread, asking(thread, QUESTION) as link:
        told = heard(link)
    assert told.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert told.endswith(b"The server failed: its log says why.")
    assert "RuntimeError: a bug" in caplog.text


@threads
def test_steps_that_fail_amid_a_stream(waits_for_others: bool, caplog: pytest.LogCaptureFixture) -> None:
    """The client is sent what there was, and no end."""
    broken = Broken(STREAM, Chunk(b"a"), waits_for_others=waits_for_others)
    with caplog.at_level(logging.ERROR), serving(broken) as thread, asking(thread, QUESTION) as link:
        told = heard(link)
    assert told.startswith(b"HTTP/1.1 200 OK\r\n")
    assert told.endswith(b"1\r\na\r\n")
    assert "RuntimeError: a bug" in caplog.text


@threads
@pytest.mark.parametrize("steps", [[], [STREAM, Chunk(b"a")]], ids=["none", "without a last"])
def test_steps_that_come_to_no_end(steps: list[Step], waits_for_others: bool) -> None:
    """Nor does the answer: the connection is closed."""
    with serving(Recital(*steps, waits_for_others=waits_for_others)) as thread, asking(thread, QUESTION) as link:
        assert not heard(link).endswith(b"0\r\n\r\n")


@threads
@pytest.mark.parametrize("is_whole", [True, False], ids=["whole", "streamed"])
def test_a_head_that_cannot_be_sent(is_whole: bool, waits_for_others: bool, caplog: pytest.LogCaptureFixture) -> None:
    """The client is told that the server failed, and is not left waiting."""
    start = Start(200, (("x-limit", "h€"),), is_whole=is_whole)
    recital = Recital(start, Chunk(b"a", last=True), waits_for_others=waits_for_others)
    with caplog.at_level(logging.ERROR), serving(recital) as thread, asking(thread, QUESTION) as link:
        told = heard(link)
    assert told.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert "UnicodeEncodeError" in caplog.text
