"""Asking a model once, up to the point where it is clear what came of it.

That point is the last at which the gateway can still do something else: try again, or ask another model. For a streamed
answer it is the head of the answer; for a whole one it is its end, since the client has been given nothing before.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Literal

from ..core.contract import Contract
from ..core.steps import Chunk, HangUp, Silence, Start, Step, Steps, Wait
from .calls import Attempt
from .upstream import Reply

_NOTHING_YET = Start(0)
Fate = Literal["answered", "failed", "timed_out", "hung_up", "stalled"]


@dataclass(slots=True)
class Outcome:
    """What came of an attempt. `body` is what is left of the answer: all of it, or a stream under way."""

    fate: Fate
    attempt: Attempt
    reply: Reply
    start: Start = _NOTHING_YET
    body: Steps | list[Chunk] = field(default_factory=list)


def attempt(reply: Reply, record: Attempt, *, streamed: bool, contract: Contract) -> Generator[Step, None, Outcome]:
    """Take the reply's steps as far as needed. Yields the waits on the way."""
    outcome = Outcome("answered", record, reply)
    gathered: list[Chunk] = []
    for step in reply.steps:
        if isinstance(step, Chunk):
            gathered.append(step)
        elif isinstance(step, Start):
            outcome.start = step
            record.status = step.status
            if streamed and record.status < 400:
                outcome.body = reply.steps
                return outcome
        elif isinstance(step, Wait):
            yield step
        elif isinstance(step, HangUp):
            return _ended(outcome, "hung_up")
        elif isinstance(step, Silence) and record.status is None:
            yield Wait(contract.upstream_timeout)
            return _ended(outcome, "timed_out")
        else:
            return _ended(outcome, "stalled")
    outcome.body = gathered
    if outcome.start.status >= 400:
        outcome.fate = "failed"
    return outcome


def _ended(outcome: Outcome, fate: Fate) -> Outcome:
    outcome.fate = fate
    outcome.attempt.status = None
    outcome.attempt.outcome = fate
    return outcome
