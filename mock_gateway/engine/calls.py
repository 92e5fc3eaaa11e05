"""A call, and the gateway's attempts at it, as tests read them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from ..core.chat import Answer, ChatRequest
from ..core.directives import PLAIN, Directives
from ..core.events import Attempted, Called, Event, Left, Logged, Served, Warned
from ..core.log import Log
from ..core.masking import masked
from ..core.prompts import PromptMerge
from ..core.records import Records
from ..core.requests import HttpRequest
from ..core.story import Story
from ..wires.upstream import Source
from ..wires.wire import Wire
from .cache import CacheState
from .clock import Timeline
from .credentials import Credential
from .prices import Prices


@dataclass(slots=True, eq=False)
class Attempt:
    """The gateway asking one model once."""

    model: str
    number: int
    source: Source
    status: int | None = None
    outcome: str = "answering"
    """answering, answered, not_answered, timed_out, slow, hung_up, stalled, left, or the word for the provider's error."""
    waited: float = 0
    """How long it took, in the gateway's time."""
    chunks: int | None = None
    """How many chunks of a stream went to the client."""
    credential: Credential | None = None
    """Whose credentials it was asked on, without the secret; None: on Respan's own."""
    deployment: str | None = None
    """What the provider calls the model, where `model_name_map` says so."""
    recording: str | None = None
    """Which recording answered: its folder and its name."""

    def event(self) -> Attempted:
        """The attempt's line in the story."""
        words = self.outcome.replace("_", " ")
        outcome = (
            words if self.status is None else str(self.status) if self.status < 400 else f"{self.status} {self.outcome}"
        )
        credential = None if self.credential is None else str(self.credential)
        return Attempted(self.model, outcome, self.source, self.chunks, self.waited, credential, self.recording)


class Call:
    """One HTTP request a client made to the gateway, and all that came of it.

    What most calls leave as it is stands in the class. An object with more than thirty attributes of its own takes twice
    the memory.
    """

    number: int
    wire: str
    door: str
    direct: bool
    """Whether it was sent to a provider's own host."""
    client_retry: int
    method: str
    host: str
    path: str
    """The path it was sent to."""
    key: str | None
    """The key it came with."""
    began: float
    """When it came in, in seconds of the gateway's clock."""
    status: int | None = None
    served_model: str | None = None
    said: Answer | None = None
    """The answer as it was said: its author may have left open what it weighs."""
    leaves_open: bool = False
    """Whether that is so."""
    left_early: bool = False
    cache: CacheState = "off"
    cache_key: str | None = None
    prompt: PromptMerge | None = None
    """What became of the request, if it uses a stored prompt."""
    load_balance_group_id: str | None = None
    log_type: str = "chat"
    """What its row calls it."""
    environment: str = "test"
    """The environment of the key it came with."""
    directives: Directives = PLAIN
    """What it asks of the gateway."""
    is_admitted: bool = False
    """Whether it was let in, and so counts for the limits."""
    first_chunk: float | None = None
    """When the client was given the first chunk of a stream, in seconds after the call began."""
    log_id: str | None = None
    error: str | None = None
    """What the client was told went wrong."""
    response_id: str | None = None
    """The id of the answer, as far as the gateway has given it: one of a recording has its own."""
    ending: Event | None = None
    """How it ended, unless it was served to the end."""
    is_told: bool = False
    """Whether the client has been given all there is, and may leave with nothing missed."""
    is_over: bool = False
    """Whether it has ended."""
    asked: ChatRequest | None = None
    """What the last attempt was asked."""
    delivered: Attempt | None = None
    """The attempt whose answer, or whose error, the client was given; of a cached answer, one that was never made."""
    _answer: Answer | None = None
    """The answer with nothing left open, once somebody has looked at it."""
    _last: Attempt | None = None
    """The last attempt at it."""
    _body: Mapping[str, Any] = MappingProxyType({})
    """What the client sent, with its credentials."""

    def __init__(
        self,
        number: int,
        wire: str,
        inbound: HttpRequest,
        *,
        direct: bool,
        timeline: Timeline,
        prices: Prices,
        read_row: "Callable[[Call], Log | None]",
    ) -> None:
        self.number, self.wire, self.direct = number, wire, direct
        self.door, self.method, self.host, self.path = inbound.door, inbound.method, inbound.host, inbound.path
        self.key, self.client_retry = inbound.key, inbound.client_retry
        self.began = timeline.start
        self._timeline, self._prices, self._read_row = timeline, prices, read_row
        self._notes: list[Event | Attempt] = []

    def __repr__(self) -> str:
        status = "open" if self.status is None else self.status
        retry = f" (the client's own retry {self.client_retry})" if self.client_retry else ""
        return f"<Call {self.number} {self.requested_model} {status}{retry}>"

    @property
    def attempts(self) -> Records[Attempt]:
        """The gateway's attempts at it, in their order."""
        return Records([note for note in self._notes if isinstance(note, Attempt)], Attempt)

    @property
    def tries(self) -> int:
        """How many attempts there have been."""
        return 0 if self._last is None else self._last.number

    @property
    def warnings(self) -> Records[str]:
        """What the author of the application would want to know."""
        return Records([note.message for note in self._notes if isinstance(note, Warned)], str)

    @property
    def request(self) -> Mapping[str, Any]:
        """The body as the client sent it, credentials masked."""
        fields: Mapping[str, Any] = masked(self._body)
        return fields

    @property
    def requested_model(self) -> str | None:
        """The model the client asked for, if it named one."""
        model = self._body.get("model")
        return model if isinstance(model, str) else None

    @property
    def streamed(self) -> bool:
        """Whether it was asked to be answered as a stream."""
        return self._body.get("stream") is True

    @property
    def seconds(self) -> float:
        """How long it has taken, in the gateway's time."""
        return self._timeline.elapsed

    @property
    def started_at(self) -> datetime:
        """When it came in."""
        return self._timeline.moment(0)

    @property
    def ended_at(self) -> datetime:
        """When it was over, or how far it is."""
        return self._timeline.moment(self.seconds)

    @property
    def customer(self) -> str | None:
        """The customer on whose behalf the application asks."""
        return self.directives.customer

    @property
    def used_custom_credential(self) -> bool:
        """Whether somebody else than Respan paid the provider."""
        return self._last is not None and self._last.credential is not None

    @property
    def chunks(self) -> int | None:
        """How many chunks of a stream went to the client."""
        return self.delivered.chunks if self.delivered is not None else None

    @property
    def answer(self) -> Answer | None:
        """What was served."""
        if self.said is None or self.asked is None or not self.leaves_open:
            return self.said
        if self._answer is None:
            self._answer = Wire.known[self.wire].finished(self.said, self.asked)
        return self._answer

    @property
    def cost(self) -> float | None:
        """Dollars. None where nothing was answered, or by a model whose price nobody knows."""
        if self.cache == "hit":
            return 0.0
        if self.answer is None or self.answer.usage is None or self.served_model is None:
            return None
        sent = self.directives
        stated = self._prices.stated(sent.prompt_unit_price, sent.completion_unit_price)
        return self._prices.cost(self.served_model, self.answer.usage, stated)

    @property
    def log(self) -> Log | None:
        """Its row in the gateway's log, once it is over and the row has appeared."""
        return self._read_row(self)

    @property
    def target(self) -> str:
        """Method and path, with the host where it was a provider's own."""
        host = f"https://{self.host}" if self.direct else ""
        return f"{self.method} {host}{self.path}"

    @property
    def story(self) -> Story:
        """What happened to it, in order."""
        return Story(self._tell())

    def _tell(self) -> Iterator[Event]:
        yield Called(self.number, self.target, self.requested_model, self.streamed, self.client_retry)
        for note in self._notes:
            yield note.event() if isinstance(note, Attempt) else note
        if not self.is_over:
            return
        if self.ending is not None:
            yield self.ending
        elif self.delivered is not None and not self.left_early:
            usage = self.answer.usage if self.answer is not None else None
            tokens = (usage.prompt_tokens, usage.completion_tokens) if usage is not None else None
            yield Served(self.status or 0, self.delivered.model, tokens, round(self.seconds, 3), self.cost)
        if self.left_early:
            yield Left(self.chunks or 0)
        if self.log_id is not None:
            yield Logged(self.log_id)

    @property
    def effective_request(self) -> Mapping[str, Any]:
        """What the last attempt was asked, in the wire's own fields: after merging, without the gateway's parameters."""
        fields: Mapping[str, Any] = masked(self.asked.body) if self.asked is not None else {}
        return fields

    def asks(self, body: Mapping[str, Any]) -> None:
        """Note what the client asked."""
        self._body = body

    def attempt(self, model: str, source: Source, credential: Credential | None, deployment: str | None) -> Attempt:
        """Begin to ask a model."""
        number = 1 if self._last is None else self._last.number + 1
        attempt = self._last = Attempt(model, number, source, credential=credential, deployment=deployment)
        self._notes.append(attempt)
        return attempt

    def note(self, event: Event) -> None:
        """Note what happened."""
        self._notes.append(event)

    def warn(self, message: str) -> None:
        """Note what the author of the application would want to know."""
        self._notes.append(Warned(message))

    def end(self) -> None:
        """Note that it is over, whichever end it had."""
        self.is_over = True
        if self._last is not None and self._last.outcome == "answering":
            self._last.outcome = "left"
