"""Chat completions, put through what holds on every wire."""

from typing import Any

from mock_gateway.wires.chat import chat

from .contract import WireContract
from .wired import TOOL


class TestChat(WireContract):
    """The gateway's main wire."""

    wire = chat
    says_usage_in_streams = False

    def place(self, model: str, *, stream: bool) -> str:
        """One place for all models."""
        return "/api/chat/completions"

    def body(self, text: str, *, system: str | None = None, tools: bool = False) -> dict[str, Any]:
        """The system message is one among the others."""
        before = [] if system is None else [{"role": "system", "content": system}]
        offered = {"tools": [TOOL]} if tools else {}
        return {"messages": [*before, {"role": "user", "content": text}], **offered}
