"""Dataclasses that are made such when the first of their kind is made, and not when their file is loaded.

To make a dataclass, source is written and compiled: half a millisecond for a small one, eight for a row of the log. There
are many of them, most suites need few, and making them all took a third of the time it takes to load a gateway.
"""

import threading
from dataclasses import dataclass, field
from typing import Any, ClassVar, dataclass_transform

_LOCK = threading.RLock()


class _Fields:
    """Where `dataclasses` looks for the fields of a class: whoever asks for them has it made a dataclass."""

    def __get__(self, value: object, kind: "type[Value]") -> Any:
        if kind is Value:
            raise AttributeError("It has no fields of its own.")
        return _made(kind).__dict__["__dataclass_fields__"]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Value:
    """What is a dataclass as soon as it matters, and frozen. The options of the class are those of `dataclass`."""

    __dataclass_fields__: ClassVar[Any] = _Fields()
    _options: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__()
        cls._options = options
        cls.__init__ = Value.__init__  # type: ignore[method-assign]  # not that of another value, which it may be a kind of

    def __init__(self, *values: Any, **named: Any) -> None:
        """The first of its kind."""
        _made(type(self)).__init__(self, *values, **named)


def _made(kind: type[Value]) -> type[Value]:
    """The class, which is a dataclass from now on."""
    with _LOCK:
        if "__dataclass_fields__" not in kind.__dict__:
            del kind.__init__
            dataclass(**{"frozen": True, **kind._options})(kind)  # noqa: SLF001 - its own
    return kind
