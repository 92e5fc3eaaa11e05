"""Logs that an application creates itself."""

from typing import Any

import pytest
import requests

from mock_gateway import Gateway

from .rest import HELLO, KEY, RESPAN, call, created

ANSWER = {"role": "assistant", "content": "Hi"}


def test_the_documented_request_makes_a_row(gateway: Gateway) -> None:
    """The block on Respan's page about OpenAI, as it stands there."""
    url = "https://api.respan.ai/api/request-logs/create/"
    payload = {
        "model": "gpt-4o",
        "prompt_messages": [{"role": "user", "content": "Hello, how are you?"}],
        "completion_message": {"role": "assistant", "content": "I'm doing well, thank you for asking!"},
        "cost": 0.0015,
        "generation_time": 2.3,
        "customer_params": {"customer_identifier": "user_123"},
    }
    headers = {"Authorization": "Bearer YOUR_RESPAN_API_KEY", "Content-Type": "application/json"}

    response = requests.post(url, headers=headers, json=payload, timeout=5)

    assert response.status_code == 201
    row = response.json()
    assert row["id"] == row["unique_id"]
    log = gateway.logs.one(customer_identifier="user_123")
    assert (log.unique_id, log.model, log.cost, log.latency) == (row["unique_id"], "gpt-4o", 0.0015, 2.3)
    assert (log.status, log.status_code, log.log_method, log.log_type) == ("success", 200, "logging_api", "chat")
    assert log.prompt_messages == payload["prompt_messages"]
    assert log.completion_message == payload["completion_message"]
    assert (log.start_time, log.timestamp) == ("2025-12-31T23:59:57.700000Z", "2026-01-01T00:00:00.000000Z")
    assert gateway.findings() == []
    assert not gateway.calls


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"generation_time": 1.5}, {"latency": 1.5}),
        ({"generation_time": 1.5, "latency": 2}, {"latency": 2}),
        ({"ttft": 0.3}, {"time_to_first_token": 0.3}),
        ({"messages": HELLO}, {"prompt_messages": HELLO, "prompt_message_count": 1}),
        ({"input": '[{"role":"user","content":"Hello"}]'}, {"prompt_messages": HELLO}),
        ({"input": "plain"}, {"input": "plain", "prompt_messages": None}),
        ({"output": ANSWER}, {"output": '{"role":"assistant","content":"Hi"}', "completion_message": ANSWER}),
        ({"respan_params": {"note": "inner"}}, {"note": "inner"}),
        ({"keywordsai_params": {"note": "inner"}, "note": "outer"}, {"note": "outer"}),
        (
            {"customer_params": {"customer_identifier": "inner"}, "customer_identifier": "outer"},
            {"customer_identifier": "inner"},
        ),
        (
            {"customer_params": {"customer_identifier": None}, "customer_identifier": "outer"},
            {"customer_identifier": "outer"},
        ),
        ({"customer_params": {"email": "a@b.c", "name": "N"}}, {"customer_email": "a@b.c", "customer_name": "N"}),
        ({"customer_identifier": 7}, {"customer_identifier": "7"}),
        ({"metadata": {"n": 3, "t": "x", "_own": 1}}, {"metadata": {"n": "3", "t": "x"}}),
        (
            {"usage": {"prompt_tokens": 6, "completion_tokens": 9}},
            {"prompt_tokens": 6, "completion_tokens": 9, "total_request_tokens": 15},
        ),
        (
            {"usage": {"input_tokens": 6, "output_tokens": 9}},
            {"prompt_tokens": 6, "completion_tokens": 9, "total_request_tokens": 15},
        ),
        ({"usage": {"prompt_tokens": 6}, "prompt_tokens": 7}, {"prompt_tokens": 7}),
        ({"usage": {"prompt_tokens": 6}, "prompt_tokens": None}, {"prompt_tokens": 6}),
        ({"usage": {"total_tokens": 20, "prompt_tokens": 6}}, {"total_request_tokens": 20}),
        (
            {"usage": {"prompt_tokens": 6, "prompt_tokens_details": {"cached_tokens": 4}}},
            {"prompt_cache_hit_tokens": 4},
        ),
        (
            {"usage": {"input_tokens": 6, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 2}},
            {"prompt_cache_hit_tokens": 4, "prompt_cache_creation_tokens": 2},
        ),
        ({"status_code": 429}, {"status": "error", "failed": True, "error_bit": 1, "status_code": 429}),
        ({"status": "failed"}, {"status": "error", "status_code": 200}),
        ({"log_type": "CHAT"}, {"log_type": "chat"}),
        ({"environment": "prod"}, {"environment": "test"}),
        ({"unique_id": "mine"}, {"unique_id": "log-000001"}),
        ({"start_time": "2026-01-01T00:00:00Z", "timestamp": "2026-01-01T00:00:02Z"}, {"latency": 2.0}),
        ({"start_time": "2026-01-01T00:00:00+01:00", "latency": 1}, {"timestamp": "2025-12-31T23:00:01.000000Z"}),
        (
            {"start_time": "2026-01-01T00:00:00Z", "latency": -5},
            {"latency": 0, "timestamp": "2026-01-01T00:00:00.000000Z"},
        ),
        ({"tool_calls": [{"id": "c"}]}, {"has_tool_calls": True}),
        ({"completion_message": {**ANSWER, "tool_calls": [{"id": "c"}]}}, {"tool_calls": [{"id": "c"}]}),
    ],
)
@pytest.mark.usefixtures("gateway")
def test_what_is_sent_and_what_is_stored(sent: dict[str, Any], expected: dict[str, Any]) -> None:
    """Other names, other places, other spellings of the same."""
    row = created(model="gpt-4o", **sent)
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("sent", "cost"),
    [
        ({"prompt_tokens": 6, "completion_tokens": 9}, 0.000105),
        ({"usage": {"input_tokens": 6, "output_tokens": 9}}, 0.000105),
        ({"prompt_tokens": 6, "completion_tokens": 9, "cost": 1}, 1),
        ({"prompt_tokens": 6, "completion_tokens": 9, "cost": 0}, 0),
        ({"prompt_tokens": 6, "prompt_unit_price": 1_000_000, "completion_unit_price": 0}, 6),
        ({"model": "of-nobody", "prompt_tokens": 6}, None),
        ({}, None),
    ],
)
@pytest.mark.usefixtures("gateway")
def test_a_cost_that_is_missing_is_computed(sent: dict[str, Any], cost: float | None) -> None:
    """From the tokens, where the model has a price; what is said goes first."""
    row = created(**{"model": "gpt-4o", **sent})
    assert row["cost"] == (None if cost is None else pytest.approx(cost))


@pytest.mark.usefixtures("gateway")
def test_only_metrics_are_kept_with_disable_log() -> None:
    """Neither the row nor a span made of it holds what was said."""
    row = created(
        messages=[{"role": "user", "content": "my secret"}],
        completion_message={"role": "assistant", "content": "my secret"},
        input="my secret",
        variables={"x": "my secret"},
        tools=[{"type": "function", "function": {"name": "my secret"}}],
        disable_log=True,
        prompt_tokens=3,
        trace_unique_id="t",
        span_name="s",
    )
    assert row["prompt_tokens"] == 3
    assert "my secret" not in call("GET", f"request-logs/{row['id']}/").text
    assert "my secret" not in call("GET", "traces/t/").text


def test_a_span_of_a_log_without_contents_has_none(gateway: Gateway) -> None:
    """The same promise, for what a test reads."""
    created(input="my secret", output="my secret", disable_log=True, trace_unique_id="t")
    assert (gateway.spans.one().input, gateway.spans.one().output) == (None, None)


def test_secrets_are_never_shown(gateway: Gateway) -> None:
    """Whether the log is taken or refused."""
    secret = "sk-very-secret-0123456789"
    fields: dict[str, Any] = {
        "customer_credentials": {"openai": {"api_key": secret}},
        "respan_params": {"credential_override": {"gpt-4o": {"api_key": secret}}},
        "metadata": {"api_key": secret},
        "trace_unique_id": "t",
    }
    row = created(**fields)
    refused = call("POST", "request-logs/", {**fields, "prompt_messages": fields["customer_credentials"]})
    bulk = call("POST", "request-logs/bulk/", [{**fields, "prompt_messages": {"api_key": secret}}])
    span = gateway.spans.one()
    assert refused.status_code == 422
    assert secret not in f"{row} {refused.text} {bulk.text} {gateway.logs.one()} {vars_of(span)} {listed_text()}"


def vars_of(span: Any) -> str:
    return f"{span!r} {span.attributes} {span.metadata}"


def listed_text() -> str:
    return call("POST", "request-logs/list/").text


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"cost": "much"}, {"cost": ["a number is expected, not 'much'"]}),
        ({"latency": True}, {"latency": ["a number is expected, not True"]}),
        ({"prompt_tokens": 10**400}, {"prompt_tokens": [f"a number is expected, not {10**400}"]}),
        ({"usage": {"prompt_tokens": "x"}}, {"prompt_tokens": ["a number is expected, not 'x'"]}),
        ({"usage": 3}, {"usage": ["an object is expected, not 3"]}),
        ({"model": 3}, {"model": ["a text is expected, not 3"]}),
        ({"prompt_messages": "x"}, {"prompt_messages": ["a list of messages is expected, not 'x'"]}),
        ({"completion_message": "x"}, {"completion_message": ["a message is expected, not 'x'"]}),
        ({"customer_params": "x"}, {"customer_params": ["an object is expected, not 'x'"]}),
        ({"metadata": []}, {"metadata": ["an object is expected, not []"]}),
        ({"start_time": "soon"}, {"start_time": ["a moment in ISO 8601 is expected, not 'soon'"]}),
        ({"timestamp": "0001-01-01"}, {"timestamp": ["a moment in ISO 8601 is expected, not '0001-01-01'"]}),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(gateway: Gateway, sent: dict[str, Any], told: Any) -> None:
    """With the field and the reason, and nothing is stored."""
    answer = call("POST", "request-logs/", sent)
    assert (answer.status_code, answer.json()) == (422, {"detail": "Validation error", "errors": told})
    assert len(gateway.logs) == 0


@pytest.mark.usefixtures("gateway")
def test_all_mistakes_are_told_at_once() -> None:
    """So that they need not be found one by one."""
    errors = call("POST", "request-logs/", {"cost": "x", "log_type": "poem", "metadata": 1}).json()["errors"]
    assert set(errors) == {"cost", "log_type", "metadata"}


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"3", b"\xff", b"[" * 10_000])
@pytest.mark.parametrize("path", ["request-logs/", "request-logs/create", "request-logs/bulk/", "request-logs/list/"])
@pytest.mark.usefixtures("gateway")
def test_a_body_nobody_can_read_is_refused(path: str, body: bytes) -> None:
    """It is a bad request, whatever it is; an empty list of many logs is just none."""
    answer = requests.post(f"{RESPAN}/{path}", data=body, headers=KEY, timeout=5)
    assert answer.status_code == (201 if path == "request-logs/bulk/" and body == b"[]" else 400)


def test_many_are_taken_and_the_bad_ones_named(gateway: Gateway) -> None:
    """The good ones are stored all the same."""
    logs = [{"model": "a"}, {"cost": "much"}, "x", {"model": "b", "trace_unique_id": {}}, {"model": "c"}]
    answer = call("POST", "request-logs/bulk/", {"logs": logs})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["success_count"], told["error_count"]) == (2, 3)
    assert [error["index"] for error in told["errors"]] == [1, 2, 3]
    assert told["errors"][0]["error"] == "cost: a number is expected, not 'much'"
    assert [log.model for log in gateway.logs] == ["a", "c"]


@pytest.mark.parametrize("path", ["request-logs/bulk/", "request-logs/batch/create"])
@pytest.mark.usefixtures("gateway")
def test_many_are_sent_either_way(path: str) -> None:
    """As a list, or in an object; 500 at most."""
    assert call("POST", path, [{"model": "a"}]).json()["success_count"] == 1
    assert call("POST", path, {"logs": [{"model": "a"}] * 500}).json()["success_count"] == 500
    assert call("POST", path, [{"model": "a"}] * 501).status_code == 400


def test_a_log_with_a_trace_is_a_span_of_it(gateway: Gateway) -> None:
    """Wherever the fields of the span stand."""
    row = created(model="gpt-4o", respan_params={"trace_unique_id": "t", "span_name": "mine"}, latency=2, note="n")
    span = gateway.spans.one()
    assert (span.trace_id, span.name, span.kind, span.seconds) == ("t", "mine", "chat", 2)
    assert span.log is not None
    assert (span.log.unique_id, span.log.note) == (row["id"], "n")
    assert len(gateway.logs) == 1


def test_the_same_path_answers_with_and_without_what_clients_put_around_it(gateway: Gateway) -> None:
    """A slash at the end or none, /api twice or not at all."""
    for url in ("api/request-logs", "api/request-logs/", "request-logs/create", "api//request-logs/"):
        answer = requests.post(f"https://api.respan.ai/{url}", json={"model": "m"}, headers=KEY, timeout=5)
        assert answer.status_code == 201, url
    assert len(gateway.logs) == 4


@pytest.mark.parametrize(
    ("contract", "statuses"),
    [("docs", (401, 401)), ("sdk-2026-10", (403, 403)), ({"refused_key_status": 403}, (401, 401))],
)
def test_who_has_no_key_is_not_let_in(contract: Any, statuses: tuple[int, int]) -> None:
    """Nor who has a wrong one; nothing is stored."""
    with Gateway(contract=contract).intercept() as gateway:
        gateway.account.add_key("right")
        answers = [call("POST", "request-logs/", {}, headers) for headers in ({}, KEY)]
        right = call("POST", "request-logs/", {}, {"Authorization": "Bearer right"})
    assert tuple(answer.status_code for answer in answers) == statuses
    assert right.status_code == 201
    assert len(gateway.logs) == 1


@pytest.mark.parametrize("contract", ["docs", {"refused_key_status": 403}])
def test_an_account_without_a_plan_is_forbidden(contract: Any) -> None:
    """Which is no matter of the key."""
    with Gateway(contract=contract).intercept() as gateway:
        gateway.account.is_subscribed = False
        assert call("GET", "request-logs/list/").status_code == 403


@pytest.mark.parametrize("scheme", [{"x-api-key": "right"}, {"x-goog-api-key": "right"}])
def test_a_key_may_stand_in_any_header(gateway: Gateway, scheme: dict[str, str]) -> None:
    """Wherever a client puts it."""
    gateway.account.add_key("right")
    assert call("POST", "request-logs/", {}, scheme).status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "request-logs/"), ("PUT", "request-logs/x/"), ("POST", "traces/t/"), ("GET", "v2/traces")],
)
def test_another_method_is_not_allowed(gateway: Gateway, method: str, path: str) -> None:
    """Where the path is known."""
    answer = call(method, path)
    assert answer.status_code == 405
    assert answer.json()["detail"] == f'Method "{method}" not allowed.'
    assert not gateway.logs
