"""What a test looks through: calls, and everything else there is a list of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

from .nearest import unknown

T = TypeVar("T")
_LONGEST = 300
_MOST = 10


class NotOne(AssertionError, LookupError):  # noqa: N818 - it reads as what it says
    """One was asked for, and there is none, or there are several."""


class Records(Sequence[T], Generic[T]):
    """A sequence that can be asked for the one record a test is about."""

    __slots__ = ("_items", "_kind", "note")

    def __init__(self, items: Iterable[T], kind: type[T], note: str = "") -> None:
        self._items = tuple(items)
        self._kind = kind
        self.note = note
        """What whoever misses one should know, such as why there may be fewer than there were."""

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> "Records[T]": ...
    def __getitem__(self, index: int | slice) -> "T | Records[T]":
        if isinstance(index, slice):
            return Records(self._items[index], self._kind, self.note)
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self._items))

    def where(self, **fields: Any) -> "Records[T]":
        """Those whose fields equal these. A mapping matches where it is part of the field's."""
        __tracebackhide__ = True
        known = fields_of(self._kind)
        for name in fields:
            if name not in known:
                raise TypeError(unknown(f"field of {self._kind.__name__}", name, known))
        return Records((item for item in self if not _differences(item, fields)), self._kind, self.note)

    def all(self, **fields: Any) -> "Records[T]":
        """As `where`, which reads better without fields: ``gateway.logs.all()``."""
        __tracebackhide__ = True
        return self.where(**fields)

    def one(self, **fields: Any) -> T:
        """The only one whose fields equal these."""
        __tracebackhide__ = True
        found = self.where(**fields)
        if len(found) != 1:
            raise NotOne(self._with_note(self._explain(found, fields)))
        return found[0]

    @property
    def last(self) -> T:
        """The newest."""
        __tracebackhide__ = True
        if not self._items:
            raise NotOne(self._with_note(f"There is no {self._noun} yet."))
        return self._items[-1]

    @property
    def _noun(self) -> str:
        return self._kind.__name__.lower()

    def _with_note(self, text: str) -> str:
        return f"{text}\n\n{self.note}" if self.note else text

    def _explain(self, found: Sequence[T], fields: Mapping[str, Any]) -> str:
        asked = " with " + ", ".join(f"{name}={value!r}" for name, value in fields.items()) if fields else ""
        if not self._items:
            return f"There is no {self._noun}{asked}: there are none at all."
        if found:
            shown = _some([f"  {item!r}" for item in found])
            return "\n".join([f"There are {len(found)} {self._noun}s{asked}, and one was asked for:", "", *shown])
        ranked = sorted(self._items, key=lambda item: len(_differences(item, fields)))
        shown = _some([f"  {item!r}\n      {'; '.join(_differences(item, fields))}" for item in ranked])
        return "\n".join([f"There is no {self._noun}{asked}. There is, nearest first:", "", *shown])


def fields_of(kind: type) -> list[str]:
    """The public fields of a kind of record."""
    names = sorted({*dir(kind), *getattr(kind, "__annotations__", ())})
    return [name for name in names if not name.startswith("_") and not callable(getattr(kind, name, None))]


def _differences(item: object, fields: Mapping[str, Any]) -> list[str]:
    pairs = ((name, wanted, getattr(item, name)) for name, wanted in fields.items())
    return [
        f"{name} is {shortened(actual)}, not {shortened(wanted)}"
        for name, wanted, actual in pairs
        if not _equals(wanted, actual)
    ]


def shortened(value: object) -> str:
    """A value as it is shown in a failure: of a long one only its beginning."""
    shown = repr(value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}... ({len(shown)} letters)"


def _some(lines: list[str]) -> list[str]:
    return lines if len(lines) <= _MOST else [*lines[:_MOST], f"  and {len(lines) - _MOST} more"]


def _equals(wanted: Any, actual: Any) -> bool:
    if isinstance(wanted, Mapping) and isinstance(actual, Mapping):
        return all(name in actual and _equals(value, actual[name]) for name, value in wanted.items())
    return bool(wanted == actual)
