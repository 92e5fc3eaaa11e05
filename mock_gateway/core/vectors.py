"""Vectors for texts: the same for the same text on every machine, and nearer to each other the more two texts share.

A text is the sum of its parts, each with a direction of its own: words, and within them three letters at a time, so that
*refund* and *refunds* are near, and *refund* and *banana* are not. They know nothing of meaning: *car* is as far from
*automobile* as from *banana*.
"""

import re
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import shake_256
from itertools import starmap
from math import fsum, sqrt
from operator import mul

Vector = Sequence[float]

_DIMENSIONS = {
    "text-embedding-3-large": 3072,
    "text-embedding-3-small": 1536,
    "text-embedding-ada-002": 1536,
    "gemini-embedding": 3072,
    "text-embedding-004": 768,
    "text-embedding-005": 768,
    "text-multilingual-embedding": 768,
    "mistral-embed": 1024,
    "voyage": 1024,
    "embed-english": 1024,
    "embed-multilingual": 1024,
}
"""How long the vectors of a model are, by how its name begins."""
_USUAL = 1536
_WORD = re.compile(r"\w+|[^\w\s]")
_SHORT = 3
"""Words that say little, most of them: they count less, having no parts."""
_MIDDLE = 127.5
"""What a byte is on average."""


def dimensions_of(model: str) -> int:
    """How long the vectors of a model are, if nobody asks for others."""
    name = model.rpartition("/")[2]
    return next((length for beginning, length in _DIMENSIONS.items() if name.startswith(beginning)), _USUAL)


@lru_cache(maxsize=4096)
def vector(text: str, dimensions: int) -> Vector:
    """The vector of a text, one long. A shorter one is the beginning of a longer one, as models shorten theirs."""
    parts = [shake_256(part.encode("utf-8", "surrogatepass")).digest(dimensions) for part in _parts(text)]
    middle = _MIDDLE * len(parts)
    sums = [sum(column) - middle for column in zip(*parts, strict=True)]
    return scaled(sums)


def scaled(numbers: Sequence[float]) -> Vector:
    """A vector of the same direction, one long, in the precision that models give."""
    length = sqrt(fsum(number * number for number in numbers)) or 1.0
    return tuple(array("f", [number / length for number in numbers]))


def nearness(one: Vector, other: Vector) -> float:
    """The cosine of two vectors that are one long: 1 where they are the same, about 0 where they share nothing."""
    return fsum(starmap(mul, zip(one, other, strict=True)))


def packed(numbers: Vector) -> str:
    """A vector as base64 of its numbers, of four bytes each, the least first."""
    found = array("f", numbers)
    if _is_big_endian():
        found.byteswap()
    return b64encode(found.tobytes()).decode()


def unpacked(text: str) -> Vector:
    """The vector in base64. ValueError, where there is none."""
    found = array("f")
    found.frombytes(b64decode(text, validate=True))
    if _is_big_endian():
        found.byteswap()
    return tuple(found)


def _is_big_endian() -> bool:
    return array("H", [1]).tobytes() == b"\x00\x01"


def _parts(text: str) -> Iterator[str]:
    """What a text is made of. One that is empty is made of nothing, and that has a direction, too."""
    words = _WORD.findall(text.lower())
    if not words:
        yield ""
    for word in words:
        yield word
        if len(word) > _SHORT:
            padded = f" {word} "
            yield from (padded[at : at + 3] for at in range(len(padded) - 2))
