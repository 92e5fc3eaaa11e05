"""Whether the client at the other end of a loopback connection has read what it was sent.

TCP does not tell: bytes count as delivered when the client's kernel has them, read or not. But where both ends are on
one machine, the kernel can be asked about the other end too. Linux answers over netlink (sock_diag(7)) in some 20
microseconds. Elsewhere, and for a client that is not on this machine, the answer is that nobody knows.
"""

import socket
import struct
import sys
from typing import Literal

Address = tuple[str, int]
State = Literal["read", "unread", "gone"] | None

_SOCK_DIAG = 4
_BY_FAMILY = 20
_ERROR = 2
_ESTABLISHED = 1
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI")
_AFTER_HEADER = _HEADER.size
_QUEUES = _AFTER_HEADER + 4 + 48  # family, state, timer, retransmits; then the 48 bytes of the socket's addresses


class Observer:
    """Asks the kernel about the other ends of connections. One for each thread."""

    def __init__(self) -> None:
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

    def look(self, client: Address, server: Address) -> State:
        """What has become of what was sent to this client; None if nobody knows."""
        if self._netlink is None:
            return None
        try:
            self._netlink.send(_question(client, server))
            answer = self._netlink.recv(4096)
        except OSError:
            return None
        if len(answer) < _QUEUES + 4 or _HEADER.unpack_from(answer)[1] == _ERROR:
            return "gone"
        if answer[_AFTER_HEADER + 1] != _ESTABLISHED:
            return "gone"
        (unread,) = struct.unpack_from("=I", answer, _QUEUES)
        return "unread" if unread else "read"


def _question(client: Address, server: Address) -> bytes:
    family = socket.AF_INET6 if ":" in client[0] else socket.AF_INET
    ends = struct.pack("!HH", client[1], server[1]) + _packed(family, client[0]) + _packed(family, server[0])
    asked = _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF) + ends + struct.pack("=I", 0) + b"\xff" * 8
    return _HEADER.pack(_AFTER_HEADER + len(asked), _BY_FAMILY, 1, 0, 0) + asked


def _packed(family: int, host: str) -> bytes:
    return socket.inet_pton(family, host).ljust(16, b"\0")
