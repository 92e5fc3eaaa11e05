"""How a call is answered, from its first byte to the last line of its story."""

from functools import partial

from pydantic_core import to_json

from ..core import problems
from ..core.advice import Advice
from ..core.chat import ChatRequest
from ..core.contract import Contract
from ..core.directives import PLAIN
from ..core.events import Cut, Refused
from ..core.failures import Failure
from ..core.past import Past
from ..core.problems import Problem
from ..core.requests import HttpRequest
from ..core.steps import Chunk, ClientLeft, HangUp, Headers, Start, Steps
from ..wires.upstream import Upstream
from ..wires.wire import Envelope, Wire
from .account import Account
from .acts import JSON, retry_headers
from .asking import Asking
from .breakdown import additions
from .calls import Call
from .chance import Chance
from .clock import Clock, Timeline
from .delivery import deliver
from .ids import Ids
from .illness import Illness
from .journal import Journal
from .orders import Order, Orders
from .reuse import Reuse
from .rules import Scripts


class Pipeline:
    """The gateway's work on one call after another."""

    def __init__(
        self,
        contract: Contract,
        clock: Clock,
        cassette: Upstream | None,
        *,
        seed: int,
        allow_direct: bool,
        log_id: bool,
        advice: Advice,
        keep_calls: int,
    ) -> None:
        self.contract = contract
        self.seed = seed
        self.clock = clock
        self.ids = Ids()
        self.scripts = Scripts()
        self.illness = Illness()
        self.account = Account(clock)
        self.journal = Journal(self.ids, self.account.prices, contract, clock, keep_calls)
        chance = Chance(seed)
        self.past = Past(keep_calls)
        self._orders = Orders(self.account, self.journal, contract, chance, self.past)
        self._asking = Asking(
            self.scripts, cassette, self.journal, contract, chance, hurry=clock.is_virtual, advice=advice
        )
        self._reuse = Reuse(self.account.cache, contract, hurry=clock.is_virtual)
        self._allow_direct = allow_direct
        self._log_id = log_id

    def handle(self, inbound: HttpRequest, timeline: Timeline, wire: Wire | Problem) -> Steps:
        """The steps of the answer to one call. It is in the journal from the first of them on."""
        call = self.journal.open(inbound, timeline, getattr(wire, "name", "none"))
        try:
            yield from self._answer(call, inbound, wire)
        except GeneratorExit as leaving:
            call.left_early = not call.is_told or isinstance(leaving, ClientLeft)
            if call.left_early and self.contract.left_stream == "forgotten":
                call.said = None
        except Exception as error:
            self._asking.note(call, error)
            raise
        finally:
            timeline.end()
            if call.cache != "off":
                self._reuse.settle(call)
            self.journal.close(call)

    def _answer(self, call: Call, inbound: HttpRequest, wire: Wire | Problem) -> Steps:
        try:
            if not self._admit(call):
                call.ending = Cut("the gateway could not be reached")
                call.is_told = True
                yield HangUp(refused=True)
                return
            if isinstance(wire, Problem):
                if wire.is_authors:
                    self.journal.misses.append(str(wire))
                raise wire
            order = self._read(call, inbound, wire)
            envelope = Envelope(self.ids.name(wire.id_kind), self.clock.timestamp(call.began), order.request.model)
            wants_cache = call.directives.cache_enabled
            outcome = self._reuse.look_up(call, order, wire, envelope) if wants_cache else None
            if outcome is None:
                outcome = yield from self._asking.ask(call, order, wire, envelope)
                if wants_cache:
                    self._reuse.expect(call, outcome)
            headers = self._headers(call)
            if wire.is_relay:
                headers = (*headers, ("x-respan-upstream-request-id", self.ids.name("upstream")))
            added = None
            if wire.is_extended and call.directives is not PLAIN:
                added = partial(additions, call, self.contract, self.clock.moment)
            steps = deliver(call, outcome, headers, added)
            yield from self._remembered(call, steps, order.request, wire) if wire.keeps_answers else steps
        except Problem as trouble:
            yield from self._refuse(call, trouble, wire)

    def _admit(self, call: Call) -> bool:
        """Let a call in, or raise the problem. False: there is no gateway to be reached."""
        if call.direct:
            if not self._allow_direct:
                trouble = problems.direct_call(call.method, call.host, call.path)
                self.journal.strays.append(str(trouble))
                raise trouble
            return True
        spell = self.illness.strikes() if self.illness.spells else None
        if spell is None:
            call.environment = self.account.admit(call.key, self.contract)
        elif spell.status is not None:
            raise problems.ill(spell.status)
        return spell is None

    def _read(self, call: Call, inbound: HttpRequest, wire: Wire) -> Order:
        fields = wire.read(inbound)
        call.asks(fields)
        call.log_type = wire.log_type
        call.log_id = None if call.direct else self.ids.name("log")
        try:
            if call.direct:
                return self._orders.take_direct(fields, wire)
            return self._orders.take(call, fields, inbound.headers, wire)
        except Problem as trouble:
            if trouble.is_authors:
                self.journal.misses.append(str(trouble))
            raise

    def _remembered(self, call: Call, steps: Steps, request: ChatRequest, wire: Wire) -> Steps:
        """The same steps; the answer is kept before its last byte is handed over, since a client may ask on at once."""
        data: list[bytes] = []
        try:
            for step in steps:
                if isinstance(step, Chunk):
                    data.append(step.data)
                    if step.last and call.status == 200 and (told := wire.told(b"".join(data), request)) is not None:
                        self.past.keep(told)
                yield step
        finally:
            steps.close()

    def _refuse(self, call: Call, trouble: Problem, wire: Wire | Problem) -> Steps:
        body = to_json(trouble.body(self.contract))
        status = trouble.status
        if call.direct and isinstance(wire, Wire) and trouble.is_gateways:
            status = 400  # as all of them say that a request is none
            body = wire.error(Failure(status, "invalid_request_error", None, str(trouble)))
        call.status, call.error = status, trouble.message.partition("\n")[0]
        call.ending = call.ending or Refused(status, str(trouble).splitlines()[0])
        if trouble.retryable is False:
            headers: Headers = (("x-should-retry", "false"),)
        else:
            headers = retry_headers(status, trouble.extra.get("retry_after"), self.clock.is_virtual)
        yield Start(status, (*JSON, *headers, ("content-length", str(len(body))), *self._headers(call)), is_whole=True)
        call.is_told = True
        yield Chunk(body, counts=False, last=True)

    def _headers(self, call: Call) -> Headers:
        """The gateway's own."""
        if call.direct:
            return ()
        request_id = ("x-respan-gateway-request-id", self.ids.name("req"))
        if call.log_id is None or not self._log_id:
            return (request_id,)
        return (("x-respan-log-id", call.log_id), request_id)
