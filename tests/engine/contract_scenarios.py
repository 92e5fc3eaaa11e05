"""For each choice of the contract a scenario in which its alternatives can be told apart."""

import json
from collections.abc import Callable
from typing import Any

from mock_gateway import Gateway, Usage
from mock_gateway.core.requests import HttpRequest
from mock_gateway.core.steps import Chunk

from .dialogue import KEY, Heard, ask, hear, request

Scenario = Callable[[Gateway], object]
RETRIES = {"num_retries": 1, "retry_after": 1}
GROUP = {"group_id": "g", "models": [{"model": "b", "weight": 1.5}]}


def scripted(gateway: Gateway, **models: Any) -> None:
    """A script for each model: the name of a verb with its arguments."""
    for name, (verb, *arguments) in models.items():
        getattr(gateway.model(name), verb)(*arguments, optional=True)


def asked(gateway: Gateway) -> list[str]:
    return [attempt.model for attempt in gateway.calls.last.attempts]


def failing(first: Any, second: Any = ("replies", "b"), **fields: Any) -> Scenario:
    """Two models, and what was asked of them."""

    def play(gateway: Gateway) -> object:
        scripted(gateway, a=first, b=second)
        heard = ask(gateway, model="a", **fields)
        return heard.status, heard.ending, asked(gateway), heard.body if heard.status >= 400 else b""

    return play


def prompted(
    *, messages: Any = ("Hello {{ x }}",), text: str | None = None, deploy: bool = True, **use: Any
) -> Scenario:
    def play(gateway: Gateway) -> object:
        stream = use.get("echo") is True
        gateway.model("*").replies("ok", optional=True)
        gateway.prompts.add(
            "p", messages=[{"role": "user", "content": one} for one in messages], model="m", deploy=deploy
        )
        heard = ask(gateway, text, "a", prompt={"prompt_id": "p", **use}, stream=stream)
        return heard.status, b"prompt_message" in heard.body, gateway.calls.last.effective_request

    return play


def instructed(gateway: Gateway) -> object:
    """A prompt of two messages, on the wire that has instructions."""
    gateway.model("m").replies("ok")
    messages = [{"role": role, "content": f"The {role}'s."} for role in ("system", "user")]
    gateway.prompts.add("p", messages=messages, model="m")
    body = {"model": "m", "input": "Hi", "instructions": "Mine.", "respan_params": {"prompt": "p"}}
    hear(gateway, HttpRequest("POST", "api.respan.ai", "/api/responses", KEY, json.dumps(body).encode(), "t"))
    return gateway.calls.last.effective_request


def cached(first: dict[str, Any], second: dict[str, Any], hours: float = 0) -> Scenario:
    def play(gateway: Gateway) -> object:
        scripted(gateway, a=("replies", "x"))
        one = ask(gateway, model="a", cache_enabled=True, **first)
        gateway.clock.advance(hours=hours)
        two = ask(gateway, model="a", cache_enabled=True, **second)
        return gateway.calls.last.cache, one.body == two.body

    return play


def limited(gateway: Gateway) -> object:
    scripted(gateway, a=("replies", "x"))
    gateway.account.limit(requests=2)
    heard = [ask(gateway, model="a") for _ in range(3)]
    return [one.status for one in heard], "retry-after" in heard[-1].headers


def budget(gateway: Gateway) -> object:
    gateway.model("a").replies("x", usage=Usage(1, 1))
    gateway.account.price("a", prompt=1e6, completion=1e6)
    params = {"customer_identifier": "u", "total_budget": 1}
    brought = [ask(gateway, model="a", customer_params=params).status for _ in range(2)]
    return [*brought, ask(gateway, model="a", customer_identifier="u").status]


def keyless(gateway: Gateway) -> object:
    heard = hear(gateway, request(headers={}))
    return heard.status, heard.body


def wrong_key(gateway: Gateway) -> object:
    gateway.account.add_key("right")
    return hear(gateway, request()).status


def deployments(gateway: Gateway) -> object:
    gateway.account.add_credential("openai", available_models=["gpt-4"])
    gateway.model("*").replies("x")
    ask(gateway, model="gpt-5")
    return gateway.calls.last.attempts[0].credential


def reasoning(gateway: Gateway) -> object:
    gateway.model("a").replies("x", reasoning="because")
    return ask(gateway, model="a", stream=True).body


def parameter_order(gateway: Gateway) -> object:
    scripted(gateway, a=("replies", "x"))
    ask(gateway, model="a", note="top", respan_params={"note": "inner"})
    return gateway.logs.last.note


def spoiled(**fields: Any) -> Scenario:
    return failing(("replies", "a"), **fields)


def doubling(gateway: Gateway) -> object:
    gateway.model("a").fails(500)
    ask(gateway, model="a", retry_params={"num_retries": 2, "retry_after": 1})
    return gateway.calls.last.seconds


def cut_stream(gateway: Gateway) -> object:
    gateway.model("a").hangs_up(after_chunks=1)
    return ask(gateway, model="a", stream=True).ending


def three_statuses(**again: Any) -> Scenario:
    """Three errors, and whether each led to a second attempt."""

    def play(gateway: Gateway) -> object:
        gateway.model("backup").replies("b", optional=True)
        counts = []
        for status in (429, 500, 400):
            gateway.model(f"m{status}").fails(status)
            ask(gateway, model=f"m{status}", **again)
            counts.append(len(gateway.calls.last.attempts))
        return counts

    return play


def brought_fallbacks(gateway: Gateway) -> object:
    scripted(gateway, a=("fails", 500), b=("replies", "b"), c=("replies", "c"))
    gateway.prompts.add("p", messages=[], fallback_models=["c"])
    ask(gateway, model="a", prompt="p", fallback_models=["b"])
    return asked(gateway)


def left_stream(gateway: Gateway) -> object:
    gateway.model("a").replies("One two three.")
    steps = gateway.handle(request(model="a", stream=True))
    next(step for step in steps if isinstance(step, Chunk) and step.counts)
    steps.close()
    row = gateway.logs.one()
    return row.completion_text, row.total_request_tokens


def half_served(gateway: Gateway) -> object:
    """A limit of two, after a call whose provider failed."""
    gateway.model("a").fails(500).replies("x")
    gateway.account.limit(requests=2)
    return [ask(gateway, model="a").status for _ in range(3)]


def slow_provider(gateway: Gateway) -> object:
    gateway.model("a").times_out()
    ask(gateway, model="a")
    return gateway.calls.last.seconds


def rest(gateway: Gateway, method: str, path: str, sent: Any = None) -> Heard:
    """The answer of one of Respan's own resources."""
    return hear(gateway, HttpRequest(method, "api.respan.ai", f"/api/{path}/", KEY, json.dumps(sent).encode(), "t"))


def listed(*, advance: float = 0, **fields: Any) -> Scenario:
    """Two logs, the first of them some time ago, and what the first page of their list says, which has room for one."""

    def play(gateway: Gateway) -> object:
        rest(gateway, "POST", "request-logs", {"model": "a", **fields})
        gateway.clock.advance(seconds=advance)
        rest(gateway, "POST", "request-logs", {"model": "b", **fields})
        asked = HttpRequest("GET", "api.respan.ai", "/api/request-logs/list/", KEY, b"", "t", "page_size=1")
        found = hear(gateway, asked).json
        return found["count"], found["next"] is None, [row["status"] for row in found["results"]]

    return play


def wrong_management_key(gateway: Gateway) -> object:
    gateway.account.add_key("right")
    return rest(gateway, "GET", "request-logs/list").status


def unknown_prompt(gateway: Gateway) -> object:
    return rest(gateway, "POST", "request-logs", {"prompt": {"prompt_id": "nobody's"}}).status


def span(name: str = "llm.x", span_id: str = "1" * 16) -> dict[str, Any]:
    """A span as it comes in."""
    attributes = [{"key": "traceloop.entity.name", "value": {"stringValue": "mine"}}]
    times = {"startTimeUnixNano": "1", "endTimeUnixNano": "2"}
    return {"traceId": "1" * 32, "spanId": span_id, "name": name, "attributes": attributes, **times}


def ingested(*spans: Any) -> Scenario:
    """Spans that come in one by one: the answers, and what the log says of them."""

    def play(gateway: Gateway) -> object:
        batches = [{"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]} for one in spans]
        statuses = [rest(gateway, "POST", "v2/traces", batch).status for batch in batches]
        rows = rest(gateway, "GET", "request-logs/list").json["results"]
        return statuses, [row["span_name"] for row in rows]

    return play


def told_twice(gateway: Gateway) -> object:
    """A call of Anthropic's client, as the instrumentation tells of it and as the client does."""
    asks = [{"key": "llm.request.type", "value": {"stringValue": "chat"}}]
    scopes = [
        {"scope": {"name": name}, "spans": [{**span(span_id=str(at) * 16), "attributes": asks}]}
        for at, name in enumerate(("opentelemetry.instrumentation.anthropic", "com.anthropic.sdk.python"), 1)
    ]
    rest(gateway, "POST", "v2/traces", {"resourceSpans": [{"scopeSpans": scopes}]})
    return rest(gateway, "GET", f"traces/{'1' * 32}").json["llm_call_count"]


def batched(gateway: Gateway) -> object:
    """A batch of one request, looked at once."""
    scripted(gateway, a=("replies", "x"))
    line = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "a", "messages": []}}
    form = {"purpose": b"batch", "file": json.dumps(line).encode()}
    parts = (
        b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (k.encode(), v) for k, v in form.items()
    )
    headers = {**KEY, "content-type": "multipart/form-data; boundary=b"}
    upload = HttpRequest("POST", "api.respan.ai", "/api/files/", headers, b"".join(parts) + b"--b--", "t")
    file_id = hear(gateway, upload).json["id"]
    sent = {"input_file_id": file_id, "endpoint": line["url"], "completion_window": "24h"}
    batch_id = rest(gateway, "POST", "batches", sent).json["id"]
    return rest(gateway, "GET", f"batches/{batch_id}").json["status"]


def committed(gateway: Gateway) -> object:
    """A prompt whose draft was committed: which version is the newest now."""
    gateway.prompts.add("p", messages=[], deploy=False)
    rest(gateway, "POST", "prompts/p/commits", {})
    return rest(gateway, "GET", "prompts/p").json["current_version"]["version"]


SCENARIOS: dict[str, Scenario] = {
    "error_shape": lambda gateway: list(hear(gateway, request(headers={})).json),
    "refused_key_status": wrong_key,
    "missing_key": keyless,
    "invalid_field_status": spoiled(n=0),
    "provider_error": failing(("fails", 500)),
    "upstream_timeout": slow_provider,
    "timed_out_status": failing(("times_out",)),
    "hung_up": failing(("hangs_up",)),
    "hung_up_status": failing(("hangs_up",)),
    "broken_stream": cut_stream,
    "streamed_reasoning": reasoning,
    "streamed_thinking_blocks": reasoning,
    "parameter_precedence": parameter_order,
    "malformed_parameters": spoiled(respan_params=3),
    "invalid_parameters": spoiled(cache_ttl=-1),
    "request_retries": failing(("fails", 500), retry_params=RETRIES),
    "retry_on": three_statuses(retry_params=RETRIES),
    "retry_wait": doubling,
    "retry_order": failing(("fails", 500), retry_params=RETRIES, fallback_models=["b"]),
    "fallback_on": three_statuses(fallback_models=["backup"]),
    "fallback_after_timeout": failing(("times_out",), fallback_models=["b"]),
    "fallback_models_of": brought_fallbacks,
    "all_failed": failing(("fails", 429), ("fails", 500), fallback_models=["b"]),
    "first_token_timeout": failing(("stalls",), first_token_timeout=1, stream=True),
    "model_and_group": failing(("replies", "a"), load_balance_group=GROUP),
    "weights": failing(("replies", "a"), load_balance_group=GROUP),
    "available_models": deployments,
    "cache_lifetime": cached({}, {}, hours=1),
    "cache_key": cached({"temperature": 0}, {"temperature": 1}),
    "cached_answer": cached({}, {}),
    "cache_across_streams": cached({}, {"stream": True}),
    "override_default": prompted(),
    "override_params_alone": prompted(override_params={"model": "c"}),
    "echo_default": prompted(),
    "echo_in_streams": prompted(echo=True),
    "missing_variable": prompted(),
    "undeployed_prompt": prompted(deploy=False),
    "prompt_and_instructions": instructed,
    "prompt_instructions": instructed,
    "draft_after_commit": committed,
    "patch_messages": prompted(schema_version=2, patch={"messages": []}),
    "limit_reached": limited,
    "limit_counts": half_served,
    "limit_retry_after": limited,
    "customer_budgets": budget,
    "log_delay": listed(),
    "log_status": listed(status_code=500),
    "list_count": listed(),
    "list_window": listed(advance=61),
    "refused_management_key_status": wrong_management_key,
    "unknown_log_prompt": unknown_prompt,
    "stored_span_name": ingested(span()),
    "repeated_span": ingested(span("first"), span("second")),
    "native_span": told_twice,
    "left_stream": left_stream,
    "batch_delay": batched,
    "bad_span": ingested(span(span_id="no id")),
}
