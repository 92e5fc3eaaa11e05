"""Reading what a provider has answered on the chat wire: a body, or the events of a stream."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..core.chat import SIGNATURE, Answer, ToolCall, Usage
from .reading import count, fields, items, text

WRITTEN = {"function": "arguments", "custom": "input"}
"""What a call of a tool is written into, by the kind of the tool."""


def verbatim(body: Mapping[str, Any]) -> Answer:
    """The answer in a whole body."""
    choices = [_choice(fields(choice)) for choice in items(body.get("choices"))]
    first, *others = choices or [Answer()]
    return replace(first, usage=_usage(body.get("usage")), others=tuple(others))


def gathered(events: Iterable[Mapping[str, Any]]) -> Answer:
    """The answer in the events of a stream, with its text in the pieces it came in."""
    choices: dict[int, _Gathered] = {}
    stated = None
    for event in events:
        stated = event.get("usage") or stated
        for choice in map(fields, items(event.get("choices"))):
            choices.setdefault(count(choice.get("index")), _Gathered()).add(choice)
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
        self._signature: str | None = None

    def add(self, choice: Mapping[str, Any]) -> None:
        """Take in what an event says of it."""
        delta = fields(choice.get("delta"))
        for pieces, said in (
            (self._text, delta.get("content")),
            (self._reasoning, delta.get("reasoning_content") or delta.get("reasoning")),
            (self._refusal, delta.get("refusal")),
        ):
            if piece := text(said):
                pieces.append(piece)
        self._signature = _signature(delta) or self._signature
        for part in map(fields, items(delta.get("tool_calls"))):
            index, more = count(part.get("index")), _call(part)
            call = self._calls.get(index, ToolCall("", ""))
            self._calls[index] = ToolCall(call.name + more.name, call.written + more.written, call.id or more.id)
        self._finish = text(choice.get("finish_reason")) or self._finish

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
            signature=self._signature,
        )


def _choice(choice: Mapping[str, Any]) -> Answer:
    message = fields(choice.get("message"))
    return Answer(
        text=text(message.get("content")),
        reasoning=text(message.get("reasoning_content") or message.get("reasoning")),
        refusal=text(message.get("refusal")),
        tool_calls=tuple(_call(fields(call)) for call in items(message.get("tool_calls"))),
        finish_reason=text(choice.get("finish_reason")),
        signature=_signature(message),
    )


def _call(said: Mapping[str, Any]) -> ToolCall:
    """A call of a tool, or a piece of one. Which kind it is of, only its first piece says in so many words."""
    kind = next((kind for kind in WRITTEN if fields(said.get(kind))), "function")
    called = fields(said.get(kind))
    return ToolCall(text(called.get("name")) or "", text(called.get(WRITTEN[kind])) or "", text(said.get("id")))


def _signature(message: Mapping[str, Any]) -> str | None:
    """What the reasoning is signed with, unless nobody has signed it."""
    signed = (text(block.get("signature")) for block in map(fields, items(message.get("thinking_blocks"))))
    return next((one for one in signed if one and one != SIGNATURE), None)


def _usage(stated: Any) -> Usage | None:
    if not isinstance(stated, Mapping):
        return None
    prompt, completion = fields(stated.get("prompt_tokens_details")), fields(stated.get("completion_tokens_details"))
    return Usage(
        prompt_tokens=count(stated.get("prompt_tokens")),
        completion_tokens=count(stated.get("completion_tokens")),
        cached_tokens=count(prompt.get("cached_tokens")),
        cache_creation_tokens=count(prompt.get("cache_creation_tokens")),
        reasoning_tokens=count(completion.get("reasoning_tokens")),
    )
