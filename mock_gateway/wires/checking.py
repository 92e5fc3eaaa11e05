"""Checking the fields of a request: only what is read later, and in the words of the gateway."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..core import problems
from ..core.contract import Contract


class Check(NamedTuple):
    """What is good in a field, and what to say of what is not."""

    is_sound: Callable[[Any], bool]
    wanted: str
    plain: type | None = None
    """The type of which every value is good that is not empty, where there is one: it need not be looked at."""


def check(fields: Mapping[str, Any], required: Sequence[str], checks: Mapping[str, Check], contract: Contract) -> None:
    """Raise the `Problem` of the first field that is missing, or of another kind than it should be."""
    for name in required:
        if fields.get(name) is None:
            raise problems.invalid_field(contract, name, "This field is required.")
    for name, value in fields.items():
        one = checks.get(name)
        if one is None or value is None or (value and type(value) is one.plain) or one.is_sound(value):
            continue
        raise problems.invalid_field(contract, name, f"This field must be {one.wanted}.")


def is_list_of(value: object, kind: type | tuple[type, ...]) -> bool:
    """Whether it is a list of nothing else."""
    return list_of(kind)(value)


def list_of(kind: type | tuple[type, ...]) -> Callable[[object], bool]:
    """Whether something is a list of nothing else."""

    def is_sound(value: object) -> bool:
        if not isinstance(value, list):
            return False
        for item in value:  # noqa: SIM110 - asked of every request, and a generator costs more than the question
            if not isinstance(item, kind):
                return False
        return True

    return is_sound


def number_from(least: int) -> Callable[[object], bool]:
    """Whether something is a whole number that is large enough."""
    return lambda value: type(value) is int and value >= least


def number_between(least: int, most: int) -> Callable[[object], bool]:
    """Whether something is a whole number within bounds."""
    return lambda value: type(value) is int and least <= value <= most


NAME = Check(lambda value: isinstance(value, str) and value != "", "a string", str)
TEXT = Check(lambda value: isinstance(value, str), "a string", str)
SWITCH = Check(lambda value: isinstance(value, bool), "true or false", bool)
OBJECT = Check(lambda value: isinstance(value, dict), "an object", dict)
POSITIVE = Check(number_from(1), "a number above 0")
COUNT = Check(number_from(0), "a number from 0 on")
OBJECTS = Check(list_of(dict), "a list of objects")
