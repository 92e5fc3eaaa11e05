"""Whatever answers an attempt. It yields the same steps to the engine that the engine yields to a door."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal, NamedTuple, Protocol

from ..core.chat import Answer, ChatRequest
from ..core.contract import Contract
from ..core.steps import Chunk, Start, Step
from .wire import Envelope, Wire

Source = Literal["script", "cassette", "improviser", "upstream", "cache"]
Answering = Iterator[Step] | tuple[Start, Iterable[Chunk]]
"""What an upstream does, in order. A tuple is an answer with nothing to wait for: its head, and its chunks."""


@dataclass(slots=True)
class Question:
    """One attempt, as an upstream is asked."""

    request: ChatRequest
    wire: Wire
    envelope: Envelope
    contract: Contract
    hurry: bool
    """Whether clients are told to retry at once, so that no test really waits for them."""


@dataclass(slots=True)
class Reply:
    """What an upstream is about to do."""

    source: Source
    steps: Answering
    answer: Answer | None = None
    """What the steps will say, where that is known before they are taken."""
    leaves_open: bool = False
    """Whether the answer leaves open what it weighs, as the author of a test wrote it: its wire says so if somebody asks."""
    error: str | None = None
    """The word for the error in them, where there is one."""
    recording: str | None = None
    """What a reader would look for among the cassettes."""

    def answer_to(self, question: Question) -> Answer | None:
        """The answer with nothing left open."""
        if self.answer is None or not self.leaves_open:
            return self.answer
        return question.wire.finished(self.answer, question.request)

    def one_by_one(self) -> Iterator[Step]:
        """What it does, a step at a time."""
        return chain(self.steps[:1], self.steps[1]) if isinstance(self.steps, tuple) else self.steps

    def close(self) -> None:
        """Nobody takes the rest of the steps."""
        close = getattr(self.steps, "close", None)  # only generators have one
        if close is not None:
            close()


class UpstreamMistake(Exception):  # noqa: N818 - the test's author's: a function of a script raised, a file is no recording
    """Something is wrong with an upstream itself. The text says what."""


class Explanation(NamedTuple):
    """Why an upstream has nothing to say: what comes nearest, in lines, and what can be done about it."""

    facts: Sequence[str] = ()
    record: str | None = None
    relax: str | None = None


class Upstream(Protocol):
    """Whatever answers attempts."""

    def ask(self, question: Question) -> Reply | None:
        """What it does about this attempt, or None if it has nothing to say."""
        ...

    def explain(self, question: Question) -> Explanation:
        """Why it has nothing to say."""
        ...

    def hide(self, text: str) -> str:
        """A text without the keys it knows."""
        ...
