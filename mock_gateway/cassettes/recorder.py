"""A cassette that can be added to: which requests a live upstream is asked, and what of its answers is kept."""

import threading
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from ..core.fingerprint import canonical
from ..core.steps import Steps
from ..wires.upstream import Explanation, Question, Reply
from .drift import drift
from .exchange import Exchange, Limits, Provider
from .finding import Slot
from .format import Recording, Take
from .playback import Cassette
from .texts import changed

Mode = Literal["none", "once", "new_episodes", "all", "verify"]
MODES: tuple[Mode, ...] = ("none", "once", "new_episodes", "all", "verify")

_OF_THE_KEY = frozenset({401, 402, 403, 407})
_OF_THE_MOMENT = frozenset({408, 425, 429})


class Note(NamedTuple):
    """What became of a live answer."""

    kind: Literal["recorded", "not kept", "drifted"]
    path: Path
    text: str = ""


class Recorder:
    """A cassette and a live upstream.

    =============  ===================================================================================
    mode           who answers
    =============  ===================================================================================
    once           the upstream, if the cassette was empty when the session began; else the recordings
    new_episodes   the recordings, and the upstream where there is none
    all            the upstream: what it says replaces what was there
    verify         the recordings, after the upstream was asked again and its answer compared
    =============  ===================================================================================

    What the same gateway asks again after it has recorded it, is recorded as another take. `began` is when the session
    began: a younger file was written by this very session, maybe in a parallel process.
    """

    def __init__(
        self,
        cassette: Cassette,
        provider: Provider,
        mode: Mode,
        *,
        began: float,
        keep_failures: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.cassette = cassette
        self.notes: list[Note] = []
        self.mistakes: list[str] = []
        """What went wrong when there was nobody left to tell."""
        self._provider, self._mode, self._began = provider, mode, began
        self.limits = limits or Limits()
        self._keep_failures = keep_failures
        self._is_closed = mode == "once" and cassette.folder.was_there_before(began)
        self._takes: Counter[Path] = Counter()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Recorder {self._mode} {self.cassette.folder.path}>"

    def ask(self, question: Question) -> Reply | None:
        """What the recordings or the upstream say."""
        if self._mode == "verify":
            played = self.cassette.next_take(question)
            return None if played is None else self._verified(played, question)
        path = self.cassette.place_of(question)
        if self._mode == "all" or self._takes[path]:
            return self._live(question, path)
        reply = self.cassette.ask(question)
        return self._live(question, path) if reply is None and not self._is_closed else reply

    def explain(self, question: Question) -> Explanation:
        """Why there is nothing."""
        return self.cassette.explain(question)

    def _live(self, question: Question, path: Path) -> Reply:
        exchange = Exchange(self._provider, question, self.limits)
        return exchange.reply(partial(self._keep, question, path), self.mistakes.append)

    def _verified(self, played: Slot, question: Question) -> Reply:
        reply = self.cassette.reply(played, question)
        reply.steps = self._after_comparing(played, question, reply.steps)
        return reply

    def _after_comparing(self, played: Slot, question: Question, steps: Steps) -> Steps:
        today = Exchange(self._provider, question, self.limits).take()
        lines = ["there was no answer"] if today is None else drift(played.take, today)
        self.notes += [Note("drifted", played.path, line) for line in lines]
        yield from steps

    def _keep(self, question: Question, path: Path, take: Take | None, trouble: str | None) -> None:
        """Add a take to the cassette, if it is worth keeping."""
        reason = trouble if take is None else self._passing(take, trouble)
        if take is None or reason is not None:
            self.notes.append(Note("not kept", path, reason or ""))
            return
        cassette = self.cassette
        asked = canonical(question.request.body)
        recording = Recording(question.wire.name, question.envelope.model, asked, [take], cassette.ignored.names)
        if cassette.redaction:
            recording = changed(recording, cassette.redaction)
        with self._lock:
            at = self._takes[path] or len(self.cassette.played.get(path, ()))
            over = self._began if self._mode == "all" and not self._takes[path] else None
            written = cassette.folder.add(recording, at, over=over)
            self._takes[path] = at + 1
        if written is not None:
            self.notes.append(Note("recorded", written))

    def _passing(self, take: Take, trouble: str | None) -> str | None:
        """Why an answer would not be the same tomorrow."""
        if self._keep_failures:
            return None
        status = take.status
        if status in _OF_THE_KEY or status in _OF_THE_MOMENT or status >= 500:
            return f"{status} is the answer to this key or this moment"
        return trouble
