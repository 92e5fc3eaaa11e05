"""Spans as older exporters send them: a list of logs."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_gateway import Gateway
from mock_gateway.core.records import NotOne

from .sending import get, send

PATH = "/api/v1/traces/ingest"
LOGS: list[dict[str, Any]] = [
    {
        "trace_unique_id": "t",
        "span_unique_id": "root",
        "span_name": "flow",
        "span_workflow_name": "flow",
        "log_type": "workflow",
        "start_time": "2026-01-01T00:00:00.123457Z",
        "timestamp": "2026-01-01T00:00:03.123457Z",
    },
    {
        "trace_unique_id": "t",
        "span_unique_id": "ask",
        "span_parent_id": "root",
        "span_name": "ask",
        "log_type": "chat",
        "model": "gpt-4o",
        "prompt_messages": [{"role": "user", "content": "Hi"}],
        "completion_message": {"role": "assistant", "content": "Hello"},
        "usage": {"input_tokens": 6, "output_tokens": 9},
        "customer_params": {"customer_identifier": "u"},
        "metadata": {"plan": "pro"},
        "timestamp": "2026-01-01T00:00:02Z",
        "latency": 1.5,
    },
]


def taken(*logs: Any) -> Gateway:
    """A gateway that took these."""
    gateway = Gateway()
    heard = send(gateway, list(logs), PATH)
    assert heard.status == 200, heard.body
    return gateway


@pytest.mark.parametrize("path", [f"{base}{end}" for base in (PATH, "/api/traces/ingest") for end in ("", "/")])
@pytest.mark.parametrize("wrap", [list, lambda logs: {"logs": logs}, lambda logs: {"spans": logs}])
def test_logs_are_taken_as_spans(path: str, wrap: Any) -> None:
    """As a list, or in an object; the answer counts them."""
    gateway = Gateway()
    heard = send(gateway, wrap(LOGS), path)
    assert heard.status == 200
    assert heard.json == {
        "status": "ok",
        "message": "Trace ingested successfully",
        "ingested_spans": 2,
        "created_traces": 1,
        "trace_ids": ["t"],
        "errors": [],
    }
    assert str(gateway.traces.one()) == "workflow flow\n  chat gpt-4o"


def test_what_a_log_says_of_a_span() -> None:
    """In fields of their own, in the provider's usage, and about the customer."""
    gateway = taken(*LOGS)
    span = gateway.spans.one(kind="chat")
    assert (span.name, span.model, span.workflow, span.customer_identifier) == ("ask", "gpt-4o", "flow", "u")
    assert (span.prompt_tokens, span.completion_tokens, span.metadata) == (6, 9, {"plan": "pro"})
    assert span.input == [{"role": "user", "content": "Hi"}]
    assert span.output == {"role": "assistant", "content": "Hello"}
    row = get(gateway, "request-logs/t-ask/").json
    assert (row["cost"], row["latency"]) == (pytest.approx(0.000105), 1.5)
    assert row["start_time"] == "2026-01-01T00:00:00.500000Z"


@pytest.mark.parametrize(
    ("fields", "start", "end"),
    [
        ({}, "00:00:00", "00:00:00"),
        ({"latency": 2}, "23:59:58", "00:00:00"),
        ({"start_time": "2026-01-01T00:00:05Z", "latency": 2}, "00:00:05", "00:00:07"),
        ({"timestamp": "2026-01-01T00:00:05Z", "latency": 2}, "00:00:03", "00:00:05"),
        ({"timestamp": "2026-01-01T00:00:05+01:00"}, "23:00:05", "23:00:05"),
        ({"timestamp": "2026-01-01T00:00:05Z", "latency": "long"}, "00:00:05", "00:00:05"),
    ],
)
def test_times(fields: Any, start: str, end: str) -> None:
    """What is missing follows from the rest, or is now."""
    span = taken({"trace_unique_id": "t", "span_unique_id": "s", **fields}).spans.one()
    assert (f"{span.start:%H:%M:%S}", f"{span.end:%H:%M:%S}") == (start, end)


def test_times_are_exact() -> None:
    """To the microsecond."""
    assert taken(LOGS[0]).spans.one().start_nanoseconds == 1_767_225_600_123_457_000


@pytest.mark.parametrize(
    ("fields", "error"),
    [({}, None), ({"status_code": 500}, "error"), ({"error_message": "e"}, "e"), ({"status": "failed"}, "error")],
)
def test_what_went_wrong(fields: Any, error: str | None) -> None:
    """As its status, or its message, says."""
    assert taken({"trace_unique_id": "t", "span_unique_id": "s", **fields}).spans.one().error == error


def test_a_compressed_list_is_taken() -> None:
    """As batches of OpenTelemetry's are."""
    gateway = Gateway()
    body = gzip.compress(json.dumps(LOGS).encode())
    assert send(gateway, body, PATH, {"content-encoding": "gzip"}).status == 200
    assert len(gateway.spans) == 2


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (3, "it is no object"),
        ({}, "it has no trace_unique_id"),
        ({"trace_unique_id": "t"}, "it has no span_unique_id"),
        ({"trace_unique_id": {"a": 1}, "span_unique_id": "s"}, "trace_unique_id is a text, not {'a': 1}"),
        ({"trace_unique_id": "t", "span_unique_id": ["s"]}, "span_unique_id is a text, not ['s']"),
        ({"trace_unique_id": "t", "span_unique_id": "s", "span_parent_id": [1]}, "span_parent_id is a text, not [1]"),
        ({"trace_unique_id": "t", "span_unique_id": "s", "start_time": "soon"}, "start_time and timestamp are moments"),
        (
            {"trace_unique_id": "t", "span_unique_id": "s", "start_time": "0001-01-01"},
            "0001-01-01 00:00:00+00:00 is no",
        ),
        (
            {"trace_unique_id": "t", "span_unique_id": "s", "timestamp": "0001-01-01", "latency": 9},
            "it is too long ago",
        ),
    ],
)
@pytest.mark.parametrize(("contract", "status"), [("docs", 400), ({"bad_span": "partial_success"}, 200)])
def test_a_bad_log_among_good_ones(bad: Any, told: str, contract: Any, status: int) -> None:
    """It is refused by its place, the good ones are kept, and whoever looks for it is told."""
    gateway = Gateway(contract=contract)
    heard = send(gateway, [LOGS[0], bad], PATH)
    assert (heard.status, heard.json["status"], heard.json["ingested_spans"]) == (status, "error", 1)
    assert heard.json["errors"][0].startswith(f"[1]: {told}")
    with pytest.raises(NotOne) as caught:
        gateway.spans.one(name="missing")
    assert f"POST {PATH}: [1]: {told}" in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"{", b"3", b'"x"', b"null"])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    """With the reason, for whoever looks for its spans."""
    gateway = Gateway()
    heard = send(gateway, body, PATH)
    assert (heard.status, "The batch of spans cannot be read: it is" in heard.json["detail"]) == (400, True)
    with pytest.raises(NotOne, match=f"Refused were:\n  POST {PATH}: it is"):
        gateway.spans.one()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=5,
)
FIELDS = sorted(
    {name for log in LOGS for name in log} | {"input", "output", "environment", "properties", "status_code"}
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4))
def test_nothing_that_is_sent_breaks_anything(fields: Any) -> None:
    """As a span or as a log: it is taken or refused, and what was taken can be read."""
    gateway = Gateway()
    assert send(gateway, [{**LOGS[1], **fields}], PATH).status in (200, 400)
    assert send(gateway, {**LOGS[1], **fields}, "/api/request-logs/").status in (201, 400, 422)
    assert get(gateway, "request-logs/list/").status == 200
    assert get(gateway, "traces/list/").status == 200
    assert all(str(trace) for trace in gateway.traces)
