"""Answers kept for the next caller who asks the same."""

from typing import Any

import pytest

from mock_gateway import Contract, Gateway

from .dialogue import Heard, ask, request

ON: dict[str, Any] = {"cache_enabled": True}


def gateway(**settings: Any) -> Gateway:
    made = Gateway(**settings)
    made.model("gpt-4o").replies("first").replies("second").replies("third", times=99, optional=True)
    made.model("gpt-4o-mini").replies("mini", optional=True)
    return made


def texts(made: Gateway, *asked: dict[str, Any]) -> list[Heard]:
    return [ask(made, **{**ON, **fields}) for fields in asked]


def test_the_second_caller_is_answered_from_the_cache() -> None:
    """At once, for nothing, and the story and the log row say so."""
    made = gateway()
    one, two = texts(made, {}, {})
    assert (one.body, two.text) == (two.body, "first")
    call = made.calls.last
    assert (call.cache, list(call.attempts), call.cost, call.served_model) == ("hit", [], 0, "gpt-4o")
    assert str(call.story) == (
        "call 2  POST /api/chat/completions  gpt-4o\n"
        "  cache     hit\n"
        "  served    200  gpt-4o  4 + 2 tokens  $0  0 s\n"
        "  log       log-000002"
    )
    missed, hit = made.logs
    assert (missed.model, missed.cache_hit, missed.cache_miss_bit) == ("gpt-4o", False, 1)
    assert (hit.model, hit.cache_hit, hit.cache_bit, hit.cost) == ("respan/cache", True, 1, 0)
    assert missed.cache_key == hit.cache_key


def test_only_who_asks_for_the_cache_gets_it() -> None:
    """Without `cache_enabled` nothing is kept and nothing is looked up."""
    made = gateway()
    assert [ask(made).text, ask(made, **ON).text, ask(made, **ON).text, ask(made).text] == [
        "first",
        "second",
        "second",
        "third",
    ]
    assert [call.cache for call in made.calls] == ["off", "miss", "hit", "off"]


BY_CUSTOMER = {"cache_options": {"cache_by_customer": True}}
BY_MODEL = {"cache_options": {"is_cached_by_model": True}}


@pytest.mark.parametrize(
    ("one", "two", "is_hit"),
    [
        ({}, {"text": "Bye"}, False),
        ({}, {"model": "gpt-4o-mini"}, True),
        (BY_MODEL, {**BY_MODEL, "model": "gpt-4o-mini"}, False),
        ({"customer_identifier": "u1"}, {"customer_identifier": "u2"}, True),
        ({**BY_CUSTOMER, "customer_identifier": "u1"}, {**BY_CUSTOMER, "customer_identifier": "u2"}, False),
        ({**BY_CUSTOMER, "customer_identifier": "u1"}, {**BY_CUSTOMER, "customer_identifier": "u1"}, True),
        ({}, {"temperature": 0.5}, True),
        ({"metadata": {"a": 1}}, {"metadata": {"a": 2}}, True),
    ],
)
def test_what_makes_two_requests_the_same(one: dict[str, Any], two: dict[str, Any], is_hit: bool) -> None:
    """The conversation, whatever the model; the customer or the model only if the options say so."""
    made = gateway()
    texts(made, one, two)
    assert (made.calls.last.cache == "hit") is is_hit


@pytest.mark.parametrize(("choice", "is_hit"), [("messages", True), ("request", False)])
def test_whether_other_parameters_count_is_a_choice_of_the_contract(choice: Any, is_hit: bool) -> None:
    """Not stated whether temperature, tools or response_format make another request."""
    made = gateway(contract=Contract(cache_key=choice))
    texts(made, {"temperature": 0}, {"temperature": 1})
    assert (made.calls.last.cache == "hit") is is_hit


@pytest.mark.parametrize(
    ("contract", "fields", "days", "state"),
    [
        ("docs", {}, 29, "hit"),
        ("docs", {}, 31, "expired"),
        ("sdk-2026-10", {}, 0.02, "hit"),
        ("sdk-2026-10", {}, 0.03, "expired"),
        ("docs", {"cache_ttl": 86400}, 0.9, "hit"),
        ("docs", {"cache_ttl": 86400}, 1, "expired"),
    ],
)
def test_entries_last_by_the_gateways_clock(contract: str, fields: dict[str, Any], days: float, state: str) -> None:
    """Thirty days, or half an hour, or what the caller says; being read does not make them last longer."""
    made = gateway(contract=contract)
    texts(made, fields)
    made.clock.advance(days=days / 2)
    texts(made, fields)
    made.clock.advance(days=days / 2)
    texts(made, fields)
    assert made.calls.last.cache == state


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
def test_an_answer_is_streamed_or_whole_as_the_next_caller_likes(first: bool, second: bool) -> None:
    """Whichever way it was kept."""
    made = gateway()
    one, two = texts(made, {"stream": first}, {"stream": second})
    assert (one.text, two.text, made.calls.last.cache) == ("first", "first", "hit")
    assert one.body.startswith(b"data: ") is first
    assert two.body.startswith(b"data: ") is second
    apart = gateway(contract=Contract(cache_across_streams=False))
    texts(apart, {"stream": first}, {"stream": second})
    assert (apart.calls.last.cache == "hit") is (first == second)


@pytest.mark.parametrize(("choice", "is_same"), [("replayed", True), ("renewed", False)])
def test_whether_a_cached_answer_has_its_old_id_is_a_choice(choice: Any, is_same: bool) -> None:
    """Not stated; the usage stays what it was."""
    made = gateway(contract=Contract(cached_answer=choice))
    one, two = (heard.json for heard in texts(made, {}, {}))
    assert (one["id"] == two["id"]) is is_same
    assert one["usage"] == two["usage"]


def test_a_hit_need_not_be_logged() -> None:
    """`omit_log`: no row, and so no id of one on the answer."""
    made = gateway()
    one, two = texts(made, {"cache_options": {"omit_log": True}}, {"cache_options": {"omit_log": True}})
    assert "x-respan-log-id" in one.headers
    assert "x-respan-log-id" not in two.headers
    assert len(made.logs) == 1


@pytest.mark.parametrize(
    "script",
    [
        lambda model: model.fails(500),
        lambda model: model.hangs_up(after_chunks=1),
        lambda model: model.stalls(after_chunks=1),
        lambda model: model.sends(b"nonsense"),
        lambda model: model.times_out(),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_only_whole_answers_are_kept(script: Any, stream: bool) -> None:
    """Neither errors nor what broke off."""
    made = Gateway()
    script(made.model("gpt-4o")).replies("well")
    for _ in range(2):
        ask(made, **ON, stream=stream)
    assert [call.cache for call in made.calls] == ["miss", "miss"]


def test_an_answer_nobody_read_to_the_end_is_not_kept() -> None:
    """A client that leaves early has not been given the answer."""
    made = gateway()
    steps = made.handle(request(stream=True, **ON))
    next(steps)
    next(steps)
    steps.close()
    assert ask(made, **ON).text == "second"


def test_the_answer_of_a_fallback_is_kept_as_its_own() -> None:
    """The next caller is given it under the name of the model that answered."""
    made = Gateway()
    made.model("a").fails(500)
    made.model("b").replies("b")
    for _ in range(2):
        heard = ask(made, model="a", fallback_models=["b"], **ON)
    assert (heard.json["model"], made.calls.last.cache, made.calls.last.served_model) == ("b", "hit", "b")


def test_the_order_of_fields_makes_no_other_request() -> None:
    """Two clients may write the same message in two ways."""
    made = gateway()
    for message in ({"role": "user", "content": "Hi"}, {"content": "Hi", "role": "user"}):
        ask(made, None, messages=[message], **ON)
    assert made.calls.last.cache == "hit"


def test_an_entry_lasts_from_the_end_of_the_call_that_made_it() -> None:
    """A slow answer does not use up its time in the cache."""
    made = Gateway()
    made.model("gpt-4o").replies("slow", delay=100)
    ask(made, **ON, cache_ttl=10)
    made.clock.advance(seconds=9)
    ask(made, **ON, cache_ttl=10)
    assert made.calls.last.cache == "hit"
