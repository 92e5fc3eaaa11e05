"""Whose credentials a model is asked on, and that nobody reads them."""

import json
from base64 import b64encode
from typing import Any

import pytest

from mock_gateway import Gateway

from .dialogue import KEY, ask, hear, request

SECRET = "sk-live-9f8e7d6c5b4a39281706"  # the test fails where any of it is seen
AZURE = {"api_key": SECRET, "api_base": "https://mine.azure.com", "api_version": "2024-02-01"}


def gateway() -> Gateway:
    made = Gateway()
    made.model("*").replies("Hello.")
    made.account.add_credential("openai")
    return made


@pytest.mark.parametrize(
    ("model", "fields", "owner"),
    [
        ("azure/gpt-4o", {"credential_override": {"azure/gpt-4o": AZURE}}, "override's azure credentials sk-***"),
        ("gpt-4o", {"customer_credentials": {"openai": {"api_key": SECRET}}}, "customer's openai credentials sk-***"),
        (
            "gpt-4o",
            {"customer_credentials": {"openai": [{"weight": 1, "credentials": {"api_key": SECRET}}]}},
            "customer's openai credentials sk-***",
        ),
        (
            "gpt-4o",
            {"customer_credentials": {"anthropic": {"api_key": SECRET}}},
            "account's openai credentials deployment 1",
        ),
        ("claude-3", {}, "None"),
        (
            "any",
            {
                "load_balance_group": {
                    "group_id": "g",
                    "models": [{"model": "azure/x", "weight": 1, "credentials": AZURE}],
                }
            },
            "group's azure credentials sk-***",
        ),
    ],
)
def test_the_nearest_credentials_are_used(model: str, fields: dict[str, Any], owner: str) -> None:
    """An override for the model, its place in the group, the customer's, the account's, nobody's."""
    made = gateway()
    assert ask(made, model=model, **fields).status == 200
    call = made.calls.one()
    assert str(call.attempts[0].credential) == owner
    assert made.logs.one().used_custom_credential is (owner != "None")
    assert (f"on {owner}" in str(call.story)) is (owner != "None")


def test_a_model_may_have_a_name_of_its_own_with_its_provider() -> None:
    """`model_name_map`: the provider is asked by the mapped name, everybody else goes on using Respan's."""
    made = gateway()
    name = "azure/my-deployment"
    heard = ask(made, model="azure/gpt-4o", model_name_map={"azure/gpt-4o": name})
    assert heard.json["model"] == "azure/gpt-4o"
    call = made.calls.one()
    assert (call.attempts[0].model, call.effective_request["model"]) == ("azure/gpt-4o", name)
    assert made.logs.one().deployment_name == name


PLACES: list[dict[str, Any]] = [
    {"customer_credentials": {"openai": {"api_key": SECRET}}},
    {"customer_credentials": {"openai": {"something": SECRET, "nested": {"deeper": SECRET}}}},
    {"customer_credentials": [{"credentials": {"openai": {"api_key": SECRET}}}]},
    {"customer_credentials": {"openai": [{"credentials": {"token": SECRET}}]}},
    {"credential_override": {"gpt-4o": AZURE}},
    {"loadbalance_models": [{"model": "gpt-4o", "weight": 1, "credentials": {"key": SECRET}}]},
    {"respan_params": {"credential_override": {"gpt-4o": AZURE}}},
    {"respan_params": json.dumps({"credential_override": {"gpt-4o": AZURE}})},
    {"respan_params": f"not json {SECRET}"},
    {"customer_credentials": {"openai": SECRET}},
    {"credential_override": {"gpt-4o": [SECRET]}},
    {"api_key": SECRET},
]


@pytest.mark.parametrize("fields", PLACES, ids=range(len(PLACES)))
@pytest.mark.parametrize("script", ["replies", "fails", "nothing"])
def test_a_credential_shows_nowhere(fields: dict[str, Any], script: str) -> None:
    """Neither in the story, the call, the log, an error, an answer, a finding nor any repr."""
    made = Gateway()
    if script == "replies":
        made.model("gpt-4o").replies("Hello.")
    elif script == "fails":
        made.model("gpt-4o").fails(500)
    heard = ask(made, request_breakdown=True, **fields)
    call = made.calls.one()
    shown = [heard.body.decode(), str(heard.headers), str(made.story), repr(call), repr(call.request), repr(call.story)]
    shown += [repr(made.logs), repr([log.full_request for log in made.logs]), repr(call.effective_request)]
    shown += [
        repr(call.attempts),
        repr(call.directives),
        repr(call.warnings),
        repr(made.findings()),
        repr(made.account),
    ]
    for text in shown:
        assert SECRET not in text
        assert SECRET[4:] not in text


def test_credentials_in_the_header_show_nowhere_either() -> None:
    """The header is read, and never kept."""
    made = gateway()
    params = b64encode(json.dumps({"credential_override": {"gpt-4o": AZURE}}).encode()).decode()
    asked = request(headers={**KEY, "x-data-respan-params": params})
    assert hear(made, asked).status == 200
    call = made.calls.one()
    assert str(call.attempts[0].credential) == "override's openai credentials sk-***"
    for shown in (repr(asked), repr(call), repr(call.request), str(made.story)):
        assert params not in shown
        assert SECRET not in shown
