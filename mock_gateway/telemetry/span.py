"""Spans, as tests read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from ..core.moments import from_nanoseconds
from ..core.records import Records
from . import attributes as says
from .attributes import MODEL_KINDS

if TYPE_CHECKING:
    from ..core.log import Log
    from .trace import Trace

OUTSIDE = "0000000000000001"
"""What Respan's SpanBuffer says the parent is outside of any span. It is one only where such a span was sent."""
NATIVE_ANTHROPIC = "com.anthropic.sdk.python"
"""The scope of the spans Anthropic's own client makes, beside those of the Respan instrumentation."""
COUNTS_APART = "respan_instrumentation_anthropic"
"""What the scope begins with of spans whose input tokens leave out those that were cached, as Anthropic counts."""


class SpanEvent(NamedTuple):
    """Something that happened while a span was open, such as an exception."""

    name: str
    time: int
    attributes: Mapping[str, Any]


class SpanLink(NamedTuple):
    """A span elsewhere that a span points to."""

    trace_id: str
    span_id: str
    attributes: Mapping[str, Any]


class Surroundings(Protocol):
    """What a span asks about everything around it."""

    def trace(self, trace_id: str) -> "Trace":
        """The trace with this id."""
        ...

    def span(self, trace_id: str, span_id: str) -> "Span | None":
        """A span by its ids."""
        ...

    def roots(self) -> "Sequence[Span]":
        """The spans that are part of no other, of all traces."""
        ...

    def log(self, log_id: str) -> "Log | None":
        """A row of the gateway's log."""
        ...


@dataclass(slots=True, eq=False, repr=False)
class Span:
    """A stretch of work the application has told of."""

    trace_id: str
    id: str
    told_parent_id: str | None
    """The span it says it is part of."""
    exported_name: str
    """The name it came with. The Respan SDK writes names anew when it exports."""
    start_nanoseconds: int
    end_nanoseconds: int
    """0: it had not ended when it was sent."""
    status_code: int
    """OTLP's: 2 is an error, 0 and 1 are none."""
    status_message: str
    attributes: Mapping[str, Any]
    scope: str
    resource: Mapping[str, Any]
    events: Sequence[SpanEvent]
    links: Sequence[SpanLink]
    _around: Surroundings
    arrived: float = field(default=0.0)
    """When it came in, in seconds of the gateway's clock."""

    def __repr__(self) -> str:
        status = "" if self.status == "ok" else f" error={self.error!r}"
        model = f" model={self.model!r}" if self.model else ""
        return f"<Span {self.kind} {self.name!r}{model}{status}>"

    @property
    def parent_id(self) -> str | None:
        """The id of the span it is part of."""
        told = self.told_parent_id
        if told == OUTSIDE and (self.id == told or self._around.span(self.trace_id, told) is None):
            return None
        return told

    @property
    def name(self) -> str:
        """The name the application gave it."""
        return str(says.said(self.attributes, "name") or self.exported_name)

    @property
    def kind(self) -> str:
        """workflow, task, agent, tool, chat, embedding, ..."""
        return says.kind(self.attributes)

    @property
    def is_model_call(self) -> bool:
        """Whether a model is asked in it."""
        return self.kind in MODEL_KINDS

    @property
    def label(self) -> str:
        """Its line in a tree: the kind, then the name, or the model that was asked."""
        return f"{self.kind} {self.model or self.name}" if self.is_model_call else f"{self.kind} {self.name}"

    @property
    def model(self) -> str | None:
        """The model that answered, or else the one that was asked."""
        told = says.said(self.attributes, "model")
        return None if told is None else str(told)

    @property
    def input(self) -> Any:
        """What went in, decoded. Where the span only points to the gateway's row, the row's."""
        told = says.said(self.attributes, "input")
        if told is not None:
            return says.decoded(told)
        spelled = says.messages(self.attributes, "gen_ai.prompt.")
        return spelled or (self.log and says.decoded(self.log.input)) or None

    @property
    def output(self) -> Any:
        """What came out, decoded. Where the span only points to the gateway's row, the row's."""
        told = says.said(self.attributes, "output")
        if told is not None:
            return says.decoded(told)
        spelled = says.messages(self.attributes, "gen_ai.completion.")
        return (spelled[0] if spelled else None) or (self.log and says.decoded(self.log.output)) or None

    @property
    def status(self) -> Literal["ok", "error"]:
        """How it ended."""
        http = says.number(self.attributes, "status")
        return "error" if self.status_code == 2 or (http is not None and http >= 400) else "ok"

    @property
    def error(self) -> str | None:
        """What went wrong."""
        if self.status == "ok":
            return None
        raised = next((event.attributes.get("exception.message") for event in self.events), None)
        told = says.said(self.attributes, "error") or self.status_message or raised
        return str(told) if told else "error"

    @property
    def prompt_tokens(self) -> int | None:
        """Tokens that went in. Where the span only points to the gateway's row, the row's."""
        told = self.stated_prompt_tokens
        return told if told is not None or self.log is None else self.log.prompt_tokens

    @property
    def stated_prompt_tokens(self) -> int | None:
        """Tokens that went in as it says itself, those that were cached among them."""
        told = says.number(self.attributes, "prompt_tokens")
        if told is None or not self.scope.startswith(COUNTS_APART):
            return told
        apart = (says.number(self.attributes, f"cache_{what}_tokens") or 0 for what in ("hit", "creation"))
        return told + sum(apart)

    @property
    def completion_tokens(self) -> int | None:
        """Tokens that came out. Where the span only points to the gateway's row, the row's."""
        told = says.number(self.attributes, "completion_tokens")
        return told if told is not None or self.log is None else self.log.completion_tokens

    @property
    def cost(self) -> float | None:
        """Dollars, as it says itself or as its row has it."""
        told = says.said(self.attributes, "cost")
        if isinstance(told, int | float):
            return float(told)
        return None if self.log is None else self.log.cost

    @property
    def customer_identifier(self) -> str | None:
        """The customer it is about."""
        return self._tag("customer_identifier")

    @property
    def thread_identifier(self) -> str | None:
        """The conversation it belongs to."""
        return self._tag("thread_identifier")

    @property
    def session_identifier(self) -> str | None:
        """The session it belongs to."""
        return self._tag("session_identifier")

    @property
    def custom_identifier(self) -> str | None:
        """A tag of the application's own."""
        return self._tag("custom_identifier")

    @property
    def trace_group_identifier(self) -> str | None:
        """What groups its trace with others."""
        return self._tag("trace_group_identifier")

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What else the application said of it, and of the row it points to."""
        own = says.metadata(self.attributes)
        return {**self.log.metadata, **own} if self.log_id is not None and self.log is not None else own

    @property
    def workflow(self) -> str | None:
        """The workflow it is part of: its own, or that of the nearest span above it that says so."""
        span: Span | None = self
        seen: set[str] = set()
        while span is not None and span.id not in seen:
            told = says.said(span.attributes, "workflow")
            if told is not None:
                return str(told)
            seen.add(span.id)
            span = span.parent
        return None

    @property
    def parent(self) -> "Span | None":
        """The span it is part of. None for a root, and where the parent was never sent."""
        return None if self.parent_id is None else self._around.span(self.trace_id, self.parent_id)

    @property
    def is_orphan(self) -> bool:
        """Whether it says it is part of a span that was never sent."""
        return self.parent_id is not None and self.parent is None

    @property
    def children(self) -> "Records[Span]":
        """The spans that are part of it, in the order they began."""
        return Records((span for span in self.trace.spans if span.parent_id == self.id), Span)

    @property
    def trace(self) -> "Trace":
        """The trace it is in."""
        return self._around.trace(self.trace_id)

    @property
    def start(self) -> datetime:
        """When it began."""
        return from_nanoseconds(self.start_nanoseconds)

    @property
    def end(self) -> datetime:
        """When it ended. A batch result ends before it begins, since it is told of later."""
        return from_nanoseconds(self.end_nanoseconds or self.start_nanoseconds)

    @property
    def is_ended(self) -> bool:
        """Whether it had ended when it was sent."""
        return self.end_nanoseconds > 0

    @property
    def seconds(self) -> float:
        """How long it took, and never less than nothing."""
        return max(0.0, (self.end_nanoseconds - self.start_nanoseconds) / 1e9) if self.is_ended else 0.0

    @property
    def log_id(self) -> str | None:
        """The row of the gateway's log it says it is about."""
        told = says.said(self.attributes, "log_id")
        return None if told is None else str(told)

    @property
    def log(self) -> "Log | None":
        """That row."""
        return None if self.log_id is None else self._around.log(self.log_id)

    @property
    def twin(self) -> "Span | None":
        """The span that tells the same call better: Anthropic's own client makes one as well as the instrumentation."""
        if self.scope != NATIVE_ANTHROPIC:
            return None
        near = self._around.roots() if self.parent_id is None else self.trace.spans
        return next((span for span in near if self._is_told_by(span)), None)

    def _is_told_by(self, other: "Span") -> bool:
        if other.scope == NATIVE_ANTHROPIC or other.parent_id != self.parent_id or not other.is_model_call:
            return False
        return other.start_nanoseconds <= self.end_nanoseconds and self.start_nanoseconds <= other.end_nanoseconds

    def _tag(self, name: str) -> str | None:
        told = says.said(self.attributes, name)
        if told is None and self.log_id is not None and self.log is not None:
            told = getattr(self.log, name)
        return None if told is None else str(told)
