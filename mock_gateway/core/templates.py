"""Filling in the templates of prompts: Jinja2, as on the hosted product, in a sandbox with a budget.

A template sees the variables it is given and nothing else: no attribute of a Python object that leads to others, no
other template, no file, nothing random. And it ends: iterations, calls and characters are counted, and whatever could
multiply texts, lists or numbers is looked at before it does.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from jinja2 import Template

Missing = Literal["empty", "kept", "refused"]

STEPS = 10_000
"""Iterations and calls of one rendering."""
SIZE = 1_000_000
"""Characters of its text, and of every text and list on the way there."""

_OPENING = re.compile(r"\{[{%#]")


class TemplateMistake(Exception):  # noqa: N818 - its author's
    """A template that cannot be rendered. The text says what is wrong, and where."""


class Budget:
    """What is left of a rendering's share."""

    def __init__(self) -> None:
        self.steps, self.characters = STEPS, SIZE

    def step(self) -> None:
        """One more iteration, or call."""
        self.steps -= 1
        if self.steps < 0:
            raise TemplateMistake(f"it takes more than {STEPS} iterations and calls")

    def write(self, number: int) -> None:
        """So many more characters."""
        self.characters -= number
        if self.characters < 0:
            raise TemplateMistake(f"it makes more than {SIZE} characters")


budget: ContextVar[Budget] = ContextVar("budget")


def render(source: str, variables: Mapping[str, Any], *, missing: Missing = "empty") -> str:
    """The text a template makes of these variables. `missing` is what becomes of one that is not there."""
    if not _OPENING.search(source):
        return source
    token = budget.set(Budget())
    try:
        return "".join(_bounded(_compiled(source, missing).generate(variables)))
    except TemplateMistake:
        raise
    except RecursionError:
        raise TemplateMistake("it nests without end") from None
    except Exception as error:  # whatever an expression raises is a mistake of its template
        raise TemplateMistake(f"{_told(error)}{_where(error)}") from error
    finally:
        budget.reset(token)


def check_template(source: str, where: str) -> None:
    """Refuse what is no template at all. What it makes of its variables is seen when it has them."""
    if not _OPENING.search(source):
        return
    try:
        _compiled(source, "empty")
    except Exception as error:
        raise ValueError(f"{where} is no template: {_told(error)}{_where(error)}.") from error


def _bounded(pieces: Iterable[str]) -> Iterator[str]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > SIZE:
            raise TemplateMistake(f"it makes more than {SIZE} characters")
        yield piece


@lru_cache(maxsize=256)
def _compiled(source: str, missing: Missing) -> "Template":
    from .sandbox import environment  # Jinja2 takes 70 ms to import

    return environment(missing).from_string(source)


def _told(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__


def _where(error: Exception) -> str:
    line = getattr(error, "lineno", None)
    trace = error.__traceback__
    while line is None and trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return f" (line {line})" if line is not None else ""
