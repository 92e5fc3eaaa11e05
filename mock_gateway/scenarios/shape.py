"""What all parts of a scenario have in common: nothing unknown is let pass, and what is unknown is named."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, GetCoreSchemaHandler, Tag, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from ..core.nearest import unknown


class ScenarioMistake(ValueError):  # noqa: N818 - whose mistake it is, not whether there is one
    """What cannot be followed. The text names the place, and says why."""


class Part(BaseModel):
    """A part of a scenario."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, use_attribute_docstrings=True)
    elsewhere: ClassVar[Mapping[str, str]] = {}
    """Keys that are looked for here and stand in another place, with that place."""

    @model_validator(mode="before")
    @classmethod
    def _has_known_keys(cls, value: Any) -> Any:
        if isinstance(value, Mapping):
            names = [field.alias or name for name, field in cls.model_fields.items()]
            for key in value:
                if key not in names:
                    hint = cls.elsewhere.get(key) if isinstance(key, str) else None
                    raise misplaced(key, hint or unknown("key", key, names))
        return value

    def given(self, *names: str) -> dict[str, Any]:
        """Those of these fields that were given, as keywords."""
        return {name: getattr(self, name) for name in names if name in self.model_fields_set}


def misplaced(key: object, why: str) -> PydanticCustomError:
    """The mistake of a key, told at its own place."""
    return PydanticCustomError("misplaced", "{why}", {"key": str(key), "why": why})


def wrong(why: str) -> PydanticCustomError:
    """A mistake, in words of its own."""
    return PydanticCustomError("wrong", "{why}", {"why": why})


class Ways(NamedTuple):
    """The ways in which a value may be written, as an annotation of it."""

    union: Any

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(self.union)


def either(text: Any = None, listed: Any = None, otherwise: Any = None) -> Ways:
    """A value that may be written in several ways, told apart by whether it is a text, a list or an object.

    The tags are in angle brackets, so that they can be told from the path to a mistake; the last says what may be there.
    """
    written = {"a text": text, "a list": listed, "an object": otherwise}
    names = [name for name, kind in written.items() if kind is not None]
    ways = {kind: f"<{name}>" for name, kind in (("a text", str), ("a list", list)) if name in names}
    last = f"<{', '.join(names[:-1])} or {names[-1]}>"
    tags = [*ways.values(), last]
    kinds = [Annotated[written[name], Tag(tag)] for name, tag in zip(names, tags, strict=True)]

    def way(value: Any) -> str:
        return ways.get(type(value), last)

    union: Any = kinds[0]
    for kind in kinds[1:]:
        union = union | kind
    return Ways(Annotated[union, Discriminator(way)])


def one_verb(kinds: Mapping[str, type[Part]], what: str) -> Ways:
    """An object that is told apart by the one verb it has."""
    others = sorted({name for kind in kinds.values() for name in kind.model_fields} - set(kinds))
    listed = ", ".join(kinds)

    def check(value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        verbs = [verb for verb in kinds if verb in value]
        if len(verbs) > 1:
            raise misplaced(verbs[1], f"{what} has only one of {listed}, and this one has {verbs[0]} already.")
        if not verbs:
            for key in value:
                if key not in others:
                    raise misplaced(key, unknown("verb", key, kinds))
            raise wrong(f"{what} has one of {listed}, and this one has none of them.")
        return value

    def verb(value: Any) -> str:
        found = value if isinstance(value, Mapping) else ()
        return next((f"<{verb}>" for verb in kinds if verb in found), f"<{next(iter(kinds))}>")

    union: Any = None
    for name, kind in kinds.items():
        tagged = Annotated[kind, Tag(f"<{name}>")]  # type: ignore[valid-type]
        union = tagged if union is None else union | tagged
    union = Annotated[union, Discriminator(verb)]
    return Ways(Annotated[union, BeforeValidator(check)])
