"""A large batch of JSON, read a few spans at a time.

Read at once, a batch becomes tens of thousands of objects, which all live until its last span is made: far more than a
processor has at hand. Read in pieces, each piece takes the place in memory of the one before, and a quarter of the time
is saved.

A piece begins where an object has ended, a comma came, and an object begins whose first name is ``traceId``; it ends
where the next one could begin. What is left is the frame, in which a mark, a text, stands for each piece. Where each
piece is a list of JSON and the frame is JSON, the body is JSON as well, and says what they say together: within a text
the mark's own quotes would end that text, and in an object it would be a name without a value, so neither were JSON.
What is no list of JSON stays in the frame, such as the end of one scope with the beginning of the next.
"""

import re
from collections.abc import Callable, Iterator
from secrets import token_hex
from typing import Any, TypeVar

from pydantic_core import from_json

Made = TypeVar("Made")

_SEAM = re.compile(rb'\}\s*,\s*(?=\{\s*"traceId")')
MARK = f"piece {token_hex(8)}"
"""Nobody has written it: it is another in each process, and never seen."""
PIECE = 24 * 1024
"""How many bytes of a piece are passed before its end is looked for. That is about 16 spans."""
_SEARCHED = 16 * PIECE
"""How many bytes are looked through for a seam. Where there is none for so long, the rest stays in the frame."""


def cut(body: bytes, make: Callable[[list[Any]], Made]) -> tuple[bytes, dict[str, Made]]:
    """The frame of a body, and what is made of each piece, by its mark."""
    frame: list[bytes] = []
    made: dict[str, Made] = {}
    framed = 0
    for start, end in _seams(body):
        try:
            sent = from_json(b"[%b]" % body[start:end])
        except ValueError:
            continue  # it stays in the frame
        mark = f"{MARK} {len(made)}"
        made[mark] = make(sent)
        frame += [body[framed:start], b'"%b"' % mark.encode()]
        framed = end
    return b"".join([*frame, body[framed:]]), made


def _seams(body: bytes) -> Iterator[tuple[int, int]]:
    """Where pieces could begin and end."""
    seam = _SEAM.search(body, 0, _SEARCHED)
    while seam is not None:
        start = seam.end()
        seam = _SEAM.search(body, start + PIECE, start + PIECE + _SEARCHED)
        if seam is not None:
            yield start, seam.start() + 1
