"""Sharing calls out in proportion to weights. Chance comes from outside, as a point between 0 and 1."""

from collections.abc import Sequence
from itertools import accumulate
from math import isinf


def share(weights: Sequence[float], point: float) -> int:
    """The index of the share of the whole that the point falls into. `point` is from 0 on, and below 1."""
    ends = list(accumulate(weights))
    if isinf(ends[-1]):  # they are too large to be added up
        ends = list(accumulate(weight / max(weights) for weight in weights))
    return next(index for index, end in enumerate(ends) if point * ends[-1] < end)
