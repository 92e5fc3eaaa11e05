"""The values that the fields of a table of choices can have, as their types say."""

from functools import cache
from typing import Any, get_args, get_type_hints


@cache
def alternatives(table: type) -> dict[str, tuple[Any, ...]]:
    """By field, the values it can have; none where any number will do."""
    hints = get_type_hints(table)
    return {name: (True, False) if hint is bool else get_args(hint) for name, hint in hints.items()}


def check_values(chosen: object) -> None:
    """Refuse a value that its field cannot have."""
    kind: type = type(chosen)
    for name, choices in alternatives(kind).items():
        value = getattr(chosen, name)
        if value in choices if choices else _is_amount(value, is_status=name.endswith("_status")):
            continue
        shown = " or ".join(map(repr, choices)) or (
            "a status from 400 to 599" if name.endswith("_status") else "a number from 0 on"
        )
        raise ValueError(f"{name} of a {kind.__name__} is {shown}, not {value!r}.")


def _is_amount(value: object, *, is_status: bool) -> bool:
    """Whether it is a number that a field without alternatives can have."""
    if isinstance(value, bool):
        return False
    if is_status:
        return isinstance(value, int) and 400 <= value <= 599
    return isinstance(value, int | float) and value >= 0
