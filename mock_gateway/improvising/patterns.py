"""Texts that match a regular expression.

The expression is read with the parser of Python's own `re`, which is private to it: only this file knows of it. What
can only be checked, such as what must not follow, is left to whoever checks the text.
"""

from collections.abc import Callable, Iterable
from random import Random
from re import _constants, _parser  # type: ignore[attr-defined]  # no stub knows them
from typing import Any

_ANY = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_WORD = _ANY + _ANY.upper() + _DIGITS + "_"
_PRINTED = [chr(code) for code in range(32, 127)]
_CATEGORIES: dict[Any, tuple[Iterable[str], bool]] = {
    _constants.CATEGORY_DIGIT: (_DIGITS, True),
    _constants.CATEGORY_NOT_DIGIT: (_DIGITS, False),
    _constants.CATEGORY_WORD: (_WORD, True),
    _constants.CATEGORY_NOT_WORD: (_WORD, False),
    _constants.CATEGORY_SPACE: (" ", True),
    _constants.CATEGORY_NOT_SPACE: (" ", False),
}


def matching(pattern: str, random: Random, stretch: int) -> str:
    """A text that fits. What may be repeated at will is, up to `stretch` times more than it must be."""
    writer = _Writer(random, stretch)
    text = writer.write(_parser.parse(pattern))
    return text + "".join(writer.ahead) if random.random() < 0.5 else text


class _Writer:
    """Writes a text along a parsed expression."""

    def __init__(self, random: Random, stretch: int) -> None:
        self._random, self._stretch = random, stretch
        self._groups: dict[int, str] = {}
        self.ahead: list[str] = []
        """What must come somewhere further on. It may have come by itself."""

    def write(self, parsed: Iterable[tuple[Any, Any]]) -> str:
        return "".join(self._piece(str(operation), argument) for operation, argument in parsed)

    def _piece(self, operation: str, argument: Any) -> str:
        written: dict[str, Callable[[], str]] = {
            "LITERAL": lambda: chr(argument),
            "NOT_LITERAL": lambda: self._letter(lambda letter: letter != chr(argument)),
            "ANY": lambda: self._random.choice(_ANY),
            "IN": lambda: self._one_of(argument),
            "BRANCH": lambda: self.write(self._random.choice(argument[1])),
            "SUBPATTERN": lambda: self._group(argument[0], argument[-1]),
            "ATOMIC_GROUP": lambda: self.write(argument),
            "ASSERT": lambda: self._further(*argument),
            "GROUPREF": lambda: self._groups.get(argument, ""),
            "MAX_REPEAT": lambda: self._repeated(*argument),
            "MIN_REPEAT": lambda: self._repeated(*argument),
            "POSSESSIVE_REPEAT": lambda: self._repeated(*argument),
        }
        return written[operation]() if operation in written else ""

    def _group(self, number: int | None, parsed: Iterable[tuple[Any, Any]]) -> str:
        text = self.write(parsed)
        if number is not None:
            self._groups[number] = text
        return text

    def _further(self, direction: int, parsed: Iterable[tuple[Any, Any]]) -> str:
        if direction > 0:
            self.ahead.append(self.write(parsed))
        return ""

    def _repeated(self, least: int, most: int, parsed: Any) -> str:
        times = self._random.randint(least, min(int(most), least + self._stretch))
        return "".join(self.write(parsed) for _ in range(times))

    def _one_of(self, choices: list[tuple[Any, Any]]) -> str:
        """A letter of a class, letters and digits before the rest."""
        is_negated = str(choices[0][0]) == "NEGATE"
        if not is_negated:
            operation, argument = self._random.choice(choices)
            if str(operation) == "LITERAL":
                return chr(argument)
            if str(operation) == "RANGE":
                return chr(self._random.randint(*argument))
            letters, is_in = _CATEGORIES[argument]
            return self._letter(lambda letter: (letter in letters) == is_in)
        return self._letter(lambda letter: not any(_is_of(letter, choice) for choice in choices[1:]))

    def _letter(self, fits: Callable[[str], bool]) -> str:
        liked = [letter for letter in _WORD if fits(letter)]
        others = liked or [letter for letter in _PRINTED if fits(letter)]
        return self._random.choice(others) if others else ""


def _is_of(letter: str, choice: tuple[Any, Any]) -> bool:
    operation, argument = str(choice[0]), choice[1]
    if operation == "LITERAL":
        return ord(letter) == int(argument)
    if operation == "RANGE":
        return bool(argument[0] <= ord(letter) <= argument[1])
    letters, is_in = _CATEGORIES[argument]
    return (letter in letters) == is_in
