"""Giving the client what came of it all. From here on there is no way back."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import chain
from typing import Any

from pydantic_core import from_json, to_json

from ..core import problems
from ..core.events import Cut, Failed, Stalled, counted
from ..core.failures import FAILURES
from ..core.steps import Chunk, HangUp, Headers, Silence, Start, Steps
from ..wires import sse
from .attempts import Outcome
from .calls import Attempt, Call

Added = Callable[[], Mapping[str, Any]] | None
"""The fields the gateway adds to an answer, asked for when it is at its end."""


def deliver(call: Call, outcome: Outcome, headers: Headers, added: Added) -> Steps:
    """The steps of the answer, whatever kind of answer it is; or the `Problem` in its place.

    `headers` are the gateway's own.
    """
    question = outcome.question
    contract, model = question.contract, outcome.attempt.model
    if outcome.fate == "answered":
        call.said, call.leaves_open = outcome.reply.answer, outcome.reply.leaves_open
        call.served_model = model
        call.delivered = outcome.attempt
        return (
            _stream(call, outcome, headers, added) if question.request.stream else _whole(call, outcome, headers, added)
        )
    if outcome.fate == "failed":
        if contract.provider_error == "failed_dependency" and not call.direct:
            raise problems.failed_dependency(model, outcome.start.status)
        call.delivered = outcome.attempt
        return _whole(call, outcome, headers, None)
    if outcome.fate == "stalled" or (call.direct and outcome.fate != "hung_up"):
        # with no gateway in between, nobody tells of a provider's silence
        return _silent(call)
    if outcome.fate == "timed_out":
        raise problems.timed_out(contract, model)
    if outcome.fate == "slow":
        raise problems.slow(contract, model)
    if contract.hung_up == "cut" or call.direct:
        return _cut(call)
    raise problems.hung_up(contract, model)


def _silent(call: Call) -> Steps:
    call.ending = Stalled("the client waits for an answer that never comes")
    yield Silence()


def _cut(call: Call) -> Steps:
    call.ending = Cut("the connection broke before the answer")
    call.is_told = True
    yield HangUp()


def _message(body: bytes) -> str | None:
    """What a provider's error says, if it is one of its wire's."""
    try:
        told = from_json(body)["error"]
        return str(told["message"] if isinstance(told, dict) else told)
    except (ValueError, TypeError, KeyError):
        return None


def _whole(call: Call, outcome: Outcome, headers: Headers, added: Added) -> Steps:
    chunks = outcome.chunks
    call.status = outcome.start.status
    if outcome.fate == "failed":
        call.error = _message(b"".join(chunk.data for chunk in chunks))
    else:
        outcome.attempt.outcome = "answered"
        if outcome.reply.error is not None:
            _note_error(call, outcome.attempt, outcome.reply.error)
        if added is not None and outcome.reply.answer is not None and (extra := added()):
            body = b"".join([chunk.data for chunk in chunks])
            chunks = [Chunk(body.rstrip().removesuffix(b"}") + b"," + to_json(extra)[1:], last=True)]
    size = len(chunks[0].data) if len(chunks) == 1 else sum(len(chunk.data) for chunk in chunks)
    yield Start(call.status, (*outcome.start.headers, ("content-length", str(size)), *headers), is_whole=True)
    for chunk in chunks:
        call.is_told = chunk.last
        yield chunk


def _stream(call: Call, outcome: Outcome, headers: Headers, added: Added) -> Steps:
    question = outcome.question
    steps = question.wire.framed(_events(call, outcome, headers, added), question.request)
    field_name, delimiter = call.directives.field_name, call.directives.delimiter
    return steps if field_name is None and delimiter is None else _reframed(steps, field_name, delimiter)


def _events(call: Call, outcome: Outcome, headers: Headers, added: Added) -> Steps:
    record, question = outcome.attempt, outcome.question
    record.outcome, record.chunks = "answered", 0
    call.status = outcome.start.status
    began = call.seconds
    try:
        yield Start(call.status, (*outcome.start.headers, *headers))
        for step in chain(outcome.chunks, outcome.rest or ()):
            if type(step) is Chunk:
                if step.counts:
                    if not record.chunks:
                        call.first_chunk = call.seconds
                    record.chunks += 1
                if step.last:
                    yield from _last_words(call, outcome, added)
            elif isinstance(step, HangUp):
                call.is_told = True
                call.ending = Cut(f"the connection broke after {counted(record.chunks, 'chunk')}")
                record.outcome = "hung_up"
                if question.contract.broken_stream == "error_event" and not call.direct:
                    yield from question.wire.error_event(FAILURES["network_transient"])
                    return
            elif isinstance(step, Silence):
                call.ending = Stalled("the client waits for the rest of the answer")
                record.outcome = "stalled"
            yield step
    except problems.Problem as trouble:  # too late to refuse
        call.ending = Cut(str(trouble).splitlines()[0])
        call.is_told = True
        record.outcome = "hung_up"
        yield HangUp()
    finally:
        outcome.reply.close()
        call.said = outcome.reply.answer
        record.waited += call.seconds - began


def _last_words(call: Call, outcome: Outcome, added: Added) -> Iterator[Chunk]:
    """What the gateway says before the last chunk of a stream."""
    if outcome.reply.error is not None:
        _note_error(call, outcome.attempt, outcome.reply.error)
    if added is not None and outcome.reply.answer is not None:
        yield from outcome.question.wire.closing(added(), outcome.question.envelope)
    call.is_told = True


def _note_error(call: Call, attempt: Attempt, error: str) -> None:
    """An error in an answer that had begun well: the client reads it, and nothing else was to come."""
    attempt.outcome = error
    call.ending = Failed(error)


def _reframed(steps: Steps, field_name: str | None, delimiter: str | None) -> Steps:
    """The same stream, framed as the caller asked."""
    before = sse.FIELD if field_name is None else field_name.encode()
    after = sse.DELIMITER if delimiter is None else delimiter.encode()
    with closing(steps):
        for step in steps:
            if isinstance(step, Chunk) and step.data.startswith(sse.FIELD) and step.data.endswith(sse.DELIMITER):
                yield replace(step, data=before + step.data[len(sse.FIELD) : -len(sse.DELIMITER)] + after)
            else:
                yield step
