"""Every call, in the order they came in, and what the author of the test did not reckon with."""

import gc
from collections.abc import Callable
from functools import partial

from ..core.contract import Contract
from ..core.hosts import is_provider
from ..core.log import Log
from ..core.requests import HttpRequest
from .calls import Call
from .clock import Timeline
from .ids import Ids
from .logs import row
from .prices import Prices


class Journal:
    """The book of calls."""

    def __init__(self, ids: Ids, prices: Prices, contract: Contract) -> None:
        self._ids, self._prices = ids, prices
        self.row: Callable[[Call], Log | None] = partial(row, contract=contract)
        """How a call comes by its row. Whoever keeps more about calls than the engine knows puts a way of its own here."""
        self.calls: list[Call] = []
        self.by_log: dict[str, Call] = {}
        """The calls that are over, by the names of their rows."""
        self._open: set[Call] = set()
        self._looked_for: set[Call] = set()
        self.misses: list[str] = []
        """What each call nobody answered should tell the test's author."""
        self.strays: list[str] = []
        """The same, for each call that went straight to a provider and was refused."""
        self.mistakes: list[str] = []
        """The same, for each function of a script that raised."""

    def open(self, inbound: HttpRequest, timeline: Timeline, wire: str) -> Call:
        """Begin a call."""
        call = Call(
            self._ids.number("call"),
            wire,
            inbound,
            direct=is_provider(inbound.host),
            timeline=timeline,
            prices=self._prices,
            row=self.row,
        )
        self.calls.append(call)
        self._open.add(call)
        return call

    def close(self, call: Call) -> None:
        """End a call."""
        call.end()
        if call.log_id is not None:
            self.by_log[call.log_id] = call
        self._open.discard(call)
        self._looked_for.discard(call)

    def collect(self) -> None:
        """Close the calls whose clients were dropped without being closed.

        An OpenAI stream that a test breaks out of is part of a reference cycle, and stays open until Python looks for
        such. It is made to look, once for each call that is still open when the calls are read.
        """
        unseen = self._open - self._looked_for
        if unseen:
            self._looked_for |= unseen
            gc.collect()
