"""Events in order: a value to compare, and a text to read."""

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from .events import Attempted, Called, Event

_LABEL = 10


class Story(Sequence[Event]):
    """What happened, in order. ``str(story)`` is the text; two stories of equal events are equal."""

    __slots__ = ("_events",)

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._events = tuple(events)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> "Story": ...
    def __getitem__(self, index: int | slice) -> "Event | Story":
        return Story(self._events[index]) if isinstance(index, slice) else self._events[index]

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __eq__(self, other: object) -> bool:
        return self._events == other._events if isinstance(other, Story) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._events)

    def __add__(self, other: "Story") -> "Story":
        return Story((*self._events, *other._events))

    def __repr__(self) -> str:
        return f"<Story\n{self}\n>" if self._events else "<Story: nothing happened>"

    def __str__(self) -> str:
        return "\n\n".join("\n".join(_lines(chapter)) for chapter in self._chapters())

    def _chapters(self) -> Iterator[list[Event]]:
        chapter: list[Event] = []
        for event in self._events:
            if isinstance(event, Called) and chapter:
                yield chapter
                chapter = []
            chapter.append(event)
        if chapter:
            yield chapter


def _lines(chapter: Sequence[Event]) -> Iterator[str]:
    width = max((len(event.model) for event in chapter if isinstance(event, Attempted)), default=0)
    for event in chapter:
        if isinstance(event, Called):
            yield f"call {event.number}  {event.text(width)}"
            continue
        first, *rest = event.text(width).splitlines() or [""]
        yield f"  {event.label:<{_LABEL}}{first}".rstrip()
        yield from (f"  {'':<{_LABEL}}{line}".rstrip() for line in rest)
