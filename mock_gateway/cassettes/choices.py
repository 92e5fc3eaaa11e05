"""What can be chosen about a cassette. A gateway checks it whether it has one or not."""

import inspect
from collections.abc import Callable
from typing import Literal

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
