"""The Responses API, put through what holds on every wire."""

from typing import Any

from mock_gateway.wires.responses import responses

from .contract import TOOL, WireContract


class TestResponses(WireContract):
    """OpenAI's newer wire."""

    wire = responses

    def place(self, model: str, *, stream: bool) -> str:
        """One place for all models."""
        return "/api/responses"

    def body(self, text: str, *, system: str | None = None, tools: bool = False) -> dict[str, Any]:
        """The system message is the instructions."""
        told = {} if system is None else {"instructions": system}
        function: Any = TOOL["function"]
        offered = {"tools": [{"type": "function", **function}]} if tools else {}
        return {"input": text, **told, **offered}
