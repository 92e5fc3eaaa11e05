"""What Claude is asked and what it answers, in the tests of Anthropic's messages."""

from typing import Any

from mock_gateway import Contract
from mock_gateway.core.chat import ChatRequest
from mock_gateway.wires.messages import messages

from .wired import MODEL


def asking(**fields: Any) -> ChatRequest:
    """A request, read."""
    defaults: dict[str, Any] = {"model": MODEL, "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
    return messages.request({**defaults, **fields}, None, Contract())


CACHED = {"cache_control": {"type": "ephemeral"}}
HIDDEN = {"type": "redacted_thinking", "data": "EEEE"}


def text_part(text: str) -> dict[str, Any]:
    """A part of a message's content."""
    return {"type": "text", "text": text}


NATIVE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5-20250929",
    "content": [
        {"type": "thinking", "thinking": "First.", "signature": "one"},
        HIDDEN,
        {"type": "text", "text": "Let me ", "citations": None},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
        {"type": "thinking", "thinking": "Second.", "signature": "two"},
        {"type": "text", "text": "see."},
        {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {"order": "1"}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {"input_tokens": 10, "output_tokens": 7, "cache_read_input_tokens": None},
}
