"""Server-sent events, as far as model answers use them."""

import re

CONTENT_TYPE = "text/event-stream; charset=utf-8"
FIELD = b"data: "
DELIMITER = b"\n\n"
DONE = b"data: [DONE]\n\n"


def event(data: bytes, name: str | None = None, newline: bytes = b"\n") -> bytes:
    """One event."""
    return (b"" if name is None else b"event: " + name.encode() + newline) + FIELD + data + newline * 2


def events(data: bytes, newline: bytes = b"\n") -> list[bytes]:
    """A stream cut after each event; what is no whole event stays together."""
    parts = data.split(newline * 2)
    return [*(part + newline * 2 for part in parts[:-1]), *filter(None, parts[-1:])]


def payloads(data: bytes) -> list[str]:
    """What the events of a stream say, read as any reader has to: whatever ends their lines, and however they are cut."""
    found: list[str] = []
    lines: list[str] = []
    for line in [*_LINES.split(data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")), ""]:
        if line.startswith("data:"):
            lines.append(line[5:].removeprefix(" "))
        elif not line and lines:
            found.append("\n".join(lines))
            lines = []
    return found


_LINES = re.compile(r"\r\n|\n|\r")
