"""Whatever a client sends, it is answered; and never with an error that would be the gateway's own."""

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_gateway import Gateway
from mock_gateway.core.directives import NAMES
from mock_gateway.core.requests import HttpRequest

from .dialogue import KEY, ask, hear, request

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "models",
                    "model",
                    "weight",
                    "credentials",
                    "group_id",
                    "prompt_id",
                    "variables",
                    "_type",
                    "value",
                    "version",
                    "patch",
                    "messages",
                    "role",
                    "content",
                    "openai",
                    "api_key",
                    "num_retries",
                    "customer_identifier",
                    "x",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
PROMPTS = st.fixed_dictionaries(
    {"prompt_id": st.just("p")},
    optional={
        "schema_version": st.sampled_from([1, 2]),
        "override": st.booleans(),
        "variables": st.dictionaries(st.sampled_from(["x", "y"]), VALUES),
        "patch": st.dictionaries(st.sampled_from(["model", "tools", "stop", "n", "stream", "fallback_models"]), VALUES),
        "override_params": st.dictionaries(st.sampled_from(["model", "messages", "cache_ttl"]), VALUES),
    },
)


def gateway() -> Gateway:
    made = Gateway()
    made.model("*").replies("ok")
    made.account.add_load_balance_group("g", {"a": 1})
    made.prompts.add("p", messages=[{"role": "user", "content": "{{ x }}{{ x.y }}{% for z in x %}{{ z }}{% endfor %}"}])
    return made


def check(made: Gateway, status: int) -> None:
    assert status == 200 or 400 <= status < 500, status
    assert str(made.story)
    assert repr(made.logs)
    assert repr(made.calls.last.effective_request)


@settings(max_examples=600, derandomize=True)
@given(
    st.dictionaries(
        st.sampled_from([*sorted(NAMES), "respan_params", "model", "messages", "stop", "n"]), VALUES, max_size=3
    )
)
def test_any_value_of_any_parameter_is_answered(fields: dict[str, Any]) -> None:
    """Served, or refused with a 4xx."""
    made = gateway()
    check(made, hear(made, request(**{"text": "Hi", **fields})).status)


@settings(max_examples=300, derandomize=True)
@given(PROMPTS, st.booleans())
def test_any_use_of_a_prompt_is_answered(prompt: dict[str, Any], stream: bool) -> None:
    """Whatever is put into its variables, its patch and its overrides."""
    made = gateway()
    check(made, ask(made, prompt=prompt, stream=stream).status)


@settings(max_examples=200, derandomize=True)
@given(st.binary(max_size=40) | VALUES.map(lambda value: b64encode(json.dumps(value).encode())))
def test_any_header_is_answered(data: bytes) -> None:
    """Decodable or not."""
    made = gateway()
    check(made, hear(made, request(headers={**KEY, "x-data-respan-params": data.decode("latin-1")})).status)


ITEMS = st.lists(
    st.dictionaries(
        st.sampled_from(["type", "role", "content", "output", "summary", "call_id", "id", "text", "arguments"]),
        VALUES
        | st.sampled_from(["message", "user", "assistant", "function_call", "function_call_output"])
        | st.sampled_from(["reasoning", "item_reference", "msg_000001", "input_text", "refusal"]),
        max_size=4,
    ),
    max_size=3,
)
OPTIONS = ["tools", "tool_choice", "text", "reasoning", "include", "prompt", "store", "previous_response_id", "stream"]
RESPONSES = st.fixed_dictionaries(
    {"input": st.just("Hi") | ITEMS | VALUES},
    optional=dict.fromkeys((*OPTIONS, "instructions", "max_output_tokens", "metadata", "temperature"), VALUES | ITEMS),
)


@settings(max_examples=600, deadline=None, derandomize=True)
@given(RESPONSES, st.none() | PROMPTS, st.booleans())
def test_any_request_of_the_responses_api_is_answered(fields: dict[str, Any], prompt: Any, goes_on: bool) -> None:
    """Whatever its items are, with a prompt or without, at the beginning of a conversation or later."""
    made = gateway()
    params = {} if prompt is None else {"respan_params": {"prompt": prompt}}

    def sent(body: dict[str, Any]) -> HttpRequest:
        return HttpRequest("POST", "api.respan.ai", "/api/responses", KEY, json.dumps(body).encode(), "t")

    assert hear(made, sent({"model": "a", "input": "Hi"})).status == 200
    earlier = {"previous_response_id": "resp-000001"} if goes_on else {}
    check(made, hear(made, sent({"model": "a", **fields, **earlier, **params})).status)


@pytest.mark.parametrize("depth", [100, 1_000, 100_000])
@pytest.mark.parametrize("name", ["metadata", "messages", "prompt", "tools", "zzz"])
def test_nesting_without_end_is_answered(depth: int, name: str) -> None:
    """Refused as malformed where nobody can read it."""
    nested = b'{"model":"a","messages":[],"%s":' % name.encode() + b'[{"x":' * depth + b"1" + b"}]" * depth + b"}"
    made = gateway()
    asked = request()
    check(made, hear(made, type(asked)(asked.method, asked.host, asked.path, KEY, nested, "t")).status)


@pytest.mark.parametrize(
    "body",
    [{"choices": 3}, {"choices": [{"message": {"content": 5}}]}, {"choices": [{"message": {"tool_calls": [1]}}]}],
)
def test_a_body_that_is_no_answer_is_given_as_it_is(body: dict[str, Any]) -> None:
    """Whole, that is the point of it; streamed, nobody could say how."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies(body=body)
    assert ask(gateway).json == body
    heard = ask(gateway, stream=True)
    assert "replies(body=...) cannot be streamed" in heard.json["error"]["message"]
    assert len(gateway.findings()) == 1
