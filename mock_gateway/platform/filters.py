"""The filters of lists: ``{"model": {"operator": "in", "value": ["gpt-4o"]}}``, and what each operator means."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic_core import from_json

from ..core import problems
from ..core.moments import moment_of
from ..core.nearest import unknown

Record = Mapping[str, Any]
Test = Callable[[Record], bool]
Operator = Callable[[Any, Sequence[Any]], bool]

_PREFIXES = ("metadata__", "properties__")


def accepts(filters: Any, known: Collection[str]) -> Test:
    """Whether a record passes these filters, or a `Problem` for those nobody understands."""
    if isinstance(filters, str):
        try:
            filters = from_json(filters)
        except ValueError:
            raise problems.malformed("filters are an object") from None
    if not filters:
        return lambda record: True
    if isinstance(filters, Mapping) and "filter_params" in filters:
        return _joined(filters["filter_params"], str(filters.get("connector") or "AND"), known)
    return _joined(filters, "AND", known)


def mentions(filters: Any, name: str) -> bool:
    """Whether these filters say anything of a field."""
    if isinstance(filters, str):
        with suppress(ValueError):
            return mentions(from_json(filters), name)
    if isinstance(filters, list):
        return any(mentions(one, name) for one in filters)
    return isinstance(filters, Mapping) and (name in filters or mentions(filters.get("filter_params"), name))


def _joined(filters: Any, connector: str, known: Collection[str]) -> Test:
    tests: list[Test] = []
    for one in filters if isinstance(filters, list) else [filters]:
        if not isinstance(one, Mapping):
            raise problems.malformed("a filter is an object of fields, each with operator and value")
        if "filter_params" in one:
            tests.append(accepts(one, known))
            continue
        for name, condition in one.items():
            tests.extend(
                _test(name, each, known) for each in (condition if isinstance(condition, list) else [condition])
            )
    together = any if connector.upper() == "OR" else all
    return lambda record: together(test(record) for test in tests)


def _test(name: str, condition: Any, known: Collection[str]) -> Test:
    container = next((prefix.removesuffix("__") for prefix in _PREFIXES if name.startswith(prefix)), name)
    if container not in known:
        raise problems.unsupported_filter(unknown("field", name, known))
    if not isinstance(condition, Mapping):
        condition = {"value": condition}
    operator = str(condition.get("operator") or "")
    compare = OPERATORS.get(operator)
    if compare is None:
        raise problems.unsupported_filter(unknown("operator", operator, OPERATORS))
    value = condition.get("value")
    wanted = value if isinstance(value, list) else [] if value is None else [value]
    if operator == "regex":
        _check_patterns(wanted)
    return lambda record: compare(_value(record, name), wanted)


def _check_patterns(wanted: Sequence[Any]) -> None:
    try:
        for pattern in wanted:
            re.compile(str(pattern))
    except re.error as error:
        raise problems.unsupported_filter(f"{error.pattern!r} is no regular expression: {error}") from None


def _value(record: Record, name: str) -> Any:
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            container = record.get(prefix.removesuffix("__")) or {}
            return container.get(name.removeprefix(prefix)) if isinstance(container, Mapping) else None
    return record.get(name)


def _same(value: Any, wanted: Any) -> bool:
    """Whether two values are the same, one of which may have been written as a text."""
    if value == wanted:
        return True
    if isinstance(value, bool) or isinstance(wanted, bool):
        return str(value).lower() == str(wanted).lower()
    return value is not None and str(value) == str(wanted)


def _equals(value: Any, wanted: Sequence[Any]) -> bool:
    return any(_same(value, one) for one in wanted)


def _by_order(holds: Callable[[Any, Any], bool]) -> Operator:
    def compare(value: Any, wanted: Sequence[Any]) -> bool:
        if value is None or not wanted:
            return False
        for read in (float, moment_of):  # what is neither a number nor a moment is a text
            with suppress(TypeError, ValueError, OverflowError):
                return holds(read(value), read(wanted[0]))
        return holds(str(value), str(wanted[0]))

    return compare


def _by_text(holds: Callable[[str, str], bool]) -> Operator:
    def compare(value: Any, wanted: Sequence[Any]) -> bool:
        return value is not None and any(holds(str(value), str(one)) for one in wanted)

    return compare


def _not(operator: Operator) -> Operator:
    return lambda value, wanted: not operator(value, wanted)


def _is_empty(value: Any, wanted: Sequence[Any]) -> bool:
    return value is None or value in ("", [], {}, ())


def _is_null(value: Any, wanted: Sequence[Any]) -> bool:
    return (value is None) is (not wanted or str(wanted[0]).lower() != "false")


def _has_key(value: Any, wanted: Sequence[Any]) -> bool:
    return isinstance(value, Mapping) and any(str(one) in value for one in wanted)


def _overlaps(value: Any, wanted: Sequence[Any]) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and any(_equals(one, wanted) for one in value)


_contains = _by_text(lambda text, part: part in text)
_contains_any_case = _by_text(lambda text, part: part.lower() in text.lower())
_starts = _by_text(str.startswith)
_ends = _by_text(str.endswith)

OPERATORS: dict[str, Operator] = {
    **dict.fromkeys(("", "=", "==", "eq", "equals", "in"), _equals),
    **dict.fromkeys(("not", "!=", "not_in"), _not(_equals)),
    "iexact": _by_text(lambda text, other: text.lower() == other.lower()),
    "lt": _by_order(lambda one, other: one < other),
    "lte": _by_order(lambda one, other: one <= other),
    "gt": _by_order(lambda one, other: one > other),
    "gte": _by_order(lambda one, other: one >= other),
    "contains": _contains,
    "not_contains": _not(_contains),
    **dict.fromkeys(("icontains", "ilike", "full_text_search", "trigram_word_similar"), _contains_any_case),
    "startswith": _starts,
    "not_startswith": _not(_starts),
    "endswith": _ends,
    "not_endswith": _not(_ends),
    "regex": _by_text(lambda text, pattern: re.search(pattern, text) is not None),
    "isnull": _is_null,
    "empty": _is_empty,
    **dict.fromkeys(("not_empty", "notEmpty"), _not(_is_empty)),
    "has_key": _has_key,
    "overlap": _overlaps,
    "not_overlap": _not(_overlaps),
}
"""What each operator says of a value and the values it is compared with."""
