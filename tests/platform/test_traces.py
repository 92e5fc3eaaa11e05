"""Traces: lists, and trees of spans."""

from typing import Any

import pytest

from mock_gateway import Gateway

from .rest import call, created, listed


def span(name: str, parent: str | None = None, trace: str = "t", **fields: Any) -> Any:
    """A log that is a span of a trace."""
    kind = {"log_type": "task", **fields}
    return created(trace_unique_id=trace, span_unique_id=name, span_parent_id=parent, span_name=name, **kind)


def tree(trace: str = "t") -> Any:
    """The tree of a trace: names, each with what stands below it."""

    def names(nodes: Any) -> Any:
        return {node["span_unique_id"]: names(node["children"]) for node in nodes}

    answer = call("GET", f"traces/{trace}/")
    assert answer.status_code == 200, answer.text
    return names(answer.json()["span_tree"])


def test_a_trace_in_full(gateway: Gateway) -> None:
    """As documented: its times, what it weighs and costs, and its spans."""
    span("root", log_type="workflow", span_workflow_name="w", start_time="2026-01-01T00:00:00Z", latency=3)
    gateway.clock.advance(seconds=3)
    span("ask", "root", log_type="chat", model="gpt-4o", prompt_tokens=6, completion_tokens=9, latency=1)
    span("tool", "root", log_type="tool", status_code=500, latency=2, customer_identifier="u")
    answer = call("GET", "traces/t/")
    found = answer.json()
    expected = {
        "id": "t",
        "trace_unique_id": "t",
        "name": "w",
        "start_time": "2026-01-01T00:00:00.000000Z",
        "end_time": "2026-01-01T00:00:03.000000Z",
        "duration": 3.0,
        "span_count": 3,
        "llm_call_count": 1,
        "total_prompt_tokens": 6,
        "total_completion_tokens": 9,
        "total_tokens": 15,
        "total_cost": 0.000105,
        "error_count": 1,
        "customer_identifier": "u",
        "environment": "test",
    }
    assert {name: found[name] for name in expected} == expected
    assert tree() == {"root": {"tool": {}, "ask": {}}}
    root = found["span_tree"][0]
    assert (root["id"], root["log_type"], root["status"], root["latency"]) == ("root", "workflow", "success", 3)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([("a", None), ("b", "a"), ("c", "b")], {"a": {"b": {"c": {}}}}),
        ([("c", "b"), ("b", "a"), ("a", None)], {"a": {"b": {"c": {}}}}),
        ([("a", "never sent")], {"a": {}}),
        ([("a", None), ("b", "never sent")], {"a": {}, "b": {}}),
        ([("a", "a")], {"a": {}}),
        ([("a", "b"), ("b", "a")], {"a": {}, "b": {}}),
        ([("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("e", "d")], {"a": {"d": {"e": {}}}, "b": {}, "c": {}}),
    ],
)
@pytest.mark.usefixtures("gateway")
def test_trees_lose_no_span(spans: list[tuple[str, str | None]], expected: Any) -> None:
    """Whatever is sent first, whatever is missing, and whatever says it is part of itself."""
    for name, parent in spans:
        span(name, parent)
    assert tree() == expected
    assert call("GET", "traces/t/").json()["span_count"] == len(spans)
    assert listed(what="traces")["count"] == 1


@pytest.mark.usefixtures("gateway")
def test_a_trace_nobody_sent_is_not_there() -> None:
    """In the words of the documentation."""
    answer = call("GET", "traces/nothing/")
    assert (answer.status_code, answer.json()["error"]) == (404, "Trace not found")


def test_the_list_of_traces(gateway: Gateway) -> None:
    """Newest first, with filters, order, pages and a window, as lists of logs have them."""
    for name in ("one", "two", "three"):
        span(name, trace=name, cost=len(name), metadata={"plan": name})
        gateway.clock.advance(seconds=1)
    created(model="of no trace")
    page = listed(what="traces", page_size=2)
    assert (page["count"], [trace["id"] for trace in page["results"]]) == (3, ["three", "two"])
    assert page["next"] == "https://api.respan.ai/api/traces/list/?page_size=2&page=2"
    by_cost = listed({"total_cost": {"operator": "gt", "value": [3]}}, what="traces")
    assert [trace["id"] for trace in by_cost["results"]] == ["three"]
    by_metadata = listed({"metadata__plan": "two"}, what="traces", include_fields="id,span_count")
    assert by_metadata["results"] == [{"id": "two", "span_count": 1}]
    assert [one["id"] for one in listed(what="traces", sort_by="id")["results"]] == ["one", "two", "three"]
    assert listed(what="traces", start_time="2026-01-01T00:00:02Z")["count"] == 1
    assert call("POST", "traces/list/", {"filters": {"total_costs": 3}}).status_code == 400


def test_a_call_that_says_it_is_a_span_is_one(gateway: Gateway) -> None:
    """Its row stands in the tree with those that were created."""
    gateway.model("gpt-4o").replies("Hi")
    span("root")
    place = {"trace_unique_id": "t", "span_unique_id": "asked", "span_parent_id": "root"}
    call("POST", "chat/completions", {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}], **place})
    assert tree() == {"root": {"asked": {}}}


@pytest.mark.usefixtures("gateway")
def test_a_deep_trace() -> None:
    """It may be deeper than most libraries write JSON."""
    for number in range(200):
        span(f"s{number}", f"s{number - 1}" if number else None)
    found, depth = tree(), 0
    while found:
        (found,) = found.values()
        depth += 1
    assert depth == 200
