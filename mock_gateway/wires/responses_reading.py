"""Reading what a provider has answered on the Responses wire: a body, or the events of a stream.

What an `Answer` cannot say is left out: the order of words and tool calls, items of OpenAI's own tools, annotations,
and all but the first signature of several thoughts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..core.chat import SIGNATURE, Answer, ToolCall, Usage
from .reading import count, fields, items, text
from .wire import Unreadable

_REASONS = {"max_output_tokens": "length"}
REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""Why an answer is not whole: in the words of chat completions, and in those of this wire."""
NATIVE = frozenset({"max_messages", "steered"})
"""Reasons for which chat completions have no word."""
_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}


def verbatim(body: Mapping[str, Any]) -> Answer:
    """The answer in a whole body."""
    if has_failed(body):
        raise Unreadable("the response has failed")
    return _ended(_said(items(body.get("output"))), body)


def has_failed(body: Mapping[str, Any]) -> bool:
    """Whether it says why there is no answer in it."""
    return bool(body.get("error")) or body.get("status") == "failed"


def gathered(events: Iterable[Mapping[str, Any]]) -> Answer:
    """The answer in the events of a stream, with its text in the pieces it came in."""
    found = _Gathered()
    for event in events:
        found.add(event)
    return found.answer


class _Gathered:
    """A stream, as far as it has come."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._items: dict[int, dict[str, Any]] = {}
        self._final: Mapping[str, Any] | None = None

    def add(self, event: Mapping[str, Any]) -> None:
        """Take in what an event says."""
        kind = text(event.get("type")) or ""
        at = count(event.get("output_index"))
        if kind in ("response.completed", "response.incomplete"):
            self._final = fields(event.get("response"))
        elif kind in ("response.output_item.added", "response.output_item.done"):
            self._items[at] = dict(fields(event.get("item")))
        elif kind.endswith(".delta"):
            self._write(self._items.setdefault(at, {}), kind, text(event.get("delta")) or "")

    def _write(self, item: dict[str, Any], kind: str, piece: str) -> None:
        """Add a piece to the item it belongs to. When it is done, all of it comes once more."""
        if kind == "response.output_text.delta":
            self._text.append(piece)
            item.update(type="message", said=item.get("said", "") + piece)
        elif kind == "response.refusal.delta":
            item.update(type="message", refused=item.get("refused", "") + piece)
        elif kind in ("response.reasoning_summary_text.delta", "response.reasoning_text.delta"):
            item.update(type="reasoning", said=item.get("said", "") + piece)
        elif kind == "response.function_call_arguments.delta":
            item["arguments"] = (item.get("arguments") or "") + piece
        elif kind == "response.custom_tool_call_input.delta":
            item["input"] = (item.get("input") or "") + piece

    @property
    def answer(self) -> Answer:
        """All of it."""
        final = self._final or {}
        answer = _said(items(final.get("output")) or [self._items[at] for at in sorted(self._items)])
        if final:
            answer = _ended(answer, final)
        chunks = tuple(filter(None, self._text))
        return replace(answer, chunks=chunks) if chunks and "".join(chunks) == answer.text else answer


def _said(output: Iterable[Any]) -> Answer:
    """What the items say. Those of a stream that broke off have what came of them in places of their own."""
    words: list[str] = []
    thoughts: list[str] = []
    refusals: list[str] = []
    calls: list[ToolCall] = []
    signature: str | None = None
    for item in map(fields, output):
        kind = item.get("type")
        if kind == "message":
            words += [text(item.get("said")) or ""] if "said" in item else []
            refusals += [text(item.get("refused")) or ""] if "refused" in item else []
            for part in map(fields, items(item.get("content"))):
                if part.get("type") == "output_text":
                    words.append(text(part.get("text")) or "")
                elif part.get("type") == "refusal":
                    refusals.append(text(part.get("refusal")) or "")
        elif kind == "reasoning":
            thoughts += [text(item.get("said")) or ""] if "said" in item else []
            parts = items(item.get("summary")) or items(item.get("content"))
            thoughts += [text(fields(part).get("text")) or "" for part in parts]
            signature = signature or text(item.get("encrypted_content"))
        elif kind in _CALLS:
            written = text(item.get(_CALLS[kind])) or ""
            calls.append(ToolCall(text(item.get("name")) or "", written, text(item.get("call_id"))))
    return Answer(
        text="".join(words) if words else None,
        reasoning="\n\n".join(thoughts) or None,
        refusal="".join(refusals) or None,
        tool_calls=tuple(calls),
        signature=None if signature == SIGNATURE else signature,
    )


def _ended(answer: Answer, body: Mapping[str, Any]) -> Answer:
    """The answer with why it ended, and what it weighs."""
    reason = text(fields(body.get("incomplete_details")).get("reason"))
    if body.get("status") == "incomplete" and reason is not None:
        finish = _REASONS.get(reason, reason)
    else:
        finish = "tool_calls" if answer.tool_calls else "stop"
    return replace(answer, finish_reason=finish, usage=_usage(body.get("usage")))


def _usage(stated: Any) -> Usage | None:
    if not isinstance(stated, Mapping):
        return None
    given, written = fields(stated.get("input_tokens_details")), fields(stated.get("output_tokens_details"))
    return Usage(
        prompt_tokens=count(stated.get("input_tokens")),
        completion_tokens=count(stated.get("output_tokens")),
        cached_tokens=count(given.get("cached_tokens")),
        cache_creation_tokens=count(given.get("cache_write_tokens")),
        reasoning_tokens=count(written.get("reasoning_tokens")),
    )
