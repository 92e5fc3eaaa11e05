"""Server-sent events, as far as model answers use them."""

CONTENT_TYPE = "text/event-stream; charset=utf-8"
FIELD = b"data: "
DELIMITER = b"\n\n"
DONE = b"data: [DONE]\n\n"


def event(data: bytes) -> bytes:
    """One event without a name."""
    return FIELD + data + DELIMITER
