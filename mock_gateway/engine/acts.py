"""What a scripted model can do when it is asked: answer, fail, hang, break, or talk nonsense.

An act is given a `Question` and returns a `Reply`, whose steps are what a provider would send to the gateway.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, Protocol

from pydantic_core import to_json

from ..core.chat import Answer, ChatRequest
from ..core.failures import Failure
from ..core.steps import Chunk, HangUp, Headers, Silence, Start, Steps, Wait
from ..wires import sse
from ..wires.upstream import Answering, Question, Reply, UpstreamMistake
from ..wires.wire import Unreadable, wire_of
from .said import half

Maker = Callable[[ChatRequest], str | Answer]

JSON: Headers = (("content-type", "application/json"),)
EVENTS: Headers = (("content-type", sse.CONTENT_TYPE),)
_WHOLE = Start(200, JSON)
_STREAM = Start(200, EVENTS)
_FILLER = ("This ", "answer ", "will ", "not ", "be ", "finished ")


class Act(Protocol):
    """Something a model does when it is asked."""

    def perform(self, question: Question) -> Reply:
        """Do it once."""
        ...


@dataclass(frozen=True, slots=True)
class Replies:
    """It answers."""

    says: Answer | Maker
    delay: float = 0
    every: float = 0

    def perform(self, question: Question) -> Reply:
        wire, request, envelope = question.wire, question.request, question.envelope
        answer = self.says if isinstance(self.says, Answer) else _made(self.says, request)
        stop = request.chat.get("stop")
        if stop:
            answer = answer.stopped_before([stop] if isinstance(stop, str) else stop)
        if answer.tool_calls or answer.others:
            answer = wire.named(answer, request, envelope)
        if request.stream:
            head = _STREAM
            chunks: Iterable[Chunk] = wire.stream(answer, request, envelope, question.contract)
        else:
            head = _WHOLE
            chunks = (Chunk(wire.whole(answer, request, envelope), last=True),)
        steps: Answering = self._paced(head, chunks) if self.delay or self.every else (head, chunks)
        return Reply("script", steps, answer, leaves_open=True)

    def _paced(self, head: Start, chunks: Iterable[Chunk]) -> Steps:
        if self.delay:
            yield Wait(self.delay)
        yield head
        spoke = False
        for chunk in chunks:
            if self.every and chunk.counts:
                if spoke:
                    yield Wait(self.every)
                spoke = True
            yield chunk


def _made(maker: Maker, request: ChatRequest) -> Answer:
    """What a function of the test makes of a request."""
    made = maker(request)
    answer = Answer(made) if isinstance(made, str) else made
    if not isinstance(answer, Answer):
        raise TypeError(f"it returned {answer!r}, which is neither a text nor an Answer")
    if (text := answer.half) is not None:
        raise UpstreamMistake(half(text))
    return answer


@dataclass(frozen=True, slots=True)
class RepliesVerbatim:
    """It answers with a body the test wrote out in full."""

    body: Mapping[str, Any]
    delay: float = 0
    every: float = 0

    def perform(self, question: Question) -> Reply:
        wire = wire_of(self.body, question.wire)
        events = wire.retold(self.body) if question.request.stream and wire is question.wire else ()
        try:
            answer = wire.verbatim(self.body)
        except Unreadable as why:
            if question.request.stream and not events:
                raise UpstreamMistake(f"replies(body=...) cannot be streamed: {why}.") from None
            return Reply("script", self._steps(events))
        if events:
            return Reply("script", self._steps(events), answer)
        if question.request.stream or wire is not question.wire:
            return Replies(answer, self.delay, self.every).perform(question)
        return Reply("script", self._steps(), answer)

    def _steps(self, events: Sequence[Chunk] = ()) -> Steps:
        if self.delay:
            yield Wait(self.delay)
        yield Start(200, EVENTS if events else JSON)
        yield from events or (Chunk(to_json(self.body), last=True),)


@dataclass(frozen=True, slots=True)
class Fails:
    """It answers with an error."""

    failure: Failure
    retry_after: float | None = None
    delay: float = 0
    is_named: bool = False
    """Whether it was asked for by name, and not by a status."""

    def perform(self, question: Question) -> Reply:
        status = self.failure.status
        if self.is_named:
            status = question.wire.statuses.get(self.failure.label, status)
        start = Start(status, (*JSON, *retry_headers(status, self.retry_after, question.hurry)))
        chunk = Chunk(question.wire.error(self.failure), last=True)
        steps: Answering = iter((Wait(self.delay), start, chunk)) if self.delay else (start, (chunk,))
        return Reply("script", steps, error=self.failure.label)


@dataclass(frozen=True, slots=True)
class TimesOut:
    """It never answers."""

    def perform(self, question: Question) -> Reply:
        return Reply("script", self._steps())

    def _steps(self) -> Steps:
        yield Silence()


@dataclass(frozen=True, slots=True)
class HangsUp:
    """The connection to it breaks."""

    after_chunks: int = 0

    def perform(self, question: Question) -> Reply:
        return Reply("script", self._steps(question))

    def _steps(self, question: Question) -> Steps:
        if self.after_chunks:
            yield from begun(question, self.after_chunks)
        yield HangUp()


@dataclass(frozen=True, slots=True)
class Stalls:
    """It begins to answer, and then says nothing."""

    after_chunks: int = 0

    def perform(self, question: Question) -> Reply:
        return Reply("script", self._steps(question))

    def _steps(self, question: Question) -> Steps:
        yield from begun(question, self.after_chunks)
        yield Silence()


@dataclass(frozen=True, slots=True)
class Sends:
    """It sends these bytes, cut like this."""

    raw: Sequence[bytes]
    status: int = 200

    def perform(self, question: Question) -> Reply:
        return Reply("script", self._steps(question))

    def _steps(self, question: Question) -> Steps:
        yield Start(self.status, EVENTS if question.request.stream and self.status < 400 else JSON)
        for at, data in enumerate(self.raw, 1):
            yield Chunk(data, last=at == len(self.raw), border=True)


def begun(question: Question, chunks: int) -> Steps:
    """The beginning of an answer: its head, and so many chunks of a stream, of words that matter to nobody."""
    if not question.request.stream:
        yield Start(200, JSON)
        return
    yield Start(200, EVENTS)
    filler = Answer(chunks=tuple(islice(cycle(_FILLER), chunks)))
    spoken = 0
    for at, chunk in enumerate(question.wire.stream(filler, question.request, question.envelope, question.contract)):
        if spoken == chunks and (at or chunk.counts or chunk.last):  # on some wires the first only says who speaks
            return
        spoken += chunk.counts
        yield chunk


def retry_headers(status: int, retry_after: float | None, hurry: bool) -> Headers:
    """What tells a client when to try again.

    The SDKs made by Stainless (OpenAI, Anthropic) sleep between their own retries, and ignore ``retry-after: 0``. In
    virtual time they are told one millisecond, in the header only they read.
    """
    headers: list[tuple[str, str]] = []
    if retry_after is not None:
        headers.append(("retry-after", f"{retry_after:g}"))
    if hurry and (status in (408, 409, 429) or status >= 500):
        headers.append(("retry-after-ms", "1"))
    return tuple(headers)
