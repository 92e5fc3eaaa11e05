"""How a call is answered, from its first byte to the last line of its story."""

from collections.abc import Generator

from pydantic_core import to_json

from ..core import problems
from ..core.contract import Contract
from ..core.events import Cut, Missed, Refused
from ..core.problems import Problem
from ..core.requests import HttpRequest
from ..core.steps import Chunk, ClientLeft, HangUp, Headers, Start, Step, Steps
from ..wires.wire import Envelope, Wire
from .account import Account
from .acts import JSON, retry_headers
from .attempts import Outcome, attempt
from .calls import Call
from .clock import Clock, Timeline
from .delivery import deliver, length
from .ids import Ids
from .illness import Illness
from .journal import Journal
from .misses import miss_text
from .remarks import remarks
from .rules import ScriptMistake, Scripts
from .upstream import Question


class Pipeline:
    """The gateway's work on one call after another."""

    def __init__(self, contract: Contract, clock: Clock, *, allow_direct: bool, log_id: bool) -> None:
        self.contract = contract
        self.clock = clock
        self.ids = Ids()
        self.scripts = Scripts()
        self.illness = Illness()
        self.account = Account()
        self.journal = Journal(self.ids)
        self._allow_direct = allow_direct
        self._log_id = log_id

    def handle(self, inbound: HttpRequest, timeline: Timeline, wire: Wire | Problem) -> Steps:
        """The steps of the answer to one call. It is in the journal from the first of them on."""
        call = self.journal.open(inbound, timeline, getattr(wire, "name", "none"))
        steps = self._answer(call, inbound, wire)
        try:
            for step in steps:
                try:
                    yield step
                except GeneratorExit:
                    call.left_early = not _is_end(step)
                    break
                except ClientLeft:
                    call.left_early = True
                    break
        finally:
            steps.close()
            timeline.end()
            self.journal.close(call)

    def _answer(self, call: Call, inbound: HttpRequest, wire: Wire | Problem) -> Steps:
        try:
            if not call.direct and (spell := self.illness.strikes()):
                if spell.status is None:
                    call.ending = Cut("the gateway could not be reached")
                    yield HangUp(refused=True)
                    return
                raise problems.ill(spell.status)
            self._admit(call, inbound)
            if isinstance(wire, Problem):
                if wire.is_authors:
                    self.journal.misses.append(str(wire))
                raise wire
            question = self._read(call, inbound, wire)
            outcome = yield from self._ask(call, question)
            # Whoever would try again, or fall back to another model, does so here: nothing is delivered yet.
            yield from deliver(call, question, outcome, self._own_headers(call))
        except Problem as trouble:
            yield from self._refuse(call, trouble)

    def _admit(self, call: Call, inbound: HttpRequest) -> None:
        if not call.direct:
            self.account.admit(inbound.key, self.contract)
        elif not self._allow_direct:
            trouble = problems.direct_call(inbound.method, inbound.host, inbound.path)
            self.journal.strays.append(str(trouble))
            raise trouble

    def _read(self, call: Call, inbound: HttpRequest, wire: Wire) -> Question:
        request = wire.parse(inbound.body, self.contract)
        call.asks(request)
        if not call.direct:
            call.log_id = self.ids.name("log")
            self.account.require(request.model)
        envelope = Envelope(self.ids.name("chatcmpl"), self.clock.timestamp(call.began), request.model)
        return Question(request, wire, envelope, self.contract, self.clock.is_virtual)

    def _ask(self, call: Call, question: Question) -> Generator[Step, None, Outcome]:
        model, number = question.envelope.model, len(call.attempts) + 1
        try:
            reply = self.scripts.ask(question)
            if reply is None:
                text = miss_text(call.target, number, question, self.scripts)
                self.journal.misses.append(text)
                call.ending = Missed(model)
                raise problems.authors_mistake(problems.MISS_STATUS, text, "miss")
        except ScriptMistake as mistake:
            self.journal.mistakes.append(str(mistake))
            raise problems.authors_mistake(500, str(mistake), "script_mistake") from mistake
        for remark in remarks(question.request, reply.answer) if reply.answer else ():
            call.warn(remark)
        record = call.attempt(model, reply.source)
        began = call.seconds
        try:
            return (yield from attempt(reply, record, streamed=question.request.stream, contract=self.contract))
        finally:
            record.waited = call.seconds - began

    def _refuse(self, call: Call, trouble: Problem) -> Steps:
        call.status = trouble.status
        call.ending = call.ending or Refused(trouble.status, str(trouble).splitlines()[0])
        if trouble.retryable is False:
            headers: Headers = (("x-should-retry", "false"),)
        else:
            headers = retry_headers(trouble.status, trouble.extra.get("retry_after"), self.clock.is_virtual)
        body = to_json(trouble.body(self.contract))
        yield Start(trouble.status, (*JSON, *headers, *length([body]), *self._own_headers(call)), is_whole=True)
        yield Chunk(body, counts=False, last=True)

    def _own_headers(self, call: Call) -> Headers:
        if call.direct:
            return ()
        request_id = ("x-respan-gateway-request-id", self.ids.name("req"))
        if call.log_id is None or not self._log_id:
            return (request_id,)
        return (("x-respan-log-id", call.log_id), request_id)


def _is_end(step: Step) -> bool:
    """Whether a client may leave here with nothing missed."""
    return isinstance(step, HangUp) or (isinstance(step, Chunk) and step.last)
