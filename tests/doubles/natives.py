"""How Anthropic's messages and Google's generateContent are answered, written from their API references."""

import json
from collections.abc import Iterator
from typing import Any

Said = str | dict[str, Any]
"""What a model says, or what it calls the first tool with."""


def anthropic_message(body: dict[str, Any], said: Said) -> dict[str, Any]:
    """An answer of Anthropic's, whole."""
    return {
        "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [_block(body, said)],
        "stop_reason": "end_turn" if isinstance(said, str) else "tool_use",
        "stop_sequence": None,
        "usage": {
            "input_tokens": _weight(body["messages"]),
            "output_tokens": _weight(said),
            "service_tier": "standard",
        },
    }


def anthropic_events(body: dict[str, Any], said: Said) -> Iterator[bytes]:
    """The same event by event."""
    whole = anthropic_message(body, said)
    block = whole["content"][0]
    opening = {**whole, "content": [], "stop_reason": None, "usage": {**whole["usage"], "output_tokens": 1}}
    yield _named("message_start", message=opening)
    empty: dict[str, Any] = {"text": ""} if isinstance(said, str) else {"input": {}}
    yield _named("content_block_start", index=0, content_block={**block, **empty})
    yield _named("ping")
    if isinstance(said, str):
        deltas = [{"type": "text_delta", "text": piece} for piece in _pieces(said)]
    else:
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in _pieces(json.dumps(said))]
    for delta in deltas:
        yield _named("content_block_delta", index=0, delta=delta)
    yield _named("content_block_stop", index=0)
    ending = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield _named("message_delta", delta=ending, usage={"output_tokens": whole["usage"]["output_tokens"]})
    yield _named("message_stop")


def google_answer(
    body: dict[str, Any], model: str, said: Said, *, is_last: bool = True, weight: int | None = None
) -> dict[str, Any]:
    """An answer of Google's, whole; or a piece of one, which has the same form, and weighs what has come so far."""
    if isinstance(said, str):
        part: dict[str, Any] = {"text": said}
    else:
        part = {"functionCall": {"name": body["tools"][0]["functionDeclarations"][0]["name"], "args": said}}
    candidate: dict[str, Any] = {"content": {"parts": [part], "role": "model"}, "index": 0}
    asked, answered = _weight(body["contents"]), _weight(said) if weight is None else weight
    usage = {"promptTokenCount": asked, "candidatesTokenCount": answered, "totalTokenCount": asked + answered}
    return {
        "candidates": [candidate | ({"finishReason": "STOP"} if is_last else {})],
        "usageMetadata": usage,
        "modelVersion": model,
        "responseId": "mAitaLmkHPPlz7IPvtfUqQ4",
    }


def google_events(body: dict[str, Any], model: str, said: Said) -> Iterator[bytes]:
    """The same event by event. There is no event for the end."""
    pieces: list[Any] = _pieces(said) if isinstance(said, str) else [said]
    weight = 0
    for at, piece in enumerate(pieces, 1):
        weight += _weight(piece)
        answer = google_answer(body, model, piece, is_last=at == len(pieces), weight=weight)
        yield b"data: " + json.dumps(answer, ensure_ascii=False).encode() + b"\r\n\r\n"


def _block(body: dict[str, Any], said: Said) -> dict[str, Any]:
    if isinstance(said, str):
        return {"type": "text", "text": said, "citations": None}
    return {"type": "tool_use", "id": "toolu_01A09q90qw90lq917835lq9", "name": body["tools"][0]["name"], "input": said}


def _named(kind: str, **fields: Any) -> bytes:
    data = json.dumps({"type": kind, **fields}, separators=(",", ":"), ensure_ascii=False)
    return f"event: {kind}\ndata: {data}\n\n".encode()


def _pieces(text: str) -> list[str]:
    words = text.split(" ")
    return [words[0], *(f" {word}" for word in words[1:])]


def _weight(value: object) -> int:
    return len(str(value).split())
