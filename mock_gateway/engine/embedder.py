"""The vectors a test has given its texts, and made ones for the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from ..core.chat import Answer, ChatRequest
from ..core.vectors import Vector, dimensions_of, vector

Given = Mapping[str, Sequence[float]] | Sequence[Sequence[float]] | None


@dataclass(frozen=True, slots=True)
class Embedder:
    """What answers a request for vectors: by text, or one after another."""

    by_text: Mapping[str, Vector] = field(default_factory=dict)
    listed: Sequence[Vector] = ()

    @classmethod
    def of(cls, given: Given) -> "Embedder":
        """One with the vectors that are given, if they are vectors."""
        if given is not None and not given:
            raise ValueError(f"embeds() takes vectors, or nothing, not {given!r}.")
        by_text = {text: _checked(one) for text, one in given.items()} if isinstance(given, Mapping) else {}
        listed = () if given is None or isinstance(given, Mapping) else tuple(_checked(one) for one in given)
        made = cls(by_text, listed)
        if len(made.lengths) > 1:
            shown = ", ".join(map(str, sorted(made.lengths)))
            raise ValueError(f"the vectors of one model are all of one length, and these are of {shown}.")
        return made

    @property
    def lengths(self) -> set[int]:
        """How long the given vectors are."""
        return {len(one) for one in (*self.by_text.values(), *self.listed)}

    def __call__(self, request: ChatRequest) -> Answer:
        """The vectors for the texts of a request."""
        texts: Sequence[str] | None = request.chat.get("input")
        if texts is None:
            raise TypeError("it embeds, and was asked for something else than embeddings")
        if self.listed and len(self.listed) < len(texts):
            raise ValueError(f"it was given {len(self.listed)} vectors, and asked for {len(texts)}")
        length = next(iter(self.lengths), request.chat.get("dimensions") or dimensions_of(request.model))
        return Answer(
            vectors=tuple(
                self.listed[at] if self.listed else self.by_text.get(text) or vector(text, length)
                for at, text in enumerate(texts)
            )
        )


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and isfinite(value)  # type: ignore[arg-type]


def _checked(numbers: Sequence[float]) -> Vector:
    if isinstance(numbers, str) or not numbers or not all(_is_number(one) for one in numbers):
        raise TypeError(f"a vector is a list of numbers, not {numbers!r}.")
    return tuple(map(float, numbers))
