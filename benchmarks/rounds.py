"""Measuring by turns: each call of a subject is followed by one of its floor, in one process and one run."""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

Act = Callable[[], object]


class Figure(NamedTuple):
    """One line of the table."""

    what: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = False
    low: float | None = None
    high: float | None = None
    over: float | None = None
    """Microseconds over the floor."""

    def __str__(self) -> str:
        value = f"{self.value:.3g} {self.unit}"
        spread = f"({self.low:.2f} to {self.high:.2f})" if self.low is not None else ""
        over = f"{self.over:+.0f} us" if self.over is not None else ""
        goal = f"{'>=' if self.at_least else '<='} {self.goal:g}" if self.goal is not None else ""
        return f"{self.what:<58}{value:>12}  {spread:<16}{over:>10}  {goal:<9}{self.verdict}"

    @property
    def verdict(self) -> str:
        """Whether the goal is reached."""
        if self.goal is None:
            return ""
        reached = self.value >= self.goal if self.at_least else self.value <= self.goal
        return "ok" if reached else "SHORT"


def ratio(what: str, subject: Act, floor: Act, *, turns: int, rounds: int = 7, goal: float | None = None) -> Figure:
    """How many times the floor the subject costs: the median of rounds, each the ratio of two medians."""
    subject()
    floor()
    ratios, overs = [], []
    for _ in range(rounds):
        ours, theirs = [], []
        for _ in range(turns):
            theirs.append(timed(floor))
            ours.append(timed(subject))
        mine, base = statistics.median(ours), statistics.median(theirs)
        ratios.append(mine / base)
        overs.append((mine - base) * 1e6)
    value = statistics.median(ratios)
    return Figure(what, value, "x", goal, low=min(ratios), high=max(ratios), over=statistics.median(overs))


def timed(act: Act) -> float:
    """Seconds one call takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
