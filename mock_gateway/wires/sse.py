"""Server-sent events, as far as model answers use them."""

CONTENT_TYPE = "text/event-stream; charset=utf-8"
FIELD = b"data: "
DELIMITER = b"\n\n"
DONE = b"data: [DONE]\n\n"


def event(data: bytes) -> bytes:
    """One event without a name."""
    return FIELD + data + DELIMITER


def events(data: bytes) -> list[bytes]:
    """A stream cut after each event; what is no whole event stays together."""
    parts = data.split(DELIMITER)
    return [*(part + DELIMITER for part in parts[:-1]), *filter(None, parts[-1:])]
