"""Google's generateContent, put through what holds on every wire."""

from dataclasses import replace
from typing import Any

from mock_gateway import Answer
from mock_gateway.wires.gemini import gemini

from .contract import TOOL, WireContract


class TestGemini(WireContract):
    """The wire of Google's SDK."""

    wire = gemini
    streams_arguments = False

    def place(self, model: str, *, stream: bool) -> str:
        """The model and the verb stand in the path."""
        verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
        return f"/api/google/gemini/v1beta/models/{model}:{verb}"

    def body(self, text: str, *, system: str | None = None, tools: bool = False) -> dict[str, Any]:
        """The system message stands beside the contents."""
        told = {} if system is None else {"systemInstruction": {"parts": [{"text": system}]}}
        offered = {"tools": [{"functionDeclarations": [TOOL["function"]]}]} if tools else {}
        return {"contents": [{"role": "user", "parts": [{"text": text}]}], **told, **offered}

    def sent(self, body: Any, model: str, *, stream: bool) -> dict[str, Any]:
        """Neither the model nor the wish for a stream stand in the body."""
        return dict(body)

    def expected(self, answer: Answer) -> Answer:
        """Google does not say what was written into a cache."""
        usage = answer.usage
        return replace(answer, usage=usage and replace(usage, cache_creation_tokens=0))
