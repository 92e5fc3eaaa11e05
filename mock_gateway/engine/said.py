"""What a test says, checked where it says it: a slip that is met only when a model is asked has no line of the test."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..core.chat import HALF, Answer, ToolCall, Usage
from ..core.nearest import unknown

_AROUND = 20
"""How many letters are shown on each side of one that is wrong."""


def check_times(times: Any) -> None:
    """How often something happens, if that is said."""
    if times is not None and (type(times) is not int or times < 1):
        raise ValueError(f"times is a number above 0, not {times!r}.")


def check_amounts(**numbers: Any) -> None:
    """Numbers from 0 on."""
    for name, number in numbers.items():
        if not (_is_number(number) and number >= 0):
            raise ValueError(f"{name} is a number from 0 on, not {number!r}.")


def check_positive(**numbers: Any) -> None:
    """Numbers above 0."""
    for name, number in numbers.items():
        if not (_is_number(number) and number > 0):
            raise ValueError(f"{name} is a number above 0, not {number!r}.")


def check_counts(**numbers: Any) -> None:
    """Whole numbers from 0 on."""
    for name, number in numbers.items():
        if type(number) is not int or number < 0:
            raise ValueError(f"{name} is a whole number from 0 on, not {number!r}.")


def check_texts(**texts: Any) -> None:
    """Texts, or nothing."""
    for name, text in texts.items():
        if text is not None and not isinstance(text, str):
            raise TypeError(f"{name} is a text, not {text!r}.")


def check_letters(answer: Answer) -> None:
    """Whole characters."""
    if (text := answer.half) is not None:
        raise ValueError(half(text))


def half(text: str) -> str:
    """What to say of a text that nobody can send."""
    return f"{text!r} has half a character, which nobody can send."


def check_body(body: Any) -> None:
    """A whole answer of a provider's."""
    if not isinstance(body, Mapping):
        raise TypeError(f"body is a whole answer as a mapping, not {body!r}.")
    written = json.dumps(body, ensure_ascii=False, default=str, skipkeys=True)
    if (met := HALF.search(written)) is not None:
        raise ValueError(half(written[max(met.start() - _AROUND, 0) : met.end() + _AROUND]))


def check_status(status: Any) -> None:
    """The status of an answer."""
    if type(status) is not int or not 200 <= status <= 599:
        raise ValueError(f"status is a number from 200 to 599, not {status!r}.")


def chunks(told: Any) -> tuple[str, ...] | None:
    """A text as it is streamed, if that is said."""
    if told is None:
        return None
    if isinstance(told, str) or not isinstance(told, Sequence) or not all(isinstance(one, str) for one in told):
        raise TypeError(f"chunks is a list of texts, not {told!r}.")
    return tuple(told)


def raw(told: Any) -> tuple[bytes, ...]:
    """Bytes as they are sent, in one piece or in several."""
    pieces = (told,) if isinstance(told, bytes) else tuple(told) if isinstance(told, Sequence) else ()
    if not pieces or not all(isinstance(piece, bytes) for piece in pieces):
        raise TypeError(f"sends() takes bytes, or a sequence of them, not {told!r}.")
    return pieces


def names(**lists: Any) -> tuple[str, ...]:
    """A list of names: a text is a list of its letters, and never what was meant."""
    [(name, told)] = lists.items()
    if (
        isinstance(told, str)
        or not isinstance(told, Collection)
        or not all(isinstance(one, str) and one for one in told)
    ):
        raise TypeError(f"{name} is a list of names, not {told!r}.")
    return tuple(told)


def tool_calls(told: Any) -> tuple[ToolCall, ...]:
    """What a model wants called."""
    if isinstance(told, ToolCall | Mapping | str) or not isinstance(told, Sequence):
        raise TypeError(f"tool_calls is a list of ToolCalls, not {told!r}.")
    return tuple(map(_tool_call, told))


def _tool_call(call: Any) -> ToolCall:
    if isinstance(call, ToolCall):
        return call
    function = call.get("function", call) if isinstance(call, Mapping) else None  # as OpenAI nests it, or flat
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise TypeError(f'a tool call is a ToolCall, or {{"name": ..., "arguments": ...}}, not {call!r}.')
    return ToolCall(function["name"], function.get("arguments", {}), call.get("id"))


def usage(told: Any) -> Usage | None:
    """What an answer weighs, if that is said."""
    if told is None:
        return None
    if not isinstance(told, Mapping | Usage):
        raise TypeError(f"usage is a Usage, or a mapping of its fields, not {told!r}.")
    stated = told if isinstance(told, Mapping) else told._asdict()
    for name in stated:
        if name not in Usage._fields:
            raise TypeError(unknown("field of usage", name, Usage._fields))
    check_counts(**stated)
    return Usage(**stated)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
