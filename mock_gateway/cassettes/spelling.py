"""How JSON was written: what is read from a text, and in which style writing it anew gives that very text."""

import json
from collections.abc import Callable
from itertools import chain
from math import inf
from typing import Any

from ..core.objects import no_doubles

_DEEPEST = 100
"""How deep is what is written as structure."""
Encode = Callable[[Any], str]
STYLES: dict[str, Encode] = {
    "compact": lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False),
    "spaced": lambda value: json.dumps(value, ensure_ascii=False, allow_nan=False),
    "compact-ascii": lambda value: json.dumps(value, separators=(",", ":"), allow_nan=False),
    "spaced-ascii": lambda value: json.dumps(value, allow_nan=False),
    "indented": lambda value: json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False),
    "indented-ascii": lambda value: json.dumps(value, indent=2, allow_nan=False),
}
"""What stands between, and whether letters beyond ASCII are escaped."""


def style_of(text: str) -> str | None:
    """The style in which encoding what this says gives this very text, if there is one."""
    value = structure_of(text)
    if value is None:
        return None
    return next((name for name, encode in STYLES.items() if gives(encode, value, text)), None)


def gives(encode: Encode, value: Any, text: str) -> bool:
    """Whether encoding a value gives this very text. What was read as infinite cannot be written."""
    try:
        return encode(value) == text
    except (ValueError, RecursionError):
        return False


def structure_of(text: str) -> Any:
    """What JSON says, where it can be kept as structure: it says every name once, nests no deeper, and is not null."""
    try:
        value = json.loads(text, object_pairs_hook=no_doubles, parse_constant=no_constants)
    except (ValueError, RecursionError):
        return None
    return None if is_deeper(value, _DEEPEST) else value


def value_of(text: str) -> Any:
    """What JSON says, as a client would read it."""
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None


def text_of(data: bytes) -> str | None:
    """The text in these bytes, if they are one."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def no_constants(name: str) -> Any:
    """What is read of NaN and the infinities: they are no JSON."""
    raise ValueError(f"{name} is no number")


def finite(text: str) -> float:
    """A number, unless it is larger than any can be: it could not be written again."""
    value = float(text)
    if value in (inf, -inf):
        raise ValueError(f"{text} is too large a number")
    return value


def is_deeper(value: Any, deepest: int) -> bool:
    """Whether it nests deeper than that. How deep JSON can be read at all depends on the Python."""
    level = [value]
    for _ in range(deepest):
        inner = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = list(chain.from_iterable(inner))
        if not level:
            return False
    return True
