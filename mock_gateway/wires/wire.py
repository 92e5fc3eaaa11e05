"""What the engine asks of a format."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from ..core.chat import Answer, ChatRequest, Usage
from ..core.contract import Contract
from ..core.failures import Failure
from ..core.steps import Chunk


class Envelope(NamedTuple):
    """What stands around an answer whatever it says."""

    id: str
    created: int
    model: str


class Unreadable(ValueError):  # noqa: N818 - said of an answer
    """What a provider has sent is no answer on this wire. The text says why."""


class Wire(Protocol):
    """A request and response format."""

    name: str
    path: str
    """Where providers are asked, below their base URL."""
    parameters: frozenset[str]
    """The fields of its requests, but for those that are the gateway's as well."""

    def read(self, body: bytes) -> dict[str, Any]:
        """The fields in these bytes, or a `Problem`."""
        ...

    def request(self, fields: Mapping[str, Any], customer: str | None, contract: Contract) -> ChatRequest:
        """The request in these fields, or a `Problem`."""
        ...

    def usage(self, answer: Answer, request: ChatRequest) -> Usage:
        """What the answer weighs: as it says itself, or estimated."""
        ...

    def whole(self, answer: Answer, request: ChatRequest, envelope: Envelope) -> bytes:
        """The answer in one piece."""
        ...

    def stream(self, answer: Answer, request: ChatRequest, envelope: Envelope, contract: Contract) -> Iterator[Chunk]:
        """The answer event by event."""
        ...

    def closing(self, added: Mapping[str, Any], envelope: Envelope) -> Iterator[Chunk]:
        """What the gateway adds of its own at the end of a stream, before the last event."""
        ...

    def verbatim(self, body: Mapping[str, Any]) -> Answer:
        """The answer in a whole body, or `Unreadable`."""
        ...

    def gathered(self, events: Iterable[Mapping[str, Any]]) -> Answer:
        """The answer in the events of a stream, or `Unreadable`."""
        ...

    def ends(self, data: bytes) -> bool:
        """Whether the end of a stream is in these bytes, after which a client reads no further."""
        ...

    def error(self, failure: Failure) -> bytes:
        """A provider's error."""
        ...

    def error_event(self, failure: Failure) -> Sequence[Chunk]:
        """A provider's error in the middle of a stream."""
        ...
