"""Reading what a provider has answered on the Gemini wire: a body, or the events of a stream, which have one form."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ..core.chat import Answer, ToolCall, Usage
from .reading import count, fields, items, text

ENDINGS = {"STOP": "stop", "MAX_TOKENS": "length", "SAFETY": "content_filter"}
"""Why a model stops, as chat completions have it. What is none of these is told as it is."""


def verbatim(body: Mapping[str, Any]) -> Answer:
    """The answer in a whole body."""
    return replace(gathered([body]), chunks=None)


def gathered(events: Iterable[Mapping[str, Any]]) -> Answer:
    """The answer in the events of a stream, with its text in the pieces it came in."""
    candidates: dict[int, _Gathered] = {}
    stated = blocked = None
    for event in events:
        stated = event.get("usageMetadata") or stated
        blocked = event.get("promptFeedback") or blocked
        for candidate in map(fields, items(event.get("candidates"))):
            candidates.setdefault(count(candidate.get("index")), _Gathered()).add(candidate)
    answers = [candidates[index].answer for index in sorted(candidates)] or [_blocked(fields(blocked))]
    return replace(answers[0], usage=_usage(stated), others=tuple(answers[1:]))


class _Gathered:
    """One candidate, as far as it has come."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._has_text = False
        self._reasoning: list[str] = []
        self._calls: list[ToolCall] = []
        self._finish: str | None = None
        self._message: str | None = None
        self._signature: str | None = None

    def add(self, candidate: Mapping[str, Any]) -> None:
        """Take in what an event says of it."""
        for part in map(fields, items(fields(candidate.get("content")).get("parts"))):
            self._signature = text(part.get("thoughtSignature")) or self._signature
            piece = text(part.get("text"))
            if piece is not None and not part.get("thought"):
                self._has_text = True
            if piece:
                (self._reasoning if part.get("thought") else self._text).append(piece)
            if "functionCall" in part:
                call = fields(part["functionCall"])
                name, arguments = text(call.get("name")) or "", dict(fields(call.get("args")))
                self._calls.append(ToolCall(name, arguments, text(call.get("id"))))
        self._finish = text(candidate.get("finishReason")) or self._finish
        self._message = text(candidate.get("finishMessage")) or self._message

    @property
    def answer(self) -> Answer:
        """All of it."""
        ending = None if self._finish is None else ENDINGS.get(self._finish, self._finish)
        has_text = bool(self._text) or (self._has_text and not self._calls)
        return Answer(
            text="".join(self._text) if has_text else None,
            tool_calls=tuple(self._calls),
            reasoning="".join(self._reasoning) or None,
            refusal=self._message if ending == "content_filter" else None,
            chunks=tuple(self._text) or None,
            finish_reason="tool_calls" if ending == "stop" and self._calls else ending,
            signature=self._signature,
        )


def _blocked(feedback: Mapping[str, Any]) -> Answer:
    """The answer to a prompt that Google has not let through to the model: there is none, and why."""
    reason = text(feedback.get("blockReason"))
    if reason is None:
        return Answer()
    told = text(feedback.get("blockReasonMessage")) or f"The prompt was blocked: {reason}."
    return Answer(refusal=told, finish_reason="content_filter")


def _usage(stated: Any) -> Usage | None:
    if not isinstance(stated, Mapping):
        return None
    thought = count(stated.get("thoughtsTokenCount"))
    return Usage(
        prompt_tokens=count(stated.get("promptTokenCount")) + count(stated.get("toolUsePromptTokenCount")),
        completion_tokens=count(stated.get("candidatesTokenCount")) + thought,
        cached_tokens=count(stated.get("cachedContentTokenCount")),
        reasoning_tokens=thought,
    )
