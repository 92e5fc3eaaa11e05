"""Figures over the rows of the log."""

from collections.abc import Iterable


def average(numbers: Iterable[float | None]) -> float | None:
    """The mean of those that are known. None, where none is."""
    known = [number for number in numbers if number is not None]
    return sum(known) / len(known) if known else None
