"""Answering from recordings: the recording of this very request, or none."""

import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from ..core.advice import PLAIN, Advice
from ..core.chat import Answer, ChatRequest
from ..core.failures import Failure
from ..core.ignoring import NOTHING, Ignored
from ..core.steps import Chunk, HangUp, Start, Step, Steps, Wait
from ..wires import sse
from ..wires.checking import is_list_of
from ..wires.upstream import Explanation, Question, Reply
from ..wires.wire import Unreadable, Wire, failure_in
from .choices import AfterLast, Pace
from .files import Folder
from .finding import Finder, Slot
from .format import Arrival, Take
from .mistake import CassetteMistake
from .redaction import Redaction
from .secrets import masked

_SHOWN = 60
_JSON = {"content-type": "application/json"}


class Ready(NamedTuple):
    """A take with its bytes and what they say."""

    take: Take
    answer: Answer | None
    arrivals: list[Arrival]
    error: str | None
    whole: tuple[Start, tuple[Chunk]] | None
    """Its steps, if it came whole: for where nothing is waited for."""
    name: str | None = None
    """What a story calls the recording."""


class Cassette:
    """A folder of recordings, asked as an upstream.

    A request is answered by the recording of that request: found by its fingerprint, and compared once more with what the
    file says it was. Takes play in the order they were recorded; after the last, it plays again, or nothing does.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        pace: Pace = "instant",
        ignore: Sequence[str] = (),
        after_last: AfterLast = "repeat",
        not_secret: Sequence[str] = (),
        redaction: Redaction | None = None,
        advice: Advice = PLAIN,
    ) -> None:
        self.redaction = redaction or Redaction({})
        self.ignored = Ignored.of(ignore) if ignore != () else NOTHING
        self._path, self._not_secret = path, not_secret
        self._advice = advice
        self._factor = {"instant": 0.0, "recorded": 1.0}[pace] if isinstance(pace, str) else float(pace)
        self._after_last = after_last
        self._played: list[Slot] = []
        self._used: set[tuple[str, int]] = set()
        self._ready: dict[tuple[str, int], Ready] = {}
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"<Cassette {self.folder.path}>"

    @cached_property
    def folder(self) -> Folder:
        """Where the recordings are. Most gateways that have a cassette are answered for by their scripts."""
        return Folder(Path(self._path), self._not_secret, self.redaction.known, self._advice)

    @cached_property
    def _finder(self) -> Finder:
        return Finder(self.folder, self.ignored, self.redaction)

    @property
    def is_open(self) -> bool:
        """Whether anybody has looked for a recording."""
        return "folder" in vars(self)

    @property
    def played(self) -> dict[Path, list[Take]]:
        """The takes of each file that were asked for, in their order."""
        found: dict[Path, list[Take]] = {}
        for slot in self._played:
            found.setdefault(slot.path, []).append(slot.take)
        return found

    def place_of(self, question: Question) -> Path:
        """Where the recording of a request would be written."""
        return self._finder.place_of(question)

    def exact_place_of(self, question: Question) -> Path:
        """Where the recording of this very request would be, if nothing were ignored."""
        return self._finder.place_of(question, NOTHING)

    def ask(self, question: Question) -> Reply | None:
        """The next take of the recording of this request, if there is one."""
        slot = self.next_take(question)
        return None if slot is None else self.reply(slot, question)

    def next_take(self, question: Question) -> Slot | None:
        """The take that plays now: the first that has not played yet, or the last again."""
        with self._lock:
            exact = self._finder.exact(question)
            slot = self._unused(exact)
            if slot is None and not (exact and self._after_last == "repeat"):
                others = self._finder.others(question, look_at_all=self._after_last == "miss")
                slot = self._unused(others)
                exact = exact or others
            if slot is None and not exact:
                exact = self._finder.translated(question)
                slot = self._unused(exact)
            if slot is None:
                if not exact or self._after_last == "miss":
                    return None
                slot = exact[-1]
            self._used.add(slot.key)
            self._played.append(slot)
        return slot

    def _unused(self, slots: Sequence[Slot]) -> Slot | None:
        for slot in slots:
            if slot.key not in self._used:
                return slot
        return None

    def reply(self, slot: Slot, question: Question) -> Reply:
        """A take as an answer."""
        ready = self._ready.get(slot.key)
        if ready is None:
            name = f"{slot.path.parent.name}/{slot.path.stem}"
            ready = made_ready(slot.take, Wire.known[slot.wire], question.request)._replace(name=name)
            self._ready[slot.key] = ready
        if slot.wire != question.wire.name:
            reply = self._translated(ready, question)
        elif ready.whole is None or question.request.stream or (self._factor and ready.take.seconds):
            reply = self._reply(ready, question)
        else:
            reply = Reply("cassette", ready.whole, ready.answer, error=ready.error)
        reply.recording = ready.name
        return reply

    def explain(self, question: Question) -> Explanation:
        """The recording that differs least from what was asked, and where; and what else there is."""
        near = self._finder.nearest(question)
        others = Counter(path.name.split(".")[0] for path in self.folder.names())
        del others[self.folder.place(self._finder.model(question), "").name.split(".")[0]]
        facts, relax = [], None
        if near is not None and near.differences:
            facts.append(f"  nearest   {seen(near.path)} differs in")
            facts += [
                f"              {one.path}   recorded {self._short(one.recorded)}   asked {self._short(one.asked)}"
                for one in near.differences
            ]
            relax = self._relaxed(self._finder.what_to_ignore(near, question), question)
        elif near is not None:
            facts.append(f"  nearest   {seen(near.path)} has played all its takes")
        if others:
            facts.append(
                f"  others    {'   '.join(f'{number} of {model}' for model, number in sorted(others.items()))}"
            )
        elif near is None:
            facts.append(f"  cassette  there is nothing in {seen(self.folder.path)}")
        upstream = near.recording.takes[-1].upstream if near is not None else None
        return Explanation(facts, self._advice.record(upstream), relax)

    def hide(self, text: str) -> str:
        """A text without the keys that are known."""
        return masked(self.redaction.hide(text))

    def _short(self, value: object) -> str:
        text = self.hide(repr(value))
        return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."

    def _relaxed(self, names: Sequence[str], question: Question) -> str:
        """What to write to let the difference pass; and a warning where the question itself would no longer count."""
        written = self._advice.listed("ignore", (*self.ignored.names, *names))
        places = tuple(_questions(question.request))
        is_asked = any(name == "input" or name.startswith(places) for name in names)
        return f"{written}  # whatever is asked" if is_asked else written

    def _reply(self, ready: Ready, question: Question) -> Reply:
        take, answer = ready.take, ready.answer
        if ready.error is not None or take.ending == "hung_up" or take.unasked:
            return Reply("cassette", self._paced(ready, question.wire), error=ready.error)
        if answer is None or (take.stream is not None) == question.request.stream:
            return Reply("cassette", self._paced(ready, question.wire), answer)
        return Reply("cassette", self._turned(question, answer), answer)

    def _translated(self, ready: Ready, question: Question) -> Reply:
        """A take that was recorded on another wire, as this one would have it."""
        take, answer = ready.take, ready.answer
        if answer is not None and take.ending == "complete":
            return Reply("cassette", self._turned(question, answer), answer)
        failure = next((found for value in take.data if (found := failure_in(value, take.status))), None)
        if failure is None and take.ending == "complete":
            raise CassetteMistake(f"{ready.name} was recorded on another wire, and says nothing on this one.")
        return Reply("cassette", self._failed(take, failure, question), error=ready.error)

    def _failed(self, take: Take, failure: Failure | None, question: Question) -> Steps:
        yield from self._pause(take.seconds)
        if failure is None:
            yield HangUp()
            return
        yield Start(take.status if take.status >= 400 else 500, tuple({**take.headers, **_JSON}.items()))
        yield Chunk(question.wire.error(failure), last=True)

    def _paced(self, ready: Ready, wire: Wire) -> Steps:
        """The take as it came, byte for byte, at its pace."""
        take = ready.take
        yield from self._pause(take.seconds)
        yield Start(take.status, tuple(take.headers.items()))
        spent = 0.0
        for at, arrival in enumerate(ready.arrivals, 1):
            yield from self._pause(arrival.at - spent)
            spent = max(arrival.at, spent)
            is_last = at == len(ready.arrivals) and take.ending == "complete"
            yield Chunk(arrival.data, counts=wire.counts(arrival.data), last=is_last, border=take.stream is not None)
        if take.ending == "hung_up":
            yield HangUp()

    def _turned(self, question: Question, answer: Any) -> Steps:
        """An answer that was recorded whole, streamed; or one that was streamed, whole."""
        if question.request.stream:
            yield Start(200, (("content-type", sse.CONTENT_TYPE),))
            yield from question.wire.stream(answer, question.request, question.envelope, question.contract)
        else:
            yield Start(200, tuple(_JSON.items()))
            yield Chunk(question.wire.whole(answer, question.request, question.envelope), last=True)

    def _pause(self, seconds: float) -> Iterator[Step]:
        if seconds > 0 and self._factor:
            yield Wait(seconds * self._factor)


def _questions(request: ChatRequest) -> Iterator[str]:
    """Where in a request the question itself stands: what the user has said last, on whichever wire."""
    said = request.get("input")
    items = said if is_list_of(said, dict) else ()  # the input of embeddings is a list of texts
    for name, messages in (("messages", request.messages), ("input", items)):
        last = next((at for at in reversed(range(len(messages))) if messages[at].get("role") == "user"), None)
        if last is not None:
            yield f"{name}[{last}]"


def made_ready(take: Take, wire: Wire, request: ChatRequest) -> Ready:
    """A take, made ready once: its bytes, and what they say."""
    arrivals = [Arrival(0, take.whole)] if take.stream is None else list(take.chunks()) or [Arrival(0, b"")]
    error = error_in(take)
    whole = None
    if take.stream is None and take.ending == "complete" and not take.unasked:
        whole = Start(take.status, tuple(take.headers.items())), (Chunk(arrivals[0].data, last=True),)
    return Ready(take, None if error else _said(take, wire, request), arrivals, error, whole)


def _said(take: Take, wire: Wire, request: ChatRequest) -> Answer | None:
    """The answer in a take. What is none on this wire is handed on all the same."""
    values = [value for value in take.data if isinstance(value, dict)]
    try:
        if take.stream is not None:
            return wire.gathered(values)
        answer = wire.verbatim(values[0]) if values else None
    except Unreadable:
        return None
    return answer and wire.finished(answer, request)


def error_in(take: Take) -> str | None:
    """What a story calls the error in a take: in place of an answer, or in the middle of one."""
    for value in take.data:
        if (failure := failure_in(value, take.status)) is not None:
            return failure.label
    return "error" if take.status >= 400 else None


def seen(path: Path) -> str:
    """A path as its reader would type it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
