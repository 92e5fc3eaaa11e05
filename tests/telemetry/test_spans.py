"""What a span says, by the attributes it came with."""

from typing import Any

import pytest

from mock_gateway.telemetry.attributes import KEYS

from .sending import ROOT, TRACE, attribute, batch, get, sent, span

VALUES: dict[str, tuple[Any, str, Any]] = {
    "name": ("n", "name", "n"),
    "workflow": ("w", "workflow", "w"),
    "kind": ("Tool", "kind", "tool"),
    "model": ("m", "model", "m"),
    "input": ('["x"]', "input", ["x"]),
    "output": ('{"x": 1}', "output", {"x": 1}),
    "prompt_tokens": (6, "prompt_tokens", 6),
    "completion_tokens": ("9", "completion_tokens", 9),
    "status": (429, "status", "error"),
    "customer_identifier": ("u", "customer_identifier", "u"),
    "thread_identifier": ("t", "thread_identifier", "t"),
    "session_identifier": ("s", "session_identifier", "s"),
    "trace_group_identifier": ("g", "trace_group_identifier", "g"),
    "cost": (0.25, "cost", 0.25),
    "custom_identifier": ("c", "custom_identifier", "c"),
    "log_id": ("log-1", "log_id", "log-1"),
}
"""What is said, and the property of a span that shows it, with what it shows."""

ROWS: dict[str, tuple[Any, str, Any]] = {
    "path": ("a.b", "span_path", "a.b"),
    "method": ("python_tracing", "log_method", "python_tracing"),
    "requested_model": ("m", "model", "m"),
    "response_id": ("r", "response_id", "r"),
    "total_tokens": (20, "total_request_tokens", 20),
    "cache_hit_tokens": (4, "prompt_cache_hit_tokens", 4),
    "cache_creation_tokens": (4, "prompt_cache_creation_tokens", 4),
    "reasoning_tokens": (4, "reasoning_tokens", 4),
    "stream": (True, "stream", True),
    "temperature": (0.5, "temperature", 0.5),
    "max_tokens": (7, "max_tokens", 7),
    "top_p": (0.5, "top_p", 0.5),
    "frequency_penalty": (0.5, "frequency_penalty", 0.5),
    "presence_penalty": (0.5, "presence_penalty", 0.5),
    "tools": ('[{"type":"function"}]', "tools", [{"type": "function"}]),
    "tool_calls": ('[{"id":"c"}]', "has_tool_calls", True),
    "status": (429, "status_code", 429),
    "customer_email": ("a@b.c", "customer_email", "a@b.c"),
    "customer_name": ("N", "customer_name", "N"),
    "evaluation_identifier": ("e", "evaluation_identifier", "e"),
    "environment": ("prod", "environment", "prod"),
    "properties": ('{"n":3}', "properties", {"n": 3}),
    "prompt": ('{"prompt_id":"p","variables":{"x":1}}', "prompt_id", "p"),
}
"""What is said, and the field of its row that shows it, with what it shows."""

CHAT = {"gen_ai.operation.name": "chat"}


def spelled(table: dict[str, tuple[Any, str, Any]]) -> list[tuple[str, Any, str, Any]]:
    return [(key, *shown) for name, shown in table.items() for key in KEYS[name]]


def test_every_meaning_is_shown() -> None:
    """A new one is not finished without a line in one of the tables; what went wrong has a test of its own."""
    assert set(KEYS) == {*VALUES, *ROWS, "error"}


@pytest.mark.parametrize(("key", "value", "name", "shown"), spelled(VALUES))
def test_every_spelling_is_read(key: str, value: Any, name: str, shown: Any) -> None:
    """Whichever of its keys says it."""
    found = sent(batch(span(says={key: value}))).spans.one()
    assert getattr(found, name) == shown


@pytest.mark.parametrize(("key", "value", "name", "shown"), spelled(ROWS))
def test_every_spelling_is_in_the_row(key: str, value: Any, name: str, shown: Any) -> None:
    """Of a span that stands alone."""
    row = get(sent(batch(span(says={**CHAT, key: value}))), f"request-logs/{TRACE}-{ROOT}/").json
    assert row[name] == shown


@pytest.mark.parametrize("name", [name for name, keys in KEYS.items() if len(keys) > 1 and name in VALUES])
def test_the_first_key_counts_most(name: str) -> None:
    """Where several say it, in whatever order they were sent."""
    first, *others = KEYS[name]
    value, shown_by, shown = VALUES[name]
    different = 5 if isinstance(value, int) else "0"
    says = [attribute(key, different) for key in others] + [attribute(first, value)]
    assert getattr(sent(batch(span(attributes=says))).spans.one(), shown_by) == shown


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({}, None),
        ({"status": {"code": 1}}, None),
        ({"status": {"code": 0}}, None),
        ({"status": {"code": 2, "message": "broken"}}, "broken"),
        ({"status": {"code": "STATUS_CODE_ERROR"}}, "error"),
        ({"status": {"code": 2}, "attributes": [attribute("error.message", "said")]}, "said"),
        ({"attributes": [attribute("status_code", 500), attribute("error.message", "said")]}, "said"),
        (
            {
                "status": {"code": 2},
                "events": [{"name": "exception", "attributes": [attribute("exception.message", "raised")]}],
            },
            "raised",
        ),
    ],
)
def test_what_went_wrong(fields: Any, error: str | None) -> None:
    """In the words of the span, of its status, or of what was raised in it."""
    found = sent(batch(span(**fields))).spans.one()
    assert (found.status, found.error) == ("ok" if error is None else "error", error)


@pytest.mark.parametrize(
    ("says", "metadata"),
    [
        ({"respan.metadata.plan": "pro", "respan.metadata._sdk": "x"}, {"plan": "pro"}),
        ({"respan.metadata": '{"plan": "pro", "n": 3}'}, {"plan": "pro", "n": 3}),
        ({"respan.metadata": '{"plan": "free"}', "respan.metadata.plan": "pro"}, {"plan": "pro"}),
        ({"respan.metadata": "no JSON"}, {}),
    ],
)
def test_metadata_one_by_one_or_all_in_one(says: Any, metadata: Any) -> None:
    """The SDK's own is left out."""
    assert sent(batch(span(says=says))).spans.one().metadata == metadata


def test_messages_that_are_spelled_out() -> None:
    """As the indices say, whatever the order, where no input says it all."""
    says = {
        "gen_ai.prompt.10.content": "last",
        "gen_ai.prompt.2.content": "first",
        "gen_ai.prompt.2.role": "user",
        "gen_ai.prompt.x.role": "nobody",
        f"gen_ai.prompt.{'9' * 5000}.role": "nobody",
        "gen_ai.completion.0.role": "assistant",
    }
    found = sent(batch(span(says=says))).spans.one()
    assert found.input == [{"content": "first", "role": "user"}, {"content": "last"}]
    assert found.output == {"role": "assistant"}


@pytest.mark.parametrize("value", ["9" * 5000, "many", 1e300, float("inf"), True, "²"])
def test_a_number_nobody_can_read_is_none(value: Any) -> None:
    """The span and its row are read all the same."""
    gateway = sent(batch(span(says={**CHAT, "gen_ai.usage.prompt_tokens": value, "status_code": value})))
    assert gateway.spans.one().prompt_tokens is None
    assert get(gateway, "request-logs/list/").json["results"][0]["status_code"] == 200


@pytest.mark.parametrize(
    ("start", "end", "seconds", "is_ended"),
    [
        ("1000000000", "3500000000", 2.5, True),
        ("3500000000", "1000000000", 0.0, True),
        ("1", "0", 0.0, False),
        ("1", ..., 0.0, False),
        (1, 1000000001, 1.0, True),
    ],
)
def test_times(start: Any, end: Any, seconds: float, is_ended: bool) -> None:
    """A span may end before it begins, or never: it takes no less than no time."""
    gateway = sent(batch(span(startTimeUnixNano=start, endTimeUnixNano=end)))
    found = gateway.spans.one()
    assert (found.seconds, found.is_ended) == (seconds, is_ended)
    assert get(gateway, f"request-logs/{TRACE}-{ROOT}/").json["latency"] == seconds
    assert get(gateway, f"traces/{TRACE}/").json["duration"] == seconds


@pytest.mark.parametrize("parent", ["", "0000000000000000", "0000000000000001", None])
def test_what_a_root_says_of_its_parent(parent: str | None) -> None:
    """Nothing, or an id that is nobody's."""
    found = sent(batch(span(parentSpanId=parent))).spans.one()
    assert (found.parent_id, found.is_orphan) == (None, False)


def test_an_id_that_is_nobodys_unless_somebody_has_it() -> None:
    """The parent Respan's SDK names outside of any span is one where such a span is sent, before its parts or after them."""
    first, second = "0" * 15 + "1", "2" * 16
    gateway = sent(batch(span(second, first), span(first, first)))
    assert {one.id: one.parent_id for one in gateway.spans} == {first: None, second: first}
    assert [one.id for one in gateway.traces.one().root.children] == [second]


def test_ids_in_capitals_are_the_same() -> None:
    """As some exporters write them."""
    gateway = sent(batch(span("B" * 16, traceId="A" * 32), span("c" * 16, "b" * 16)))
    assert [one.id for one in gateway.spans] == ["b" * 16, "c" * 16]
    assert gateway.traces.one().root.children.one().id == "c" * 16


@pytest.mark.parametrize(
    ("spans", "tree"),
    [
        ([span("2" * 16, ROOT), span()], "span span 1\n  span span 2"),
        ([span("2" * 16, "9" * 16)], "span span 2 (parent never sent)"),
        ([span("2" * 16, "3" * 16), span("3" * 16, "2" * 16)], "span span 2\n  span span 3"),
        ([span("2" * 16, "2" * 16)], "span span 2"),
    ],
)
def test_trees_lose_no_span(spans: Any, tree: str) -> None:
    """Children first, parents never sent, spans that are their own ancestors."""
    gateway = sent(*[batch(one) for one in spans])
    assert str(gateway.traces.one()) == tree
    assert get(gateway, f"traces/{TRACE}/").json["span_count"] == len(spans)


@pytest.mark.parametrize(("kept", "name"), [("first", "one"), ("last", "two")])
def test_of_two_spans_with_one_id_one_is_kept(kept: str, name: str) -> None:
    """Which of them is a choice of the contract."""
    gateway = sent(batch(span(name="one")), batch(span(name="two")), contract={"repeated_span": kept})
    assert gateway.spans.one().name == name


def test_a_scope_that_is_no_name_is_shown_as_it_is() -> None:
    """Whatever somebody has put there: what is read of the span does not depend on it."""
    told = sent({"resourceSpans": [{"scopeSpans": [{"scope": {"name": ["odd"]}, "spans": [span()]}]}]}).spans.one()
    assert (told.scope, told.prompt_tokens) == ("['odd']", None)
