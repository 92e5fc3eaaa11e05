"""The bytes around an answer in HTTP/1.1: its head, and how a client knows where its body ends."""

from http import HTTPStatus

from ..core.steps import Headers

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}
_BODILESS = (204, 304)


class Framing:
    """How one answer is written: to a client of old or not, to a question for the head alone or not."""

    __slots__ = ("_is_bodiless", "_is_chunked", "_is_old", "keeps")

    def __init__(self, *, is_old: bool = False, is_head: bool = False, keeps: bool = True) -> None:
        self._is_old, self._is_bodiless = is_old, is_head
        self._is_chunked = False
        self.keeps = keeps
        """Whether another answer may follow on the connection."""

    def head(self, status: int, headers: Headers) -> bytes:
        """The status line and the headers, with those that say where the body ends."""
        lines = [_STATUS_LINES.get(status) or f"HTTP/1.1 {status} \r\n"]
        is_sized = False
        for name, value in headers:
            is_sized = is_sized or name == "content-length"
            lines.append(f"{name}: {value}\r\n")
        self._is_bodiless = self._is_bodiless or status in _BODILESS
        if not is_sized and not self._is_bodiless:
            if self._is_old:
                self.keeps = False
            else:
                self._is_chunked = True
                lines.append("transfer-encoding: chunked\r\n")
        if not self.keeps:
            lines.append("connection: close\r\n")
        lines.append("\r\n")
        return "".join(lines).encode("latin-1")

    def part(self, body: bytes) -> tuple[bytes, ...]:
        """A part of the body."""
        if self._is_bodiless or not body:
            return ()
        return (b"%x\r\n" % len(body), body, b"\r\n") if self._is_chunked else (body,)

    def end(self) -> tuple[bytes, ...]:
        """What stands behind the last part."""
        return (b"0\r\n\r\n",) if self._is_chunked else ()
