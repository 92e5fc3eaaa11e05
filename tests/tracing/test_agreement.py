"""Bugs put into an application on purpose, and the line by which each is named."""

from collections.abc import Callable
from typing import Any

import httpx2
import openai
import pytest
import requests

from mock_gateway import Gateway
from pytest_respan import assert_telemetry_agrees

from .application import GATEWAY, ask, ask_to_the_end, task, traced, workflow

BEARER = {"authorization": "Bearer k"}


def disagreements(gateway: Gateway) -> list[str]:
    """The lines between the headline and the story."""
    with pytest.raises(AssertionError) as raised:
        assert_telemetry_agrees(gateway)
    headline, _, rest = str(raised.value).partition("\n\n")
    assert headline == "The telemetry does not say what happened:"
    return [line.strip() for line in rest.partition("\n\n")[0].splitlines()]


@workflow(name="helped")
def helped(question: str, **options: Any) -> str | None:
    """A workflow that asks once."""
    answer: str | None = ask(question, **options).choices[0].message.content
    return answer


LINKED_OR_NOT = [pytest.param(linked, marks=pytest.mark.respan(log_id=linked)) for linked in (True, False)]


@pytest.mark.parametrize("linked", LINKED_OR_NOT)
def test_an_application_that_tells_the_truth(respan_gateway: Gateway, linked: bool) -> None:
    """Whether spans point to the gateway's rows or stand alone, what is right is not complained about."""
    from respan import propagate_attributes

    gateway = respan_gateway
    traced()
    gateway.model("gpt-4o").fails(500, times=2).replies("one").replies("two").fails(400).replies("four")
    gateway.model("gpt-4o-mini").fails(429)
    with propagate_attributes(customer_identifier="user_1", thread_identifier="t", metadata={"plan": "pro"}):
        sent = {"customer_identifier": "user_1", "thread_identifier": "t", "metadata": {"plan": "pro"}}
        helped("retried by the client", extra_body=sent)
    ask_to_the_end("streamed", stream_options={"include_usage": True})
    with pytest.raises(openai.BadRequestError):
        helped("refused")
    helped("cached", extra_body={"cache_enabled": True})
    helped("cached", extra_body={"cache_enabled": True})
    helped("moved", model="gpt-4o-mini", extra_body={"fallback_models": ["gpt-4o"]})
    assert_telemetry_agrees(gateway)
    assert all((span.log is not None) is linked for span in gateway.spans.where(kind="chat"))


def test_a_stream_that_is_left_early(respan_gateway: Gateway) -> None:
    """The application read two chunks of an answer, and its span looks as if that had been all."""
    traced()
    respan_gateway.model("gpt-4o").replies("one two three four five six")
    with ask(stream=True) as stream:
        next(iter(stream))
        next(iter(stream))
    assert disagreements(respan_gateway) == [
        "call 1: the application left after 1 chunk of the stream, but its span ended ok."
    ]


def test_a_customer_who_differs(respan_gateway: Gateway) -> None:
    """The request says one customer, thread and plan, and the span others."""
    from respan import propagate_attributes

    traced()
    respan_gateway.model("gpt-4o").replies("Hi")
    with propagate_attributes(customer_identifier="user_1", thread_identifier="a", metadata={"plan": "free", "n": 3}):
        sent = {"customer_identifier": "user_2", "thread_identifier": "b", "metadata": {"plan": "pro", "n": 3}}
        ask(extra_body=sent)
    assert disagreements(respan_gateway) == [
        "call 1: it was sent with customer_identifier 'user_2', but its span says 'user_1'.",
        "call 1: it was sent with thread_identifier 'b', but its span says 'a'.",
        "call 1: it was sent with metadata plan 'pro', but its span says 'free'.",
    ]
    log = respan_gateway.logs.one()
    assert (log.customer_identifier, log.thread_identifier, log.metadata["plan"]) == ("user_2", "b", "pro")


def test_a_span_that_never_ends(respan_gateway: Gateway) -> None:
    """A workflow that is a generator, and that nobody reads to its end, never ends."""

    @workflow(name="endless")
    def endless() -> Any:
        yield ask("within")

    traced()
    respan_gateway.model("gpt-4o").replies("Hi")
    left = endless()
    ask("outside")
    assert disagreements(respan_gateway) == [
        "chat gpt-4o: the span it is part of was never sent, so it may not have ended.",
        "workflow endless: it began, and never ended.",
    ]
    del left


def test_an_error_that_is_swallowed(respan_gateway: Gateway) -> None:
    """A span of one's own around a call over plain HTTP, whose status nobody looks at."""
    from opentelemetry import trace

    traced()
    respan_gateway.model("gpt-4o").fails(429)
    told = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    with trace.get_tracer("application").start_as_current_span("ask", attributes=told):
        body = {"model": "gpt-4o", "messages": []}
        requests.post(f"{GATEWAY}/chat/completions", json=body, headers=BEARER, timeout=5)
    assert disagreements(respan_gateway) == ["call 1: it was answered 429 rate_limit_exceeded, but its span ended ok."]


@pytest.mark.respan(log_id=False)
def test_tokens_that_are_missing(respan_gateway: Gateway) -> None:
    """A full span of a stream states tokens only if the stream was asked for with them."""
    traced()
    respan_gateway.model("gpt-4o").replies("one two three")
    ask_to_the_end("Hi")
    ask_to_the_end("Hi", stream_options={"include_usage": True})
    assert disagreements(respan_gateway) == [
        "call 1: it took 4 + 4 tokens, but its span states none: the stream was asked for without include_usage."
    ]


def test_a_call_nobody_traces(respan_gateway: Gateway) -> None:
    """The tracer is made after the client has asked."""
    respan_gateway.model("gpt-4o").replies("Hi")
    ask("too early")
    traced()
    ask("in time")
    assert disagreements(respan_gateway) == ["call 1: gpt-4o answered, and no span tells of it."]


@pytest.mark.respan(log_id=False)
def test_a_call_that_is_told_of_twice(respan_gateway: Gateway) -> None:
    """A span of one's own around a client that is traced already."""
    from opentelemetry import trace

    traced()
    respan_gateway.model("gpt-4o").replies("Hi")
    told = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    with trace.get_tracer("application").start_as_current_span("ask", attributes=told):
        ask("Hi")
    assert disagreements(respan_gateway) == ["chat gpt-4o: a span tells of a call that the gateway has not seen."]


@pytest.mark.respan(log_id=False)
def test_a_model_that_did_not_answer(respan_gateway: Gateway) -> None:
    """A span of one's own that names the model it asked, while another one answered."""
    from opentelemetry import trace

    traced()
    respan_gateway.model("gpt-4o").fails(500)
    respan_gateway.model("claude-sonnet-4-5").replies("Hi")
    told: dict[str, str | int] = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    told["gen_ai.usage.prompt_tokens"] = 4
    with trace.get_tracer("application").start_as_current_span("ask", attributes=told):
        body = {"model": "gpt-4o", "messages": [], "fallback_models": ["claude-sonnet-4-5"]}
        requests.post(f"{GATEWAY}/chat/completions", json=body, headers=BEARER, timeout=5)
    assert disagreements(respan_gateway) == [
        "call 1: claude-sonnet-4-5 answered, but its span says gpt-4o.",
        "call 1: it took 0 + 1 tokens, but its span says 4 + None.",
    ]


def test_an_error_that_never_was(respan_gateway: Gateway) -> None:
    """The call was answered, and the span says that it failed."""
    from opentelemetry import trace

    @task(name="doubting")
    def doubting() -> None:
        with trace.get_tracer("own").start_as_current_span("mine") as span:
            span.set_attributes({"gen_ai.request.model": "gpt-4o", "llm.request.type": "chat"})
            requests.post(
                f"{GATEWAY}/chat/completions", json={"model": "gpt-4o", "messages": []}, headers=BEARER, timeout=5
            )
            span.set_status(trace.StatusCode.ERROR, "it was late")

    traced()
    respan_gateway.model("gpt-4o").replies("Hi")
    doubting()
    assert disagreements(respan_gateway) == ["call 1: gpt-4o answered, but its span ended in an error: it was late."]


def test_a_model_that_is_no_name(respan_gateway: Gateway) -> None:
    """Whatever a span says its model is, it is compared and nothing more."""
    pairs: dict[str, Any] = {"gen_ai.request.model": {"arrayValue": {"values": [{"stringValue": "gpt-4o"}]}}}
    pairs |= {name: {"stringValue": "chat"} for name in ("llm.request.type", "traceloop.entity.name")}
    pairs["gen_ai.response.id"] = pairs["gen_ai.request.model"]
    span: dict[str, Any] = {
        "traceId": "1" * 32,
        "spanId": "1" * 16,
        "name": "x",
        "startTimeUnixNano": "1",
        "endTimeUnixNano": "2",
    }
    span["attributes"] = [{"key": key, "value": value} for key, value in pairs.items()]
    batch = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    assert requests.post(f"{GATEWAY}/v2/traces", json=batch, headers=BEARER, timeout=5).status_code == 200
    respan_gateway.model("gpt-4o").replies("Hi")
    requests.post(f"{GATEWAY}/chat/completions", json={"model": "gpt-4o", "messages": []}, headers=BEARER, timeout=5)
    assert disagreements(respan_gateway) == ["call 1: gpt-4o answered, and no span tells of it."]


def test_nothing_to_compare(respan_gateway: Gateway) -> None:
    """Where nothing happened, nothing agrees either."""
    with pytest.raises(AssertionError, match="There is nothing to compare"):
        assert_telemetry_agrees(respan_gateway)


def test_spans_that_could_not_be_read(respan_gateway: Gateway) -> None:
    """A batch the gateway refused is no agreement."""
    requests.post(f"{GATEWAY}/v2/traces", data=b"{", headers=BEARER, timeout=5)
    requests.post(f"{GATEWAY}/v2/traces", json={"resourceSpans": []}, timeout=5)
    first, second = disagreements(respan_gateway)
    assert first.startswith("it was refused: POST /api/v2/traces: it is not JSON")
    assert second == "it was refused: POST /api/v2/traces: Authentication credentials were not provided."


@pytest.mark.respan(keep_spans=1)
def test_spans_that_were_forgotten(respan_gateway: Gateway) -> None:
    """When older spans had to go, nobody can say any more whether they agreed."""
    traced()
    respan_gateway.model("gpt-4o").replies("Hi")
    ask("one")
    ask("two")
    assert "1 older spans were forgotten: only 1 are kept." in disagreements(respan_gateway)


Ending = Callable[[Gateway], Any]


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (lambda gateway: gateway.model("gpt-4o").fails(500), 500),
        (lambda gateway: gateway.model("gpt-4o").times_out(), 504),
        (lambda gateway: gateway.model("gpt-4o").hangs_up(), 502),
        (lambda gateway: gateway.refuses(), None),
        (lambda gateway: gateway.fails(503), 503),
        (lambda gateway: gateway.model("gpt-4o").hangs_up(after_chunks=2), 200),
    ],
    ids=["fails", "times_out", "hangs_up", "refuses", "ill", "cut"],
)
def test_failures_that_are_told_of_as_failures(respan_gateway: Gateway, ending: Ending, status: int | None) -> None:
    """However a call fails, the instrumentation's span says that it has."""
    traced()
    ending(respan_gateway)
    with pytest.raises((openai.APIError, httpx2.HTTPError)):
        ask_to_the_end(max_retries=0)
    assert respan_gateway.calls.one().status == status
    assert respan_gateway.spans.one().status == "error"
    assert_telemetry_agrees(respan_gateway)


def told(name: str = "ask", **attributes: str | float) -> None:
    """A span of the application's own that tells of a call."""
    from opentelemetry import trace

    named = {key.replace("__", "."): value for key, value in attributes.items()}
    with trace.get_tracer("application").start_as_current_span(name, attributes=named):
        pass


def test_a_row_two_spans_point_to(respan_gateway: Gateway) -> None:
    """Two instrumentations tell of the same call, and both know its row."""
    traced()
    respan_gateway.model("gpt-4o").replies("Hi")
    ask()
    told(respan__gateway__log_id="log-000001", respan__entity__log_type="chat", gen_ai__request__model="gpt-4o")
    assert disagreements(respan_gateway) == ["call 1: one call, but 2 spans tell of it: chat gpt-4o, chat gpt-4o."]


@pytest.mark.respan(log_id=False)
def test_a_cached_answer_that_is_billed(respan_gateway: Gateway) -> None:
    """What comes from the cache costs nothing, and a span says it has."""
    traced()
    respan_gateway.model("gpt-4o").replies("Hi")
    body = {"model": "gpt-4o", "messages": [], "cache_enabled": True}
    for _ in range(2):
        requests.post(f"{GATEWAY}/chat/completions", json=body, headers=BEARER, timeout=5)
        usage: dict[str, Any] = {"gen_ai__usage__prompt_tokens": 0, "gen_ai__usage__completion_tokens": 1}
        usage["gen_ai__usage__cost"] = 0.25
        told(gen_ai__operation__name="chat", gen_ai__request__model="gpt-4o", **usage)
    assert disagreements(respan_gateway) == [
        "call 2: it came from the cache and cost nothing, but its span says it cost 0.25."
    ]


def test_a_span_that_is_sent_before_it_has_ended(respan_gateway: Gateway) -> None:
    """An exporter that sends open spans: the call's own, and the one around it."""
    respan_gateway.model("gpt-4o").replies("Hi")
    ask()
    attributes = {"respan.gateway.log_id": "log-000001", "respan.entity.log_type": "chat"}
    ids = {"traceId": "1" * 32, "startTimeUnixNano": "1"}
    spans = [
        {
            **ids,
            "spanId": "2" * 16,
            "parentSpanId": "3" * 16,
            "name": "llm",
            "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()],
        },
        {**ids, "spanId": "3" * 16, "name": "outer"},
    ]
    sent = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    requests.post(f"{GATEWAY}/v2/traces", json=sent, headers=BEARER, timeout=5)
    assert disagreements(respan_gateway) == [
        "call 1: gpt-4o answered, but its span never ended.",
        "span outer: it was sent before it had ended.",
    ]


def test_a_trace_of_two_roots(respan_gateway: Gateway) -> None:
    """Two spans of one trace that are part of no other."""
    spans = [
        {"traceId": "1" * 32, "spanId": digit * 16, "name": digit, "startTimeUnixNano": "1", "endTimeUnixNano": "2"}
        for digit in "23"
    ]
    sent = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    requests.post(f"{GATEWAY}/v2/traces", json=sent, headers=BEARER, timeout=5)
    assert disagreements(respan_gateway) == ["span 2: its trace has 2 roots: span 2, span 3."]
