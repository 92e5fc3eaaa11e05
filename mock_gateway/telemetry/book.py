"""All spans that came in, by trace; the oldest are forgotten when there are too many."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from ..core.contract import Contract
from .attributes import LOG_ID
from .span import Span
from .trace import Trace

if TYPE_CHECKING:
    from ..core.log import Log

KEPT = 20_000
"""How many spans are kept. 20,000 spans of the Respan SDK take about 80 MB."""


class SpanBook:
    """The spans of one gateway. They come in from any thread, in any order, and more than once."""

    def __init__(self, contract: Contract, find_log: "Callable[[str], Log | None]", kept: int = KEPT) -> None:
        self._is_last_kept = contract.repeated_span == "last"
        self._find_log = find_log
        self._kept = kept
        self._traces: dict[str, dict[str, Span]] = {}
        self._order: deque[Span] = deque()
        self._by_log: dict[str, list[Span]] = {}
        self._lock = threading.Lock()
        self.forgotten = 0
        """How many spans were forgotten."""
        self.refused: list[str] = []
        """Why spans, or whole batches, were refused."""

    def __len__(self) -> int:
        return len(self._order)

    def add(self, spans: Iterable[Span], arrived: float) -> None:
        """Take spans in."""
        with self._lock:
            for span in spans:
                span.arrived = arrived
                self._add(span)
            while len(self._order) > self._kept:
                self._forget(self._order.popleft())

    def refuse(self, why: str) -> None:
        """Note what could not be read."""
        if len(self.refused) < self._kept:
            self.refused.append(why)

    @property
    def losses(self) -> list[str]:
        """What nobody can say any more."""
        return [f"{self.forgotten} older spans were forgotten: only {self._kept} are kept."] if self.forgotten else []

    @property
    def note(self) -> str:
        """What whoever looks for a span in vain should know."""
        told = self.losses
        if self.refused:
            told += ["Refused were:", *(f"  {why}" for why in self.refused[:10])]
            told += [f"  and {len(self.refused) - 10} more"] if len(self.refused) > 10 else []
        return "\n".join(told)

    @property
    def spans(self) -> list[Span]:
        """All of them, in the order they began."""
        with self._lock:
            return sorted(self._order, key=lambda span: span.start_nanoseconds)

    @property
    def traces(self) -> list[Trace]:
        """All traces, in the order they began. Those that only tell a call again that is told elsewhere are left out."""
        spans = self.spans
        ids = dict.fromkeys(span.trace_id for span in spans if span.twin is None)
        return [self.trace(trace_id) for trace_id in ids]

    def trace(self, trace_id: str) -> Trace:
        """The trace with this id."""
        with self._lock:
            return Trace(trace_id, list(self._traces.get(trace_id, {}).values()))

    def span(self, trace_id: str, span_id: str) -> Span | None:
        """A span by its ids."""
        return self._traces.get(trace_id, {}).get(span_id)

    def by_row(self, unique_id: str) -> Span | None:
        """The span whose row has this id: that of its trace and its own, with a dash between, or among others."""
        parts = unique_id.split("-")
        cuts = ("-".join(parts[:at]) for at in range(1, len(parts)))
        found = (self.span(trace_id, unique_id[len(trace_id) + 1 :]) for trace_id in cuts)
        return next((span for span in found if span is not None), None)

    def roots(self) -> Sequence[Span]:
        """The spans that are part of no other, of all traces."""
        return [span for span in self.spans if span.parent_id is None]

    def about(self, log_id: str) -> list[Span]:
        """The spans that say they are about this row."""
        return self._by_log.get(log_id, [])

    def log(self, log_id: str) -> "Log | None":
        """A row of the gateway's log."""
        return self._find_log(log_id)

    def _add(self, span: Span) -> None:
        trace = self._traces.setdefault(span.trace_id, {})
        before = trace.get(span.id)
        if before is not None:
            if not self._is_last_kept:
                return
            self._order.remove(before)
            self._unlink(before)
        trace[span.id] = span
        self._order.append(span)
        if LOG_ID in span.attributes:
            self._by_log.setdefault(str(span.log_id), []).append(span)

    def _forget(self, span: Span) -> None:
        self.forgotten += 1
        self._unlink(span)
        trace = self._traces[span.trace_id]
        del trace[span.id]
        if not trace:
            del self._traces[span.trace_id]

    def _unlink(self, span: Span) -> None:
        if LOG_ID in span.attributes:
            name = str(span.log_id)
            self._by_log[name].remove(span)
            if not self._by_log[name]:
                del self._by_log[name]
