"""Where an answer can break: one act for each place, on every wire.

What a client meets depends on the place, on whether it streams, and on whether there is a fallback. `BREAKAGES` are the
places by name.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

from ..core.chat import Answer, ToolCall
from ..core.failures import FAILURES
from ..core.steps import Chunk, HangUp, Silence, Start, Step, Steps
from ..wires import sse
from ..wires.upstream import Question, Reply
from .acts import EVENTS, JSON

_ERROR = "provider_overloaded"
_TEXT = Answer(chunks=("This ", "answer ", "is ", "unfin", "ished."), text="This answer is unfinished.")


def _events(question: Question, answer: Answer = _TEXT) -> Iterator[Chunk]:
    finished = question.wire.finished(answer, question.request)
    return question.wire.stream(finished, question.request, question.envelope, question.contract)


def _first(question: Question, counted: int, answer: Answer = _TEXT) -> Iterator[Chunk]:
    """The beginning of a stream, up to so many chunks of content."""
    spoken = 0
    for chunk in _events(question, answer):
        if chunk.counts:
            if spoken == counted:
                return
            spoken += 1
        yield chunk


def _at_once(question: Question) -> Iterator[Step]:
    yield HangUp()


def _after_the_role(question: Question) -> Iterator[Step]:
    yield from _first(question, 0)
    yield HangUp()


def _mid_word(question: Question) -> Iterator[Step]:
    yield from _first(question, 4)
    yield HangUp()


def _mid_arguments(question: Question) -> Iterator[Step]:
    name = next(iter(question.request.tools), "a_tool")
    call = ToolCall(name, {"an_argument": "long enough to be cut within"})
    begun = list(_first(question, 2, Answer(tool_calls=(call,))))
    if sum(chunk.counts for chunk in begun) < 2:  # arguments come whole on this wire: it is their event that is cut
        *before, event = takewhile(lambda chunk: not chunk.last, begun)
        begun = [*before, replace(event, data=event.data[: len(event.data) // 2], border=True)]
    yield from begun
    yield HangUp()


def _before_the_end(question: Question) -> Iterator[Step]:
    yield from takewhile(lambda chunk: not chunk.last, _events(question))
    yield HangUp()


def _stalled(question: Question) -> Iterator[Step]:
    yield from _first(question, 2)
    yield Silence()


def _corrupt(question: Question) -> Iterator[Step]:
    yield from _first(question, 2)
    third = list(filter(lambda chunk: chunk.counts, _events(question)))[2].data
    yield Chunk(third[: len(third) // 2] + sse.DELIMITER, counts=False, border=True)
    yield from (chunk for chunk in _events(question) if chunk.last)


def _told(question: Question) -> Iterator[Step]:
    yield from _first(question, 2)
    yield from question.wire.error_event(FAILURES[_ERROR])


_STREAMED: dict[str, Callable[[Question], Iterator[Step]]] = {
    "before_the_first_byte": _at_once,
    "after_the_role": _after_the_role,
    "mid_word": _mid_word,
    "mid_arguments": _mid_arguments,
    "before_the_end": _before_the_end,
    "stall": _stalled,
    "corrupt_frame": _corrupt,
    "error_event": _told,
}
BREAKAGES = tuple(_STREAMED)


@dataclass(frozen=True, slots=True)
class Breaks:
    """It breaks in this place."""

    at: str

    def perform(self, question: Question) -> Reply:
        steps = self._streamed(question) if question.request.stream else self._whole(question)
        return Reply("script", steps, error=FAILURES[_ERROR].label if self.at == "error_event" else None)

    def _streamed(self, question: Question) -> Steps:
        if self.at != "before_the_first_byte":
            yield Start(200, EVENTS)
        yield from _STREAMED[self.at](question)

    def _whole(self, question: Question) -> Steps:
        """The same for an answer in one piece, of which the client is given all or nothing."""
        if self.at == "before_the_first_byte":
            yield HangUp()
            return
        yield Start(200, JSON)
        if self.at == "error_event":
            yield Chunk(question.wire.error(FAILURES[_ERROR]), last=True)
            return
        body = question.wire.whole(_TEXT, question.request, question.envelope)
        is_corrupt = self.at == "corrupt_frame"
        yield Chunk(body[: len(body) // 2], last=is_corrupt)
        if not is_corrupt:
            yield Silence() if self.at == "stall" else HangUp()
