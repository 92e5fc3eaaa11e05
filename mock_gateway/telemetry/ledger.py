"""The rows of the log, wherever they come from: calls, logs created over REST, and spans that stand alone."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..core.contract import Contract
from ..core.log import Log
from .book import KEPT, SpanBook
from .rows import Price, dated, joined, row_of, unique_id_of
from .span import Span

if TYPE_CHECKING:
    from ..engine.calls import Call
    from ..engine.clock import Clock
    from ..engine.journal import Journal

CHANGEABLE = ("positive_feedback", "note", "is_pinned", "metadata", "custom_identifier", "category")
"""What of a row can be changed after the fact."""


Row = tuple[float, Log]
"""A row, with when it came in, in seconds of the gateway's clock."""


@dataclass(slots=True)
class Created:
    """A log that was created over REST."""

    log: Log
    at: float


@dataclass(slots=True)
class Ledger:
    """All rows of one gateway. They are made when they are read, of what is known then."""

    journal: "Journal"
    clock: "Clock"
    contract: Contract
    price: Price
    kept: int = KEPT
    spans: SpanBook = field(init=False)
    _own_row: "Callable[[Call], Log | None]" = field(init=False)
    _created: dict[str, Created] = field(default_factory=dict)
    _changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    _forgotten: int = 0
    """How many logs created over REST were forgotten."""

    def __post_init__(self) -> None:
        self.spans = SpanBook(self.contract, self.find, self.kept)
        rows = self.journal.row
        self._own_row, rows.of = rows.of, self.row

    def row(self, call: "Call") -> Log | None:
        """The row of a call."""
        own = self._own_row(call)
        return own and self._changed(joined(own, self.spans.about(own.unique_id), self.contract))

    def create(self, log: Log) -> None:
        """Take in a log from outside."""
        self._created[log.unique_id] = Created(log, self.clock.elapsed())
        while len(self._created) > self.journal.kept:
            oldest = next(iter(self._created))
            del self._created[oldest]
            self._changes.pop(oldest, None)
            self._forgotten += 1

    def change(self, unique_id: str, fields: Mapping[str, Any]) -> None:
        """Change what can be changed of a row."""
        before = self._changes.get(unique_id, {})
        metadata = {**before.get("metadata", {}), **fields.get("metadata", {})}
        self._changes[unique_id] = {**before, **fields, "metadata": metadata}

    @property
    def logs(self) -> Iterator[Log]:
        """The rows of calls, and those created over REST, in the order they appeared."""
        return (log for _, log in sorted(self._kept(), key=_order))

    def rows(self) -> list[Row]:
        """All rows that have appeared, each with when it came in: those of spans that stand alone, too."""
        return sorted((*self._kept(), *self._of_spans(self.spans.spans)), key=_order)

    def find(self, unique_id: str) -> Log | None:
        """The row with this id, if it has appeared."""
        call = self.journal.by_log.get(unique_id)
        if call is not None:
            return self.journal.row(call)
        created = self._created.get(unique_id)
        if created is not None:
            return self._of_created(created)
        span = self.spans.by_row(unique_id)
        return self._of_span(span) if span is not None else None

    @property
    def awaited(self) -> int:
        """How many rows have not appeared yet."""
        if not self.contract.log_delay:
            return 0
        came_in = [call.began + call.seconds for call in list(self.journal.by_log.values())]
        came_in += [created.at for created in list(self._created.values())]
        return sum(not self.journal.row.have_appeared(since) for since in came_in)

    @property
    def note(self) -> str:
        """What whoever looks for a row in vain should know."""
        told = list(self.journal.losses)
        if self._forgotten:
            told.append(f"{self._forgotten} older logs were forgotten: only {self.journal.kept} are kept.")
        if self.awaited:
            delay = f"{self.contract.log_delay:g}"
            awaited = f"Not there yet are {self.awaited}, since log_delay is {delay} s"
            told.append(f"{awaited}: gateway.clock.advance(seconds={delay})")
        return "\n".join(told)

    def trace(self, trace_id: str) -> Sequence[Log]:
        """The rows of a trace, in the order they began."""
        rows = [log for _, log in self._kept() if log.trace_unique_id == trace_id]
        rows += [log for _, log in self._of_spans(self.spans.trace(trace_id).spans)]
        return sorted(map(dated, rows), key=lambda log: log.start_time or "")

    def _kept(self) -> Iterator[Row]:
        """The rows of calls, and those created over REST."""
        for call in list(self.journal.calls):
            log = self.journal.row(call)
            if log is not None:
                yield call.began + call.seconds, log
        for created in list(self._created.values()):
            log = self._of_created(created)
            if log is not None:
                yield created.at, log

    def _of_spans(self, spans: Iterable[Span]) -> Iterator[Row]:
        """The rows of these spans, as far as they have some of their own."""
        for span in spans:
            log = self._of_span(span)
            if log is not None:
                yield span.arrived, log

    def _of_created(self, created: Created) -> Log | None:
        if not self.journal.row.have_appeared(created.at):
            return None
        return self._changed(joined(created.log, self.spans.about(created.log.unique_id), self.contract))

    def _of_span(self, span: Span) -> Log | None:
        """Its own row: none where it only points to another, or tells again what another tells better."""
        is_told_elsewhere = span.log_id is not None and (
            span.log_id in self.journal.by_log or span.log_id in self._created
        )
        if not is_told_elsewhere and self.contract.native_span == "left_out":
            is_told_elsewhere = span.twin is not None
        if is_told_elsewhere or not self.journal.row.have_appeared(span.arrived):
            return None
        return self._changed(row_of(span, self.contract, self.price))

    def _changed(self, log: Log) -> Log:
        changes = self._changes.get(log.unique_id)
        if not changes:
            return log
        return replace(log, **{**changes, "metadata": {**log.metadata, **changes["metadata"]}})


def _order(row: Row) -> tuple[float, bool, str]:
    """By when it came in; of those that came in at once, by the names the gateway has given, which count up."""
    came_in, log = row
    is_named = not log.spans or log.unique_id != unique_id_of(log.spans[0])
    return came_in, not is_named, log.unique_id if is_named else ""
