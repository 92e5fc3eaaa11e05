"""Reading what a provider has answered on the chat wire: a body, or the events of a stream.

Whatever a provider has sent comes here, so nothing is taken for granted: what is no answer is `Unreadable`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..core.chat import Answer, ToolCall, Usage
from .wire import Unreadable


def verbatim(body: Mapping[str, Any]) -> Answer:
    """The answer in a whole body."""
    choices = [_choice(_fields(choice)) for choice in _items(body.get("choices"))]
    first, *others = choices or [Answer()]
    return replace(first, usage=_usage(body.get("usage")), others=tuple(others))


def gathered(events: Iterable[Mapping[str, Any]]) -> Answer:
    """The answer in the events of a stream, with its text in the pieces it came in."""
    choices: dict[int, _Gathered] = {}
    stated = None
    for event in events:
        stated = event.get("usage") or stated
        for choice in map(_fields, _items(event.get("choices"))):
            choices.setdefault(_count(choice.get("index")), _Gathered()).add(choice)
    answers = [choices[index].answer for index in sorted(choices)] or [Answer()]
    return replace(answers[0], usage=_usage(stated), others=tuple(answers[1:]))


class _Gathered:
    """One choice of a stream, as far as it has come."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._calls: dict[int, ToolCall] = {}
        self._finish: str | None = None

    def add(self, choice: Mapping[str, Any]) -> None:
        """Take in what an event says of it."""
        delta = _fields(choice.get("delta"))
        for pieces, name in (
            (self._text, "content"),
            (self._reasoning, "reasoning_content"),
            (self._refusal, "refusal"),
        ):
            if piece := _text(delta.get(name)):
                pieces.append(piece)
        for part in map(_fields, _items(delta.get("tool_calls"))):
            index, function = _count(part.get("index")), _fields(part.get("function"))
            call = self._calls.get(index, ToolCall("", ""))
            self._calls[index] = ToolCall(
                call.name + (_text(function.get("name")) or ""),
                call.written + (_text(function.get("arguments")) or ""),
                call.id or _text(part.get("id")),
            )
        self._finish = _text(choice.get("finish_reason")) or self._finish

    @property
    def answer(self) -> Answer:
        """All of it."""
        return Answer(
            text="".join(self._text) if self._text or not self._calls else None,
            tool_calls=tuple(self._calls[index] for index in sorted(self._calls)),
            reasoning="".join(self._reasoning) or None,
            refusal="".join(self._refusal) or None,
            chunks=tuple(self._text) or None,
            finish_reason=self._finish,
        )


def _choice(choice: Mapping[str, Any]) -> Answer:
    message = _fields(choice.get("message"))
    calls = [
        (_text(call.get("id")), _fields(call.get("function")))
        for call in map(_fields, _items(message.get("tool_calls")))
    ]
    return Answer(
        text=_text(message.get("content")),
        reasoning=_text(message.get("reasoning_content")),
        refusal=_text(message.get("refusal")),
        tool_calls=tuple(
            ToolCall(_text(function.get("name")) or "", _text(function.get("arguments")) or "", at)
            for at, function in calls
        ),
        finish_reason=_text(choice.get("finish_reason")),
    )


def _usage(stated: Any) -> Usage | None:
    if not isinstance(stated, Mapping):
        return None
    prompt, completion = _fields(stated.get("prompt_tokens_details")), _fields(stated.get("completion_tokens_details"))
    return Usage(
        prompt_tokens=_count(stated.get("prompt_tokens")),
        completion_tokens=_count(stated.get("completion_tokens")),
        cached_tokens=_count(prompt.get("cached_tokens")),
        cache_creation_tokens=_count(prompt.get("cache_creation_tokens")),
        reasoning_tokens=_count(completion.get("reasoning_tokens")),
    )


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise Unreadable(f"{value!r} stands where a text should")


def _count(value: Any) -> int:
    if value is None:
        return 0
    if type(value) is int:
        return value
    raise Unreadable(f"{value!r} stands where a whole number should")


def _fields(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    raise Unreadable(f"{value!r} stands where an object should")


def _items(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return value
    raise Unreadable(f"{value!r} stands where a list should")
