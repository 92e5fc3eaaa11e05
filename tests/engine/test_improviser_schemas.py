"""Structured content that is improvised: always what the schema allows, or a mistake that is named."""

import datetime as dt
import decimal
import enum
import json
import uuid
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai import OpenAI
from pydantic import BaseModel, Field

from mock_gateway import Gateway

from .dialogue import ask
from .structured import valid

TREE = {"type": "object", "properties": {"value": {"type": "integer"}, "children": {"type": "array"}}}
TREE["properties"]["children"]["items"] = {"$ref": "#"}  # type: ignore[index]
EVEN = {"type": "integer", "multipleOf": 2}
MUST_DIFFER = {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": True}


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {},
        {"type": "null"},
        {"type": ["string", "null"]},
        {"const": {"a": [1, None]}},
        {"enum": [None, "a", 1]},
        {"type": "string", "enum": [1, "a"]},
        {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5},
        {"type": "integer", "minimum": -3.5, "maximum": -2.5},
        {"type": "integer", "multipleOf": 7, "minimum": 1000},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1e-9},
        {"type": "number", "multipleOf": 0.01},
        {"type": "number", "maximum": -1e9},
        {"type": "string", "minLength": 200},
        {"type": "string", "minLength": 3, "maxLength": 3},
        {"type": "string", "maxLength": 0},
        {"type": "string", "pattern": r"^[A-Z]{3}-\d{4}$"},
        {"type": "string", "pattern": r"^(?:\+\d{1,3} )?\(\d{3}\) \d{3}-\d{4}$"},
        {"type": "string", "pattern": r"(?=.*\d)(?=.*[a-z])^[a-z0-9]{8}$"},
        {"type": "string", "pattern": "^[^a-z]+$", "minLength": 12, "maxLength": 15},
        {"type": "string", "pattern": r"^(a|b)\1\w*\s\S\D.$"},
        {"type": "string", "pattern": "x", "minLength": 50},
        {"allOf": [{"pattern": "^a"}, {"pattern": "z$"}], "type": "string"},
        {"type": "array", "maxItems": 0},
        {"type": "array", "minItems": 30, "items": {"type": "boolean"}},
        {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False, "minItems": 2},
        {"type": "array", "contains": {"const": 7}, "minContains": 2, "items": {"type": "integer"}},
        MUST_DIFFER,
        {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 5},
        {"type": "object", "propertyNames": {"pattern": "^[a-z]{2}$"}, "minProperties": 3},
        {"type": "object", "patternProperties": {"^x_": EVEN}, "additionalProperties": False, "minProperties": 2},
        {"type": "object", "properties": {"a": True, "b": True, "c": True}, "maxProperties": 1},
        {"type": "object", "properties": {"a": True}, "required": ["a"], "dependentRequired": {"a": ["b"]}},
        {"type": "object", "required": ["anything"]},
        {"anyOf": [False, {"type": "string"}]},
        {"oneOf": [EVEN, {"type": "integer", "multipleOf": 5}]},
        {"allOf": [EVEN, {"multipleOf": 3}, {"minimum": 90, "maximum": 96}]},
        {"anyOf": [{"anyOf": [EVEN, {"type": "string"}]}], "oneOf": [EVEN, {"type": "boolean"}]},
        {"not": {"type": "string"}},
        {"minLength": 3, "maxLength": 2},
        {"type": "integer", "not": {"enum": [1, 2, 3]}, "minimum": 1, "maximum": 4},
        {
            "properties": {"a": {"enum": [1, 2]}},
            "required": ["a"],
            "if": {"properties": {"a": {"const": 1}}},
            "then": {"required": ["b"]},
            "else": {"required": ["c"]},
        },
        {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"$ref": "#here"}, "c": {"$anchor": "here", "type": "integer"}}},
        {"type": "object", "properties": {"a": {"$ref": "#/definitions/x"}}, "definitions": {"x": EVEN}},
        {"type": "array", "items": [{"type": "string"}], "$schema": "http://json-schema.org/draft-07/schema#"},
        {
            "type": "integer",
            "minimum": 3,
            "exclusiveMinimum": True,
            "$schema": "http://json-schema.org/draft-04/schema#",
        },
        {
            "type": "object",
            "properties": {"nothing": False, "impossible": {"type": "string", "maxLength": -0, "minLength": 1}},
        },
        TREE,
        {**TREE, "required": ["value", "children"]},
        {
            "$ref": "#/$defs/l",
            "$defs": {"l": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/l"}, "minItems": 1}, EVEN]}},
        },
        *(
            {"type": "string", "format": name}
            for name in ("date-time", "date", "time", "duration", "email", "hostname", "uri", "uuid", "ipv4", "ipv6")
        ),
        *({"type": "string", "format": name} for name in ("regex", "json-pointer", "uri-reference", "no-such-format")),
    ],
    ids=lambda schema: json.dumps(schema)[:60],
)
def test_an_answer_is_what_the_schema_allows(schema: Any) -> None:
    """Whatever a schema says, with any seed."""
    for seed in range(5):
        valid(schema, seed)


_LEAVES = st.one_of(
    st.just({"type": "null"}),
    st.just({"type": "boolean"}),
    st.builds(
        lambda low, more: {"type": "integer", "minimum": low, "maximum": low + more},
        st.integers(-99, 99),
        st.integers(0, 9),
    ),
    st.builds(lambda low: {"type": "number", "exclusiveMinimum": low}, st.integers(-99, 99)),
    st.builds(
        lambda low, more: {"type": "string", "minLength": low, "maxLength": low + more},
        st.integers(0, 40),
        st.integers(0, 9),
    ),
    st.builds(
        lambda values: {"enum": values},
        st.lists(st.none() | st.integers() | st.text(max_size=3), min_size=1, max_size=4),
    ),
    st.sampled_from(["date", "email", "uuid", "ipv4", "uri"]).map(lambda name: {"type": "string", "format": name}),
    st.from_regex(r"\A\^[A-Z]{2}\[a-f\]\{[1-4]\}\\d\+\$\Z").map(lambda text: {"type": "string", "pattern": text}),
)
_NAMES = st.sampled_from(["name", "email", "price", "tags", "city", "Größe", "first name", "$x", "items", "a.b"])


def _grown(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.builds(
        lambda properties, required, closed: {
            "type": "object",
            "properties": properties,
            "required": [name for name in required if name in properties],
            **({"additionalProperties": False} if closed else {}),
        },
        st.dictionaries(_NAMES, parts, max_size=4),
        st.lists(_NAMES, max_size=4, unique=True),
        st.booleans(),
    )
    lists = st.builds(
        lambda items, low, more: {"type": "array", "items": items, "minItems": low, "maxItems": low + more},
        parts,
        st.integers(0, 3),
        st.integers(0, 3),
    )
    either = st.builds(lambda ways: {"anyOf": ways}, st.lists(parts, min_size=1, max_size=3))
    joined = st.builds(lambda part: {"allOf": [part, {"$ref": "#/$defs/any"}]}, parts)
    return objects | lists | either | joined


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schema=st.recursive(_LEAVES, _grown, max_leaves=12), seed=st.integers(0, 99))
def test_any_schema_that_can_be_kept_is_kept(schema: dict[str, Any], seed: int) -> None:
    """However schemas are put together, the answer is valid, and the same when it is asked for again."""
    schema = {**schema, "$defs": {"any": {}}}
    assert valid(schema, seed) == valid(schema, seed)


class Mood(enum.StrEnum):
    good = "good"
    bad = "bad"


class Address(BaseModel):
    street: str
    city: str
    zip_code: str
    country: str


class Employee(BaseModel):
    """One of everything that pydantic makes a strict schema of."""

    name: str
    email: str
    age: int = Field(ge=18, lt=30)
    mood: Mood
    salary: decimal.Decimal
    born: dt.date
    hired_at: dt.datetime
    badge: uuid.UUID
    break_time: dt.timedelta
    nickname: str | None
    level: Literal[1, 2, "top"]
    code: str = Field(pattern=r"^[A-Z]{3}-\d{4}$")
    address: Address
    skills: list[str] = Field(min_length=2, max_length=4)
    reports: list["Employee"]
    boss: "Employee | Address | None"


@pytest.mark.parametrize("seed", range(5))
def test_pydantic_models_are_parsed_by_the_client(respan_gateway: Gateway, respan_openai: OpenAI, seed: int) -> None:
    """The SDK makes a strict schema of a model, and reads the answer back into it, also where it refers to itself."""
    respan_gateway.model("gpt-4o").improvises(seed)
    answer = respan_openai.beta.chat.completions.parse(
        model="gpt-4o", messages=[{"role": "user", "content": "Who works here?"}], response_format=Employee
    )
    parsed = answer.choices[0].message.parsed
    assert parsed is not None
    assert 18 <= parsed.age < 30
    assert "@example." in parsed.email
    assert len(parsed.skills) >= 2


ENDLESS = {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}
NESTED = {"type": "object", "required": ["items"], "properties": {"items": {"type": "array", "minItems": 1}}}
NESTED["properties"]["items"]["items"] = {"type": "string", "pattern": "^a$", "minLength": 5}  # type: ignore[index]


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (NESTED, 'at $.items[0] nothing that was tried fits: {"type":"string","pattern":"^a$","minLength":5}'),
        (ENDLESS, "at $ its values would never end, since each needs another within it"),
        ({"$ref": "#/$defs/x"}, """at $ it refers to '#/$defs/x', which is not in the schema: {"$ref":"#/$defs/x"}"""),
        (
            {"$ref": "https://example.com/x"},
            """at $ it refers to 'https://example.com/x', which is not in the schema: {"$ref":"https://example.com/x"}""",
        ),
        ({"type": "text"}, "it is no JSON Schema: $.type: 'text' is not valid under any of the given schemas"),
        ({"type": "string", "pattern": "("}, "it is no JSON Schema: $.pattern: '(' is not a 'regex'"),
        (
            {"allOf": [{"type": "string"}, {"type": "integer"}]},
            'at $ it must be string and integer at once: {"allOf":[{"type":"string"},{"type":"integer"}]}',
        ),
        ({"type": "integer", "minimum": 2.2, "maximum": 2.8}, "at $ no whole number is from 2.2 to 2.8: "),
        ({"type": "string", "minLength": 3, "maxLength": 2}, "at $ no text has from 3 to 2 characters: "),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_kept_is_a_mistake_that_names_the_place(schema: Any, why: str) -> None:
    """The client is not given something else, and the test fails at its end."""
    gateway = Gateway()
    gateway.model("*").improvises()
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    heard = ask(gateway, response_format=wanted)
    assert heard.status == 500
    told = why if not why.endswith(": ") else why + json.dumps(schema, separators=(",", ":"))
    text = (
        'model("*").improvises(): no answer was found that fits what is asked.\n\n'
        f"  response_format: {told}\n\n"
        '  Script it   gateway.model("gpt-4o").replies(...)'
    )
    assert heard.json["error"]["message"] == text
    assert [finding.text for finding in gateway.findings()] == [text]
