"""Sharing calls out among models and credentials."""

from collections import Counter
from typing import Any

import pytest

from mock_gateway import Contract, Gateway
from mock_gateway.core.balance import share

from .dialogue import ask

MODELS = [{"model": "a", "weight": 3}, {"model": "b", "weight": 1}]


def gateway(**settings: Any) -> Gateway:
    made = Gateway(**settings)
    for name in ("a", "b", "c", "gpt-*", "azure/*"):
        made.model(name).replies(name, optional=True)
    return made


def shares(made: Gateway, calls: int = 400, model: str | None = None, **fields: Any) -> Counter[str]:
    for _ in range(calls):
        assert ask(made, model=model, **fields).status == 200
    return Counter(call.attempts[0].model for call in made.calls[-calls:])


@pytest.mark.parametrize(("point", "index"), [(0, 0), (0.49, 0), (0.5, 1), (0.74, 1), (0.75, 2), (0.999, 2)])
def test_a_point_falls_into_a_share(point: float, index: int) -> None:
    """Each weight is a share of the whole."""
    assert share([2, 1, 1], point) == index
    assert share([1.6e308, 0.8e308, 0.8e308], point) == index


@pytest.mark.parametrize(
    "fields",
    [
        {"load_balance_group": {"group_id": "stored"}},
        {"load_balance_group": {"group_id": "any", "models": MODELS}},
        {"loadbalance_models": MODELS},
        {"load_balance_models": MODELS},
    ],
)
def test_over_many_calls_the_shares_match_the_weights(fields: dict[str, Any]) -> None:
    """Three to one, within what chance allows: 400 calls have a standard deviation of 8.7."""
    made = gateway()
    made.account.add_load_balance_group("stored", {"a": 3, "b": 1})
    counted = shares(made, **fields)
    assert set(counted) == {"a", "b"}
    assert abs(counted["a"] - 300) < 4 * 8.7


def test_the_seed_makes_the_choice() -> None:
    """The same seed chooses the same, another seed something else."""

    def chosen(seed: int) -> list[str]:
        made = gateway(seed=seed)
        shares(made, 40, loadbalance_models=MODELS)
        return [call.attempts[0].model for call in made.calls]

    assert chosen(0) == chosen(0)
    assert chosen(0) != chosen(1)


def test_the_story_tells_the_choice() -> None:
    """Which group, which model, and what it was chosen from."""
    made = gateway()
    made.account.add_load_balance_group("everyday", {"a": 9, "b": 1})
    ask(made, model=None, load_balance_group={"group_id": "everyday"})
    assert "  balance   group everyday: a, of a 9, b 1" in str(made.story).splitlines()
    assert made.logs.one().load_balance_group_id == "everyday"


def test_models_of_the_request_go_over_those_stored_for_the_group() -> None:
    """As documented: inline models overwrite the group."""
    made = gateway()
    made.account.add_load_balance_group("g", {"a": 1})
    assert set(shares(made, 5, load_balance_group={"group_id": "g", "models": [{"model": "b", "weight": 1}]})) == {"b"}


@pytest.mark.parametrize(("choice", "asked"), [("group", "b"), ("model", "a")])
def test_model_against_group_is_a_choice_of_the_contract(choice: Any, asked: str) -> None:
    """The documentation says both; the deprecated list always goes over the model."""
    made = gateway(contract=Contract(model_and_group=choice))
    made.account.add_load_balance_group("g", {"b": 1})
    ask(made, model="a", load_balance_group={"group_id": "g"})
    assert made.calls.last.attempts[0].model == asked
    assert bool(made.calls.last.warnings) is (choice == "model")
    ask(made, model="a", loadbalance_models=[{"model": "b", "weight": 1}])
    assert made.calls.last.attempts[0].model == "b"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"load_balance_group": {"group_id": "nobodys"}}, "load_balance_group.group_id"),
        ({"load_balance_group": {"group_id": "g", "models": []}}, "load_balance_group.group_id"),
        ({"loadbalance_models": []}, "load_balance_models"),
        ({"models": ["a"], "exclude_models": ["a"]}, "models"),
    ],
)
def test_nothing_to_choose_from_is_refused_by_name(fields: dict[str, Any], path: str) -> None:
    """A 422 that names the field."""
    heard = ask(gateway(), model=None, **fields)
    assert (heard.status, list(heard.json["errors"])) == (422, [path])


@pytest.mark.parametrize(("choice", "status"), [("numbers", 200), ("integers", 422)])
def test_weights_may_have_to_be_integers(choice: Any, status: int) -> None:
    """The SDK types integers, the documentation of prompts shows 0.7 and 0.3."""
    made = gateway(contract=Contract(weights=choice))
    assert ask(made, model=None, loadbalance_models=[{"model": "a", "weight": 0.7}]).status == status


@pytest.mark.parametrize(
    ("fields", "asked"),
    [
        ({"models": ["a", "b"]}, "a"),
        ({"models": ["a", "b"], "exclude_models": ["a"]}, "b"),
        ({"models": ["gpt-4o", "b"], "exclude_providers": ["openai"]}, "b"),
    ],
)
def test_models_without_a_model_are_routed_among(fields: dict[str, Any], asked: str) -> None:
    """The first that is not excluded."""
    made = gateway()
    ask(made, model=None, **fields)
    assert made.calls.one().attempts[0].model == asked


def test_deployments_share_the_models_they_serve() -> None:
    """The worked case of the documentation: one model split, another only on the deployment that serves it."""
    named = Gateway()
    named.model("gpt-*").replies("x")
    named.account.add_credential("openai", available_models=["gpt-3.5-turbo"], exclude_models=["gpt-4"])
    named.account.add_credential("openai")
    seen = {model: set[str]() for model in ("gpt-3.5-turbo", "gpt-4", "gpt-4o")}
    for model, owners in seen.items():
        for _ in range(40):
            ask(named, model=model)
            owners.add(str(named.calls.last.attempts[0].credential))
    one, two = (f"account's openai credentials deployment {number}" for number in (1, 2))
    assert seen == {"gpt-3.5-turbo": {one, two}, "gpt-4": {two}, "gpt-4o": {two}}


def test_a_customers_deployments_serve_what_they_say() -> None:
    """The same for credentials that come with the request; a model none of them serves is on Respan's own."""
    made = gateway()
    deployment = {"credentials": {"openai": {"api_key": "k"}}, "available_models": ["gpt-4"]}
    for model, is_own in (("gpt-4", True), ("gpt-4o", False)):
        ask(made, model=model, customer_credentials=[deployment])
        assert made.logs.last.used_custom_credential is is_own


def test_available_models_may_only_be_a_hint() -> None:
    """The same page has all other models split evenly."""
    made = gateway(contract=Contract(available_models="ignored"))
    made.account.add_credential("openai", available_models=["gpt-3.5-turbo"], exclude_models=["gpt-4"])
    assert ask(made, model="gpt-4o").status == 200
    assert made.calls.last.attempts[0].credential is not None
    ask(made, model="gpt-4")
    assert made.calls.last.attempts[0].credential is None


@pytest.mark.parametrize(
    ("weights", "error"), [({}, TypeError), ({"a": 0}, ValueError), ({"a": "1"}, ValueError), ([("a", 1)], TypeError)]
)
def test_a_group_nobody_can_choose_from_is_refused_where_it_is_stored(weights: Any, error: type[Exception]) -> None:
    """The author of the test reads it at once."""
    with pytest.raises(error):
        Gateway().account.add_load_balance_group("g", weights)


@pytest.mark.parametrize("weight", [0, -1, "1", True])
def test_a_credential_without_a_share_is_refused_where_it_is_added(weight: Any) -> None:
    """A weight is a number above 0."""
    with pytest.raises(ValueError, match="weight is a number above 0"):
        Gateway().account.add_credential("openai", weight=weight)
