"""Which recordings answer a request, and which comes nearest where none does."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations, islice
from pathlib import Path
from typing import Any, NamedTuple

from ..core.contract import Contract
from ..core.fingerprint import canonical, fingerprint
from ..core.ignoring import KINDS, NOTHING, Ignored
from ..core.paths import Difference, differences
from ..core.problems import Problem
from ..wires.upstream import Question
from ..wires.wire import Wire
from .files import Folder
from .format import Recording, Take
from .mistake import CassetteMistake
from .redaction import Redaction

_ANY_CONTRACT = Contract()
"""What is recorded was a request under any contract."""
_COMPARED = 200
"""How many recordings are looked at to explain a miss."""


class Slot(NamedTuple):
    """A take in its place: of which file, and which one there."""

    path: Path
    number: int
    take: Take
    wire: str
    key: tuple[str, int]
    """The same place in few words, which are compared quickly."""


class Nearest(NamedTuple):
    """A recording, and where it differs from what was asked."""

    path: Path
    recording: Recording
    differences: list[Difference]


class Finder:
    """The recordings of a folder by what was asked.

    A recording of this very request goes first, whatever is ignored. Else it is those that are the same but for what is
    ignored, in the order they were recorded: by the name of a file that was recorded with this ignored, or by a look at
    all of the model. Else it is those that ask the same in the words of another wire.
    """

    def __init__(self, folder: Folder, ignored: Ignored, redaction: Redaction) -> None:
        self.folder, self.ignored = folder, ignored
        self._redaction = redaction
        self._found: dict[tuple[str, str, str], Sequence[Slot]] = {}
        """By the request as Python writes it, which takes less time than its fingerprint."""
        self._exact: dict[tuple[str, str], Sequence[Slot]] = {}
        self._others: dict[tuple[str, str], Sequence[Slot]] = {}
        self._words: dict[Path, Mapping[str, Any] | None] = {}
        self._scanned: dict[str, list[tuple[Path, Recording]]] = {}

    def exact(self, question: Question) -> Sequence[Slot]:
        """The takes of this very request."""
        body = self._asked(question) if self._redaction else question.request.body
        written = (question.wire.name, question.envelope.model, repr(body))
        if written in self._found:
            return self._found[written]
        found = self._by_fingerprint(question)
        if found:  # of what was never recorded there is no end
            self._found[written] = found
        return found

    def _by_fingerprint(self, question: Question) -> Sequence[Slot]:
        wire, asked = question.wire.name, self._asked(question)
        key = (self.model(question), fingerprint(wire, asked))
        if key not in self._exact:
            self._exact[key] = self._named(wire, *key, asked, NOTHING)
        return self._exact[key]

    def others(self, question: Question, *, look_at_all: bool) -> Sequence[Slot]:
        """The takes of requests that are the same but for what is ignored, in the order they were recorded."""
        if not self.ignored:
            return ()
        wire, model = question.wire.name, self.model(question)
        asked = canonical(self._asked(question), self.ignored)
        key = (model, fingerprint(wire, asked))
        if key not in self._others:
            found = self._named(wire, *key, asked, self.ignored)
            if look_at_all or not found:
                found = self._scan(wire, model, asked)
            self._others[key] = found
        return self._others[key]

    def translated(self, question: Question) -> Sequence[Slot]:
        """The takes of recordings that ask the same on another wire, in the order they were recorded."""
        wire, asked = question.wire.name, self._asked_in_chat(question)
        return _in_order(
            slot
            for path, recording in self._recordings(self.model(question))
            if recording.wire != wire and self._in_chat(path, recording) == asked
            for slot in _slots(path, recording)
        )

    def place_of(self, question: Question, ignored: Ignored | None = None) -> Path:
        """Where the recording of a request would be written."""
        asked = canonical(self._asked(question), self.ignored if ignored is None else ignored)
        return self.folder.place(self.model(question), fingerprint(question.wire.name, asked))

    def nearest(self, question: Question) -> Nearest | None:
        """The recording of this model that differs least from a request."""
        ranked: list[Nearest] = []
        for path in islice(self.folder.names(self.model(question)), _COMPARED):
            recording = self.folder.read(path)
            pair = None if recording is None else self._side_by_side(path, recording, question)
            if recording is not None and pair is not None:
                ranked.append(Nearest(path, recording, list(differences(*pair))))
        return min(ranked, key=lambda one: (len(one.differences), one.path), default=None)

    def what_to_ignore(self, near: Nearest, question: Question) -> Sequence[str]:
        """What would make the two the same: as few kinds of words as will do, else the places."""
        pair = self._side_by_side(near.path, near.recording, question)
        assert pair is not None
        recorded, asked = pair
        for names in chain.from_iterable(combinations(KINDS, size) for size in range(1, len(KINDS) + 1)):
            ignored = Ignored.of(names)
            if ignored.left_of(recorded) == ignored.left_of(asked):
                return names
        return [one.path for one in near.differences]

    def _side_by_side(
        self, path: Path, recording: Recording, question: Question
    ) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
        """What was recorded and what is asked, in the same words; None where there are none for the two."""
        if recording.wire == question.wire.name:
            return canonical(recording.request, self.ignored), canonical(self._asked(question), self.ignored)
        recorded = self._in_chat(path, recording)
        return None if recorded is None else (recorded, self._asked_in_chat(question))

    def _in_chat(self, path: Path, recording: Recording) -> Mapping[str, Any] | None:
        """What was recorded, in the words of chat completions; None, if it cannot be read."""
        if path not in self._words:
            wire = Wire.known.get(recording.wire)
            try:
                request = wire and wire.request({**recording.request, "model": recording.model}, None, _ANY_CONTRACT)
            except Problem:
                request = None
            self._words[path] = self._in_common(request.chat) if request else None
        return self._words[path]

    def _asked_in_chat(self, question: Question) -> Mapping[str, Any]:
        chat = question.request.chat
        return self._in_common(self._redaction.of_request(chat) if self._redaction else chat)

    def _in_common(self, chat: Mapping[str, Any]) -> Mapping[str, Any]:
        """A request in the words that wires share: chat completions have two for how long an answer may be."""
        words = canonical(chat, self.ignored)
        if "max_completion_tokens" not in words or "max_tokens" in words:
            return words
        named = {**words, "max_tokens": words["max_completion_tokens"]}
        del named["max_completion_tokens"]
        return canonical(named, self.ignored)

    def model(self, question: Question) -> str:
        """The model as it would be recorded."""
        model = question.envelope.model
        return self._redaction.of_model(model) if self._redaction else model

    def _asked(self, question: Question) -> dict[str, Any]:
        """A request as it would be recorded."""
        request = question.request.body
        return canonical(self._redaction.of_request(request) if self._redaction else request)

    def _named(self, wire: str, model: str, print_: str, asked: Mapping[str, Any], ignored: Ignored) -> Sequence[Slot]:
        """The takes in the file that has the name of this request."""
        path = self.folder.place(model, print_)
        recording = self.folder.read(path)
        if recording is None:
            return ()
        if recording.wire == wire and canonical(recording.request, ignored) == asked:
            return list(_slots(path, recording))
        if self.folder.place_of(recording) != path:
            raise CassetteMistake(f"{path} has the name of another request than the one it holds")
        return ()  # it has its name by what was ignored when it was recorded

    def _scan(self, wire: str, model: str, asked: Mapping[str, Any]) -> Sequence[Slot]:
        return _in_order(
            slot
            for path, recording in self._recordings(model)
            if recording.wire == wire and canonical(recording.request, self.ignored) == asked
            for slot in _slots(path, recording)
        )

    def _recordings(self, model: str) -> Sequence[tuple[Path, Recording]]:
        """All recordings of a model, read once."""
        if model not in self._scanned:
            read = ((path, self.folder.read(path)) for path in self.folder.names(model))
            self._scanned[model] = [(path, recording) for path, recording in read if recording is not None]
        return self._scanned[model]


def _slots(path: Path, recording: Recording) -> Iterator[Slot]:
    name = str(path)
    return (Slot(path, number, take, recording.wire, (name, number)) for number, take in enumerate(recording.takes))


def _in_order(slots: Iterable[Slot]) -> Sequence[Slot]:
    return sorted(slots, key=lambda slot: slot.take.recorded or "")
