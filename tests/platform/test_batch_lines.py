"""The lines of a batch: what becomes of each, and which are none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from mock_gateway import Gateway
from mock_gateway.platform import lines as lines_of_batches

from .batches import line, polled, results, submit
from .rest import RESPAN


def test_each_line_is_a_call_of_its_own(client: OpenAI, gateway: Gateway) -> None:
    """What the script says, what it costs and what became of it are known as for any call; nothing else is a call."""
    gateway.model("gpt-4o").when(contains="two").replies("2")
    gateway.model("gpt-4o").replies("1")
    batch = polled(client, submit(client, line("a", "one"), line("b", "two")))[-1]
    first, second = results(client, batch.output_file_id)
    assert first == {
        "id": "batch_req_000001",
        "custom_id": "a",
        "response": {"status_code": 200, "request_id": "req-000001", "body": first["response"]["body"]},
        "error": None,
    }
    assert first["response"]["body"]["choices"][0]["message"]["content"] == "1"
    assert (second["custom_id"], second["response"]["body"]["choices"][0]["message"]["content"]) == ("b", "2")
    assert [(call.door, call.path, call.key, call.status) for call in gateway.calls] == [
        ("batch", "/api/chat/completions", "any", 200)
    ] * 2
    assert len(gateway.logs) == 2
    assert "served" in str(gateway.story)


def test_lines_that_fail_are_in_the_file_of_errors(client: OpenAI, gateway: Gateway) -> None:
    """With the status and the body of their answer, as OpenAI writes it; the others are not disturbed."""
    gateway.model("gpt-4o").when(contains="bad").fails(400)
    gateway.model("gpt-4o").when(contains="gone").hangs_up()
    gateway.model("gpt-4o").when(contains="silent").stalls()
    gateway.model("gpt-4o").replies("fine")
    texts = ("fine", "bad", "gone", "silent")
    batch = polled(client, submit(client, *(line(text, text) for text in texts)))[-1]
    assert batch.request_counts is not None
    assert batch.request_counts.to_dict() == {"total": 4, "completed": 1, "failed": 3}
    assert [result["custom_id"] for result in results(client, batch.output_file_id)] == ["fine"]
    bad, gone, silent = results(client, batch.error_file_id)
    assert (bad["custom_id"], bad["response"]["status_code"], bad["error"]) == ("bad", 400, None)
    assert "error" in bad["response"]["body"]
    assert gone["response"]["status_code"] == 502
    assert (silent["response"], silent["error"]["code"]) == (None, "request_timeout")


def test_a_batch_of_failures_has_no_output(client: OpenAI, gateway: Gateway) -> None:
    """It is completed all the same."""
    gateway.model("gpt-4o").fails(500)
    batch = polled(client, submit(client, line()))[-1]
    assert (batch.status, batch.output_file_id) == ("completed", None)
    assert results(client, batch.error_file_id)[0]["response"]["status_code"] == 500


def test_the_gateway_cannot_be_reached_by_a_line(client: OpenAI, gateway: Gateway) -> None:
    """A connection that is refused is no answer, so there is only an error."""
    gateway.refuses(times=1)
    gateway.model("gpt-4o").replies("x", optional=True)
    batch = polled(client, submit(client, line()))[-1]
    told = results(client, batch.error_file_id)[0]
    assert (told["response"], told["error"]["code"]) == (None, "server_error")


@pytest.mark.parametrize(
    ("lines", "code", "number", "param"),
    [
        ([line(), b"no json"], "invalid_json_line", 2, None),
        ([b"[1]"], "invalid_request", 1, None),
        ([line(), line("b", url="/v1/embeddings")], "invalid_url", 2, "url"),
        ([line(url="/nowhere")], "invalid_url", 1, "url"),
        ([line(), b"", line()], "duplicate_custom_id", 3, "custom_id"),
        ([{name: value for name, value in line().items() if name != "body"}], "missing_required_parameter", 1, "body"),
        ([{**line(), "custom_id": 1}], "invalid_type", 1, "custom_id"),
        ([line(method="GET")], "invalid_method", 1, "method"),
        ([line(), line("b", body={"model": "another"})], "mismatched_model", 2, "body.model"),
        ([line(body={"model": "a", "stream": True})], "invalid_request", 1, "body.stream"),
        ([b"\n\n"], "empty_file", None, None),
    ],
)
def test_a_bad_line_makes_the_batch_fail(
    lines: Sequence[Any], code: str, number: int | None, param: str | None
) -> None:
    """With what is wrong, and where; none of the requests is carried out."""
    with Gateway().intercept() as gateway, OpenAI(base_url=RESPAN, api_key="any") as client:
        made = submit(client, *lines)
        batch = polled(client, made)[-1]
    assert (made.status, batch.status, batch.output_file_id) == ("validating", "failed", None)
    assert batch.failed_at == batch.created_at
    assert batch.errors is not None
    assert batch.errors.data is not None
    assert [(error.code, error.line, error.param) for error in batch.errors.data] == [(code, number, param)]
    assert not gateway.calls


def test_a_batch_of_too_many_requests_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is that of OpenAI."""
    assert lines_of_batches.MOST == 50_000
    monkeypatch.setattr(lines_of_batches, "MOST", 1)
    with Gateway().intercept(), OpenAI(base_url=RESPAN, api_key="any") as client:
        batch = polled(client, submit(client, line("a"), line("b")))[-1]
    assert batch.errors is not None
    assert batch.errors.data is not None
    assert [error.code for error in batch.errors.data] == ["too_many_tasks"]


def test_the_requests_of_a_batch_run_side_by_side(client: OpenAI, gateway: Gateway) -> None:
    """In virtual time they take as long as the longest."""
    gateway.model("gpt-4o").replies("x", delay=2)
    polled(client, submit(client, *(line(str(number)) for number in range(3))))
    assert [(call.began, call.seconds) for call in gateway.calls] == [(0, 2)] * 3


def test_a_line_that_nothing_answers_is_a_miss(tmp_path: Path) -> None:
    """A request that nothing answers is told to the author of the test, as for any call."""
    with Gateway(cassette=tmp_path).intercept() as gateway, OpenAI(base_url=RESPAN, api_key="any") as client:
        batch = polled(client, submit(client, line()))[-1]
        assert results(client, batch.error_file_id)[0]["response"]["status_code"] == 404
    assert [finding.kind for finding in gateway.findings()] == ["misses"]
