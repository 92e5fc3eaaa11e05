"""Values whose fields are checked when they come from outside: what a caller asks of the gateway, what a recording says.

They are written as dataclasses are, and pydantic does the checking, by its own protocol for classes that are none of its
models. It is loaded when there is something to check: most calls ask nothing of the gateway itself, and to load pydantic
takes as long as to load all that answers them.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, Field, FrozenInstanceError, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn, Self, cast, dataclass_transform, get_type_hints

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, TypeAdapter
    from pydantic_core import CoreSchema


class Within:
    """Bounds in an annotation, by the names pydantic's schemas have for them: ``Annotated[float, Within(gt=0)]``."""

    def __init__(self, **bounds: float | str) -> None:
        self._bounds = bounds

    def __get_pydantic_core_schema__(self, kind: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        return cast("CoreSchema", {**handler(kind), **self._bounds})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
class Checked:
    """A value with fields. Made by its class, it is taken at its word; made by `of`, its fields are checked.

    `extra` says what becomes of what is sent and is no field: it is kept in `strangers`, or a mistake.
    """

    __slots__ = ("__dict__", "__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_private__")
    # where pydantic puts what it has read
    __pydantic_extra__: dict[str, Any] | None
    __pydantic_fields_set__: set[str]
    fields: ClassVar[Mapping[str, Field[Any]]] = {}
    model_config: ClassVar[Mapping[str, Any]] = {}
    """Where pydantic looks for it when it writes a JSON Schema."""

    def __init_subclass__(cls, *, extra: Literal["allow", "forbid"] = "allow") -> None:
        own: dict[str, Field[Any]] = {}
        for name in cls.__annotations__:
            stated = cls.__dict__.get(name, MISSING)
            own[name] = stated if isinstance(stated, Field) else field(default=stated)
            if isinstance(stated, Field):
                delattr(cls, name)
        cls.fields = {**cls.fields, **own}
        cls.model_config = {"extra": extra}

    def __init__(self, **fields: Any) -> None:
        if unknown := fields.keys() - self.fields.keys():
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(unknown))}.")
        values = {name: fields[name] if name in fields else _default(one) for name, one in self.fields.items()}
        if missing := [name for name, value in values.items() if value is MISSING]:
            raise TypeError(f"{type(self).__name__} lacks {', '.join(missing)}.")
        _become(self, values, set(fields), None)

    @classmethod
    def of(cls, sent: Any) -> Self:
        """The value that was sent. Or pydantic's `ValidationError`."""
        found: Self = _adapter(cls).validate_python(sent)
        return found

    def but(self, **changes: Any) -> Self:
        """The same with other values in some of its fields."""
        found = type(self).__new__(type(self))
        sent = self.__pydantic_fields_set__ | set(changes)
        _become(found, {**self.__dict__, **changes}, sent, self.__pydantic_extra__)
        return found

    @property
    def sent(self) -> AbstractSet[str]:
        """The names of the fields that were sent, and not left to their defaults."""
        return self.__pydantic_fields_set__ - self.strangers.keys()

    @property
    def strangers(self) -> Mapping[str, Any]:
        """What was sent and is no field."""
        return self.__pydantic_extra__ or {}

    def is_sent(self, name: str) -> bool:
        """Whether this field was sent."""
        return name in self.__pydantic_fields_set__

    def is_told(self, name: str) -> bool:
        """Whether this field has something else than its default to say."""
        return bool(self.__dict__[name] != _default(self.fields[name]))

    def plain(self, kept: "Callable[[Checked, str], bool]" = lambda *_: True) -> dict[str, Any]:
        """It as plain data, and all that is in it: the fields that are to be kept, and the strangers."""
        found = {name: _plain(value, kept) for name, value in self.__dict__.items() if kept(self, name)}
        return {**found, **self.strangers}

    def __repr__(self) -> str:
        shown = [f"{name}={value!r}" for name, value in self.__dict__.items() if self.fields[name].repr]
        shown += [f"{name}={value!r}" for name, value in self.strangers.items()]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.__dict__ == other.__dict__ and self.strangers == other.strangers

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def __getstate__(self) -> tuple[Any, ...]:
        return self.__dict__, self.__pydantic_fields_set__, self.__pydantic_extra__

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _become(self, *state)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Its JSON Schema."""
        return _adapter(cls).json_schema()

    @classmethod
    def __get_pydantic_core_schema__(cls, kind: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core import core_schema

        hints = get_type_hints(cls, include_extras=True)
        fields = {}
        for name, one in cls.fields.items():
            schema = handler.generate_schema(hints[name])
            if one.default_factory is not MISSING:
                schema = core_schema.with_default_schema(schema, default_factory=one.default_factory)
            elif one.default is not MISSING:
                schema = core_schema.with_default_schema(schema, default=one.default)
            fields[name] = core_schema.model_field(schema)
        return core_schema.model_schema(
            cls,
            core_schema.model_fields_schema(fields, model_name=cls.__name__),
            config=core_schema.CoreConfig(strict=True, extra_fields_behavior=cls.model_config["extra"]),
            ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        )


def _become(value: Checked, fields: dict[str, Any], sent: set[str], strangers: dict[str, Any] | None) -> None:
    """Fill in a value that is not to be changed later."""
    object.__setattr__(value, "__dict__", fields)
    object.__setattr__(value, "__pydantic_fields_set__", sent)
    object.__setattr__(value, "__pydantic_extra__", strangers)


def _adapter(kind: type[Checked]) -> "TypeAdapter[Any]":
    """What checks the fields of this class, made when the first of them is checked."""
    if kind not in _ADAPTERS:
        from pydantic import TypeAdapter

        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


_ADAPTERS: "dict[type[Checked], TypeAdapter[Any]]" = {}


def _default(one: Field[Any]) -> Any:
    return one.default if one.default_factory is MISSING else one.default_factory()


def _plain(value: Any, kept: Callable[[Checked, str], bool]) -> Any:
    if isinstance(value, Checked):
        return value.plain(kept)
    if isinstance(value, list) and value and isinstance(value[0], Checked):
        return [item.plain(kept) for item in value]
    return value
