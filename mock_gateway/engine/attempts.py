"""Asking a model once, up to the point where it is clear what came of it.

That point is the last at which the gateway can still do something else: try again, or ask another model. For a streamed
answer it is the head of the answer, or its first token where the caller has set a time for it; for a whole one it is
its end, since the client has been given nothing before.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..core.policy import Kind
from ..core.steps import Chunk, HangUp, Silence, Start, Step, Wait
from ..wires.upstream import Question, Reply
from .calls import Attempt

_NOTHING_YET = Start(0)
Fate = Literal["answered", "failed", "timed_out", "slow", "hung_up", "stalled"]


@dataclass(slots=True)
class Outcome:
    """What came of an attempt: the chunks there are, and where a stream is under way what is left of it."""

    question: Question
    attempt: Attempt
    reply: Reply
    start: Start
    chunks: Sequence[Chunk]
    rest: Iterable[Step] | None = None
    fate: Fate = "answered"

    @property
    def kind(self) -> Kind:
        """What came of it, as the policy tells outcomes apart."""
        if self.fate != "failed":
            return self.fate
        status = self.start.status
        return "rate_limited" if status == 429 else "failed" if status == 408 or status >= 500 else "rejected"


def attempt(
    question: Question, reply: Reply, record: Attempt, first_token: float | None
) -> Generator[Step, None, Outcome]:
    """Take the reply's steps as far as needed. Yields the waits on the way.

    `first_token` is how long the first token of a stream may take, if there is a limit.
    """
    gathered: list[Chunk] = []
    outcome = Outcome(question, record, reply, _NOTHING_YET, gathered)
    streamed = question.request.stream
    patience = first_token if streamed else None
    waited = 0.0
    steps = reply.one_by_one()
    for step in steps:
        if isinstance(step, Chunk):
            gathered.append(step)
            if patience is not None and (step.counts or step.last) and (record.status or 0) < 400:
                outcome.rest = steps
                return outcome
        elif isinstance(step, Start):
            outcome.start = step
            record.status = step.status
            if streamed and patience is None and step.status < 400:
                outcome.rest = steps
                return outcome
        elif isinstance(step, HangUp):
            return _ended(outcome, "hung_up")
        elif isinstance(step, Silence) and record.status is not None and patience is None:
            return _ended(outcome, "stalled")
        else:
            limit, fate = _limit(question, record, patience)
            seconds = step.seconds if isinstance(step, Wait) else limit
            if waited + seconds > limit or isinstance(step, Silence):
                yield Wait(limit - waited)
                return _ended(outcome, fate)
            waited += seconds
            yield step
    return _judged(outcome)


def at_once(question: Question, reply: Reply, record: Attempt, start: Start, chunks: Iterable[Chunk]) -> Outcome:
    """The same for a reply with nothing to wait for."""
    record.status = start.status
    if start.status >= 400:
        return _judged(Outcome(question, record, reply, start, tuple(chunks)))
    if question.request.stream:
        return Outcome(question, record, reply, start, (), chunks)
    return Outcome(question, record, reply, start, tuple(chunks))


def _judged(outcome: Outcome) -> Outcome:
    """The outcome with an error told from an answer."""
    if outcome.start.status >= 400:
        outcome.fate = "failed"
        outcome.attempt.outcome = outcome.reply.error or "error"
    return outcome


def _limit(question: Question, record: Attempt, patience: float | None) -> tuple[float, Fate]:
    """How long all that comes before the next point may take, and what it is called if it takes longer."""
    if patience is not None:
        return patience, "slow"
    return (question.contract.upstream_timeout if record.status is None else float("inf")), "timed_out"


def _ended(outcome: Outcome, fate: Fate) -> Outcome:
    outcome.reply.close()
    outcome.fate = fate
    outcome.attempt.status = None
    outcome.attempt.outcome = fate
    return outcome
