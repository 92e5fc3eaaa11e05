"""A cassette that can be added to: which requests a live upstream is asked, and what of its answers is kept."""

import threading
from bisect import bisect, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple
from weakref import WeakSet

from ..core.findings import unforeseen
from ..core.fingerprint import canonical
from ..core.steps import Step, Steps
from ..wires.upstream import Explanation, Question, Reply, UpstreamMistake
from .choices import Mode
from .drift import drift
from .exchange import Exchange, Limits, Provider
from .files import on_its_way, wait_for
from .finding import Slot
from .format import Recording, Take
from .mistake import CassetteMistake
from .playback import Cassette
from .redaction import keys_in_use
from .secrets import masked
from .texts import changed

_OF_THE_KEY = frozenset({401, 402, 403, 407})
_OF_THE_MOMENT = frozenset({408, 425, 429})


class Note(NamedTuple):
    """What became of a live answer."""

    kind: Literal["recorded", "not kept", "verified", "drifted"]
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
        self.limits = limits or Limits()
        self._provider, self._mode, self._began = provider, mode, began
        self._keep_failures = keep_failures
        self._is_closed = mode == "once" and cassette.folder.was_there_before(began)
        self._notes: list[Note] = []
        self._mistakes: list[str] = []
        self._asked: Counter[Path] = Counter()
        self._exchanges: WeakSet[Exchange] = WeakSet()
        self._settled: dict[Path, list[int]] = defaultdict(list)
        self._written: dict[Path, list[int]] = defaultdict(list)
        self._lock = threading.Lock()

    @property
    def notes(self) -> list[Note]:
        """What became of all live answers."""
        wait_for(self.cassette.folder.path)
        return self._notes

    @property
    def mistakes(self) -> list[str]:
        """What went wrong when there was nobody left to tell."""
        wait_for(self.cassette.folder.path)
        return self._mistakes

    def __repr__(self) -> str:
        return f"<Recorder {self._mode} {self.cassette.folder.path}>"

    def ask(self, question: Question) -> Reply | None:
        """What the recordings or the upstream say."""
        if self._mode == "verify":
            played = self.cassette.next_take(question)
            return None if played is None else self._verified(played, question)
        path = self.cassette.place_of(question)
        if self._mode != "all" and not self._asked[path]:
            reply = self.cassette.ask(question)
            if reply is not None or self._is_closed:
                return reply
        return self._live(question, path)

    def finish(self) -> None:
        """Read on all that nobody has read to its end, also what somebody holds and has forgotten."""
        for exchange in list(self._exchanges):
            exchange.finish()
        wait_for(self.cassette.folder.path)

    def explain(self, question: Question) -> Explanation:
        """Why there is nothing."""
        return self.cassette.explain(question)

    def hide(self, text: str) -> str:
        """A text without the keys that are known."""
        self._learn()
        return self.cassette.hide(text)

    def _live(self, question: Question, path: Path) -> Reply:
        with self._lock:
            number = self._asked[path]
            self._asked[path] += 1
        exchange = Exchange(self._provider, question, self.limits)
        self._exchanges.add(exchange)
        return exchange.reply(partial(self._keep, question, path, number), self._later)

    def _later(self, work: Callable[[], None]) -> None:
        def noted() -> None:
            try:
                work()
            except UpstreamMistake as mistake:
                self._mistakes.append(str(mistake))
            except Exception as error:  # noqa: BLE001 - there is nobody left to raise it to
                self._mistakes.append(self.hide(unforeseen("The rest of an answer that is recorded", error)))

        on_its_way(self.cassette.folder.path, noted)

    def _verified(self, played: Slot, question: Question) -> Reply:
        reply = self.cassette.reply(played, question)
        reply.steps = self._after_comparing(played, question, reply.one_by_one())
        return reply

    def _after_comparing(self, slot: Slot, question: Question, steps: Iterator[Step]) -> Steps:
        asked = question.request.asked_to_stream(slot.take.stream is not None)
        today = Exchange(self._provider, replace(question, request=asked), self.limits).take()
        self._learn()
        lines = (
            ["there was no answer"]
            if today is None
            else list(drift(slot.take, self._redacted(today, question.wire.name)))
        )
        self._notes.append(Note("verified", slot.path))
        self._notes += [Note("drifted", slot.path, masked(self.cassette.redaction.hide(line))) for line in lines]
        yield from steps

    def _redacted(self, take: Take, wire: str) -> Take:
        """A take as it would be recorded."""
        recording = Recording(wire, "any", {}, [take])
        return changed(recording, self.cassette.redaction).takes[0] if self.cassette.redaction else take

    def _learn(self) -> None:
        """Know the keys that were just used, also one that was set after this recorder was made."""
        self.cassette.redaction.learn(keys_in_use())
        self.cassette.folder.known = self.cassette.redaction.known

    def _keep(self, question: Question, path: Path, number: int, take: Take | None, trouble: str | None) -> None:
        """Add a take to the cassette, as the one that was asked for at that point, if it is worth keeping."""
        self._learn()
        reason = trouble if take is None else self._passing(take, trouble)
        if take is None or reason is not None:
            self._notes.append(Note("not kept", path, reason or ""))
            return
        cassette = self.cassette
        asked = canonical(question.request.body)
        recording = Recording(question.wire.name, question.envelope.model, asked, [take], cassette.ignored.names)
        if cassette.redaction:
            recording = changed(recording, cassette.redaction)
        with self._lock:
            settled, ours = self._settled[path], self._written[path]
            at = len(cassette.played.get(path, ())) + bisect(settled, number)
            over = self._began if self._mode == "all" and not settled else None
            written = cassette.folder.add(recording, at, before=len(ours) - bisect(ours, number), over=over)
            if over is not None:
                self._replace(cassette.exact_place_of(question), path)
            insort(settled, number)
            if written is not None:
                insort(ours, number)
                self._notes.append(Note("recorded", written))

    def _replace(self, exact: Path, path: Path) -> None:
        """What was recorded of this request before something was ignored in it, would go first."""
        if exact != path and exact.exists() and exact.stat().st_mtime < self._began:
            exact.unlink()

    def _passing(self, take: Take, trouble: str | None) -> str | None:
        """Why an answer would not be the same tomorrow, or is none."""
        if self._keep_failures:
            return None
        status = take.status
        if status in _OF_THE_KEY or status in _OF_THE_MOMENT or status >= 500:
            return f"{status} may be another answer tomorrow; keep_failures=True keeps it"
        if trouble is None and take.stream is None and not take.data:
            kind = take.headers.get("content-type", "no type")
            raise CassetteMistake(
                f"{self._provider.url} answered {status} with {kind}, and no JSON: is it the base URL of an "
                "OpenAI-compatible API? keep_failures=True keeps it all the same."
            )
        return trouble and f"{trouble}; keep_failures=True keeps it"
