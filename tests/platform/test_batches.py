"""Batches: requests that are carried out later, through the gateway or past it."""

import json
from collections.abc import Mapping
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types import Batch
from openai.types.responses import Response

from mock_gateway import Answer, Gateway, Usage

from .batches import CHAT, line, polled, results, submit
from .rest import RESPAN, call

OPENAI = "https://api.openai.com/v1"


def delayed(delay: float, **options: Any) -> Gateway:
    gateway = Gateway(contract={"batch_delay": delay}, **options)
    gateway.model("*").replies("Hello!", usage=Usage(2, 3), optional=True)
    return gateway


def test_a_batch_is_described_as_openai_does(client: OpenAI, gateway: Gateway) -> None:
    """Every field of the official type is there, in the right type, from the first look to the last."""
    gateway.model("gpt-4o").replies("Hello!", usage=Usage(2, 3))
    made = submit(client, line(), metadata={"job": "nightly"})
    assert made.to_dict() == {
        "id": "batch_000001",
        "object": "batch",
        "endpoint": CHAT,
        "model": None,
        "errors": None,
        "input_file_id": "file-000001",
        "completion_window": "24h",
        "status": "validating",
        "output_file_id": None,
        "error_file_id": None,
        "created_at": 1767225600,
        "in_progress_at": None,
        "expires_at": 1767225600 + 86400,
        "finalizing_at": None,
        "completed_at": None,
        "failed_at": None,
        "expired_at": None,
        "cancelling_at": None,
        "cancelled_at": None,
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "usage": None,
        "metadata": {"job": "nightly"},
    }
    told = client.batches.with_raw_response.retrieve(made.id).http_response.json()
    done = Batch.model_validate(told, strict=True)
    assert (done.status, done.model, done.completed_at) == ("completed", "gpt-4o", 1767225600)
    assert done.request_counts is not None
    assert done.request_counts.to_dict() == {"total": 1, "completed": 1, "failed": 0}
    assert done.usage is not None
    assert (done.usage.input_tokens, done.usage.output_tokens, done.usage.total_tokens) == (2, 3, 5)
    assert done.error_file_id is None


@pytest.mark.parametrize(("base", "options"), [(RESPAN, {}), (OPENAI, {"direct": "allow"})])
def test_a_batch_of_the_responses_api(base: str, options: dict[str, Any]) -> None:
    """Its results can be read as answers, and the batch weighs what they weigh."""
    gateway = Gateway(**options)
    gateway.model("gpt-4o").replies(lambda request: Answer(request.text.upper(), usage=Usage(10, 5, 4, 0, 2)))
    rows = [
        {
            "custom_id": text,
            "method": "POST",
            "url": "/v1/responses",
            "body": {"model": "gpt-4o", "input": text, "instructions": "Shout."},
        }
        for text in ("one", "two")
    ]
    with gateway.intercept(), OpenAI(base_url=base, api_key="any") as client:
        content = "\n".join(map(json.dumps, rows)).encode()
        file = client.files.create(file=("input.jsonl", content), purpose="batch")
        made = client.batches.create(input_file_id=file.id, endpoint="/v1/responses", completion_window="24h")
        batch = polled(client, made)[-1]
        found = results(client, batch.output_file_id)
    answers = [Response.model_validate(result["response"]["body"]) for result in found]
    assert [answer.output_text for answer in answers] == ["ONE", "TWO"]
    assert batch.usage is not None
    assert batch.usage.to_dict() == {
        "input_tokens": 20,
        "input_tokens_details": {"cached_tokens": 8},
        "output_tokens": 10,
        "output_tokens_details": {"reasoning_tokens": 4},
        "total_tokens": 30,
    }
    assert {call.wire for call in gateway.calls} == {"responses"}


def test_a_batch_takes_the_time_the_contract_says() -> None:
    """Of the gateway's clock: each look takes up to half a minute of it, so that polling ends."""
    with delayed(100).intercept() as gateway, OpenAI(base_url=RESPAN, api_key="any") as client:
        seen = polled(client, submit(client, line()))
    assert [batch.status for batch in seen] == ["validating", *["in_progress"] * 4, "completed"]
    assert (seen[-1].created_at, seen[-1].completed_at) == (1767225600, 1767225700)
    assert seen[1].request_counts is not None
    assert seen[1].request_counts.to_dict() == {"total": 1, "completed": 0, "failed": 0}
    assert gateway.calls.one().began == 100


def test_time_may_be_let_pass_instead() -> None:
    """Advancing the clock is enough."""
    with delayed(3600).intercept() as gateway, OpenAI(base_url=RESPAN, api_key="any") as client:
        batch = submit(client, line())
        gateway.clock.advance(hours=1)
        assert client.batches.retrieve(batch.id).status == "completed"


def test_a_batch_that_takes_too_long_expires() -> None:
    """After 24 hours, with a line for each request that was never carried out."""
    with delayed(86401).intercept() as gateway, OpenAI(base_url=RESPAN, api_key="any") as client:
        made = submit(client, line())
        gateway.clock.advance(hours=24)
        batch = client.batches.retrieve(made.id)
        assert (batch.status, batch.expired_at, batch.output_file_id) == ("expired", batch.expires_at, None)
        assert results(client, batch.error_file_id)[0]["error"]["code"] == "batch_expired"
    assert not gateway.calls


def test_an_unfinished_batch_can_be_cancelled() -> None:
    """Nothing of it is carried out."""
    with delayed(100).intercept() as gateway, OpenAI(base_url=RESPAN, api_key="any") as client:
        batch = client.batches.retrieve(submit(client, line()).id)
        cancelling = client.batches.cancel(batch.id)
        assert (cancelling.status, cancelling.cancelling_at) == ("cancelling", 1767225630)
        assert client.batches.cancel(batch.id).cancelling_at == 1767225630
        gateway.clock.advance(hours=1)
        assert polled(client, batch)[-1].status == "cancelled"
    assert not gateway.calls


def test_a_batch_nobody_has_looked_at_can_be_cancelled(client: OpenAI, gateway: Gateway) -> None:
    """Also where batches take no time."""
    batch = submit(client, line())
    assert client.batches.cancel(batch.id).status == "cancelling"
    assert client.batches.retrieve(batch.id).status == "cancelled"
    assert not gateway.calls


def test_a_batch_that_is_over_cannot_be_cancelled() -> None:
    """Whether or not somebody has looked since; the client's own retries take no time."""
    with delayed(100).intercept() as gateway, OpenAI(base_url=RESPAN, api_key="any") as client:
        batch = submit(client, line())
        gateway.clock.advance(hours=1)
        with pytest.raises(openai.ConflictError, match="Cannot cancel a batch with status 'completed'"):
            client.batches.cancel(batch.id)


def test_batches_are_listed_page_by_page(client: OpenAI, gateway: Gateway) -> None:
    """Newest first."""
    gateway.model("gpt-4o").replies("x")
    made = [submit(client, line()).id for _ in range(3)]
    first = client.batches.list(limit=2)
    assert [batch.id for batch in first.data] == [made[2], made[1]]
    assert {batch.status for batch in first.data} == {"completed"}
    assert [batch.id for batch in client.batches.list(limit=2)] == made[::-1]


def test_results_expire_when_that_is_asked_for(client: OpenAI, gateway: Gateway) -> None:
    """Counted from when they were there."""
    gateway.model("gpt-4o").replies("x")
    lasting = {"anchor": "created_at", "seconds": 3600}
    batch = polled(client, submit(client, line(), output_expires_after=lasting))[-1]
    assert results(client, batch.output_file_id)
    gateway.clock.advance(hours=1)
    with pytest.raises(openai.NotFoundError):
        results(client, batch.output_file_id)


def test_a_batch_nobody_knows(gateway: Gateway) -> None:
    """The answer is the documented one, at every address of the endpoint."""
    for path in ("v1/batches/batch_x", "batches/batch_x", "v1/batches/batch_x/"):
        answer = call("GET", path)
        expected = {"error": {"message": "No such batch: batch_x", "type": "invalid_request_error"}}
        assert (answer.status_code, answer.json()) == (404, expected)
    assert call("POST", "v1/batches/batch_x/cancel").status_code == 404


GOOD: Mapping[str, Any] = {"input_file_id": "file-000001", "endpoint": CHAT, "completion_window": "24h"}


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"input_file_id": None}, "input_file_id"),
        ({"input_file_id": "file-9"}, "input_file_id"),
        ({"input_file_id": "file-000002"}, "purpose"),
        ({"endpoint": "/v1/nowhere"}, "endpoint"),
        ({"endpoint": ["x"]}, "endpoint"),
        ({"completion_window": "1h"}, "completion_window"),
        ({"metadata": {"n": 1}}, "metadata"),
        ({"output_expires_after": {"seconds": "x"}}, "output_expires_after"),
    ],
)
def test_a_batch_that_is_not_meant_so_is_refused(
    client: OpenAI, gateway: Gateway, changes: Mapping[str, Any], param: str
) -> None:
    """With a 400 that names the field."""
    client.files.create(file=b"{}", purpose="batch")
    client.files.create(file=b"{}", purpose="user_data")
    assert call("POST", "v1/batches", GOOD).status_code == 200
    answer = call("POST", "v1/batches", {**GOOD, **changes})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_a_body_that_is_no_object_is_refused(gateway: Gateway) -> None:
    """In the words of OpenAI."""
    answer = call("POST", "v1/batches", [1])
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "We could not parse the JSON body of your request."


def test_a_batch_past_the_gateway() -> None:
    """Where that is allowed, its requests go past the gateway, too: they have no row in its log."""
    with delayed(0, direct="allow").intercept() as gateway, OpenAI(base_url=OPENAI, api_key="any") as client:
        gateway.account.add_key("respan's")
        batch = polled(client, submit(client, line()))[-1]
        assert results(client, batch.output_file_id)[0]["response"]["status_code"] == 200
    assert (gateway.calls.one().direct, gateway.calls.one().path) == (True, CHAT)
    assert not gateway.logs


def test_a_file_may_be_deleted_before_its_batch_is_carried_out(client: OpenAI, gateway: Gateway) -> None:
    """The batch has it already."""
    gateway.model("gpt-4o").replies("x")
    batch = submit(client, line())
    client.files.delete(batch.input_file_id)
    assert client.batches.retrieve(batch.id).status == "completed"


def test_a_batch_over_a_socket() -> None:
    """The same over a real connection, in real time."""
    gateway = Gateway(clock="real")
    gateway.model("gpt-4o").replies("Hello!")
    with gateway.serve() as server, OpenAI(base_url=server.openai_url, api_key="any") as client:
        batch = polled(client, submit(client, line()))[-1]
        body = results(client, batch.output_file_id)[0]["response"]["body"]
        assert body["choices"][0]["message"]["content"] == "Hello!"
    assert gateway.calls.one().door == "batch"
