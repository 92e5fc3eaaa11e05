"""A model that improvises to a schema."""

import json
from typing import Any

import jsonschema

from mock_gateway import Gateway

from .dialogue import Heard, ask


def structured(schema: Any, seed: int = 0, question: str = "Hi") -> Heard:
    """The answer of a model that improvises, to a request with this schema."""
    gateway = Gateway()
    gateway.model("*").improvises(seed)
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    return ask(gateway, question, response_format=wanted)


def valid(schema: Any, seed: int = 0) -> Any:
    """The value of such an answer, which the schema allows."""
    heard = structured(schema, seed)
    assert heard.status == 200, heard.body.decode()
    value = json.loads(heard.text or "")
    kind = jsonschema.validators.validator_for(schema, jsonschema.Draft202012Validator)
    kind(schema, format_checker=kind.FORMAT_CHECKER).validate(value)
    return value
