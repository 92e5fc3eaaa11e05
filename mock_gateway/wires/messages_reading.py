"""Reading what a provider has answered in Anthropic's format: a body, or the events of a stream.

Several texts are one text, several thoughts one with the last signature. Thoughts that nobody may read, citations, and
what a tool of the server's has brought are passed over: an answer that is played as it came still has them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import to_json

from ..core.chat import SIGNATURE, Answer, ToolCall, Usage
from .reading import count, fields, items, text

REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
"""Why a model stopped, in the words of chat completions. Other reasons have none there, and keep theirs."""
NO_OBJECT = "INVALID_JSON"
"""In which field arguments are put that are no object, as Anthropic advises its callers to."""


def verbatim(body: Mapping[str, Any]) -> Answer:
    """The answer in a whole body."""
    message = _Gathered()
    for index, block in enumerate(map(fields, items(body.get("content")))):
        message.begin(index, block)
    message.end(body)
    message.weigh(body.get("usage"))
    return message.answer(is_cut=False)


def gathered(events: Iterable[Mapping[str, Any]]) -> Answer:
    """The answer in the events of a stream, with its text in the pieces it came in."""
    message = _Gathered()
    for event in events:
        kind = event.get("type")
        if kind == "message_start":
            message.weigh(fields(event.get("message")).get("usage"))
        elif kind == "content_block_start":
            message.begin(count(event.get("index")), fields(event.get("content_block")))
        elif kind == "content_block_delta":
            message.add(count(event.get("index")), fields(event.get("delta")))
        elif kind == "message_delta":
            message.end(fields(event.get("delta")))
            message.weigh(event.get("usage"))
    return message.answer(is_cut=True)


class _Gathered:
    """A message, as far as it has come."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._has_text = False
        self._thoughts: dict[int, str] = {}
        self._calls: dict[int, tuple[Mapping[str, Any], Any, str]] = {}
        """By the place of its block: the block as it began, its input so far, and the text of its input."""
        self._signature: str | None = None
        self._reason: str | None = None
        self._sequence: str | None = None
        self._refusal: str | None = None
        self._usage: dict[str, Any] = {}

    def begin(self, index: int, block: Mapping[str, Any]) -> None:
        """Take in a block, or its beginning."""
        kind = block.get("type")
        if kind == "text":
            self._has_text = True
            self._add_text(block.get("text"))
        elif kind == "thinking":
            self._thoughts[index] = text(block.get("thinking")) or ""
            self._sign(block.get("signature"))
        elif kind == "tool_use":
            self._calls[index] = (block, block.get("input"), "")

    def add(self, index: int, delta: Mapping[str, Any]) -> None:
        """Take in a piece of a block."""
        kind = delta.get("type")
        if kind == "text_delta":
            self._add_text(delta.get("text"))
        elif kind == "thinking_delta":
            self._thoughts[index] = self._thoughts.get(index, "") + (text(delta.get("thinking")) or "")
        elif kind == "signature_delta":
            self._sign(delta.get("signature"))
        elif kind == "input_json_delta" and index in self._calls:
            block, begun, written = self._calls[index]
            self._calls[index] = (block, begun, written + (text(delta.get("partial_json")) or ""))

    def end(self, told: Mapping[str, Any]) -> None:
        """Take in why it ended."""
        self._reason = text(told.get("stop_reason")) or self._reason
        self._sequence = text(told.get("stop_sequence")) or self._sequence
        self._refusal = text(fields(told.get("stop_details")).get("explanation")) or self._refusal

    def weigh(self, stated: Any) -> None:
        """Take in what it weighs: later counts include earlier ones, and may leave some out."""
        self._usage |= {name: value for name, value in fields(stated).items() if value is not None}

    def answer(self, *, is_cut: bool) -> Answer:
        """All of it."""
        reason = None if self._reason is None else REASONS.get(self._reason, self._reason)
        return Answer(
            text="".join(self._text) if self._has_text or not self._calls else None,
            tool_calls=tuple(_tool_call(*self._calls[index]) for index in sorted(self._calls)),
            reasoning="\n".join(self._thoughts[index] for index in sorted(self._thoughts)) or None,
            refusal=self._refusal,
            chunks=tuple(self._text) or None if is_cut else None,
            finish_reason="stop" if self._refusal is not None and self._reason == "refusal" else reason,
            usage=self._weight(),
            signature=self._signature,
            stop_sequence=self._sequence if self._reason == "stop_sequence" else None,
        )

    def _add_text(self, said: Any) -> None:
        if piece := text(said):
            self._text.append(piece)

    def _sign(self, signed: Any) -> None:
        if (signature := text(signed)) and signature != SIGNATURE:
            self._signature = signature

    def _weight(self) -> Usage | None:
        """What it weighs. Anthropic counts apart what was cached, and chat completions count it with the rest."""
        if not self._usage:
            return None
        read, written = (count(self._usage.get(f"cache_{what}_input_tokens")) for what in ("read", "creation"))
        return Usage(
            prompt_tokens=count(self._usage.get("input_tokens")) + read + written,
            completion_tokens=count(self._usage.get("output_tokens")),
            cached_tokens=read,
            cache_creation_tokens=written,
            reasoning_tokens=count(fields(self._usage.get("output_tokens_details")).get("thinking_tokens")),
        )


def _tool_call(block: Mapping[str, Any], begun: Any, written: str) -> ToolCall:
    told = fields(begun)
    arguments = written or (told[NO_OBJECT] if [*told] == [NO_OBJECT] else to_json(told).decode())
    return ToolCall(text(block.get("name")) or "", text(arguments) or "", text(block.get("id")))
