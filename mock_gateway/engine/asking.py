"""Asking one model after another, as the policy says, until there is something to deliver."""

from collections.abc import Generator, Iterator
from dataclasses import replace

from ..core import problems
from ..core.advice import Advice
from ..core.contract import Contract
from ..core.events import FellBack, Missed, Waited
from ..core.findings import unforeseen
from ..core.policy import Deliver, Tried, Try, next_move
from ..core.problems import Problem
from ..core.steps import Step, Steps, Wait
from ..wires.upstream import Question, Reply, Upstream, UpstreamMistake
from ..wires.wire import Envelope, Wire
from .attempts import Outcome, at_once, attempt
from .calls import Attempt, Call
from .chance import Chance
from .journal import Journal
from .misses import miss_text
from .orders import Order
from .remarks import REMARKABLE, remarks
from .rules import Scripts

MOST_ATTEMPTS = 1000
"""Nobody means to make more in one call, and each takes real time."""


class Asking:
    """Whoever can answer an attempt, and the way to ask."""

    def __init__(
        self,
        scripts: Scripts,
        cassette: Upstream | None,
        journal: Journal,
        contract: Contract,
        chance: Chance,
        *,
        hurry: bool,
        advice: Advice,
    ) -> None:
        self._advice = advice
        self._scripts, self._cassette = scripts, cassette
        self._journal, self._chance = journal, chance
        self._contract, self._hurry = contract, hurry

    def ask(self, call: Call, order: Order, wire: Wire, envelope: Envelope) -> Generator[Step, None, Outcome]:
        """What is to be delivered in the end. A miss ends it at once: it is the test's mistake, not a provider's.

        The envelope is for the first model of the plan, with whom every plan begins.
        """
        past: list[Tried | Wait] = []
        outcomes: list[Outcome] = []
        while True:
            question, reply, record = self._begin(call, order, wire, envelope)
            if isinstance(reply.steps, tuple):
                outcome = at_once(question, reply, record, *reply.steps)
            else:
                outcome = yield from self._awaited(call, question, reply, record)
            if outcome.fate == "answered":  # as most are, and then there is nothing to decide
                return outcome
            outcomes.append(outcome)
            past.append(Tried(envelope.model, outcome.kind))
            while isinstance(move := next_move(order.plan, past), Wait):
                call.note(Waited(move.seconds))
                yield move
                past.append(move)
            if not isinstance(move, Try):
                return outcome if isinstance(move, Deliver) else self._choose(outcomes)
            if len(outcomes) == MOST_ATTEMPTS:
                raise self._noted(UpstreamMistake(_endless(outcomes, order)))
            if move.model != envelope.model:
                call.note(FellBack(move.model))
                envelope = replace(envelope, model=move.model)

    def _begin(self, call: Call, order: Order, wire: Wire, envelope: Envelope) -> tuple[Question, Reply, Attempt]:
        """Ask one model, and note it."""
        model, request = envelope.model, order.request
        deployment = order.model_name_map.get(model) if order.model_name_map else None
        if (name := deployment or model) != request.model:
            request = request.to(name)
        question = Question(request, wire, envelope, self._contract, self._hurry)
        call.asked = request
        try:
            reply = self._scripts.ask(question)
            if reply is None and self._cassette is not None:
                reply = self._cassette.ask(question)
            if reply is None:
                reply = self._scripts.improvise(question)
        except UpstreamMistake as mistake:
            raise self._noted(mistake) from mistake
        if reply is None:
            raise self._missed(call, question)
        if reply.answer is not None and (reply.answer.tool_calls or not REMARKABLE.isdisjoint(request.chat)):
            for remark in remarks(request, reply.answer, wire):
                call.warn(remark)
        credential = None
        if order.wallet is not None:
            point = self._chance.point(call.number, f"credential {call.tries}")
            credential = order.wallet.choose(model, self._contract, point)
        record = call.attempt(model, reply.source, credential, deployment)
        record.recording = reply.recording
        call.response_id = envelope.id if reply.source in ("script", "improviser") else None
        return question, reply, record

    def _missed(self, call: Call, question: Question) -> Problem:
        """Note that nobody has answered."""
        number = len(call.attempts) + 1
        text = miss_text(call.target, number, question, self._scripts, self._cassette, advice=self._advice)
        if self._cassette is not None:
            text = self._cassette.hide(text)
        self._journal.misses.append(text)
        call.ending = Missed(question.envelope.model)
        return problems.authors_mistake(problems.MISS_STATUS, text, "miss")

    def _awaited(self, call: Call, question: Question, reply: Reply, record: Attempt) -> Generator[Step, None, Outcome]:
        """What comes of a reply that takes its time, or is handed on while it is made."""
        if reply.source != "script":
            reply.steps = self._watched(reply.one_by_one())
        began = call.seconds
        is_patient = self._contract.first_token_timeout == "ignored"
        first_token = None if is_patient else call.directives.first_token_timeout
        try:
            return (yield from attempt(question, reply, record, first_token))
        except GeneratorExit:
            reply.close()
            raise
        except Problem:
            record.outcome = "not_answered"
            raise
        finally:
            record.waited = call.seconds - began

    def _watched(self, steps: Iterator[Step]) -> Steps:
        """What is asked or read while it is handed on may turn out a mistake late."""
        try:
            yield from steps
        except UpstreamMistake as mistake:
            raise self._noted(mistake) from mistake

    def _noted(self, mistake: UpstreamMistake) -> Problem:
        self._journal.mistakes.append(str(mistake))
        return problems.authors_mistake(500, str(mistake), "script_mistake")

    def note(self, call: Call, error: Exception) -> None:
        """Note what nobody has reckoned with: the test must not pass without an answer."""
        text = unforeseen(call.target, error)
        self._journal.mistakes.append(text if self._cassette is None else self._cassette.hide(text))

    def _choose(self, outcomes: list[Outcome]) -> Outcome:
        """Of several failures the one the client is told of."""
        if len(outcomes) > 1 and self._contract.all_failed == "aggregate":
            raise problems.all_failed([(outcome.attempt.model, outcome.attempt.outcome) for outcome in outcomes])
        return outcomes[0] if self._contract.all_failed == "first" else outcomes[-1]


def _endless(outcomes: list[Outcome], order: Order) -> str:
    return (
        f"This call was given up after {len(outcomes)} attempts, the last at {outcomes[-1].attempt.model}: "
        f"{order.plan.retries} retries are asked for. Is num_retries what was meant?"
    )
