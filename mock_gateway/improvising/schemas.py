"""Reading a JSON Schema: following its references, joining what must hold together, choosing where it leaves a choice."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any
from urllib.parse import unquote

Schema = Mapping[str, Any] | bool
Flat = dict[str, Any]
Choose = Callable[[Sequence[Schema]], Schema]
_LONGEST = 60
"""So many steps to the bottom of a schema, and it goes round in circles."""
_LARGEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_SMALLEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains")
_LOGIC = ("allOf", "anyOf", "oneOf", "if", "then", "else")


class Impossible(Exception):  # noqa: N818 - an answer, to whoever asked for a value
    """No value can be made. The text says why."""


class Schemas:
    """All there is in one schema, reached by reference."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._anchors = {
            schema[name]: schema
            for schema in _all(root)
            for name in ("$anchor", "$dynamicAnchor", "$id")
            if isinstance(schema.get(name), str)
        }
        self._heights: dict[str, float] = {}
        self._measure()

    def flat(self, schema: Schema, choose: Choose, steps: int = 0) -> Flat:
        """The schema without references and logic: everything that must hold at once, along one way of choices."""
        if isinstance(schema, bool):
            if not schema:
                raise Impossible("nothing is allowed there")
            return {}
        if steps > _LONGEST:
            raise Impossible("it refers to itself without end")
        joined: Schema = _without(schema, "$ref", "$dynamicRef", *_LOGIC)
        for part in self._parts(schema, choose):
            joined = both(joined, self.flat(part, choose, steps + 1))
        return self.flat(False, choose) if isinstance(joined, bool) else dict(joined)

    def _parts(self, schema: Mapping[str, Any], choose: Choose) -> Iterator[Schema]:
        """What must hold besides what it says itself."""
        if (reference := _reference(schema)) is not None:
            yield self.at(reference)
        yield from schema.get("allOf", ())
        for name in ("anyOf", "oneOf"):
            if name in schema:
                yield choose(schema[name])
        if "if" in schema:
            holds: Schema = {"allOf": [schema["if"], schema.get("then", True)]}
            yield choose([holds, {"allOf": [schema.get("else", True)], "not": schema["if"]}])

    def at(self, reference: str) -> Schema:
        """What a reference stands for."""
        _, hash_, fragment = reference.partition("#")
        if reference in self._anchors:
            return self._anchors[reference]
        if reference.startswith("#") and fragment in self._anchors:
            return self._anchors[fragment]
        if not hash_ or not reference.startswith("#"):
            raise Impossible(f"it refers to {reference!r}, which is not in the schema")
        found: Any = self._root
        for part in fragment.split("/")[1:]:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            try:
                found = found[int(key)] if isinstance(found, list) else found[key]
            except (KeyError, IndexError, ValueError, TypeError):
                raise Impossible(f"it refers to {reference!r}, which is not in the schema") from None
        if not isinstance(found, Mapping | bool):
            raise Impossible(f"it refers to {reference!r}, which is no schema")
        return found

    def height(self, schema: Schema) -> float:
        """How deep a value is at least. A value that can never end has no height but infinity."""
        if isinstance(schema, bool):
            return 0
        if "enum" in schema or "const" in schema:
            return 0
        found: float = 0
        if (reference := _reference(schema)) is not None:
            found = self._heights.get(reference, 0)
        for part in schema.get("allOf", ()):
            found = max(found, self.height(part))
        for name in ("anyOf", "oneOf"):
            if schema.get(name):
                found = max(found, min(map(self.height, schema[name])))
        needed = _needed(schema)
        return max(found, 1 + max(map(self.height, needed))) if needed else found

    def _measure(self) -> None:
        """The heights of all that is referred to, from below: what is still infinite at the end never ends."""
        references = {reference for schema in _all(self._root) if (reference := _reference(schema)) is not None}
        self._heights = dict.fromkeys(sorted(references), math.inf)
        for _ in range(len(self._heights) + 1):
            before = dict(self._heights)
            for reference in self._heights:
                try:
                    self._heights[reference] = self.height(self.at(reference))
                except Impossible:
                    self._heights[reference] = 0  # whoever gets there is told
            if before == self._heights:
                return


def _needed(schema: Mapping[str, Any]) -> list[Schema]:
    """What every value has in it."""
    kinds = types_of(schema)
    if kinds == ["object"]:
        properties = schema.get("properties") or {}
        return [properties[name] for name in schema.get("required", ()) if name in properties]
    least = schema.get("minItems", 0)
    if kinds == ["array"] and least:
        first, rest = positions(schema)
        return [*first[:least], *([rest] if least > len(first) else [])]
    return []


def positions(schema: Mapping[str, Any]) -> tuple[Sequence[Schema], Schema]:
    """The schemas of the first items of a list, and that of the others; older drafts name them otherwise."""
    items = schema.get("items", True)
    if isinstance(items, list):
        return items, schema.get("additionalItems", True)
    return schema.get("prefixItems", ()), items


def types_of(schema: Mapping[str, Any]) -> list[str]:
    """The types it states, or those it speaks of."""
    stated = schema.get("type")
    if stated is not None:
        return [stated] if isinstance(stated, str) else list(stated)
    for kind, names in _SPOKEN_OF.items():
        if any(name in schema for name in names):
            return [kind]
    return []


_SPOKEN_OF = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "minProperties", "propertyNames"),
    "array": ("items", "prefixItems", "minItems", "maxItems", "contains", "uniqueItems"),
    "string": ("pattern", "format", "minLength", "maxLength"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}


def both(one: Schema, other: Schema) -> Schema:
    """A schema for what fits both. Where two cannot be joined into one, both stay under `allOf`."""
    if one is True or other is False:
        return other
    if other is True or one is False:
        return one
    assert isinstance(one, Mapping)
    assert isinstance(other, Mapping)
    one, other = _closed(one, other), _closed(other, one)
    joined: Flat = {}
    for name in (*one, *(name for name in other if name not in one)):
        if name not in other or name not in one or one[name] == other[name]:
            joined[name] = one[name] if name in one else other[name]
        elif name not in _LOGIC:
            joined[name] = _JOINED.get(name, lambda first, second: first)(one[name], other[name])
    if "const" in joined:
        joined["enum"] = _shared(joined.get("enum", [joined["const"]]), [joined.pop("const")])
    clash = [name for name in _LOGIC if name in one and name in other and one[name] != other[name]]
    if clash:
        kept = {name: one[name] for name in _LOGIC if name in one}
        moved = {name: other[name] for name in _LOGIC if name in other}
        return {**_without(joined, *_LOGIC), "allOf": [kept, moved]}
    return joined


def _closed(schema: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without the properties that the other schema does not allow beside its own."""
    if other.get("additionalProperties") is not False or "properties" not in schema or "patternProperties" in other:
        return schema
    kept = {name: part for name, part in schema["properties"].items() if name in (other.get("properties") or {})}
    return {**schema, "properties": kept}


def _shared(one: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    return [value for value in one if any(value == item and type(value) is type(item) for item in other)]


def _types(one: Any, other: Any) -> list[str]:
    first, second = ([kinds] if isinstance(kinds, str) else list(kinds) for kinds in (one, other))
    found = [kind for kind in first if kind in second or (kind == "integer" and "number" in second)]
    found += [kind for kind in second if kind == "integer" and "number" in first and kind not in found]
    if not found:
        raise Impossible(f"it must be {' or '.join(first)} and {' or '.join(second)} at once")
    return found


def _properties(one: Mapping[str, Schema], other: Mapping[str, Schema]) -> dict[str, Schema]:
    return {name: both(one.get(name, True), other.get(name, True)) for name in (*one, *other)}


def _multiple(one: float, other: float) -> float:
    first, second = Fraction(str(one)), Fraction(str(other))
    common = Fraction(math.lcm(first.numerator, second.numerator), math.gcd(first.denominator, second.denominator))
    return int(common) if common.denominator == 1 else float(common)


def _patterns(one: str, other: str) -> str:
    return rf"(?=[\s\S]*(?:{other}))(?:{one})"


def _lists(one: Sequence[Schema], other: Sequence[Schema]) -> list[Schema]:
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    return [both(part, shorter[at]) if at < len(shorter) else part for at, part in enumerate(longer)]


_JOINED: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(_LARGEST, max),
    **dict.fromkeys(_SMALLEST, min),
    "type": _types,
    "enum": _shared,
    "const": lambda one, other: one,
    "properties": _properties,
    "patternProperties": _properties,
    "required": lambda one, other: list(dict.fromkeys([*one, *other])),
    "items": lambda one, other: (_lists if isinstance(one, list) and isinstance(other, list) else both)(one, other),
    "prefixItems": _lists,
    "additionalProperties": both,
    "propertyNames": both,
    "contains": both,
    "multipleOf": _multiple,
    "pattern": _patterns,
    "uniqueItems": lambda one, other: True,
}


def _reference(schema: Mapping[str, Any]) -> str | None:
    found = schema.get("$ref", schema.get("$dynamicRef"))
    return found if isinstance(found, str) else None


def _without(schema: Mapping[str, Any], *names: str) -> Flat:
    return {name: value for name, value in schema.items() if name not in names}


def _all(value: Any) -> Iterator[Mapping[str, Any]]:
    """Everything in it that may be a schema."""
    if isinstance(value, Mapping):
        yield value
        for item in value.values():
            yield from _all(item)
    elif isinstance(value, list):
        for item in value:
            yield from _all(item)
