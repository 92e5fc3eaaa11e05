"""Numbers within bounds."""

import math
from collections.abc import Mapping
from fractions import Fraction
from random import Random
from typing import Any

from .names import Span, span_of
from .schemas import Impossible

_USUAL = Span(1, 100)
_WIDE = 100


def number(schema: Mapping[str, Any], words: tuple[str, ...], random: Random, *, whole: bool) -> float:
    """A number the schema allows, like those one finds in a place with these words."""
    span = span_of(words) or _USUAL
    low, high = _bounds(schema, span)
    if low > high:
        raise Impossible(f"no number is from {low:g} to {high:g}")
    if (step := schema.get("multipleOf")) is not None:
        return _multiple(Fraction(str(step)), low, high, random, whole=whole)
    if whole:
        return _whole(schema, low, high, random)
    share = random.random()
    found = low * (1 - share) + high * share
    for digits in (span.decimals or 2, 6, 12):
        rounded = round(found, digits)
        if low <= rounded <= high and rounded not in _excluded(schema):
            return rounded
    return found


def _whole(schema: Mapping[str, Any], low: float, high: float, random: Random) -> int:
    first, last = math.ceil(low), math.floor(high)
    first += first in _excluded(schema)
    last -= last in _excluded(schema)
    if first > last:
        raise Impossible(f"no whole number is from {low:g} to {high:g}")
    return random.randint(first, last)


def _excluded(schema: Mapping[str, Any]) -> set[float]:
    """The bounds that do not belong to it. Draft 4 says so with true and false."""
    found = {schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")}
    if schema.get("exclusiveMinimum") is True:
        found.add(schema.get("minimum"))
    if schema.get("exclusiveMaximum") is True:
        found.add(schema.get("maximum"))
    return {bound for bound in found if bound is not None and not isinstance(bound, bool)}


def _bounds(schema: Mapping[str, Any], span: Span) -> tuple[float, float]:
    """The usual ones where they are allowed; else those of the schema, and a stretch from the one that is stated."""
    lows = [schema[name] for name in ("minimum", "exclusiveMinimum") if _is_stated(schema, name)]
    highs = [schema[name] for name in ("maximum", "exclusiveMaximum") if _is_stated(schema, name)]
    low, high = max(lows, default=None), min(highs, default=None)
    usual_low = span.low if low is None else max(low, span.low)
    usual_high = span.high if high is None else min(high, span.high)
    if usual_low < usual_high:
        return usual_low, usual_high
    if low is None:
        assert high is not None
        return high - _WIDE, high
    return low, low + _WIDE if high is None else high


def _is_stated(schema: Mapping[str, Any], name: str) -> bool:
    return name in schema and not isinstance(schema[name], bool)


def _multiple(step: Fraction, low: float, high: float, random: Random, *, whole: bool) -> float:
    """A multiple of the step; beyond the usual bounds if there is none within, for the check to judge."""
    if whole:
        step = Fraction(math.lcm(step.numerator, step.denominator), step.denominator)
    first, last = math.ceil(Fraction(low) / step), math.floor(Fraction(high) / step)
    found = random.randint(first, max(first, last)) * step
    return int(found) if found.denominator == 1 else float(found)
