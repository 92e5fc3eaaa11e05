"""Batches whose results are told of afterwards: within a trace, by its id, or on their own, failed lines among them."""

import json
from typing import Any

import pytest
from openai import OpenAI

from mock_gateway import Gateway
from pytest_respan import assert_span, assert_telemetry_agrees, assert_trace_tree

from .application import task, traced, workflow

pytestmark = pytest.mark.respan(direct="allow")

REQUESTS = [
    {
        "custom_id": f"topic-{number}",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "gpt-4o", "messages": [{"role": "user", "content": f"What is {number}?"}]},
    }
    for number in range(2)
]


def results() -> list[Any]:
    """What became of the requests: the lines of the output file, and those of the error file."""
    client = OpenAI()
    lines = "\n".join(map(json.dumps, REQUESTS)).encode()
    file = client.files.create(file=("batch.jsonl", lines), purpose="batch")
    batch = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    batch = client.batches.retrieve(batch.id)
    names = [name for name in (batch.output_file_id, batch.error_file_id) if name is not None]
    contents = [client.files.content(name).content.decode() for name in names]
    return [json.loads(line) for content in contents for line in content.splitlines()]


@pytest.fixture
def answering(respan_gateway: Gateway) -> Gateway:
    """A gateway that answers the first line, and not the second."""
    respan_gateway.model("gpt-4o").replies("A number.").fails(429)
    return respan_gateway


def check(gateway: Gateway) -> None:
    """A span for each line, the failed one among them, and nothing to complain of."""
    answered = assert_span(gateway, kind="chat", model="gpt-4o", status="ok")
    assert answered.input == [{"role": "user", "content": "What is 0?"}]
    assert answered.output["content"] == "A number."
    assert answered.prompt_tokens == gateway.calls[0].answer.usage.prompt_tokens  # type: ignore[union-attr]
    failed = assert_span(gateway, kind="chat", status="error", error="HTTP 429")
    assert failed.input == [{"role": "user", "content": "What is 1?"}]
    assert [call.status for call in gateway.calls] == [200, 429]
    assert {call.door for call in gateway.calls} == {"batch"}
    assert_telemetry_agrees(gateway)


def test_within_a_trace(answering: Gateway) -> None:
    """Results told of in a task are part of it."""
    respan = traced()

    @task(name="download")
    def download() -> None:
        respan.log_batch_results(REQUESTS, results())

    @workflow(name="batch")
    def batch() -> None:
        download()

    batch()
    assert_trace_tree(
        answering.traces.one(),
        """
        workflow batch
          task download
            chat gpt-4o
            chat gpt-4o
        """,
    )
    check(answering)


def test_by_the_id_of_a_trace_that_is_over(answering: Gateway) -> None:
    """Results told of later join the trace they belong to, below a task of their own."""
    respan = traced()

    @workflow(name="batch")
    def submit() -> str:
        from respan import get_client

        return str(get_client().get_current_trace_id())

    trace_id = submit()
    respan.log_batch_results(REQUESTS, results(), trace_id=trace_id)
    trace = answering.traces.one(id=trace_id)
    assert sorted(line.strip() for line in trace.tree().splitlines()) == [
        "chat gpt-4o",
        "chat gpt-4o",
        "task batch_results",
        "workflow batch",
    ]
    check(answering)


def test_on_their_own(answering: Gateway) -> None:
    """Results that belong nowhere are a trace of their own; they end before they begin, and take no time."""
    traced().log_batch_results(REQUESTS, results())
    trace = answering.traces.one()
    assert trace.root.name == "batch_results"
    assert [span.label for span in trace.root.children] == ["chat gpt-4o", "chat gpt-4o"]
    answered = assert_span(answering, model="gpt-4o", status="ok")
    assert answered.end < answered.start
    assert answered.seconds == 0
    check(answering)
