"""What the Respan SDK really sends, however it is sent."""

import gzip
import json
from typing import Any

import pytest

from mock_gateway import Gateway

from .sending import NAMES, PROTOBUF, batch, capture, get, in_protobuf, send, sent, spans_of, told, zipped

TREES: dict[str, list[str]] = {
    "anthropic": [
        "chat claude-sonnet-4-5",
        "workflow wf\n  chat claude-sonnet-4-5\n  chat claude-sonnet-4-5",
        "chat err-429",
        "chat claude-sonnet-4-5",
    ],
    "batch_results": [
        "task batch_results\n  chat gpt-4.1-nano\n  chat gpt-4.1-nano",
        "task batch_results\n  chat gpt-4.1-nano\n  chat gpt-4.1-nano",
        "workflow batch_pipeline\n  task download_results\n    chat gpt-4.1-nano\n    chat gpt-4.1-nano",
        "task batch_results\n  chat gpt-4.1-nano",
    ],
    "chat": ["chat gpt-4.1-nano"],
    "chat_with_log_id": ["chat gpt-4.1-nano"],
    "decorators": [
        "workflow gen\n  chat m",
        "workflow agen",
        "agent ag\n  tool tl",
        "workflow W",
        "task boom",
    ],
    "errors": [
        *("chat err-429", "chat err-500-noretry", "chat err-400", "chat err-401", "chat err-429", "chat gpt"),
        *("workflow wf\n  chat err-429", "chat err-429"),
    ],
    "google": [*["chat gemini-2.5-flash"] * 3, "chat err-429-noretry"],
    "other_surfaces": [
        *("embedding text-embedding-3-small", "text gpt-3.5-turbo-instruct"),
        *["chat gpt-4.1-nano"] * 4,
        "workflow awf\n  chat gpt-0\n  chat gpt-1\n  chat gpt-s",
    ],
    "propagated": ["workflow handle_request\n  chat gpt-4.1-nano", "chat gpt-4.1-nano", "task upd"],
    "responses": ["chat gpt-4.1-nano"] * 5,
    "streams": ["chat gpt-4.1-nano"] * 7,
    "values": ["workflow w", "task task"],
    "workflow": [
        "workflow weather_assistant\n  chat gpt-4.1-nano\n  task get_weather\n  task outer_task\n    tool lookup\n"
        "  chat gpt-4.1-nano"
    ],
}
every_capture = pytest.mark.parametrize("name", NAMES)
PATHS = [
    f"{prefix}{path}{end}"
    for prefix in ("/api", "")
    for path in ("/v2/traces", "/v1/traces", "/v1/v2/traces")
    for end in ("", "/")
]


def test_every_capture_has_its_trees() -> None:
    """A new capture is not finished without them."""
    assert sorted(TREES) == NAMES


@every_capture
def test_the_trees(name: str) -> None:
    """Kinds, names and models, each below what it is part of."""
    assert [str(trace) for trace in sent(*capture(name)).traces] == TREES[name]


@every_capture
def test_protobuf_says_the_same(name: str) -> None:
    """Span by span, in every detail."""
    gateway = Gateway()
    for one in capture(name):
        heard = send(gateway, in_protobuf(one), headers=PROTOBUF)
        assert (heard.status, heard.headers["content-type"], heard.body) == (200, "application/x-protobuf", b"")
    assert told(gateway) == told(sent(*capture(name)))


@every_capture
def test_so_does_a_compressed_batch(name: str) -> None:
    """Of either format."""
    as_json, as_protobuf = Gateway(), Gateway()
    for one in capture(name):
        assert send(as_json, zipped(one), headers={"content-encoding": "gzip"}).status == 200
        body = gzip.compress(in_protobuf(one))
        assert send(as_protobuf, body, headers={"content-encoding": "gzip", **PROTOBUF}).status == 200
    assert told(as_json) == told(as_protobuf) == told(sent(*capture(name)))


@pytest.mark.parametrize("path", PATHS)
def test_every_path_takes_spans(path: str) -> None:
    """With /api in front or not, with a slash at the end or not, and where /v1 was given as the base."""
    gateway = Gateway()
    [one] = capture("workflow")
    assert send(gateway, one, path).json == {"partialSuccess": {"rejectedSpans": 0, "errorMessage": ""}}
    assert [str(trace) for trace in gateway.traces] == TREES["workflow"]


@pytest.mark.parametrize("order", [1, -1])
@every_capture
def test_spans_may_come_one_by_one_in_any_order(name: str, order: int) -> None:
    """Children before their parents, or after."""
    gateway = Gateway()
    for one in capture(name):
        for resource in one["resourceSpans"][::order]:
            for scope in resource["scopeSpans"][::order]:
                for each in scope["spans"][::order]:
                    alone = {**resource, "scopeSpans": [{**scope, "spans": [each]}]}
                    assert send(gateway, {"resourceSpans": [alone]}).status == 200
    assert sorted(map(str, told(gateway))) == sorted(map(str, told(sent(*capture(name)))))
    assert [str(trace) for trace in gateway.traces] == TREES[name]


@every_capture
def test_what_is_repeated_is_told_once(name: str) -> None:
    """The same batches, sent twice."""
    batches = capture(name)
    assert told(sent(*batches, *batches)) == told(sent(*batches))


@every_capture
def test_every_span_has_a_row(name: str) -> None:
    """Found in the list, in full, and in its trace."""
    gateway = sent(*capture(name))
    rows = get(gateway, "request-logs/list/").json
    assert rows["count"] == len(spans_of(capture(name)))
    for row in rows["results"]:
        in_full = get(gateway, f"request-logs/{row['unique_id']}/").json
        assert in_full["trace_unique_id"] == row["trace_unique_id"]
    for trace in get(gateway, "traces/list/").json["results"]:
        assert get(gateway, f"traces/{trace['id']}/").status == 200


def test_a_span_that_points_to_a_row_tells_what_the_row_tells() -> None:
    """It has nothing of its own to say, and no row of its own."""
    gateway = Gateway()
    gateway.model("gpt-4.1-nano").replies("Hello there!")
    text = json.dumps({"model": "gpt-4.1-nano", "messages": [{"role": "user", "content": "Hello"}]}).encode()
    log_id = send(gateway, text, "/api/chat/completions").headers["x-respan-log-id"]
    [one] = capture("chat_with_log_id")
    assert send(gateway, json.loads(json.dumps(one).replace("log-1", log_id))).status == 200
    span = gateway.spans.one()
    assert span.log == gateway.logs.one()
    assert (span.output, span.cost) == ({"role": "assistant", "content": "Hello there!"}, gateway.calls.one().cost)
    assert gateway.logs.one().trace_unique_id == span.trace_id


def test_values_of_every_kind() -> None:
    """Texts, numbers, truth, lists, mappings and bytes, as Python has them."""
    values: Any = [
        ({"stringValue": "é"}, "é"),
        ({"intValue": "9007199254740993"}, 9007199254740993),
        ({"intValue": 3}, 3),
        ({"doubleValue": 0.5}, 0.5),
        ({"doubleValue": "Infinity"}, float("inf")),
        ({"boolValue": False}, False),
        ({"bytesValue": "/wA="}, b"\xff\x00"),
        ({"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "x"}, {}]}}, [1, "x", None]),
        ({"arrayValue": {}}, []),
        (
            {"kvlistValue": {"values": [{"key": "a", "value": {"kvlistValue": {"values": [{"key": "b"}]}}}]}},
            {"a": {"b": None}},
        ),
        ({"kvlistValue": {}}, {}),
        ({}, None),
        (None, None),
    ]
    one = spans_of(capture("chat"))[0]
    one["attributes"] = [{"key": f"k{at}", "value": value} for at, (value, _) in enumerate(values)]
    expected = {f"k{at}": value for at, (_, value) in enumerate(values)}
    assert sent(batch(one)).spans.one().attributes == expected
    gateway = Gateway()
    assert send(gateway, in_protobuf(batch(one)), headers=PROTOBUF).status == 200
    assert gateway.spans.one().attributes == expected
    assert get(gateway, "request-logs/list/").status == 200
