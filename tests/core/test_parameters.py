"""The gateway's own fields, wherever they stand in a request."""

import json
from base64 import b64encode
from typing import Any

import pytest

from mock_gateway import Contract
from mock_gateway.core.directives import NAMES, PLAIN
from mock_gateway.core.parameters import Reading, read
from mock_gateway.core.problems import Problem

KNOWN = frozenset({"model", "messages", "temperature"})
HEADER, LEGACY = "x-data-respan-params", "x-data-keywordsai-params"


def encoded(value: Any) -> str:
    return b64encode(json.dumps(value).encode()).decode()


def reading(body: dict[str, Any], headers: dict[str, str] | None = None, **contract: Any) -> Reading:
    return read(body, headers or {}, KNOWN, Contract(**contract))


def test_a_request_that_asks_nothing_of_the_gateway_is_left_alone() -> None:
    """Only the wire's own fields: the body is handed on as it is."""
    body = {"model": "a", "messages": []}
    found = reading(body)
    assert found.directives is PLAIN
    assert found.left is body


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"customer_identifier": "u1"}, {}),
        ({"respan_params": {"customer_identifier": "u1"}}, {}),
        ({"respan_params": json.dumps({"customer_identifier": "u1"})}, {}),
        ({"keywordsai_params": {"customer_identifier": "u1"}}, {}),
        ({}, {HEADER: encoded({"customer_identifier": "u1"})}),
        ({}, {LEGACY: encoded({"customer_identifier": "u1"})}),
        ({"customer_params": {"customer_identifier": "u1"}, "customer_identifier": "another"}, {}),
    ],
)
def test_a_parameter_is_found_in_each_of_its_places(body: dict[str, Any], headers: dict[str, str]) -> None:
    """Top level, either container, either header; and it is not passed on to the model."""
    found = reading({"model": "a", **body}, headers)
    assert (found.directives.customer, found.left, found.warnings) == ("u1", {"model": "a"}, ())


@pytest.mark.parametrize(
    ("precedence", "note", "without_top", "without_inner"),
    [("top_level", "top", "inner", "top"), ("respan_params", "inner", "inner", "header")],
)
def test_the_contract_decides_which_place_counts(
    precedence: str, note: str, without_top: str, without_inner: str
) -> None:
    """The documentation and the REST client name opposite orders."""
    headers = {HEADER: encoded({"note": "header"})}
    both = {"note": "top", "respan_params": {"note": "inner"}}
    contract: dict[str, Any] = {"parameter_precedence": precedence}
    assert reading(both, headers, **contract).directives.note == note
    assert reading({"respan_params": {"note": "inner"}}, headers, **contract).directives.note == without_top
    assert reading({"note": "top"}, headers, **contract).directives.note == without_inner


def test_variables_merge_key_by_key_where_containers_go_first() -> None:
    """The one exception the REST client states."""
    body = {"variables": {"a": 1}, "respan_params": {"variables": {"a": 2, "b": 3}}}
    assert reading(body, parameter_precedence="respan_params").directives.variables == {"a": 1, "b": 3}
    assert reading(body).directives.variables == {"a": 1}


@pytest.mark.parametrize("value", ["not json", ["a"], 3, "[]"])
def test_a_container_nobody_can_read_takes_the_header_along(value: Any) -> None:
    """Both are ignored, as documented, and the story has a warning for each."""
    found = reading({"respan_params": value}, {HEADER: encoded({"note": "header"})})
    assert found.directives.note is None
    assert found.warnings == (
        "respan_params is no JSON object, so the gateway ignores it",
        "the parameters in the header are ignored too, because of that",
    )


@pytest.mark.parametrize("value", ["%%%", encoded([1]), b64encode(b"{").decode(), "eyJ", "é"])
def test_a_header_nobody_can_decode_is_ignored_with_a_warning(value: str) -> None:
    """The body's own parameters still count."""
    found = reading({"note": "top"}, {HEADER: value})
    assert found.directives.note == "top"
    assert found.warnings == (f"the header {HEADER} is not the base64 of a JSON object, so the gateway ignores it",)


@pytest.mark.parametrize(("body", "headers"), [({"respan_params": 3}, {}), ({}, {HEADER: "%%%"})])
def test_by_contract_a_container_nobody_can_read_is_refused(body: dict[str, Any], headers: dict[str, str]) -> None:
    """Naming the place it stands in."""
    with pytest.raises(Problem) as refused:
        reading(body, headers, malformed_parameters="refused")
    assert refused.value.status == 422
    assert next(iter(refused.value.extra["errors"])) in ("respan_params", HEADER)


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("cache_ttl", "600", "cache_ttl"),
        ("cache_ttl", 0, "cache_ttl"),
        ("cache_ttl", True, "cache_ttl"),
        ("cache_enabled", "yes", "cache_enabled"),
        ("cache_options", {"cache_by_customer": 1}, "cache_options.cache_by_customer"),
        ("retry_params", {"num_retries": -1}, "retry_params.num_retries"),
        ("retry_params", {"retry_after": 0}, "retry_params.retry_after"),
        ("retry_params", {"retries": 3}, "retry_params.retries"),
        ("fallback_models", "gpt-4o", "fallback_models"),
        ("fallback_models", ["a", 3], "fallback_models[1]"),
        ("load_balance_group", {"models": []}, "load_balance_group.group_id"),
        (
            "load_balance_group",
            {"group_id": "g", "models": [{"model": "a", "weight": 0}]},
            "load_balance_group.models[0].weight",
        ),
        ("loadbalance_models", [{"model": "a"}], "loadbalance_models[0].weight"),
        ("prompt", {"version": 1}, "prompt.prompt_id"),
        ("prompt", {"prompt_id": "p", "version": "draft"}, "prompt.version"),
        ("prompt", {"prompt_id": "p", "schema_version": 3}, "prompt.schema_version"),
        (
            "prompt",
            {"prompt_id": "p", "override_config": {"messages_override_mode": "prepend"}},
            "prompt.override_config.messages_override_mode",
        ),
        ("metadata", "a=b", "metadata"),
        ("customer_identifier", ["u1"], "customer_identifier"),
        ("customer_params", {"rate_limit": 0}, "customer_params.rate_limit"),
        ("first_token_timeout", -1, "first_token_timeout"),
        ("model_name_map", {"a": 1}, "model_name_map.a"),
        ("credential_override", {"a": "key"}, "credential_override.a"),
        ("disable_log", "true", "disable_log"),
        ("request_breakdown", 1, "request_breakdown"),
    ],
)
def test_a_bad_value_is_refused_by_name_or_ignored_by_contract(name: str, value: Any, path: str) -> None:
    """Refused, it is a 4xx whose errors name the path; ignored, the story says so and the rest counts."""
    body = {name: value, "note": "kept"}
    with pytest.raises(Problem) as refused:
        reading(body)
    assert refused.value.status == 422
    assert path in refused.value.extra["errors"]
    assert path in str(refused.value)

    found = reading(body, invalid_parameters="ignored")
    assert found.directives.note == "kept"
    assert path in found.warnings[0]
    assert getattr(found.directives, name) == getattr(PLAIN, name)


def test_every_mistake_of_a_request_is_named_at_once() -> None:
    """Nobody wants to find them one by one."""
    with pytest.raises(Problem) as refused:
        reading({"cache_ttl": -1, "retry_params": {"num_retries": 0}})
    assert list(refused.value.extra["errors"]) == ["retry_params.num_retries", "cache_ttl"]


@pytest.mark.parametrize(
    ("body", "warning"),
    [
        (
            {"fallback_model": "x"},
            "fallback_model is no known parameter, and is passed on to the model; did you mean fallback_models?",
        ),
        ({"zzz": 1}, "zzz is no known parameter, and is passed on to the model"),
        (
            {"respan_params": {"cache_enable": True}},
            "cache_enable in respan_params is no parameter of the gateway; did you mean cache_enabled?",
        ),
        (
            {"prompt": {"prompt_id": "p", "varibles": {}}},
            "prompt.varibles is no parameter of the gateway; did you mean variables?",
        ),
        (
            {"loadbalance_models": [{"model": "a", "weight": 1, "wieght": 2}]},
            "loadbalance_models[0].wieght is no parameter of the gateway; did you mean weight?",
        ),
        ({"mock_response": "hi"}, "mock_response is not imitated by this mock"),
        ({"respan_params": {"eval_params": {}}}, "eval_params is not imitated by this mock"),
    ],
)
def test_what_is_no_parameter_is_noted(body: dict[str, Any], warning: str) -> None:
    """A misspelt parameter does nothing at all on the hosted gateway; here it says so."""
    assert reading(body).warnings == (warning,)


def test_unknown_fields_go_on_to_the_model_and_known_ones_do_not() -> None:
    """The model is asked with what is not the gateway's."""
    body = {"model": "a", "top_k": 3, "note": "x", "mock_response": "y", "respan_params": {}, "metadata": {}}
    assert reading(body).left == {"model": "a", "top_k": 3}


def test_null_is_the_same_as_nothing() -> None:
    """Clients send null for what they leave out."""
    assert reading(dict.fromkeys(NAMES)).directives == PLAIN


def test_a_prompt_may_be_named_by_its_id_alone() -> None:
    """`prompt` is an object, or the text of its id."""
    prompt = reading({"prompt": "p1"}).directives.prompt
    assert prompt is not None
    assert prompt.prompt_id == "p1"
