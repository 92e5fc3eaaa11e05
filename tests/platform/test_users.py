"""Users over REST: the customers in the log, and their budgets."""

from typing import Any
from urllib.parse import quote

import pytest
import requests

from mock_gateway import Contract, Gateway, Usage

from .rest import KEY, RESPAN, call, created


def gateway_of(**settings: Any) -> Gateway:
    """A gateway with one model, which takes a second and costs a dollar a call."""
    made = Gateway(**settings)
    made.model("*").replies("Hello.", usage=Usage(600, 400), delay=1, optional=True)
    made.account.price("a", prompt=1000, completion=1000)
    return made


def ask(customer: str | None = "u1", headers: Any = KEY, **fields: Any) -> int:
    """The status of a call on behalf of a customer."""
    body = {"model": "a", "messages": [{"role": "user", "content": "Hi"}], "customer_identifier": customer, **fields}
    return call("POST", "chat/completions", body, headers).status_code


def user(identifier: str = "u1", query: str = "") -> Any:
    """What is known of a user."""
    answer = call("GET", f"users/{identifier}/{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def change(identifier: str = "u1", **fields: Any) -> Any:
    """The user after a change."""
    answer = call("PATCH", f"users/{identifier}/", fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_user_is_whoever_is_in_the_log() -> None:
    """With what they have used, counted from the rows of their calls and of the logs created for them."""
    with gateway_of().intercept():
        ask(customer_email="u1@example.com", cache_enabled=True)
        ask(cache_enabled=True)
        ask(stream=True)
        ask("u2")
        ask(None)
        params = {"customer_identifier": "u1", "name": "Una"}
        created(model="b", cost=2.5, prompt_tokens=1, completion_tokens=1, latency=4, customer_params=params)
        assert user() == {
            "id": "u1",
            "customer_identifier": "u1",
            "environment": "test",
            "is_test": True,
            "name": "Una",
            "email": "u1@example.com",
            "metadata": None,
            "markup_percentage": 0.0,
            "organization_name": None,
            "unique_organization_id": None,
            "period_budget": None,
            "budget_duration": "monthly",
            "total_budget": None,
            "period_start": "2026-01-01T00:00:00.000000Z",
            "period_end": "2026-01-31T00:00:00.000000Z",
            "total_period_usage": 4.5,
            "number_of_requests": 4,
            "total_requests": 4,
            "total_cost": 4.5,
            "cost": 4.5,
            "total_usage": 4.5,
            "average_monthly_cost": 4.5,
            "total_prompt_tokens": 1801,
            "total_completion_tokens": 1201,
            "total_tokens": 3002,
            "tokens": 3002,
            "total_cache_hits": 1,
            "average_latency": 1.5,
            "average_ttft": 1.0,
            "top_models": {"a": 2, "b": 1},
            "active_days": 1,
            "first_seen": "2026-01-01T00:00:00.000000Z",
            "created_at": "2026-01-01T00:00:00.000000Z",
            "last_active": "2026-01-01T00:00:04.000000Z",
            "last_active_timeframe": "2026-01-01T00:00:04.000000Z",
            "updated_at": "2026-01-01T00:00:04.000000Z",
        }


@pytest.mark.parametrize("customer_budgets", ["enforced", "ignored"])
@pytest.mark.parametrize(
    ("budget", "days", "after"),
    [
        ({"total_budget": 1}, 400, 429),
        ({"period_budget": 1}, 29, 429),
        ({"period_budget": 1}, 30, 200),
        ({"period_budget": 1, "budget_duration": "daily"}, 1, 200),
        ({"period_budget": 1, "budget_duration": "weekly"}, 6, 429),
        ({"period_budget": 1, "period_start": "2025-12-31", "period_end": "2026-01-03"}, 1, 429),
        ({"period_budget": 1, "period_start": "2025-12-31", "period_end": "2026-01-03"}, 2, 200),
    ],
)
def test_a_budget_that_was_set_is_enforced(customer_budgets: Any, budget: Any, days: int, after: int) -> None:
    """Whatever becomes of budgets in requests; a period begins anew, a total does not."""
    made = gateway_of(contract={"customer_budgets": customer_budgets})
    with made.intercept():
        assert ask() == 200
        change(**budget)
        assert [ask(), ask()] == [200, 429]
        assert made.calls.last.error == "Rate limit exceeded"
        assert ask("u2") == 200
        made.clock.advance(days=days)
        assert ask() == after


def test_whether_reaching_a_budget_is_too_much_is_a_choice() -> None:
    """As for other limits."""
    with gateway_of(contract=Contract(limit_reached="reached")).intercept():
        ask()
        change(total_budget=1)
        assert ask() == 429


def test_a_budget_is_taken_away_by_null() -> None:
    """And whoever had spent it may go on."""
    with gateway_of().intercept():
        ask()
        change(total_budget=0.5)
        assert ask() == 429
        assert change(total_budget=None)["total_budget"] is None
        assert ask() == 200


def test_a_period_begins_with_the_day_its_budget_was_set() -> None:
    """Unless it is said; it stays when the budget is changed, and what was used before it does not count."""
    made = gateway_of()
    with made.intercept():
        ask()
        made.clock.advance(days=10, hours=5)
        told = change(period_budget=5, budget_duration="weekly")
        assert (told["period_start"], told["period_end"], told["total_period_usage"], told["total_cost"]) == (
            "2026-01-11T00:00:00.000000Z",
            "2026-01-18T00:00:00.000000Z",
            0.0,
            1.0,
        )
        made.clock.advance(days=8)
        ask()
        told = change(period_budget=6)
        assert (told["period_start"], told["total_period_usage"]) == ("2026-01-18T00:00:00.000000Z", 1.0)
        assert change(period_start=None)["period_start"] == "2026-01-19T00:00:00.000000Z"
        told = change(period_end="2026-01-20T00:00:00Z")
        assert told["period_end"] == "2026-01-20T00:00:00.000000Z"
        assert change(budget_duration="daily")["period_end"] == "2026-01-20T00:00:00.000000Z"
        assert change(budget_duration=None)["period_end"] == "2026-02-18T00:00:00.000000Z"


def test_who_a_user_is_can_be_said() -> None:
    """It goes over what calls say; metadata is kept without its secrets."""
    made = gateway_of()
    with made.intercept():
        ask(customer_name="Una")
        made.clock.advance(seconds=9)
        told = change(name="Ursula", email="u@example.com", metadata={"plan": "pro", "api_key": "sk-0123456789ab"})
        assert (told["name"], told["email"]) == ("Ursula", "u@example.com")
        assert told["metadata"] == {"plan": "pro", "api_key": "sk-***"}
        assert told["updated_at"] == "2026-01-01T00:00:10.000000Z"
        ask(customer_name="Una")
        assert user()["name"] == "Ursula"


@pytest.mark.parametrize(("choice", "shown"), [("enforced", 7.0), ("ignored", None)])
def test_budgets_of_requests_are_shown_where_they_count(choice: Any, shown: float | None) -> None:
    """By the official client of October 2026 they are not saved."""
    with gateway_of(contract={"customer_budgets": choice}).intercept():
        ask(customer_params={"customer_identifier": "u1", "period_budget": 7, "name": "Una"})
        assert (user()["period_budget"], user()["name"]) == (shown, "Una")


def test_a_deleted_user_begins_anew() -> None:
    """Nothing of them is left but their rows, which count for nobody."""
    made = gateway_of()
    with made.intercept():
        ask()
        change(total_budget=0.5, name="Una")
        assert call("DELETE", "users/u1/").status_code == 204
        assert call("GET", "users/u1/").status_code == 404
        assert call("PATCH", "users/u1/", {}).status_code == 404
        assert ask() == 200
        again = user()
        assert (again["name"], again["total_budget"], again["total_cost"]) == (None, None, 1.0)
        change(total_budget=1)
        assert [ask(), ask()] == [200, 429]
        assert len(made.logs) == 4


def test_a_user_is_another_one_in_another_environment() -> None:
    """The environment is the key's, unless another is named; a budget holds in its own."""
    made = gateway_of()
    made.account.add_key("any")
    made.account.add_key("live", environment="prod")
    live = {"Authorization": "Bearer live"}
    with made.intercept():
        assert [ask(), ask(headers=live), ask(headers=live)] == [200, 200, 200]
        assert (user()["total_requests"], user(query="?environment=prod")["total_requests"]) == (1, 2)
        assert call("GET", "users/u1/", None, live).json()["environment"] == "prod"
        answer = requests.patch(
            f"{RESPAN}/users/u1/?environment=prod", json={"total_budget": 1}, headers=KEY, timeout=5
        )
        assert (answer.status_code, answer.json()["environment"]) == (200, "prod")
        assert [ask(), ask(headers=live)] == [200, 429]
        assert ask() == 200


@pytest.mark.parametrize(
    ("filters", "sort_by", "expected"),
    [
        (None, "-id", "u2 u1"),
        (None, "-total_cost", "u1 u2"),
        (None, "customer_identifier", "u1 u2"),
        ({"total_cost": {"operator": "gte", "value": [2]}}, "id", "u1"),
        ({"email": {"operator": "endswith", "value": ["@acme.dev"]}}, "id", "u2"),
        ({"number_of_requests": {"operator": "lt", "value": [2]}}, "id", "u2"),
    ],
)
def test_users_are_filtered_and_sorted(filters: Any, sort_by: str, expected: str) -> None:
    """By what they used, and by who they are."""
    with gateway_of().intercept():
        for customer in ("u1", "u2", "u1"):
            ask(customer, customer_email="x@acme.dev" if customer == "u2" else None)
        sent = None if filters is None else {"filters": filters}
        for path in ("users/list/", "users/"):
            if path == "users/" and sent is not None:
                continue
            method = "GET" if sent is None else "POST"
            page = call(method, f"{path}?sort_by={sort_by}&page_size=2", sent).json()
            assert " ".join(one["customer_identifier"] for one in page["results"]) == expected


def test_what_cannot_be_filtered_by_is_refused() -> None:
    """Metadata as well."""
    with gateway_of().intercept():
        for name in ("metadata__plan", "nonsense"):
            assert call("POST", "users/list/", {"filters": {name: "x"}}).status_code == 400


@pytest.mark.parametrize("identifier", ["u@example.com", "a b", "ü", "50%", "org/u1", "list me"])
def test_an_identifier_may_have_any_letters(identifier: str) -> None:
    """As clients write them in a path."""
    with gateway_of().intercept():
        ask(identifier)
        assert user(quote(identifier, safe=""))["id"] == identifier


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"period_budget": -1}, "period_budget"),
        ({"budget_duration": "hourly"}, "budget_duration"),
        ({"total_budget": "much"}, "total_budget"),
        ({"period_start": "2026-02-01", "period_end": "2026-01-01"}, "period_end"),
    ],
)
def test_a_budget_nobody_can_keep_is_refused(sent: Any, field: str) -> None:
    """By the name of the field, and nothing is changed."""
    with gateway_of().intercept():
        ask()
        answer = call("PATCH", "users/u1/", {"name": "x", **sent})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
        assert user()["name"] is None


def test_a_user_appears_with_their_rows() -> None:
    """Later, where the contract has rows appear late; asking again and again ends."""
    with gateway_of(contract={"log_delay": 2.5}).intercept():
        ask()
        statuses = [call("GET", "users/u1/").status_code for _ in range(4)]
        assert statuses == [404, 404, 404, 200]
