"""A call, and the gateway's attempts at it, as tests read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..core.chat import Answer, ChatRequest
from ..core.events import Attempted, Called, Event, Warned
from ..core.masking import masked
from ..core.requests import HttpRequest
from ..core.story import Story
from .clock import Timeline

Source = Literal["script", "cassette", "improviser", "upstream"]


@dataclass(slots=True, eq=False)
class Attempt:
    """The gateway asking one model once."""

    model: str
    number: int
    source: Source
    status: int | None = None
    outcome: str = "answering"
    """answered, timed_out, hung_up, stalled, left, or the word for the error the provider answered with."""
    waited: float = 0
    """How long it took, in the gateway's time."""
    chunks: int | None = None
    """How many chunks of a stream went to the client."""

    def event(self) -> Attempted:
        """The attempt's line in the story."""
        words = self.outcome.replace("_", " ")
        outcome = (
            words if self.status is None else str(self.status) if self.status < 400 else f"{self.status} {self.outcome}"
        )
        return Attempted(self.model, outcome, self.source, self.chunks, self.waited)


@dataclass(slots=True, eq=False, repr=False)
class Call:
    """One HTTP request a client made to the gateway, and all that came of it."""

    number: int
    wire: str
    door: str
    direct: bool
    """Whether it was sent to a provider's own host."""
    client_retry: int
    _inbound: HttpRequest
    _timeline: Timeline
    status: int | None = None
    requested_model: str | None = None
    served_model: str | None = None
    streamed: bool = False
    attempts: list[Attempt] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    answer: Answer | None = None
    left_early: bool = False
    log_id: str | None = None
    ending: Event | None = None
    """How it ended, unless it was served to the end."""
    _body: Mapping[str, Any] = field(default_factory=dict)
    _events: list[Event] = field(default_factory=list)

    def __repr__(self) -> str:
        status = "open" if self.status is None else self.status
        retry = f" (the client's own retry {self.client_retry})" if self.client_retry else ""
        return f"<Call {self.number} {self.requested_model} {status}{retry}>"

    @property
    def path(self) -> str:
        """The path it was sent to."""
        return self._inbound.path

    @property
    def request(self) -> Mapping[str, Any]:
        """The body as the client sent it, credentials masked."""
        fields: Mapping[str, Any] = masked(self._body)
        return fields

    @property
    def began(self) -> float:
        """When it came in, in seconds of the gateway's clock."""
        return self._timeline.start

    @property
    def seconds(self) -> float:
        """How long it has taken, in the gateway's time."""
        return self._timeline.elapsed

    @property
    def target(self) -> str:
        """Method and path, with the host where it was a provider's own."""
        host = f"https://{self._inbound.host}" if self.direct else ""
        return f"{self._inbound.method} {host}{self.path}"

    @property
    def story(self) -> Story:
        """What happened to it, in order."""
        called = Called(self.number, self.target, self.requested_model, self.streamed, self.client_retry)
        return Story((called, *self._events))

    def asks(self, request: ChatRequest) -> None:
        """Note what the client asked."""
        self._body = request.body
        self.requested_model = request.model
        self.streamed = request.stream

    def note(self, event: Event) -> None:
        """Add to the story."""
        self._events.append(event)

    def warn(self, message: str) -> None:
        """Note what the author of the application would want to know."""
        self.warnings.append(message)
        self.note(Warned(message))
