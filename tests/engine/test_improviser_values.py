"""Values that are improvised: pleasant to read, by the names of their places and in the language of the question."""

import json
import re
import uuid

import pytest

from mock_gateway import Gateway

from .dialogue import ask
from .structured import structured, valid


def test_values_look_like_the_names_of_their_places() -> None:
    """A reader of the test knows at a glance what is what."""
    names = ("email", "customerEmail", "price", "first_name", "city", "phone_number", "url", "currency", "createdAt")
    numbers = ("price", "age", "rating", "latitude", "year", "confidence")
    texts = {name: {"type": "string"} for name in names}
    schema = {
        "type": "object",
        "properties": {
            **texts,
            "numbers": {
                "type": "object",
                "properties": {name: {"type": "number"} for name in numbers},
                "required": numbers,
            },
            "company": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
            "emails": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        },
        "required": [*texts, "numbers", "company", "emails"],
    }
    value = valid(schema)
    looks = {
        "email": r"[\w.]+@example\.(com|org|net)",
        "customerEmail": r"[\w.]+@example\.(com|org|net)",
        "price": r"\d+\.\d\d",
        "first_name": r"[A-Z][a-z]+",
        "city": r"[A-Z][a-z]+( [A-Z][a-z]+)*",
        "phone_number": r"[\d+().x-]+",
        "url": r"https://example\.com/[a-z-]+",
        "currency": r"[A-Z]{3}",
        "createdAt": r"202[45]-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    }
    for name, pattern in looks.items():
        assert re.fullmatch(pattern, value[name]), name
    assert all("@example." in email for email in value["emails"])
    assert re.search(r",|-| (Inc|LLC|Ltd|PLC|Group|and Sons)$", value["company"]["name"])
    spans = {
        "price": (5, 200),
        "age": (18, 80),
        "rating": (1, 5),
        "latitude": (-60, 70),
        "year": (1990, 2025),
        "confidence": (0, 1),
    }
    assert all(low <= value["numbers"][name] <= high for name, (low, high) in spans.items())


def test_values_are_in_the_language_of_the_question() -> None:
    """Names and sentences too."""
    schema = {"type": "object", "properties": {"summary": {"type": "string"}}, "required": ["summary"]}
    said = {
        json.loads(structured(schema, seed, "Wie ist das, und wer war es?").text or "")["summary"] for seed in range(9)
    }
    assert any(re.search("[äöüß]", text) for text in said)
    assert not any(re.search(r"\bthe\b", text) for text in said)


def test_an_example_of_the_schema_is_taken() -> None:
    """Its author knows best what a value looks like."""
    assert valid({"type": "string", "examples": ["ORD-1", "ORD-2"]}) in ("ORD-1", "ORD-2")
    assert valid({"type": "string", "examples": [1], "maxLength": 3}) != 1


@pytest.mark.parametrize(
    ("question", "keys"),
    [
        ("Answer in JSON.", {"answer"}),
        ('Answer as JSON with the keys "name", "age", \'is_active\' and `tags`.', {"name", "age", "is_active", "tags"}),
        ('Like {"city": "...", "price": 1}', {"city", "price"}),
    ],
)
def test_an_object_without_a_schema_has_the_keys_that_are_spoken_of(question: str, keys: set[str]) -> None:
    """Of JSON mode nothing is known but that it is an object."""
    gateway = Gateway()
    gateway.model("*").improvises()
    value = json.loads(ask(gateway, question, response_format={"type": "json_object"}).text or "")
    assert set(value) == keys
    kinds = {"age": int, "is_active": bool, "tags": list, "price": float, "name": str, "city": str, "answer": str}
    assert all(type(value[key]) is kinds[key] for key in keys)


@pytest.mark.parametrize("version", range(1, 9))
def test_the_version_of_a_uuid_may_be_named(version: int) -> None:
    """As pydantic names it."""
    made = valid({"type": "string", "format": f"uuid{version}"})
    assert uuid.UUID(made).version == version
