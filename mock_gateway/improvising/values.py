"""Making a value that a JSON Schema allows, which looks like what its properties are called.

Each value is made along one way of the choices a schema leaves, checked, and made again along another way if it does not
fit: what can be built is built (types, bounds, lengths, patterns), what can only be checked is left to the check.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import to_json

from .names import singular, span_of, words_of
from .numbers import number
from .pieces import Pieces
from .schemas import Flat, Impossible, Schema, Schemas, positions, types_of
from .strings import string

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_TRIES = 40
_WORK = 6_000
"""So many values may be made for one answer, those that did not fit included."""
_DEEP = 4
"""From here on values are as small as they may be, so that what refers to itself ends."""
_CONTAINERS = ("object", "array")
_TYPES = (*_CONTAINERS, "string", "integer", "number", "boolean", "null")


class Unsatisfiable(ValueError):  # noqa: N818 - said of a schema
    """No value was found that the schema allows. The text names the place."""


class _Place(NamedTuple):
    """Where a value stands: its path, the words of its name, and how deep it is."""

    path: str = "$"
    words: tuple[str, ...] = ()
    depth: int = 0

    @property
    def is_deep(self) -> bool:
        return self.depth >= _DEEP

    def at(self, name: str) -> "_Place":
        """The place of a property. What it belongs to is told too: the name of a `product` is none of a person."""
        step = f".{name}" if name.isidentifier() else f"[{to_json(name).decode()}]"
        return _Place(self.path + step, (*self.words[-2:], *words_of(name)), self.depth + 1)

    def item(self, index: int) -> "_Place":
        return _Place(f"{self.path}[{index}]", singular(self.words), self.depth + 1)


def improvised(schema: Any, pieces: Pieces, name: str = "") -> Any:
    """A value this schema allows, or `Unsatisfiable`."""
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator, validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise Unsatisfiable(f"it is no JSON Schema: {error.json_path}: {error.message}") from None
    validator = kind(schema, registry=Registry(), format_checker=kind.FORMAT_CHECKER)
    try:
        return _Maker(schema, validator, pieces).make(schema, _Place(words=words_of(name)))
    except Unresolvable as error:
        raise Unsatisfiable(f"it refers to {error.ref!r}, which is not in the schema") from None
    except RecursionError:
        raise Unsatisfiable("it refers to itself without end") from None


class _Maker:
    """Makes the values of one answer."""

    def __init__(self, root: Schema, validator: "Validator", pieces: Pieces) -> None:
        self._schemas, self._validator, self._pieces = Schemas(root), validator, pieces
        self._random = pieces.random
        self._work = 0
        self._first: Unsatisfiable | None = None
        self._hopeless: dict[tuple[bytes, bool], Unsatisfiable] = {}
        """What has been tried often enough, and how that ended."""

    def make(self, schema: Schema, place: _Place) -> Any:
        """A value this schema allows, in this place."""
        if math.isinf(self._schemas.height(schema)):
            raise self._never(place, "its values would never end, since each needs another within it")
        if failure := self._failure(schema, place):
            self._first = self._first or failure
            raise self._first
        why = "nothing that was tried fits"
        for attempt in range(_TRIES):
            self._work += 1
            if self._work > _WORK:
                break
            try:
                value = self._value(self._schemas.flat(schema, lambda ways: self._way(ways, place)), place, attempt)
            except Impossible as reason:
                why = str(reason)
                continue
            except Unsatisfiable:
                if attempt < _TRIES // 4:
                    continue
                raise
            if self._is_good(value, schema):
                if attempt:
                    self._first = None
                return value
        failure = self._hopeless[to_json(schema), place.is_deep] = self._never(place, f"{why}: {_short(schema)}")
        raise failure

    def _failure(self, schema: Schema, place: _Place) -> Unsatisfiable | None:
        return self._hopeless.get((to_json(schema), place.is_deep)) if self._hopeless else None

    def _never(self, place: _Place, why: str) -> Unsatisfiable:
        """Of all places where nothing was found the first is told: it made the others fail."""
        self._first = self._first or Unsatisfiable(f"at {place.path} {why}")
        return self._first

    def _is_good(self, value: Any, schema: Schema) -> bool:
        try:
            return bool(self._validator.evolve(schema=schema).is_valid(value))
        except re.error as error:
            raise Unsatisfiable(f"the pattern {error.pattern!r} is none that Python can read: {error.msg}") from None

    def _way(self, ways: Sequence[Schema], place: _Place) -> Schema:
        """One of several alternatives: seldom null, and never a longer way where it is deep."""
        able = [way for way in ways if way is not False and not math.isinf(self._schemas.height(way))]
        able = [way for way in able if not self._failure(way, place)] or able
        if not able:
            raise Impossible("none of its alternatives can end")
        if place.is_deep:
            lowest = min(map(self._schemas.height, able))
            able = [way for way in able if self._schemas.height(way) == lowest]
            simple = [way for way in able if not _may_contain(way)]
            able = simple or able
        if span_of(place.words):
            able = [way for way in able if _is_number(way)] or able  # 12.5 reads better than "12.5"
        weights = [1 if _is_null(way) else 6 for way in able]
        return self._random.choices(able, weights)[0]

    def _value(self, flat: Flat, place: _Place, attempt: int) -> Any:
        if "const" in flat:
            return flat["const"]
        if "enum" in flat:
            return self._one_of(flat["enum"], flat)
        if not attempt and isinstance(flat.get("examples"), list):
            fitting = [value for value in flat["examples"] if self._is_good(value, flat)]
            if fitting:
                return self._random.choice(fitting)
        return self._of_type(flat, place, attempt)

    def _of_type(self, flat: Flat, place: _Place, attempt: int) -> Any:
        kinds = types_of(flat) or ["string"]
        if "type" not in flat and attempt >= (_TRIES // 2 if types_of(flat) else 1):
            kinds = [self._random.choice(_TYPES)]  # what it speaks of cannot be, and nothing says that it must
        if place.is_deep:
            kinds = [kind for kind in kinds if kind not in _CONTAINERS] or kinds
        kind = self._random.choices(kinds, [1 if kind == "null" else 6 for kind in kinds])[0]
        match kind:
            case "object":
                return self._object(flat, place)
            case "array":
                return self._array(flat, place)
            case "string":
                return string(flat, place.words, self._pieces, attempt)
            case "boolean":
                return self._random.random() < 0.5
            case "null":
                return None
            case _:
                return number(flat, place.words, self._random, whole=kind == "integer")

    def _one_of(self, values: Sequence[Any], flat: Flat) -> Any:
        fitting = [value for value in values if self._is_good(value, flat)]
        if not fitting:
            raise Impossible("none of its values fits the rest of it")
        telling = [value for value in fitting if value is not None]
        return self._random.choice(telling or fitting)

    def _object(self, flat: Flat, place: _Place) -> dict[str, Any]:
        properties: Mapping[str, Schema] = flat.get("properties") or {}
        required = self._required(flat)
        least, most = flat.get("minProperties", 0), flat.get("maxProperties", math.inf)
        made: dict[str, Any] = {}
        optional = [name for name in properties if name not in required]
        wanted = [name for name in optional if not place.is_deep and self._random.random() < 0.75]
        spare = [name for name in optional if name not in wanted]
        wanted += spare[: max(0, int(least - len(required) - len(wanted)))]
        wanted = wanted[: int(min(len(wanted), max(0, most - len(required))))]
        for name in (*(name for name in properties if name in required or name in wanted), *required):
            if name in made:
                continue
            try:
                made[name] = self.make(self._schema_of(name, flat), place.at(name))
            except Unsatisfiable:
                if name in required:
                    raise
                self._first = None  # nobody needs it
        self._add_others(made, flat, place)
        return made

    def _required(self, flat: Flat) -> list[str]:
        """What must be there, with what that brings along."""
        found = dict.fromkeys(flat.get("required", ()))
        bringing = {**flat.get("dependencies", {}), **flat.get("dependentRequired", {})}
        for name in list(found):
            found |= dict.fromkeys(bringing[name]) if isinstance(bringing.get(name), list) else {}
        return list(found)

    def _schema_of(self, name: str, flat: Flat) -> Schema:
        """What holds for the property with this name."""
        found = [flat["properties"][name]] if name in (flat.get("properties") or {}) else []
        found += [part for pattern, part in flat.get("patternProperties", {}).items() if re.search(pattern, name)]
        if not found:
            others: Schema = flat.get("additionalProperties", True)
            return others
        return found[0] if len(found) == 1 else {"allOf": found}

    def _add_others(self, made: dict[str, Any], flat: Flat, place: _Place) -> None:
        """Properties without a name of their own: as many as there must be, and a few where it is made of them."""
        least = flat.get("minProperties", 0)
        others = flat.get("additionalProperties", True)
        patterns = flat.get("patternProperties", {})
        is_made_of_them = (isinstance(others, Mapping) or bool(patterns)) and not flat.get("properties")
        count = max(least - len(made), self._random.randint(1, 3) if is_made_of_them and not place.is_deep else 0)
        count = min(count, flat.get("maxProperties", math.inf) - len(made))
        for _ in range(int(count) * 5):
            if count <= 0:
                return
            name = self._name(flat, place)
            if name not in made:
                made[name] = self.make(self._schema_of(name, flat), place.at(name))
                count -= 1

    def _name(self, flat: Flat, place: _Place) -> str:
        names, patterns = flat.get("propertyNames", True), flat.get("patternProperties", {})
        if patterns and names is True:
            pattern = self._random.choice(list(patterns))
            begun = string({"pattern": pattern}, (), self._pieces, 0)
            return begun if pattern.endswith("$") else begun + str(self._pieces.faker.word()).lower()
        if names is not True:
            return str(self.make(_text_only(names), place.at("(name)")))
        return str(self._pieces.faker.word()).lower()

    def _array(self, flat: Flat, place: _Place) -> list[Any]:
        first, rest = positions(flat)
        least = max(flat.get("minItems", 0), flat.get("minContains", 1) if "contains" in flat else 0)
        usual = 0 if place.is_deep else max(len(first), self._random.randint(1, max(1, 3 - place.depth // 2)))
        count = int(min(max(least, usual), flat.get("maxItems", math.inf)))
        if rest is False:
            count = min(count, len(first))
        contained = count - flat.get("minContains", 1) if "contains" in flat else count
        made: list[Any] = []
        for index in range(count):
            schema = first[index] if index < len(first) else rest
            if index >= contained:
                schema = {"allOf": [schema, flat["contains"]]}
            self._add(made, schema, place.item(index), least, is_unique=flat.get("uniqueItems") is True)
        return made

    def _add(self, made: list[Any], schema: Schema, place: _Place, least: int, *, is_unique: bool) -> None:
        """One more item; where all must differ, one that does, if there is another."""
        for _ in range(_TRIES if is_unique else 1):
            try:
                value = self.make(schema, place)
            except Unsatisfiable:
                if len(made) < least:
                    raise
                self._first = None  # nobody needs it
                return
            if not is_unique or all(to_json(value) != to_json(other) for other in made):
                made.append(value)
                return


def _text_only(names: Schema) -> Schema:
    """A schema of names, which are texts whatever it says itself."""
    return {"allOf": [names, {"type": "string"}]}


def _is_null(schema: Schema) -> bool:
    return isinstance(schema, Mapping) and (schema.get("type") == "null" or schema.get("const", 0) is None)


def _is_number(schema: Schema) -> bool:
    return isinstance(schema, Mapping) and bool({"integer", "number"} & set(types_of(schema)))


def _may_contain(schema: Schema) -> bool:
    return isinstance(schema, Mapping) and ("$ref" in schema or bool(set(types_of(schema)) & set(_CONTAINERS)))


def _short(schema: Schema) -> str:
    text = to_json(schema).decode()
    return text if len(text) <= 100 else f"{text[:97]}..."
