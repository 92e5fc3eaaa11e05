"""Recordings as people read them: one by one, and side by side."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core.chat import Answer, ChatRequest
from ..core.contract import Contract
from ..core.events import counted
from ..core.paths import MISSING, differences
from ..core.problems import Problem
from ..wires.wire import Unreadable, Wire
from .drift import drift
from .format import Recording, Take

_SHOWN = 70


def shown(recording: Recording, *, full: bool = False) -> Iterator[str]:
    """What was asked and what was answered: a line each, or in full."""
    request = _request(recording)
    messages = request.messages if request is not None else recording.request.get("messages")
    count = counted(len(messages), "message") if isinstance(messages, Sequence) else "no messages"
    yield f"  asked     {recording.model}   {count}   {_asked(recording)}"
    if recording.ignored:
        yield f"  ignored   {', '.join(recording.ignored)}"
    if full:
        yield from _conversation(messages if isinstance(messages, list) else [])
    for number, take in enumerate(recording.takes, 1):
        yield f"  take {number:<5}{'   '.join(_facts(recording, take))}"
        answer = _answer(recording, take)
        if full and answer is not None:
            yield from _indented(_said(answer))


def compared(one: Recording, other: Recording) -> Iterator[str]:
    """Where two recordings of one request differ: a line each."""
    for difference in differences(one.request, other.request, ("request",)):
        yield f"  {difference.path}   {_short(difference.recorded)} -> {_short(difference.asked)}"
    if len(one.takes) != len(other.takes):
        yield f"  takes   {len(one.takes)} -> {len(other.takes)}"
    for number, (before, after) in enumerate(zip(one.takes, other.takes, strict=False), 1):
        for line in drift(before, after):
            yield f"  take {number}   {line.replace('   recorded ', '   ').replace('   today ', ' -> ')}"
        said = [_said(answer) if answer else "" for answer in (_answer(one, before), _answer(other, after))]
        if said[0] != said[1]:
            yield f"  take {number}   {_short(said[0])} -> {_short(said[1])}"


def _asked(recording: Recording) -> str:
    request = _request(recording)
    try:
        return _short(dict(recording.request) if request is None else request.text)
    except (AttributeError, TypeError):
        return _short(dict(recording.request))


def _request(recording: Recording) -> ChatRequest | None:
    """What was asked, if it is a request at all."""
    wire = Wire.known.get(recording.wire)
    if wire is None:
        return None
    try:
        return wire.request({"messages": [], **recording.request, "model": recording.model}, None, Contract())
    except Problem:
        return None


def _facts(recording: Recording, take: Take) -> Iterator[str]:
    yield str(take.status)
    yield "whole" if take.stream is None else counted(len(take.stream), "event")
    seconds = take.seconds + max((piece.at or 0 for piece in take.stream or ()), default=0)
    if seconds:
        yield f"{seconds:.2g} s"
    answer = _answer(recording, take)
    if answer is not None:
        yield _short(_said(answer))
    if take.ending != "complete":
        yield take.ending.replace("_", " ")
    yield from filter(None, (take.recorded and take.recorded[:10], take.upstream))


def _answer(recording: Recording, take: Take) -> Answer | None:
    """What a take says, if it is an answer at all."""
    wire = Wire.known.get(recording.wire)
    if wire is None:
        return None
    values = [value for value in take.data if isinstance(value, dict)]
    try:
        if take.stream is not None:
            return wire.gathered(values)
        return wire.verbatim(values[0]) if values and take.status < 400 else None
    except Unreadable:
        return None


def _said(answer: Answer) -> str:
    calls = [f"{call.name}({call.written})" for call in answer.tool_calls]
    return " ".join(filter(None, (answer.text, *calls)))


def _conversation(messages: Sequence[Any]) -> Iterator[str]:
    for message in messages:
        if isinstance(message, Mapping):
            yield f"    {message.get('role')}"
            yield from _indented(str(message.get("content") or message.get("tool_calls") or ""))


def _indented(text: str) -> Iterator[str]:
    yield from (f"      {line}" for line in text.splitlines())


def _short(value: Any) -> str:
    if value is MISSING:
        return "nothing"
    text = repr(" ".join(value.split()) if isinstance(value, str) else value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
