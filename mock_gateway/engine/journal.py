"""Every call, in the order they came in, and what the author of the test did not reckon with."""

import gc
import threading
from collections import deque
from collections.abc import Callable
from functools import partial

from ..core.contract import Contract
from ..core.hosts import is_provider
from ..core.log import Log
from ..core.requests import HttpRequest
from .calls import Call
from .clock import Clock, Timeline
from .ids import Ids
from .logs import row
from .prices import Prices

KEPT = 10_000
"""How many calls are kept. 10,000 short ones take about 25 MB."""


class Rows:
    """How calls come by their rows of the log. Whoever keeps more about calls than the engine knows puts its way here.

    It is no part of the journal, so that a call does not lead to the book that it is in: what leads back to itself
    stays in memory until Python looks for such, and a suite with a gateway for each test has it look all the time.
    """

    __slots__ = ("_clock", "_delay", "before_reading", "of")

    def __init__(self, contract: Contract, clock: Clock) -> None:
        self._clock, self._delay = clock, contract.log_delay
        self.of: Callable[[Call], Log | None] = partial(row, contract=contract)
        self.before_reading: Callable[[], object] = bool
        """What is done before the test reads a row: spans that are on their way may say something of it."""

    def read(self, call: Call) -> Log | None:
        """The row of a call as the test reads it."""
        self.before_reading()
        return self(call)

    def __call__(self, call: Call) -> Log | None:
        """The row of a call, once it has appeared."""
        has_one = call.is_over and call.log_id is not None and self.have_appeared(call.began + call.seconds)
        return self.of(call) if has_one else None

    def have_appeared(self, since: float) -> bool:
        """Whether the rows of what came in at this moment are there by now."""
        return self._clock.elapsed() >= since + self._delay


class Journal:
    """The book of calls. The oldest that are over are forgotten when there are too many."""

    def __init__(self, ids: Ids, prices: Prices, contract: Contract, clock: Clock, kept: int = KEPT) -> None:
        self._ids, self._prices, self.kept = ids, prices, kept
        self.row = Rows(contract, clock)
        self._read_row = self.row.read
        self.calls: list[Call] = []
        self.by_log: dict[str, Call] = {}
        """The calls that are over, by the names of their rows."""
        self._forgotten = 0
        self._open: set[Call] = set()
        self._looked_for: set[Call] = set()
        self._lock = threading.Lock()
        self.misses: deque[str] = deque(maxlen=kept)
        """What each call nobody answered should tell the test's author."""
        self.strays: deque[str] = deque(maxlen=kept)
        """The same, for each call that went straight to a provider and was refused."""
        self.mistakes: deque[str] = deque(maxlen=kept)
        """The same, for each function of a script that raised."""

    @property
    def count(self) -> int:
        """How many calls have come in."""
        with self._lock:
            return self._forgotten + len(self.calls)

    @property
    def losses(self) -> list[str]:
        """What nobody can say any more."""
        forgotten = self._forgotten
        return [f"{forgotten} older calls were forgotten: only {self.kept} are kept."] if forgotten else []

    def open(self, inbound: HttpRequest, timeline: Timeline, wire: str) -> Call:
        """Begin a call."""
        call = Call(
            self._ids.number("call"),
            wire,
            inbound,
            direct=is_provider(inbound.host),
            timeline=timeline,
            prices=self._prices,
            read_row=self._read_row,
        )
        self.calls.append(call)
        self._open.add(call)
        return call

    def close(self, call: Call) -> None:
        """End a call."""
        if call.log_id is not None:
            self.by_log[call.log_id] = call
        call.end()  # from here on, another thread may forget it
        self._open.discard(call)
        self._looked_for.discard(call)
        if len(self.calls) > self.kept:
            self._forget()

    def _forget(self) -> None:
        with self._lock:
            while len(self.calls) > self.kept and self.calls[0].is_over:
                oldest = self.calls.pop(0)
                self._forgotten += 1
                if oldest.log_id is not None:
                    del self.by_log[oldest.log_id]

    def collect(self) -> None:
        """Close the calls whose clients were dropped without being closed.

        An OpenAI stream that a test breaks out of is part of a reference cycle, and stays open until Python looks for
        such. It is made to look, once for each call that is still open when the calls are read.
        """
        unseen = self._open - self._looked_for
        if unseen:
            self._looked_for |= unseen
            gc.collect()
