"""Taking a provider's answer apart: whatever it has sent comes here, so nothing is taken for granted.

A place that is empty is as good as absent; what is of another kind than it should be makes the answer `Unreadable`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .wire import Unreadable


def text(value: Any) -> str | None:
    """A text, if there is one."""
    if value is None or isinstance(value, str):
        return value
    raise Unreadable(f"{value!r} stands where a text should")


def count(value: Any) -> int:
    """A whole number; 0 where there is none."""
    if value is None:
        return 0
    if type(value) is int:
        return value
    raise Unreadable(f"{value!r} stands where a whole number should")


def fields(value: Any) -> Mapping[str, Any]:
    """An object; an empty one where there is none."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    raise Unreadable(f"{value!r} stands where an object should")


def items(value: Any) -> Sequence[Any]:
    """A list; an empty one where there is none."""
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return value
    raise Unreadable(f"{value!r} stands where a list should")
