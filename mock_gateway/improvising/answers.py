"""An answer, made up for one request: the same for the same request and seed, in every process and on every machine."""

import re
from typing import Any

from pydantic_core import to_json

from ..core.chat import Answer, ChatRequest
from .asked import Asked, asked_of
from .names import is_known, singular, span_of, words_of
from .numbers import number
from .pieces import LOCK, Pieces, pieces
from .strings import string
from .texts import sentence, write
from .tools import tool_calls
from .values import Unsatisfiable, improvised

_YES_OR_NO = re.compile(r"^(?:is|has|can|should|needs|was|are)_|(?:enabled|valid|active|available|required)$")


def answer(request: ChatRequest, seed: int) -> Answer:
    """An answer of as many choices as are asked for, or `Unsatisfiable` if nothing fits what is asked."""
    asked = asked_of(request)
    with LOCK:
        first, *others = [_choice(asked, seed, index) for index in range(max(asked.choices, 1))]
    if not others:
        return first
    return Answer(first.text, first.tool_calls, finish_reason=first.finish_reason, others=tuple(others))


def _choice(asked: Asked, seed: int, index: int) -> Answer:
    made_of = pieces(asked.language, seed, asked.fingerprint, index)
    calls = tool_calls(asked, made_of)
    if calls:
        return Answer(tool_calls=tuple(calls))
    if asked.format in ("json_schema", "json_object"):
        return Answer(to_json(_json(asked, made_of)).decode())
    if asked.schema is not None and isinstance(word := _json(asked, made_of), str):
        return Answer(word)
    written = write(asked.length, asked.most_tokens, made_of)
    return Answer(written.text, finish_reason="length" if written.is_cut else None)


def _json(asked: Asked, made_of: Pieces) -> Any:
    """The value that is asked for: one the schema allows, or an object with the keys that are spoken of."""
    if asked.schema is not None:
        try:
            return improvised(asked.schema, made_of)
        except Unsatisfiable as why:
            raise Unsatisfiable(f"response_format: {why}") from None
    return {key: _guessed(key, made_of) for key in asked.keys or ("answer",)}


def _guessed(key: str, made_of: Pieces) -> Any:
    """A value for a key of which nothing is known but its name."""
    words = words_of(key)
    if _YES_OR_NO.search(key):
        return made_of.random.random() < 0.5
    if span_of(words) and words[-1] not in ("id", "identifier", "step", "day", "month", "items"):
        return number({}, words, made_of.random, whole=not span_of(words).decimals)  # type: ignore[union-attr]
    one = singular(words)
    if one != words:
        return [string({}, one, made_of, 0) for _ in range(made_of.random.randint(2, 3))]
    return string({}, words, made_of, 0) if is_known(words) else sentence(made_of)
