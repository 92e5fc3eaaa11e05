"""What was sent at once: the spans in it, and why some of them were refused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .span import Span, Surroundings


class Unreadable(ValueError):  # noqa: N818 - said of what was sent
    """What was sent is no batch of spans, or no span. The text says why."""


UNREADABLE = (ValueError, TypeError, AttributeError, KeyError, OverflowError)
"""What is raised where something else was sent than what is read."""


@dataclass(slots=True)
class Stretch:
    """Spans that were sent one after another. They know nothing yet of their scope and its resource."""

    count: int
    """How many were sent, those that were refused among them."""
    spans: list[Span] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    """Why those that cannot be read were refused, each with its place among them."""

    @classmethod
    def of(cls, sent: Sequence[Any], read: Callable[[Any, Surroundings], Span], around: Surroundings) -> "Stretch":
        """What can be read of what was sent."""
        stretch = cls(len(sent))
        for at, one in enumerate(sent):
            try:
                stretch.spans.append(read(one, around))
            except UNREADABLE as error:
                why = error if isinstance(error, Unreadable) else f"it cannot be read ({type(error).__name__}: {error})"
                stretch.refused.append((at, str(why)))
        return stretch


@dataclass(slots=True)
class Batch:
    """What was sent at once."""

    spans: list[Span] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Why each span that could not be read was refused, with its place."""

    def take(self, stretches: Iterable[Stretch], place: str, scope: str, resource: Mapping[str, Any]) -> None:
        """Take in the spans of a scope."""
        before = 0
        for stretch in stretches:
            for span in stretch.spans:
                span.scope, span.resource = scope, resource
            self.spans += stretch.spans
            self.refused += [f"{place}.spans[{before + at}]: {why}" for at, why in stretch.refused]
            before += stretch.count
