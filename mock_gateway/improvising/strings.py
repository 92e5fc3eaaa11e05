"""Texts of a schema: in its format, along its pattern, or like the name of their place, and as long as they must be."""

import re
from collections.abc import Mapping
from typing import Any

from .formats import formatted
from .names import is_known, text_for
from .patterns import matching
from .pieces import Pieces
from .schemas import Impossible
from .texts import sentence, word

_TRIES = 60
_STRETCHES = (0, 3, 8, 1, 20)


def string(schema: Mapping[str, Any], words: tuple[str, ...], pieces: Pieces, attempt: int) -> str:
    """A text the schema allows, like those one finds in a place with these words."""
    least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
    if most is not None and least > most:
        raise Impossible(f"no text has from {least} to {most} characters")
    if "pattern" in schema:
        return _along(schema["pattern"], words, pieces, least, most)
    made = formatted(schema.get("format", ""), words, pieces)
    if made is not None:
        return made
    text = text_for(words, pieces) if words or attempt else sentence(pieces)
    for _ in range(9):
        if most is None or len(text) <= most:
            break
        text = text_for(words, pieces)
    while len(text) < least:
        text = f"{text} {word(pieces) if least - len(text) < 30 else sentence(pieces)}"
    return text if most is None else _shortened(text, int(most), least)


def _shortened(text: str, most: int, least: int) -> str:
    if len(text) <= most:
        return text
    cut = text[:most]
    stripped = cut.rstrip(" ,.-")
    return stripped if len(stripped) >= least else cut


def _along(pattern: str, words: tuple[str, ...], pieces: Pieces, least: int, most: int | None) -> str:
    """What the name suggests if that matches, or else letters along the pattern."""
    try:
        wanted = re.compile(pattern)
        if is_known(words):
            text = text_for(words, pieces)
            if wanted.search(text) and least <= len(text) <= (len(text) if most is None else most):
                return text
        text = ""
        for attempt in range(_TRIES):
            stretches = (*_STRETCHES, least) if least else _STRETCHES
            text = matching(pattern, pieces.random, stretches[(attempt + 1) % len(stretches)])
            if wanted.search(text) and least <= len(text) <= (len(text) if most is None else most):
                return text
            if least > len(text) and not pattern.endswith("$"):
                text += word(pieces) * (least - len(text))
                text = text[: most if most is not None else least]
                if wanted.search(text):
                    return text
    except (re.error, OverflowError) as error:
        raise Impossible(f"the pattern {pattern!r} is none that Python can read: {error}") from None
    return text
