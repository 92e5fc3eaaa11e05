"""Objects of JSON, as they must be where nothing of them may get lost."""

from typing import Any


def no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object with these fields, unless one is there twice: then a reader sees one of them and not the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found
