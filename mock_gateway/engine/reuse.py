"""Answering from the cache, and keeping for it what was answered to the end."""

from dataclasses import dataclass, replace
from functools import partial

from ..core.contract import Contract
from ..core.events import LookedUp
from ..core.steps import Chunk, Start
from ..wires.upstream import Question, Reply
from ..wires.wire import Envelope, Wire
from .acts import JSON, Replies
from .attempts import Outcome, at_once
from .cache import Cache, Effort, Entry, Kept, cache_key
from .calls import Attempt, Call
from .orders import Order


@dataclass(slots=True)
class Keeping:
    """An answer on its way to the client, to be kept if it gets there."""

    key: str
    entry: Entry
    seconds: float
    question: Question


class Reuse:
    """What the pipeline has to do with the cache."""

    def __init__(self, cache: Cache, contract: Contract, *, hurry: bool) -> None:
        self._cache = cache
        self._contract, self._hurry = contract, hurry
        self._underway: dict[int, Keeping] = {}

    def look_up(self, call: Call, order: Order, wire: Wire, envelope: Envelope) -> Outcome | None:
        """The outcome that was kept for this request, if there is one."""
        call.cache_key = cache_key(order.request, wire, call.directives, self._contract)
        call.cache, entry = self._cache.look(call.cache_key, call.began)
        call.note(LookedUp(call.cache))
        if entry is None:
            return None
        if call.directives.cache_options.omit_log:
            call.log_id = None
        is_replayed = self._contract.cached_answer == "replayed"
        around = entry.envelope if is_replayed else replace(envelope, model=entry.envelope.model)
        call.response_id = around.id
        question = Question(order.request.to(entry.envelope.model), wire, around, self._contract, self._hurry)
        body = entry.bytes_for(order.request) if is_replayed else None
        if body is None:
            reply = Replies(entry.answer).perform(question)
        else:
            reply = Reply("cache", (Start(200, JSON), (Chunk(body, last=True),)), entry.answer)
        assert isinstance(reply.steps, tuple)  # from a cache it comes at once
        return at_once(question, reply, Attempt(entry.envelope.model, 0, "cache"), *reply.steps)

    def expect(self, call: Call, outcome: Outcome) -> None:
        """Note an answer that is about to be delivered: if it arrives, it is kept."""
        answer = outcome.reply.answer_to(outcome.question)
        if call.cache not in ("miss", "expired") or outcome.fate != "answered" or answer is None:
            return
        assert call.cache_key is not None
        body = None
        if not outcome.question.request.stream:
            body = b"".join([chunk.data for chunk in outcome.chunks])
        lifetime = call.directives.cache_ttl or self._contract.cache_lifetime
        entry = Entry(answer, outcome.question.envelope, outcome.question.request.body, body)
        self._underway[call.number] = Keeping(call.cache_key, entry, lifetime, outcome.question)

    def settle(self, call: Call) -> None:
        """Keep the answer of a call that is over, if the client was given all of it."""
        kept = self._underway.pop(call.number, None)
        if kept is None or call.left_early or call.ending is not None:
            return
        question, answer, now = kept.question, kept.entry.answer, call.began + call.seconds
        usage = answer.usage
        self._cache.keep(
            Kept(
                key=kept.key,
                entry=kept.entry,
                end=now + kept.seconds,
                at=now,
                updated_at=now,
                effort=Effort(call.cost or 0.0, 0 if usage is None else usage.total_tokens, call.seconds),
                messages=question.request.messages,
                whole=partial(question.wire.whole, answer, question.request, question.envelope),
            )
        )
