"""What a test looks through: calls, and everything else there is a list of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

from .nearest import unknown

T = TypeVar("T")


class NotOne(AssertionError, LookupError):  # noqa: N818 - it reads as what it says
    """One was asked for, and there is none, or there are several."""


class Records(Sequence[T], Generic[T]):
    """A sequence that can be asked for the one record a test is about."""

    __slots__ = ("_items", "_noun")

    def __init__(self, items: Iterable[T], *, noun: str = "record") -> None:
        self._items = tuple(items)
        self._noun = noun

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> "Records[T]": ...
    def __getitem__(self, index: int | slice) -> "T | Records[T]":
        if isinstance(index, slice):
            return Records(self._items[index], noun=self._noun)
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
        return Records((item for item in self if not self._differences(item, fields)), noun=self._noun)

    def one(self, **fields: Any) -> T:
        """The only one whose fields equal these."""
        __tracebackhide__ = True
        found = self.where(**fields)
        if len(found) != 1:
            raise NotOne(self._explain(found, fields))
        return found[0]

    @property
    def last(self) -> T:
        """The newest."""
        __tracebackhide__ = True
        if not self._items:
            raise NotOne(f"There is no {self._noun} yet.")
        return self._items[-1]

    def _differences(self, item: T, fields: Mapping[str, Any]) -> list[str]:
        found = []
        for name, wanted in fields.items():
            actual = field_of(item, name)
            if not _equals(wanted, actual):
                found.append(f"{name} is {actual!r}, not {wanted!r}")
        return found

    def _explain(self, found: Sequence[T], fields: Mapping[str, Any]) -> str:
        asked = " with " + ", ".join(f"{name}={value!r}" for name, value in fields.items()) if fields else ""
        if not self._items:
            return f"There is no {self._noun}{asked}: there are none at all."
        if found:
            shown = [f"  {item!r}" for item in found]
            return "\n".join([f"There are {len(found)} {self._noun}s{asked}, and one was asked for:", "", *shown])
        ranked = sorted(self._items, key=lambda item: len(self._differences(item, fields)))
        shown = [f"  {item!r}\n      {'; '.join(self._differences(item, fields))}" for item in ranked]
        return "\n".join([f"There is no {self._noun}{asked}. There is, nearest first:", "", *shown])


def field_of(item: object, name: str) -> Any:
    """A public field of a record, or an error that lists the ones it has."""
    known = [
        field for field in dir(item) if not field.startswith("_") and not callable(getattr(type(item), field, None))
    ]
    if name not in known:
        raise TypeError(unknown(f"field of a {type(item).__name__}", name, known))
    return getattr(item, name)


def _equals(wanted: Any, actual: Any) -> bool:
    if isinstance(wanted, Mapping) and isinstance(actual, Mapping):
        return all(name in actual and _equals(value, actual[name]) for name, value in wanted.items())
    return bool(wanted == actual)
