import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from mock_gateway.doors.loopback import Address, Observer, State

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells what the other end of a connection has read"
)


class Pair:
    """Two ends of a connection, and an observer at ours."""

    def __init__(self, own: socket.socket, client: socket.socket) -> None:
        self.own, self.client = own, client
        self._addresses: tuple[Address, Address] = (client.getsockname()[:2], client.getpeername()[:2])
        self.observer = Observer()

    def look(self) -> State:
        return self.observer.look(self.own, *self._addresses)

    def close(self) -> None:
        self.own.close()
        self.client.close()
        self.observer.close()


def _pair(host: str) -> Pair:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listening:
        client = socket.create_connection(listening.getsockname()[:2])
        own, _ = listening.accept()
    return Pair(own, client)


@pytest.fixture(params=["127.0.0.1", "::1"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """A connection within this machine, over either protocol."""
    try:
        pair = _pair(request.param)
    except OSError as error:
        pytest.skip(f"this machine has no {request.param}: {error}")
    if pair.look() is None:
        pair.close()
        pytest.skip("this machine does not let its processes ask about connections")
    yield pair
    pair.close()


def test_nothing_sent_is_nothing_unread(pair: Pair) -> None:
    """Where nothing was sent, all was read."""
    assert pair.look() == "read"


def test_unread_until_the_client_has_read_it(pair: Pair) -> None:
    """Bytes in the client's kernel are unread, and read when the client has taken the last of them."""
    pair.own.sendall(b"abcdef")
    assert pair.look() == "unread"

    assert pair.client.recv(4) == b"abcd"
    assert pair.look() == "unread"

    assert pair.client.recv(4) == b"ef"
    assert pair.look() == "read"


def test_unread_while_it_is_still_on_our_side(pair: Pair) -> None:
    """More than the client's kernel takes is unread until the last byte has come through."""
    pair.own.setblocking(False)
    piece, sent = bytes(64 * 1024), 0
    with suppress(BlockingIOError):
        while True:
            sent += pair.own.send(piece)
    assert pair.look() == "unread"

    while sent > 1:
        sent -= len(pair.client.recv(min(sent - 1, 64 * 1024)))
    assert pair.look() == "unread"

    pair.client.recv(1)
    assert pair.look() == "read"


def test_each_write_counts(pair: Pair) -> None:
    """What was read before says nothing about what was sent since."""
    for _ in range(3):
        pair.own.sendall(b"abc")
        assert pair.look() == "unread"
        assert pair.client.recv(3) == b"abc"
        assert pair.look() == "read"


def test_read_means_that_the_client_has_it(pair: Pair) -> None:
    """What is sent once all was read comes with a later read of the client's, also where it was waiting in one."""
    parts = (b"all" * 400, b"last")
    pair.own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    pair.client.settimeout(5)  # as clients do: it is woken first, and reads then

    def answer() -> None:
        while pair.own.recv(3):
            for part in parts:
                pair.own.sendall(part)
                while pair.look() == "unread":
                    pass

    answering = threading.Thread(target=answer)
    answering.start()
    try:
        for _ in range(2000):
            pair.client.sendall(b"ask")
            assert pair.client.recv(64 * 1024) == parts[0]
            assert pair.client.recv(64 * 1024) == parts[1]
    finally:
        pair.client.shutdown(socket.SHUT_WR)
        answering.join()


@pytest.mark.parametrize("unread", [b"", b"abc"], ids=["all read", "something unread"])
def test_a_client_that_closed_is_gone(pair: Pair, unread: bytes) -> None:
    """A client that has closed its end is gone, whatever it left behind."""
    pair.own.sendall(unread)

    pair.client.close()

    assert pair.look() == "gone"


def test_a_client_that_will_send_no_more_is_gone(pair: Pair) -> None:
    """Closing one direction counts as leaving, as it does for HTTP servers; what lies unread before it is seen."""
    pair.own.sendall(b"abc")

    pair.client.shutdown(socket.SHUT_WR)

    assert pair.look() == "left"
    assert pair.client.recv(3) == b"abc"
    assert pair.look() == "gone"


def test_our_own_end_closed(pair: Pair) -> None:
    """Where we have closed ourselves there is nobody left to look at."""
    pair.own.close()

    assert pair.look() == "gone"


def test_nobody_knows_without_an_answerer(pair: Pair) -> None:
    """Where the kernel cannot be asked, the answer is that nobody knows."""
    pair.own.sendall(b"abc")
    pair.observer.close()

    assert pair.look() is None


def test_connections_are_told_apart() -> None:
    """What one client has read is not confused with what another has."""
    first, second = _pair("127.0.0.1"), _pair("127.0.0.1")
    try:
        if first.look() is None:
            pytest.skip("this machine does not let its processes ask about connections")
        first.own.sendall(b"abc")
        second.own.sendall(b"abc")
        second.client.recv(3)

        assert (first.look(), second.look()) == ("unread", "read")
    finally:
        first.close()
        second.close()
