"""What happens to a call, in the order it happens. Each event knows its line in the story.

Events say what the gateway did, never which door or thread it did it for, so that one story can be compared with
another whichever way the calls came in.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar


def seconds(amount: float) -> str:
    """An amount of time as stories print it."""
    return f"{round(amount, 3):g} s"


def dollars(amount: float) -> str:
    """An amount of money as stories print it, small as it may be."""
    return f"${amount:.9f}".rstrip("0").rstrip(".")


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it belongs."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@dataclass(frozen=True, slots=True)
class Event(ABC):
    """Something that happened. `label` opens its line, `text` is the rest."""

    label: ClassVar[str]

    @abstractmethod
    def text(self, width: int) -> str:
        """The line after the label. `width` is that of the longest model name in the call."""


@dataclass(frozen=True, slots=True)
class Called(Event):
    """A call came in. Its line is the headline of the story."""

    label: ClassVar[str] = "call"
    number: int
    target: str
    model: str | None
    streamed: bool
    client_retry: int = 0

    def text(self, width: int) -> str:
        parts = [self.target]
        if self.model:
            parts.append(self.model)
        if self.streamed:
            parts.append("streamed")
        if self.client_retry:
            parts.append(f"the client's own retry {self.client_retry}")
        return "  ".join(parts)


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something the author of the application would want to know, although the call goes on."""

    label: ClassVar[str] = "warning"
    message: str

    def text(self, width: int) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Attempted(Event):
    """A model was asked. `outcome` is its status with the word for its error, or what became of it."""

    label: ClassVar[str] = "attempt"
    model: str
    outcome: str
    source: str
    chunks: int | None = None
    seconds: float = 0
    credential: str | None = None
    recording: str | None = None

    def text(self, width: int) -> str:
        parts = [self.model.ljust(width), self.outcome]
        if self.chunks is not None:
            parts.append(counted(self.chunks, "chunk"))
        parts.append(self.source if self.recording is None else f"{self.source} {self.recording}")
        if round(self.seconds, 3):
            parts.append(f"in {seconds(self.seconds)}")
        if self.credential is not None:
            parts.append(f"on {self.credential}")
        return "  ".join(parts)


@dataclass(frozen=True, slots=True)
class Prompted(Event):
    """A stored prompt was merged with the request. `origin` says which layer won each field."""

    label: ClassVar[str] = "prompt"
    prompt_id: str
    version: int
    schema_version: int
    origin: tuple[tuple[str, str], ...]

    def text(self, width: int) -> str:
        won = "   ".join(f"{field} <- {layer}" for field, layer in self.origin)
        return f"{self.prompt_id}, version {self.version}, schema {self.schema_version}\n{won}"


@dataclass(frozen=True, slots=True)
class Balanced(Event):
    """One of several models was chosen by weight."""

    label: ClassVar[str] = "balance"
    group: str | None
    model: str
    shares: tuple[tuple[str, float], ...]

    def text(self, width: int) -> str:
        weights = ", ".join(f"{model} {weight:g}" for model, weight in self.shares)
        group = f"group {self.group}: " if self.group else ""
        return f"{group}{self.model}, of {weights}"


@dataclass(frozen=True, slots=True)
class LookedUp(Event):
    """The cache was asked: hit, miss or expired."""

    label: ClassVar[str] = "cache"
    found: str

    def text(self, width: int) -> str:
        return self.found


@dataclass(frozen=True, slots=True)
class Waited(Event):
    """The gateway let time pass before it asked again."""

    label: ClassVar[str] = "wait"
    seconds: float

    def text(self, width: int) -> str:
        return seconds(self.seconds)


@dataclass(frozen=True, slots=True)
class FellBack(Event):
    """The gateway turned to another model."""

    label: ClassVar[str] = "fallback"
    model: str

    def text(self, width: int) -> str:
        return self.model


@dataclass(frozen=True, slots=True)
class Missed(Event):
    """Nothing answers this call."""

    label: ClassVar[str] = "miss"
    model: str

    def text(self, width: int) -> str:
        return f"nothing answers {self.model}"


@dataclass(frozen=True, slots=True)
class Refused(Event):
    """The gateway answered with an error of its own."""

    label: ClassVar[str] = "refused"
    status: int
    reason: str

    def text(self, width: int) -> str:
        return f"{self.status}  {self.reason}"


@dataclass(frozen=True, slots=True)
class Served(Event):
    """The client was given a provider's answer, or its error, to the end."""

    label: ClassVar[str] = "served"
    status: int
    model: str
    tokens: tuple[int, int] | None = None
    """Of the prompt, and of the completion."""
    seconds: float = 0
    cost: float | None = None

    def text(self, width: int) -> str:
        parts = [str(self.status), self.model]
        if self.tokens is not None:
            parts.append(f"{self.tokens[0]} + {self.tokens[1]} tokens")
        if self.cost is not None:
            parts.append(dollars(self.cost))
        parts.append(seconds(self.seconds))
        return "  ".join(parts)


@dataclass(frozen=True, slots=True)
class Cut(Event):
    """The client's connection was broken."""

    label: ClassVar[str] = "cut"
    reason: str

    def text(self, width: int) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """The provider began to answer, and put an error in place of the rest."""

    label: ClassVar[str] = "failed"
    code: str

    def text(self, width: int) -> str:
        return f"an error came in place of the rest: {self.code}"


@dataclass(frozen=True, slots=True)
class Stalled(Event):
    """The client was left waiting, with the connection open."""

    label: ClassVar[str] = "silence"
    reason: str

    def text(self, width: int) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Left(Event):
    """The client left before it had the whole answer."""

    label: ClassVar[str] = "left"
    chunks: int

    def text(self, width: int) -> str:
        return f"the client left after {counted(self.chunks, 'chunk')}"


@dataclass(frozen=True, slots=True)
class Logged(Event):
    """The gateway gave the call a row in its log."""

    label: ClassVar[str] = "log"
    log_id: str

    def text(self, width: int) -> str:
        return self.log_id
