"""Whether the client at the other end of a loopback connection has read what it was sent.

TCP does not tell: bytes count as delivered when the client's kernel has them, read or not. But where both ends are on
one machine, the kernel can be asked about the other end too. Linux answers over netlink (sock_diag(7)) in some 20
microseconds. Elsewhere, and for a client that is not on this machine, the answer is that nobody knows.
"""

import socket
import struct
import sys
import threading
from functools import lru_cache
from typing import Literal

Address = tuple[str, int]
State = Literal["read", "unread", "left", "gone"] | None
"""All was read; or not yet; or the client says no more, and has left something unread; or it is gone; or nobody knows."""

_SOCK_DIAG = 4
_BY_FAMILY = 20
_ERROR = 2
_ESTABLISHED = 1
_INFO = 2  # the attribute that holds a struct tcp_info
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")
_QUEUES = _HEADER.size + 4 + 48 + 4  # family, state, timer, retransmits; the addresses; when the timer expires
_ATTRIBUTES = _QUEUES + 16

# struct tcp_info, since Linux 4.19
_INFO_SIZE = 216
_BYTES_RECEIVED = 128
_NOT_SENT = 144
_BYTES_SENT = 200
_BYTES_RESENT = 208
_UNACKNOWLEDGED = 24
_CLOSED = 7


class Observer:
    """Asks the kernel about the other ends of connections, one question at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._netlink: socket.socket | None = None
        if sys.platform == "linux":
            try:
                self._netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _SOCK_DIAG)
                self._netlink.settimeout(1)
            except OSError:  # a sandbox without netlink: nobody knows
                self._netlink = None

    def close(self) -> None:
        """Give the kernel's answerer back."""
        if self._netlink is not None:
            self._netlink.close()

    def look(self, own: socket.socket, client: Address, server: Address) -> State:
        """What has become of what was written to our end of this connection; None if nobody knows.

        The kernel's answer is no snapshot: it looks for unread bytes first, and counts the received ones when whoever
        uses the socket is done. What came in between is in the second number alone, and looks as if it were read. So
        only who has read everything when all of it had come is believed: the question is put twice.
        """
        state = self._look_once(own, client, server)
        return self._look_once(own, client, server) if state == "read" else state

    def _look_once(self, own: socket.socket, client: Address, server: Address) -> State:
        if self._netlink is None:
            return None
        if own.fileno() < 0:
            return "gone"
        try:
            with self._lock:
                self._netlink.send(_question(client, server))
                answer = self._netlink.recv(4096)
            written = _written(own)
        except OSError:
            return None if own.fileno() >= 0 else "gone"
        if len(answer) < _ATTRIBUTES or _HEADER.unpack_from(answer)[1] == _ERROR:
            return "gone"
        (unread,) = struct.unpack_from("=I", answer, _QUEUES)
        if answer[_HEADER.size + 1] != _ESTABLISHED:
            return "left" if unread else "gone"
        return "read" if not unread and _received(answer) == written else "unread"


@lru_cache(256)
def _question(client: Address, server: Address) -> bytes:
    family = socket.AF_INET6 if ":" in client[0] else socket.AF_INET
    ends = struct.pack("!HH", client[1], server[1]) + _packed(family, client[0]) + _packed(family, server[0])
    wanted = 1 << (_INFO - 1)
    asked = _REQUEST.pack(family, socket.IPPROTO_TCP, wanted, 0, 0xFFFFFFFF) + ends + struct.pack("=I", 0) + b"\xff" * 8
    return _HEADER.pack(_HEADER.size + len(asked), _BY_FAMILY, 1, 0, 0) + asked


def _packed(family: int, host: str) -> bytes:
    return socket.inet_pton(family, host).ljust(16, b"\0")


def _written(own: socket.socket) -> int:
    """How many bytes we have given to the kernel for the other end, on their way or there."""
    info = own.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
    (sent,) = struct.unpack_from("=Q", info, _BYTES_SENT)
    (resent,) = struct.unpack_from("=Q", info, _BYTES_RESENT)
    (waiting,) = struct.unpack_from("=I", info, _NOT_SENT)
    return int(sent - resent + waiting)


def unacknowledged(own: socket.socket) -> bool:
    """Whether something was written that the other end has not acknowledged."""
    if own.fileno() < 0:
        return False
    info = own.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
    (count,) = struct.unpack_from("=I", info, _UNACKNOWLEDGED)
    return bool(count) or info[0] == _CLOSED


def _received(answer: bytes) -> int:
    """How many bytes the other end has been given, read or not."""
    at = _ATTRIBUTES
    while at + _ATTRIBUTE.size <= len(answer):
        size, kind = _ATTRIBUTE.unpack_from(answer, at)
        if kind == _INFO:
            return int(struct.unpack_from("=Q", answer, at + _ATTRIBUTE.size + _BYTES_RECEIVED)[0])
        at += max((size + 3) & ~3, _ATTRIBUTE.size)
    return -1
