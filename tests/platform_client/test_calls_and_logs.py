"""Calls, logs, traces, files, batches, users and the cache, with the official client."""

import io
import json
from typing import Any

import pytest

from mock_gateway import Gateway

from .official import api_error, errors

HELLO = [{"role": "user", "content": "Hi"}]


def ask(client: Any, customer: str | None = None, **fields: Any) -> Any:
    """A call."""
    more = {"customer_identifier": customer, **fields} if customer else fields
    return client.gateway.create_chat_completion(
        model="gpt-4o", messages=HELLO, request_options={"additional_body_parameters": more}
    )


def test_a_chat_completion(gateway: Gateway, client: Any) -> None:
    """Its answer is read, its parameters arrive, and its row is found."""
    answer = ask(client, "u1", temperature=0.5)
    assert answer.choices[0].message.content == "Hello."
    assert gateway.calls.one().effective_request["temperature"] == 0.5
    [row] = client.spans.list_spans(filters={"customer_identifier": {"operator": "", "value": ["u1"]}})
    found = client.spans.retrieve_span(row["unique_id"])
    assert (found.model, found.status_code, found.cost) == ("gpt-4o", 200, 1.0)


def test_a_response(gateway: Gateway, client: Any) -> None:
    """The other wire of OpenAI's."""
    assert client.gateway.create_response(model="gpt-4o", input="Hi")["object"] == "response"
    assert gateway.calls.one().served_model == "gpt-4o"


def test_logs_are_created_and_listed(gateway: Gateway, client: Any) -> None:
    """One, many, page by page, and one of them in full."""
    made = client.spans.create_span(
        model="gpt-4o", prompt_messages=HELLO, completion_message={"role": "assistant", "content": "x"}, cost=2
    )
    told = client.spans.bulk_create_spans(logs=[{"model": "a"}, {"model": "b", "cost": "much"}])
    assert (told.success_count, told.error_count, told.errors[0].index) == (1, 1, 1)
    assert [row["model"] for row in client.spans.list_spans(page_size=1, sort_by="id")] == ["gpt-4o", "a"]
    assert client.spans.retrieve_span(made.id).cost == 2
    assert len(gateway.logs) == 2
    with pytest.raises(errors().NotFoundError):
        client.spans.retrieve_span("nobody's")


def test_traces_are_sent_and_read(gateway: Gateway, client: Any) -> None:
    """In either format, with their trees."""
    span = {
        "traceId": "1" * 32,
        "spanId": "2" * 16,
        "name": "llm.x",
        "startTimeUnixNano": "1767225600000000000",
        "endTimeUnixNano": "1767225601000000000",
        "attributes": [{"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}}],
    }
    client.traces.create_trace(resource_spans=[{"scopeSpans": [{"spans": [span]}]}])
    client.traces.create_trace_legacy(
        request=[
            {
                "trace_unique_id": "t",
                "span_unique_id": "s",
                "span_name": "work",
                "start_time": "2026-01-01T00:00:00Z",
                "timestamp": "2026-01-01T00:00:01Z",
            }
        ]
    )
    assert {trace.trace_unique_id for trace in client.traces.list_traces(page_size=10).results} == {"1" * 32, "t"}
    assert client.traces.retrieve_trace("t").span_tree[0].span_unique_id == "s"
    assert len(gateway.traces) == 2
    with pytest.raises(errors().NotFoundError):
        client.traces.retrieve_trace("nobody's")


def test_a_file_and_a_batch(gateway: Gateway, client: Any) -> None:
    """Uploaded, carried out, read, cancelled too late, deleted."""
    batches, provider = client.open_ai_batch, "openai"
    line = {
        "custom_id": "1",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "gpt-4o", "messages": HELLO},
    }
    file = ("in.jsonl", io.BytesIO(json.dumps(line).encode()))
    uploaded = batches.upload_file(file=file, purpose="batch", provider_id=provider)
    assert batches.retrieve_file(uploaded.id, provider_id=provider).filename == "in.jsonl"
    assert [one.id for one in batches.list_files(provider_id=provider).data] == [uploaded.id]
    batch = batches.create_batch(
        input_file_id=uploaded.id, endpoint="/v1/chat/completions", completion_window="24h", provider_id=provider
    )
    done = batches.retrieve_batch(batch.id, provider_id=provider)
    assert done.status == "completed"
    output = b"".join(batches.retrieve_file_content(done.output_file_id, provider_id=provider))
    assert json.loads(output)["response"]["body"]["choices"][0]["message"]["content"] == "Hello."
    assert [one.id for one in batches.api_v1batches_retrieve(provider_id=provider).data] == [batch.id]
    with pytest.raises(api_error()) as raised:
        batches.cancel_batch(batch.id, provider_id=provider, request={}, request_options={"max_retries": 0})
    assert raised.value.status_code == 409
    assert batches.delete_file(uploaded.id, provider_id=provider).deleted is True
    assert len(gateway.calls) == 1


def test_a_user_and_a_budget(gateway: Gateway, client: Any) -> None:
    """Every operation on users; what is set is enforced."""
    ask(client, "u1")
    ask(client, "u2")
    assert [user.customer_identifier for user in client.users.list_customers(page_size=1)] == ["u2", "u1"]
    filters = {"total_cost": {"operator": "gte", "value": [1]}}
    assert len(list(client.users.list_customers(sort_by="-total_cost", filters=filters, environment="test"))) == 2
    changed = client.users.update_user("u1", total_budget=0.5, name="Una", metadata={"plan": "pro"})
    assert (changed.total_budget, changed.name) == (0.5, "Una")
    with pytest.raises(api_error()) as raised:
        client.gateway.create_chat_completion(
            model="gpt-4o",
            messages=HELLO,
            request_options={"additional_body_parameters": {"customer_identifier": "u1"}, "max_retries": 0},
        )
    assert raised.value.status_code == 429
    found = client.users.retrieve_user("u1")
    assert (found.total_period_usage, found.budget_duration) == (1.0, "monthly")
    assert client.users.delete_user("u1") is None
    with pytest.raises(errors().NotFoundError):
        client.users.retrieve_user("u1")
    assert len(gateway.calls) == 3


def test_the_cache(gateway: Gateway, client: Any) -> None:
    """Every operation on it; what is deleted is a miss, and what has another date expires by it."""
    ask(client, cache_enabled=True)
    ask(client, cache_enabled=True)
    listed = client.caches.filter_cached_responses(page=1, page_size=5, filters={})
    assert (listed.summary.total_hit_count, listed.summary.total_cost, listed.data.count) == (1, 1.0, 1)
    key = listed.data.results[0].cache_key
    found = client.caches.api_caches_retrieve(key)
    assert (found.hit_count, found.full_response["object"]) == (1, "chat.completion")
    assert client.caches.get_filtered_cached_responses_summary().total_count == 1
    changed = client.caches.api_caches_partial_update2(key, expiry_date="2026-01-01T00:00:00Z")
    assert changed.expiry_date.isoformat() == "2026-01-01T00:00:00+00:00"
    ask(client, cache_enabled=True)
    assert client.caches.api_caches_destroy2(key) is None
    ask(client, cache_enabled=True)
    assert [call.cache for call in gateway.calls] == ["miss", "hit", "expired", "miss"]
    assert client.caches.bulk_delete_cached_responses(cache_keys=[key]).deleted_count == 1
    assert client.caches.bulk_delete_cached_responses(all_=True).message == "Deleted 0 cached responses."
    with pytest.raises(errors().ForbiddenError):
        client.caches.bulk_delete_cached_responses(ids=[1])


def test_a_wrong_key_and_what_is_not_imitated(gateway: Gateway, client: Any) -> None:
    """The client raises for both."""
    with pytest.raises(api_error()) as raised:
        client.limit_policies.list_limit_policies(request_options={"max_retries": 0})
    assert raised.value.status_code == 501
    gateway.account.add_key("right")
    with pytest.raises(api_error()) as raised:
        client.prompts.list_prompts()
    assert raised.value.status_code == 401
