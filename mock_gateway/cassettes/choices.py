"""What can be chosen about a cassette. A gateway checks it whether it has one or not."""

import inspect
from collections.abc import Callable, Collection
from math import inf
from typing import Literal

from ..core.paths import is_path

Mode = Literal["none", "once", "new_episodes", "all", "verify"]
MODES: tuple[Mode, ...] = ("none", "once", "new_episodes", "all", "verify")
"""When a real provider is asked."""

Pace = Literal["instant", "recorded"] | float
AfterLast = Literal["repeat", "miss"]

Redact = Callable[[str, str], str]
"""Given a text and its place in the file, such as ``request.messages[0].content``, what is to stand there."""


def check_redact(redact: Redact) -> None:
    """Refuse what cannot be called so."""
    try:
        inspect.signature(redact).bind("text", "place")
    except TypeError:
        raise ValueError(
            "redact is a function of a text and its place: def redact(text: str, place: str) -> str"
        ) from None


def check_pace(pace: Pace) -> None:
    """Refuse what is no pace."""
    is_factor = isinstance(pace, int | float) and not isinstance(pace, bool) and 0 <= pace < inf
    if pace not in ("instant", "recorded") and not is_factor:
        raise ValueError(f"pace is 'instant', 'recorded' or a factor from 0 on, not {pace!r}.")


def check_not_secret(places: object) -> None:
    """Refuse what are no places of a file."""
    if not isinstance(places, Collection) or isinstance(places, str) or not all(map(is_path, places)):
        raise ValueError(f"not_secret is a list of places, such as request.messages[0].content, not {places!r}.")


def check_after_last(after_last: AfterLast) -> None:
    """Refuse what cannot follow the last take."""
    if after_last not in ("repeat", "miss"):
        raise ValueError(f"after_last is 'repeat' or 'miss', not {after_last!r}.")
