"""Lists of logs: filters, pages, order, time."""

from typing import Any

import pytest
import requests

from mock_gateway import Gateway

from .rest import KEY, RESPAN, call, created, listed, models

ROWS: list[dict[str, Any]] = [
    {"model": "a", "cost": 1, "metadata": {"plan": "pro", "n": 3}, "note": "One", "properties": {"deep": True}},
    {"model": "b", "cost": 2, "metadata": {"plan": "free"}, "note": "Two", "fallback_models": ["x", "y"]},
    {"model": "abc", "cost": 10, "custom_identifier": "id"},
]


@pytest.fixture(autouse=True)
def _rows(gateway: Gateway) -> None:
    """Three logs, a second apart."""
    for row in ROWS:
        created(**row)
        gateway.clock.advance(seconds=1)


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("model", "", ["a"], "a"),
        ("model", "", "a", "a"),
        ("model", "=", ["a"], "a"),
        ("model", "==", ["a"], "a"),
        ("model", "eq", ["a"], "a"),
        ("model", "equals", ["a"], "a"),
        ("model", "in", ["a", "b"], "a b"),
        ("model", "not", ["a"], "b abc"),
        ("model", "!=", ["a"], "b abc"),
        ("model", "not_in", ["a", "b"], "abc"),
        ("note", "iexact", ["ONE"], "a"),
        ("cost", "", [2], "b"),
        ("cost", "", ["2"], "b"),
        ("cost", "lt", [2], "a"),
        ("cost", "lte", [2], "a b"),
        ("cost", "gt", [2], "abc"),
        ("cost", "gte", ["2"], "b abc"),
        ("timestamp", "gte", ["2026-01-01T00:00:01Z"], "b abc"),
        ("model", "gt", ["a"], "b abc"),
        ("cost", "lt", [], ""),
        ("custom_identifier", "lt", [3], ""),
        ("model", "contains", ["b"], "b abc"),
        ("model", "not_contains", ["b"], "a"),
        ("note", "icontains", ["o"], "a b"),
        ("note", "ilike", ["ON"], "a"),
        ("note", "full_text_search", ["tw"], "b"),
        ("note", "trigram_word_similar", ["tw"], "b"),
        ("model", "startswith", ["a"], "a abc"),
        ("model", "not_startswith", ["a"], "b"),
        ("model", "endswith", ["c"], "abc"),
        ("model", "not_endswith", ["c"], "a b"),
        ("model", "regex", ["^a.*c$"], "abc"),
        ("note", "isnull", [True], "abc"),
        ("note", "isnull", [False], "a b"),
        ("note", "isnull", None, "abc"),
        ("metadata", "empty", [], "abc"),
        ("note", "not_empty", None, "a b"),
        ("note", "notEmpty", None, "a b"),
        ("metadata", "has_key", ["n"], "a"),
        ("metadata", "has_key", [["n"]], ""),
        ("fallback_models", "overlap", ["y", "z"], "b"),
        ("fallback_models", "not_overlap", ["y"], "a abc"),
        ("metadata__plan", "", ["pro"], "a"),
        ("metadata__plan", "not", ["pro"], "b abc"),
        ("metadata__n", "gte", [3], "a"),
        ("metadata__nothing", "", ["x"], ""),
        ("properties__deep", "", [True], "a"),
        ("properties__deep", "", ["true"], "a"),
        ("stream", "", [False], ""),
        ("failed", "", [False], "a b abc"),
    ],
)
def test_every_operator(field: str, operator: str, value: Any, expected: str) -> None:
    """What it lets through."""
    page = listed({field: {"operator": operator, "value": value}}, sort_by="id")
    assert " ".join(models(page)) == expected
    assert page["count"] == len(expected.split())


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "a b abc"),
        ([], "a b abc"),
        ({"model": "a"}, "a"),
        ({"model": {"operator": "startswith", "value": "a"}, "cost": {"operator": "lt", "value": 5}}, "a"),
        ({"cost": [{"operator": "gt", "value": [1]}, {"operator": "lt", "value": [10]}]}, "b"),
        ([{"model": {"value": "a"}}, {"cost": {"value": 1}}], "a"),
        ({"filter_params": [{"model": "a"}, {"model": "b"}], "connector": "OR"}, "a b"),
        ({"filter_params": {"model": "a", "cost": 2}, "connector": "OR"}, "a b"),
        ({"filter_params": {"model": "a", "cost": 2}}, ""),
        ([{"filter_params": [{"model": "a"}, {"model": "b"}], "connector": "or"}, {"cost": {"value": 2}}], "b"),
    ],
)
def test_filters_together(filters: Any, expected: str) -> None:
    """All must hold, unless they are joined by OR."""
    assert " ".join(models(listed(filters, sort_by="id"))) == expected


def test_filters_may_stand_in_the_query() -> None:
    """As JSON, where there is no body."""
    answer = requests.get(
        f"{RESPAN}/request-logs/list", params={"filters": '{"model": "b"}'}, headers=KEY, timeout=5
    ).json()
    assert models(answer) == ["b"]


@pytest.mark.parametrize(
    ("filters", "near"),
    [
        ({"modell": {"value": ["a"]}}, "'model'"),
        ({"custom_identifer": "x"}, "'custom_identifier'"),
        ({"model": {"operator": "contain", "value": ["a"]}}, "'contains'"),
        ({"model": {"operator": "regex", "value": ["("]}}, "regular expression"),
    ],
)
def test_a_filter_nobody_knows_is_refused(filters: Any, near: str) -> None:
    """With the name that was probably meant."""
    answer = call("POST", "request-logs/list/", {"filters": filters})
    assert answer.status_code == 400
    assert near in answer.json()["detail"]


@pytest.mark.parametrize("filters", ["{", 3, [3], {"filter_params": 3}])
def test_filters_of_another_shape_are_refused(filters: Any) -> None:
    """They are objects."""
    assert call("POST", "request-logs/list/", {"filters": filters}).status_code == 400


def test_pages_follow_each_other(gateway: Gateway) -> None:
    """Each names the next and the previous one, and their addresses work; the last has no next."""
    first = listed(page_size=2)
    assert (first["count"], first["previous"], models(first)) == (3, None, ["abc", "b"])
    second = requests.post(first["next"], headers=KEY, timeout=5).json()
    assert (second["count"], second["next"], models(second)) == (3, None, ["a"])
    assert requests.post(second["previous"], headers=KEY, timeout=5).json() == first
    assert len(gateway.logs) == 3


def test_the_next_page_keeps_the_query() -> None:
    """Whatever else was asked for."""
    page = listed(page_size=1, sort_by="cost", include_fields="model,cost")
    assert requests.post(page["next"], headers=KEY, timeout=5).json()["results"] == [{"model": "b", "cost": 2}]


@pytest.mark.parametrize("page", [2, 99])
def test_a_page_too_far_is_empty(page: int) -> None:
    """The official client asks for one page after another until one is empty."""
    heard = call("POST", f"request-logs/list/?page={page}")
    assert (heard.status_code, heard.json()["results"]) == (200, [])
    assert listed({"model": "nobody"})["results"] == []


@pytest.mark.parametrize(
    ("sort_by", "expected"),
    [
        ("id", "a b abc"),
        ("-id", "abc b a"),
        ("cost", "a b abc"),
        ("-cost", "abc b a"),
        ("model", "a abc b"),
        ("-timestamp", "abc b a"),
        ("note", "abc a b"),
    ],
)
def test_the_order(sort_by: str, expected: str) -> None:
    """By any field, either way; what has no value comes first."""
    assert " ".join(models(listed(sort_by=sort_by))) == expected


@pytest.mark.parametrize(
    "query",
    [
        "sort_by=modell",
        "page=0",
        "page=x",
        f"page={'9' * 5000}",
        "page_size=-1",
        "start_time=soon",
        "end_time=2026-13-01",
    ],
)
def test_a_query_nobody_can_read_is_refused(query: str) -> None:
    """It is a bad request."""
    assert call("GET", f"request-logs/list/?{query}").status_code == 400


def test_only_the_fields_that_were_asked_for() -> None:
    """In every row."""
    assert listed({"model": "a"}, include_fields="model,cost,metadata")["results"] == [
        {"model": "a", "cost": 1, "metadata": {"plan": "pro", "n": "3"}}
    ]


def test_a_list_leaves_out_what_only_the_row_in_full_has() -> None:
    """The span's own id, and the whole request."""
    row = created(model="full", trace_unique_id="t", span_unique_id="s")
    in_list = listed({"model": "full"})["results"][0]
    in_full = call("GET", f"request-logs/{row['id']}/").json()
    assert set(in_full) - set(in_list) == {"span_unique_id", "full_request", "full_response"}
    assert in_full["span_unique_id"] == "s"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"start_time": "2026-01-01T00:00:01Z"}, "b abc"),
        ({"end_time": "2026-01-01T00:00:01Z"}, "a b"),
        ({"start_time": "2026-01-01T00:00:01+00:00", "end_time": "2026-01-01T00:00:01"}, "b"),
        ({"start_time": "2027-01-01"}, ""),
    ],
)
def test_a_window_of_time(query: dict[str, str], expected: str) -> None:
    """Its ends belong to it."""
    assert " ".join(models(listed(sort_by="id", **query))) == expected


def test_a_plus_sign_nobody_escaped_is_understood() -> None:
    """It stands for a blank in a query, and for a plus in a moment."""
    assert call("GET", "request-logs/list/?start_time=2026-01-01T00:00:02+00:00").json()["count"] == 1


def test_the_last_hour_is_listed_unless_more_is_asked_for(gateway: Gateway) -> None:
    """As documented."""
    gateway.clock.advance(hours=2)
    created(model="new")
    assert models(listed()) == ["new"]
    assert listed(start_time="2026-01-01")["count"] == 4


def test_a_log_about_long_ago_is_listed_when_it_came_in_just_now() -> None:
    """Its own time is not when it came in."""
    created(model="old", timestamp="2020-01-01T00:00:00Z")
    assert "old" in models(listed())


def test_rows_are_of_the_environment_of_their_key(gateway: Gateway) -> None:
    """Which can be asked for."""
    gateway.account.add_key("any")
    gateway.account.add_key("live", environment="prod")
    answer = call("POST", "request-logs/", {"model": "live", "environment": "test"}, {"Authorization": "Bearer live"})
    assert (answer.json()["environment"], answer.json()["is_test"]) == ("prod", False)
    assert models(listed(environment="prod")) == ["live"]
    assert models(listed(is_test="false")) == ["live"]
    assert listed(is_test="true")["count"] == 3
    assert listed()["count"] == 4


def test_calls_and_created_logs_are_in_one_list(gateway: Gateway) -> None:
    """Newest first, wherever they come from."""
    gateway.model("gpt-4o").replies("Hi")
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}
    log_id = call("POST", "chat/completions", body).headers["x-respan-log-id"]
    page = listed()
    assert models(page) == ["gpt-4o", "abc", "b", "a"]
    assert page["results"][0]["unique_id"] == log_id
