"""The vectors a test has given its texts, and made ones for the others."""

from collections.abc import Callable, Mapping, Sequence

from ..core.chat import Answer, ChatRequest
from ..core.vectors import Vector, dimensions_of, vector

Given = Mapping[str, Sequence[float]] | Sequence[Sequence[float]] | None


def embedder(given: Given) -> Callable[[ChatRequest], Answer]:
    """What answers a request for vectors with those that are given."""
    by_text = {text: _checked(one) for text, one in given.items()} if isinstance(given, Mapping) else {}
    listed = [_checked(one) for one in given] if given is not None and not isinstance(given, Mapping) else []
    lengths = {len(one) for one in (*by_text.values(), *listed)}
    if len(lengths) > 1:
        shown = ", ".join(map(str, sorted(lengths)))
        raise ValueError(f"the vectors of one model are all of one length, and these are of {shown}.")

    def embed(request: ChatRequest) -> Answer:
        texts: Sequence[str] | None = request.chat.get("input")
        if texts is None:
            raise TypeError("it embeds, and was asked for something else than embeddings")
        usual = request.chat.get("dimensions") or dimensions_of(request.model)
        length = next(iter(lengths), usual)
        if listed and len(listed) < len(texts):
            raise ValueError(f"it was given {len(listed)} vectors, and asked for {len(texts)}")
        made = [listed[at] if listed else by_text.get(text) or vector(text, length) for at, text in enumerate(texts)]
        return Answer(vectors=tuple(made))

    return embed


def _checked(numbers: Sequence[float]) -> Vector:
    if isinstance(numbers, str) or not numbers or not all(type(number) in (int, float) for number in numbers):
        raise TypeError(f"a vector is a list of numbers, not {numbers!r}.")
    return tuple(map(float, numbers))
