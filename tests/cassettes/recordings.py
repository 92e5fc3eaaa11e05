"""Recordings for tests, written as a recorder would write them."""

import json
from pathlib import Path
from typing import Any

from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.format import Arrival, Recording, Take, stream_take, whole_take
from mock_gateway.core.fingerprint import canonical

QUESTION: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
HEADERS = {"content-type": "application/json"}


def completion(text: str = "Hello there.", **message: Any) -> bytes:
    """A whole answer, spaced as Python's json writes it."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 8, "completion_tokens": 3, "total_tokens": 11}
    fields = {"id": "chatcmpl-9", "object": "chat.completion", "created": 1763000000, "model": "gpt-4o-2024-08-06"}
    return json.dumps({**fields, "choices": [choice], "usage": usage}).encode()


def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    """One event of a stream, compact."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    fields = {
        "id": "chatcmpl-9",
        "object": "chat.completion.chunk",
        "created": 1763000000,
        "model": "gpt-4o-2024-08-06",
    }
    return b"data: " + json.dumps({**fields, "choices": [choice]}, separators=(",", ":")).encode() + b"\n\n"


def streamed(*texts: str) -> list[Arrival]:
    """A stream that says these texts, a fifth of a second apart."""
    events = [event({"role": "assistant", "content": ""})]
    events += [event({"content": text}) for text in texts]
    events += [event({}, "stop"), b"data: [DONE]\n\n"]
    return [Arrival(round(at * 0.2, 3), data) for at, data in enumerate(events)]


def whole(text: str = "Hello there.", **facts: Any) -> Take:
    """A take of a whole answer."""
    return whole_take(completion(text), **{"status": 200, "headers": HEADERS, "seconds": 0.5, **facts})


def stream(*texts: str, **facts: Any) -> Take:
    """A take of a stream."""
    headers = {"content-type": "text/event-stream; charset=utf-8"}
    return stream_take(streamed(*texts), **{"status": 200, "headers": headers, "seconds": 0.5, **facts})


def record(folder: Path, *takes: Take, wire: str = "chat", **request: Any) -> Path:
    """A recording in a folder."""
    asked = canonical({**QUESTION, **request})
    return Folder(folder).write(Recording(wire, asked["model"], asked, takes or (whole(),)))
