"""One question put to a live upstream, and its answer: handed on while it arrives, and kept when it is whole."""

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple, Protocol

from ..core.steps import Chunk, HangUp, Start, Step, Steps, Wait
from ..wires.upstream import Question, Reply, UpstreamMistake
from ..wires.wire import Address, Wire
from .format import Arrival, Take, stream_take, whole_take
from .mistake import CassetteMistake
from .playback import Ready, made_ready

_HEADERS = frozenset({"content-type", "retry-after", "retry-after-ms", "x-should-retry"})
_HEADER_FAMILIES = ("anthropic-ratelimit-", "x-ratelimit-")
_STREAM = "text/event-stream"
_TAIL = 32
_ENDLESS = "does not come to an end"
_GRACE = 0.2
"""Seconds after which an upstream is taken for silent, once its time is up: one that talks is told by the next piece."""


class Head(NamedTuple):
    """The head of a live answer, so many seconds after it was asked for."""

    status: int
    headers: Mapping[str, str]
    seconds: float
    abort: Callable[[], None]
    """Ends the connection, whoever is waiting for it."""


class Broken(Exception):  # noqa: N818 - something that happens, and may be recorded
    """The connection to a live upstream broke, or nothing came in time. The text says which."""


Live = Generator[Head | Arrival, None, None]
"""An answer as it arrives."""


class Provider(Protocol):
    """A real upstream."""

    url: str
    """Where it is, as a recording may say it."""

    def ask(self, wire: Wire, address: Address, patience: float) -> Live:
        """The head of its answer and the body as it arrives, or `Broken`; a mistake, where it was set up wrong."""
        ...


Keep = Callable[[Take | None, str | None], None]
"""What is done with an answer that is over, and with the reason why it is not whole."""


Later = Callable[[Callable[[], None]], None]
"""What has something done while others go on."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an answer may weigh and last, and how long the rest of it may take when nobody waits for it any more."""

    bytes: int = 16 * 1024 * 1024
    seconds: float = 900
    linger: float = 30


_under_way: set[Live] = set()


class Exchange:
    """A question and its answer, which one thread reads at a time: who takes over waits until a step is done."""

    def __init__(self, provider: Provider, question: Question, limits: Limits) -> None:
        self._provider, self._question, self._limits = provider, question, limits
        self._live: Live | None = None
        """What is still to be read, until somebody claims the rest of it."""
        self._claiming, self._reading = threading.Lock(), threading.Lock()
        self._failure: Broken | UpstreamMistake | None = None
        self._head: Head | None = None
        self._arrivals: list[Arrival] = []
        self._size = 0
        self._held = b""
        self._tail = b""
        self._ended = False
        self._deadline = time.monotonic() + limits.seconds

    def reply(self, keep: Keep, later: Later) -> Reply:
        """The answer as an upstream gives it, kept before its last byte is handed on.

        What a client leaves is read on `later`, which is told what to do and what went wrong.
        """
        self._keep, self._later = keep, later
        self._reply = Reply("upstream", self._steps(keep))
        return self._reply

    def finish(self) -> None:
        """Read on what nobody has read to its end, and nobody has closed. Whoever still does finds it broken off."""
        live = self._claim()
        if live is not None:
            self._later(lambda: self._linger(live, self._keep))

    def _claim(self) -> Live | None:
        """The rest of the answer, for whoever asks first."""
        with self._claiming:
            live, self._live = self._live, None
        return live

    def _steps(self, keep: Keep) -> Steps:
        live = self._live = self._open()
        _under_way.add(live)  # else it may be collected as garbage together with a stream that nobody closed
        try:
            yield from self._handed_on(live)
        except GeneratorExit:  # the client has what it wanted; the recording is nothing without the rest
            self.finish()
            raise
        except (Broken, UpstreamMistake) as failure:
            if self._claim() is None:  # somebody else meets the same, and says so
                yield HangUp()
                return
            self._end(live)
            if isinstance(failure, UpstreamMistake):
                raise
            keep(self._take("hung_up"), str(failure))
            yield HangUp()
            return
        if self._claim() is None:  # somebody else reads it to its end
            yield HangUp()
            return
        self._end(live)
        take = self._take()
        assert take is not None
        ready = self._made_ready(take)
        self._reply.answer, self._reply.error = ready.answer, ready.error
        keep(take, self._trouble(ready))
        counts = self._question.wire.counts(self._held)
        yield Chunk(self._held, counts=counts, last=True, border=take.stream is not None)

    def _made_ready(self, take: Take) -> Ready:
        return made_ready(take, self._question.wire, self._question.request)

    def _end(self, live: Live) -> None:
        live.close()
        _under_way.discard(live)

    def _trouble(self, ready: Ready) -> str | None:
        """What is wrong with an answer that has come to its end."""
        if ready.error is not None and ready.take.status < 400:
            return f"an error came in place of the rest: {ready.error}"
        is_cut = self._is_stream and not self._ended and (ready.answer is None or ready.answer.finish_reason is None)
        return "the stream broke off without saying so" if is_cut else None

    def take(self) -> Take | None:
        """The answer once it is whole, for nobody but the caller; None if the connection broke before it began."""
        live = self._open()
        try:
            self._read_on(live)
        except Broken:
            return self._take("hung_up")
        finally:
            live.close()
        return self._take()

    def _open(self) -> Live:
        question = self._question
        address = question.wire.address(question.request)
        return self._provider.ask(question.wire, address, question.contract.upstream_timeout)

    def _handed_on(self, live: Live) -> Steps:
        """All but what is held back until the answer is kept: the end of a stream, and whatever is none."""
        spent = 0.0
        while self._live is not None and (item := self._next(live)) is not None:
            if isinstance(item, Head):
                yield from self._passed(item.seconds)
                yield Start(item.status, tuple(kept(item.headers).items()))
                continue
            yield from self._passed(item.at - spent)
            spent = item.at
            if self._held or not self._is_stream or self._ended:
                self._held += item.data
            else:
                yield Chunk(item.data, counts=self._question.wire.counts(item.data), border=True)

    def _linger(self, live: Live, keep: Keep) -> None:
        self._deadline = min(self._deadline, time.monotonic() + self._limits.linger)
        if not self._reading.acquire(timeout=self._limits.linger):  # somebody waits for what does not come
            _under_way.discard(live)
            self._give_up(_ENDLESS)
        self._reading.release()
        patience = threading.Timer(self._limits.linger + _GRACE, self._abort)
        patience.start()
        try:
            self._read_on(live)
        except Broken as broken:
            keep(self._take("hung_up"), str(broken))
            return
        finally:
            patience.cancel()
            self._end(live)
        take = self._take()
        if take is not None:
            keep(take, self._trouble(self._made_ready(take)))

    def _abort(self) -> None:
        if self._head is not None:
            self._head.abort()

    def _read_on(self, live: Live) -> None:
        while self._next(live) is not None:
            pass

    def _next(self, live: Live) -> Head | Arrival | None:
        """What comes next, noted; or what has gone wrong, told to everybody who asks."""
        with self._reading:
            if self._failure is not None:
                raise self._failure
            try:
                item = next(live, None)
                if isinstance(item, Head):
                    self._head = item
                elif item is not None:
                    self._add(item)
            except (Broken, UpstreamMistake) as failure:
                self._failure = failure
                raise
            return item

    def _add(self, arrival: Arrival) -> None:
        self._arrivals.append(arrival)
        seen = self._tail + arrival.data  # what ends a stream may be cut, too
        self._tail = seen[-_TAIL:]
        self._ended = self._ended or self._question.wire.ends(seen)
        self._size += len(arrival.data)
        if self._size > self._limits.bytes:
            self._give_up(f"is larger than {self._limits.bytes:,} bytes")
        if time.monotonic() > self._deadline:
            self._give_up(_ENDLESS)

    def _give_up(self, why: str) -> None:
        model, url = self._question.request.model, self._provider.url
        raise CassetteMistake(f"nothing was recorded: the answer of {model} from {url} {why}.")

    def _passed(self, seconds: float) -> Iterator[Step]:
        """Time that has really passed passes on the call's timeline too, unless that runs by itself."""
        if self._question.hurry and seconds > 0:
            yield Wait(seconds)

    @property
    def _is_stream(self) -> bool:
        return self._head is not None and self._head.headers.get("content-type", "").lower().startswith(_STREAM)

    def _take(self, ending: Literal["complete", "hung_up"] = "complete") -> Take | None:
        """What there is of the answer, if it has begun."""
        head = self._head
        if head is None:
            return None
        facts = {
            "status": head.status,
            "headers": kept(head.headers),
            "recorded": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "upstream": self._provider.url,
            "seconds": round(head.seconds, 3),
            "ending": ending,
            "unasked": self._is_stream != self._question.request.stream and head.status < 400,
        }
        if self._is_stream:
            return stream_take([Arrival(round(at, 3), data) for at, data in self._arrivals], **facts)
        return whole_take(b"".join(arrival.data for arrival in self._arrivals), **facts)


def kept(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that are recorded: those known to matter to clients, and no others."""
    return {name: value for name, value in headers.items() if name in _HEADERS or name.startswith(_HEADER_FAMILIES)}
