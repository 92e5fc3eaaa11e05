"""Keys, environments, limits, budgets and credits."""

import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mock_gateway import Contract, Gateway, Usage

from .dialogue import ask, hear, request


def gateway(**settings: Any) -> Gateway:
    made = Gateway(**settings)
    made.model("*").replies("Hello.", usage=Usage(600, 400))
    made.account.price("a", prompt=1000, completion=1000)  # a dollar a call
    return made


def at_once(made: Gateway, times: int) -> list[int]:
    """The statuses of calls of so many threads."""
    ready = threading.Barrier(times)
    found: list[int] = []

    def go() -> None:
        ready.wait()
        found.extend(statuses(made, 1))

    threads = [threading.Thread(target=go) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Threads that take turns as often as they can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def statuses(made: Gateway, times: int, **fields: Any) -> list[int]:
    return [ask(made, model="a", **fields).status for _ in range(times)]


def test_the_key_decides_the_environment() -> None:
    """There is no other way to choose one: a test key and a production key."""
    made = gateway()
    made.account.add_key("key-of-test")
    made.account.add_key("key-of-production", environment="production")
    for key in ("key-of-test", "key-of-production", "key-of-nobody"):
        hear(made, request(headers={"authorization": f"Bearer {key}"}))
    assert [(log.environment, log.is_test) for log in made.logs] == [("test", True), ("production", False)]
    assert made.calls.last.status == 401


def test_an_organization_without_a_plan_is_forbidden() -> None:
    """Its key is good, and of no use."""
    made = gateway()
    made.account.is_subscribed = False
    assert ask(made).status == 403


@pytest.mark.parametrize(
    ("limit", "allowed"), [({"requests": 2}, 2), ({"tokens": 2000}, 3), ({"cost": 1.5}, 2), ({"requests": 1}, 1)]
)
def test_a_limit_lets_so_much_through(limit: dict[str, Any], allowed: int) -> None:
    """Then calls are answered with a 429 that says when to come back, until the window is over."""
    made = gateway()
    made.account.limit(**limit)
    assert statuses(made, 5) == [200] * allowed + [429] * (5 - allowed)
    heard = ask(made, model="a")
    assert heard.json == {"detail": "Rate limit exceeded", "retry_after": 60}
    assert heard.headers["retry-after"] == "60"
    assert "over the limit of" in str(made.calls.last.story)
    made.clock.advance(seconds=20)
    assert ask(made, model="a").json["retry_after"] == 40
    made.clock.advance(seconds=40)
    assert ask(made, model="a").status == 200


@pytest.mark.parametrize(("choice", "allowed"), [("exceeded", 3), ("reached", 2)])
def test_whether_reaching_a_limit_is_too_much_is_a_choice(choice: Any, allowed: int) -> None:
    """The REST client documents that a limit of 3 allows two."""
    made = gateway(contract=Contract(limit_reached=choice))
    made.account.limit(requests=3)
    assert statuses(made, 4) == [200] * allowed + [429] * (4 - allowed)


def test_a_limit_may_be_each_customers_or_each_keys_own() -> None:
    """What others use does not count."""
    made = gateway()
    made.account.limit(requests=1, per="customer")
    assert statuses(made, 2, customer_identifier="u1") == [200, 429]
    assert statuses(made, 2, customer_identifier="u2") == [200, 429]
    assert statuses(made, 2) == [200, 200]

    keyed = gateway()
    keyed.account.limit(requests=1, per="key")
    keys = ["one", "one", "two"]
    answers = [hear(keyed, request(headers={"authorization": f"Bearer {key}"})).status for key in keys]
    assert answers == [200, 429, 200]


def test_a_limit_may_only_warn() -> None:
    """The call goes through, and its story says what it went over."""
    made = gateway()
    made.account.limit(requests=1, action="warn")
    assert statuses(made, 2) == [200, 200]
    assert made.calls.last.warnings == ["over the limit of 1 request in 60 s per organization"]


@pytest.mark.parametrize("choice", [True, False])
def test_whether_a_limit_says_when_to_come_back_is_a_choice(choice: bool) -> None:
    """`retry_after` is documented for rate limits in general."""
    made = gateway(contract=Contract(limit_retry_after=choice))
    made.account.limit(requests=1)
    statuses(made, 1)
    assert ("retry_after" in ask(made, model="a").json) is choice


def test_a_customer_has_a_rate_limit_of_its_own() -> None:
    """`customer_params.rate_limit`: requests a minute."""
    made = gateway()
    params = {"customer_identifier": "u1", "rate_limit": 1}
    assert statuses(made, 2, customer_params=params) == [200, 429]
    made.clock.advance(minutes=1)
    assert statuses(made, 1, customer_params=params) == [200]


@pytest.mark.parametrize(
    ("params", "days", "after"),
    [
        ({"period_budget": 1, "budget_duration": "daily"}, 1, 200),
        ({"period_budget": 1, "budget_duration": "weekly"}, 6, 429),
        ({"period_budget": 1, "budget_duration": "weekly"}, 7, 200),
        ({"period_budget": 1}, 29, 429),
        ({"period_budget": 1, "budget_duration": "monthly"}, 30, 200),
        ({"period_budget": 1, "budget_duration": "yearly"}, 364, 429),
        ({"total_budget": 1}, 400, 429),
    ],
)
def test_a_customer_has_a_budget(params: dict[str, Any], days: int, after: int) -> None:
    """In a period or for ever; by the REST client of October 2026 it is neither saved nor enforced."""
    asked = {"customer_params": {"customer_identifier": "u1", **params}}
    made = gateway()
    assert statuses(made, 3, **asked) == [200, 200, 429]
    made.clock.advance(days=days)
    assert statuses(made, 1, **asked) == [after]
    assert statuses(gateway(contract=Contract(customer_budgets="ignored")), 3, **asked) == [200, 200, 200]


@pytest.mark.parametrize(("choice", "after"), [("enforced", 429), ("of_request", 200), ("ignored", 200)])
def test_a_budget_that_a_request_has_brought_is_the_customers(choice: Any, after: int) -> None:
    """It holds for the next one that does not bring it again, as the page on the user shows it; and for nobody else."""
    made = gateway(contract=Contract(customer_budgets=choice))
    asked = {"customer_params": {"customer_identifier": "u1", "total_budget": 1}}
    assert statuses(made, 2, **asked) == [200, 200]
    assert statuses(made, 1, customer_identifier="u1") == [after]
    assert statuses(made, 1, customer_identifier="u2") == [200]


@pytest.mark.usefixtures("eager_threads")
def test_of_calls_that_come_at_once_no_more_are_let_in() -> None:
    """Each sees those that came before it. A race, and so only likely to be met here."""
    for _ in range(20):
        made = gateway()
        made.account.limit(requests=2)
        assert sorted(at_once(made, 6)) == [200, 200, 429, 429, 429, 429]


@pytest.mark.parametrize("act", ["hangs_up", "times_out"])
def test_a_limit_of_answers_counts_none_that_never_came(act: str) -> None:
    """Whether the client was told of it by a status, or by nothing at all."""
    made = Gateway(contract=Contract(limit_counts="answered", hung_up="cut"))
    getattr(made.model("a"), act)(times=3).replies("Hello.")
    made.account.limit(requests=2)
    assert statuses(made, 6)[3:] == [200, 200, 429]


def test_credits_run_out_for_calls_on_no_other_credentials() -> None:
    """Then it is a 402, unless the caller brings credentials along."""
    made = gateway()
    made.account.credit = 1.0
    assert statuses(made, 2) == [200, 402]
    assert ask(made, model="a").json == {"detail": "Insufficient credits."}
    assert statuses(made, 1, credential_override={"a": {"api_key": "own"}}) == [200]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, TypeError),
        ({"requests": 1, "cost": 1}, TypeError),
        ({"requests": 0}, ValueError),
        ({"requests": 1, "per": "team"}, ValueError),
        ({"requests": 1, "window": -1}, ValueError),
    ],
)
def test_a_limit_nobody_can_keep_is_refused(arguments: dict[str, Any], error: type[Exception]) -> None:
    """Where it is set."""
    with pytest.raises(error):
        Gateway().account.limit(**arguments)
