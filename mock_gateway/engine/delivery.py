"""Giving the client what came of the last attempt. From here on there is no way back."""

from collections.abc import Iterable

from ..core import problems
from ..core.events import Cut, Stalled, counted
from ..core.failures import FAILURES
from ..core.steps import Chunk, HangUp, Headers, Silence, Start, Steps
from .attempts import Outcome
from .calls import Call


def deliver(call: Call, outcome: Outcome, own: Headers) -> Steps:
    """The steps of the answer, whatever kind of answer it is. `own` are the gateway's own headers."""
    question = outcome.question
    contract = question.contract
    if outcome.fate == "answered":
        call.answer = outcome.reply.answer
        call.served_model = outcome.attempt.model
        yield from (_stream if question.request.stream else _whole)(call, outcome, own)
    elif outcome.fate == "failed":
        if contract.provider_error == "failed_dependency":
            raise problems.failed_dependency(outcome.attempt.model, outcome.start.status)
        yield from _whole(call, outcome, own)
    elif outcome.fate == "stalled":
        call.ending = Stalled("the client waits for an answer that never comes")
        yield Silence()
    elif outcome.fate == "timed_out":
        raise problems.timed_out(contract, outcome.attempt.model)
    elif outcome.fate == "slow":
        raise problems.slow(contract, outcome.attempt.model)
    elif contract.hung_up == "cut":
        call.ending = Cut("the connection broke before the answer")
        yield HangUp()
    else:
        raise problems.hung_up(outcome.attempt.model)


def length(chunks: Iterable[bytes]) -> Headers:
    """The header that tells how long a whole answer is."""
    return (("content-length", str(sum(map(len, chunks)))),)


def _whole(call: Call, outcome: Outcome, own: Headers) -> Steps:
    chunks = [step for step in outcome.body if isinstance(step, Chunk)]
    if outcome.fate == "answered":
        outcome.attempt.outcome = "answered"
    call.status = outcome.start.status
    headers = (*outcome.start.headers, *length(chunk.data for chunk in chunks), *own)
    yield Start(call.status, headers, is_whole=True)
    yield from chunks


def _stream(call: Call, outcome: Outcome, own: Headers) -> Steps:
    record, question = outcome.attempt, outcome.question
    record.outcome, record.chunks = "answered", 0
    call.status = outcome.start.status
    began = call.seconds
    yield Start(call.status, (*outcome.start.headers, *own))
    try:
        for step in outcome.body:
            if isinstance(step, Chunk):
                record.chunks += step.counts
            elif isinstance(step, HangUp):
                call.ending = Cut(f"the connection broke after {counted(record.chunks, 'chunk')}")
                record.outcome = "hung_up"
                if question.contract.broken_stream == "error_event":
                    yield from question.wire.error_event(FAILURES["network_transient"])
                    return
            elif isinstance(step, Silence):
                call.ending = Stalled("the client waits for the rest of the answer")
                record.outcome = "stalled"
            yield step
    finally:
        record.waited += call.seconds - began
