"""Answering from recordings: the recording of this very request, or none."""

import os
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations, islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ..core.chat import Answer
from ..core.fingerprint import canonical, fingerprint
from ..core.ignoring import KINDS, Ignored
from ..core.paths import Difference, differences
from ..core.steps import Chunk, HangUp, Start, Step, Steps, Wait
from ..wires import sse
from ..wires.upstream import Explanation, Question, Reply
from ..wires.wire import Unreadable
from .files import Folder
from .format import Arrival, CassetteMistake, Recording, Take
from .redaction import Redaction

Pace = Literal["instant", "recorded"] | float
AfterLast = Literal["repeat", "miss"]
_COMPARED = 200
"""How many recordings are looked at to explain a miss."""
_SHOWN = 60


class _Nearest(NamedTuple):
    """A recording, and where it differs from what was asked."""

    path: Path
    request: Mapping[str, Any]
    differences: list[Difference]


class Played(NamedTuple):
    """A take on its way: of which file, and which one there."""

    path: Path
    number: int
    take: Take


class Ready(NamedTuple):
    """A take with its bytes and what they say."""

    take: Take
    answer: Answer | None
    arrivals: list[Arrival]
    error: str | None


class Cassette:
    """A folder of recordings, asked as an upstream.

    A request is answered by the recording of that request: found by its fingerprint, and compared once more with what the
    file says it was. Takes play in the order they were recorded; after the last, it plays again, or nothing does.
    """

    def __init__(
        self,
        path: Path,
        *,
        pace: Pace = "instant",
        ignore: Sequence[str] = (),
        after_last: AfterLast = "repeat",
        not_secret: Sequence[str] = (),
        redaction: Redaction | None = None,
        how_to_record: str = "",
    ) -> None:
        if pace not in ("instant", "recorded") and (isinstance(pace, bool | str) or pace < 0):
            raise ValueError(f"pace is 'instant', 'recorded' or a factor from 0 on, not {pace!r}.")
        if after_last not in ("repeat", "miss"):
            raise ValueError(f"after_last is 'repeat' or 'miss', not {after_last!r}.")
        self.redaction = redaction or Redaction({})
        self.folder = Folder(path, not_secret, self.redaction.known)
        self._factor = {"instant": 0.0, "recorded": 1.0}[pace] if isinstance(pace, str) else float(pace)
        self.ignored = Ignored.of(ignore)
        self._how_to_record = how_to_record
        self._after_last = after_last
        self._played: dict[Path, list[Take]] = defaultdict(list)
        self._found: dict[tuple[str, str], tuple[Path, Recording] | None] = {}
        self._scanned: dict[str, list[tuple[Path, Recording]]] = {}
        self._ready: dict[tuple[Path, int], Ready] = {}
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"<Cassette {self.folder.path}>"

    @property
    def played(self) -> dict[Path, list[Take]]:
        """The takes of each file that were asked for, in their order."""
        return {path: list(takes) for path, takes in self._played.items()}

    def ask(self, question: Question) -> Reply | None:
        """The next take of the recording of this request, if there is one."""
        found = self.next_take(question)
        return None if found is None else self.reply(found, question)

    def next_take(self, question: Question) -> Played | None:
        """The take that plays now."""
        with self._lock:
            found = self._find(question)
            if found is None:
                return None
            path, recording = found
            number = len(self._played[path])
            if number >= len(recording.takes) and self._after_last == "miss":
                return None
            at = min(number, len(recording.takes) - 1)
            self._played[path].append(recording.takes[at])
        return Played(path, at, recording.takes[at])

    def reply(self, played: Played, question: Question) -> Reply:
        """A take as an answer."""
        key = (played.path, played.number)
        if key not in self._ready:
            self._ready[key] = made_ready(played.take, question)
        reply = self._reply(self._ready[key], question)
        reply.recording = f"{played.path.parent.name}/{played.path.stem}"
        return reply

    def explain(self, question: Question) -> Explanation:
        """The recording that differs least from what was asked, and where; and what else there is."""
        nearest = self._nearest(question)
        others = Counter(path.name.split(".")[0] for path in self.folder.names())
        del others[self.folder.place(question.envelope.model, "").name.split(".")[0]]
        facts, relax = [], None
        if nearest is not None and nearest.differences:
            facts.append(f"  nearest   {seen(nearest.path)} differs in")
            facts += [
                f"              {one.path}   recorded {_short(one.recorded)}   asked {_short(one.asked)}"
                for one in nearest.differences
            ]
            names = ", ".join(f'"{name}"' for name in (*self.ignored.names, *self._what_to_ignore(nearest, question)))
            relax = f"@pytest.mark.respan(ignore=[{names}])"
        elif nearest is not None:
            facts.append(f"  nearest   {seen(nearest.path)} has played all its takes")
        if others:
            facts.append(
                f"  others    {'   '.join(f'{number} of {model}' for model, number in sorted(others.items()))}"
            )
        elif nearest is None:
            facts.append(f"  cassette  there is nothing in {seen(self.folder.path)}")
        return Explanation(facts, self._how_to_record, relax)

    def _what_to_ignore(self, nearest: _Nearest, question: Question) -> Sequence[str]:
        """What would make the two the same: as few kinds of words as will do, else the places."""
        asked = self.asked(question)
        recorded = canonical(nearest.request, self.ignored)
        for names in chain.from_iterable(combinations(KINDS, size) for size in range(1, len(KINDS) + 1)):
            ignored = Ignored.of(names)
            if ignored.left_of(recorded) == ignored.left_of(asked):
                return names
        return [one.path for one in nearest.differences]

    def place_of(self, question: Question) -> Path:
        """Where the recording of a request is, or would be."""
        print_ = fingerprint(question.wire.name, self.asked(question))
        return self.folder.place(question.envelope.model, print_)

    def asked(self, question: Question) -> dict[str, Any]:
        """What of a request is compared."""
        request = question.request.body
        return canonical(self.redaction.of_request(request) if self.redaction else request, self.ignored)

    def _nearest(self, question: Question) -> _Nearest | None:
        asked = self.asked(question)
        ranked: list[_Nearest] = []
        for path in islice(self.folder.names(question.envelope.model), _COMPARED):
            recording = self.folder.read(path)
            if recording is not None:
                found = list(differences(canonical(recording.request, self.ignored), asked))
                ranked.append(_Nearest(path, recording.request, found))
        return min(ranked, key=lambda one: (len(one.differences), one.path), default=None)

    def _find(self, question: Question) -> tuple[Path, Recording] | None:
        model = question.envelope.model
        asked = self.asked(question)
        print_ = fingerprint(question.wire.name, asked)
        key = (model, print_)
        if key not in self._found:
            path = self.folder.place(model, print_)
            recording = self.folder.read(path)
            if recording is not None and not self._fits(recording, question, asked):
                raise CassetteMistake(f"{path} has the name of another request than the one it holds")
            self._found[key] = (path, recording) if recording is not None else self._search(model, asked)
        return self._found[key]

    def _fits(self, recording: Recording, question: Question, asked: dict[str, Any]) -> bool:
        if recording.wire != question.wire.name:
            return False
        return canonical(recording.request, self.ignored) == asked

    def _search(self, model: str, asked: dict[str, Any]) -> tuple[Path, Recording] | None:
        """A recording made without what is ignored now: its name does not tell, so all of the model are looked at."""
        if not self.ignored:
            return None
        if model not in self._scanned:
            read = ((path, self.folder.read(path)) for path in self.folder.names(model))
            self._scanned[model] = [(path, recording) for path, recording in read if recording is not None]
        for path, recording in self._scanned[model]:
            if canonical(recording.request, self.ignored) == asked:
                return path, recording
        return None

    def _reply(self, ready: Ready, question: Question) -> Reply:
        take, answer = ready.take, ready.answer
        if take.status >= 400 or take.ending == "hung_up":
            return Reply("cassette", self._verbatim(ready), error=ready.error)
        if answer is None or (take.stream is not None) == question.request.stream:
            return Reply("cassette", self._verbatim(ready), answer)
        return Reply("cassette", self._turned(question, answer), answer)

    def _verbatim(self, ready: Ready) -> Steps:
        """The take as it came, byte for byte."""
        take = ready.take
        yield from self._pause(take.seconds)
        yield Start(take.status, tuple(take.headers.items()))
        spent = 0.0
        for at, arrival in enumerate(ready.arrivals, 1):
            yield from self._pause(arrival.at - spent)
            spent = max(arrival.at, spent)
            is_last = at == len(ready.arrivals) and take.ending == "complete"
            yield Chunk(arrival.data, counts=b'"delta"' in arrival.data, last=is_last, border=take.stream is not None)
        if take.ending == "hung_up":
            yield HangUp()

    def _turned(self, question: Question, answer: Any) -> Steps:
        """An answer that was recorded whole, streamed; or one that was streamed, whole."""
        if question.request.stream:
            yield Start(200, (("content-type", sse.CONTENT_TYPE),))
            yield from question.wire.stream(answer, question.request, question.envelope, question.contract)
        else:
            yield Start(200, (("content-type", "application/json"),))
            yield Chunk(question.wire.whole(answer, question.request, question.envelope), last=True)

    def _pause(self, seconds: float) -> Iterator[Step]:
        if seconds > 0 and self._factor:
            yield Wait(seconds * self._factor)


def made_ready(take: Take, question: Question) -> Ready:
    """A take, made ready once: its bytes, and what they say."""
    arrivals = [Arrival(0, take.whole)] if take.stream is None else list(take.chunks())
    if take.stream is None and take.status >= 400:
        return Ready(take, None, arrivals, _word(take))
    return Ready(take, _said(take, question), arrivals, None)


def _said(take: Take, question: Question) -> Answer | None:
    """The answer in a take. What is none on this wire is handed on all the same."""
    wire = question.wire
    try:
        if take.stream is not None:
            return wire.gathered(piece.data for piece in take.stream if isinstance(piece.data, dict))
        if not isinstance(take.body, dict):
            return None
        answer = wire.verbatim(take.body)
    except Unreadable:
        return None
    return answer.finished(wire.usage(answer, question.request))


def _word(take: Take) -> str | None:
    """What a story calls the error in a take."""
    error = take.body.get("error") if isinstance(take.body, dict) else None
    if isinstance(error, dict):
        return str(error.get("code") or error.get("type") or "error")
    return None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def seen(path: Path) -> str:
    """A path as its reader would type it."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
