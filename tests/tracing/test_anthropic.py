"""Anthropic's client, traced: by the Respan SDK, by itself, and by both at once."""

from collections.abc import Callable
from typing import Any

import anthropic
import anyio
import httpx2
import pytest
import requests

from mock_gateway import Gateway, ToolCall, Usage
from mock_gateway.telemetry.rows import unique_id_of
from pytest_respan import assert_telemetry_agrees, assert_trace_tree

from .application import GATEWAY, traced, workflow
from .test_agreement import LINKED_OR_NOT, disagreements

pytest.importorskip("respan_instrumentation_anthropic")

MODEL = "claude-of-tests"  # the client warns of real ones when their time is over
ASKED: Any = {
    "model": MODEL,
    "max_tokens": 64,
    "system": "Be kind.",
    "messages": [{"role": "user", "content": "Hi"}],
}
PLACE: Any = {"base_url": f"{GATEWAY}/anthropic", "api_key": "any"}
TOOL: Any = {"name": "look_up", "input_schema": {"type": "object"}}
CACHED = Usage(32, 6, cached_tokens=9, cache_creation_tokens=2)


def traced_twice() -> None:
    """A tracer with the instrumentation; the client makes spans of its own as well."""
    from respan import Respan
    from respan_instrumentation_anthropic import AnthropicInstrumentor

    Respan(instrumentations=[AnthropicInstrumentor()])


def whole(**more: Any) -> None:
    """A question, and its answer in one piece."""
    with anthropic.Anthropic(**PLACE) as client:
        client.messages.create(**ASKED, **more)


def streamed() -> None:
    """A question whose answer is read event by event."""
    with anthropic.Anthropic(**PLACE) as client:
        assert list(client.messages.create(**ASKED, stream=True))


def helped() -> None:
    """A question whose answer is streamed through the client's helper."""
    with anthropic.Anthropic(**PLACE) as client, client.messages.stream(**ASKED) as stream:
        stream.get_final_message()


def in_a_loop() -> None:
    """The same asynchronously, both ways."""

    async def ask() -> None:
        async with anthropic.AsyncAnthropic(**PLACE) as client:
            await client.messages.create(**ASKED)
            async with client.messages.stream(**ASKED) as stream:
                await stream.get_final_message()

    anyio.run(ask)


ASKING: dict[str, Callable[[], None]] = {"whole": whole, "streamed": streamed, "helped": helped, "in a loop": in_a_loop}


@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
@pytest.mark.parametrize("linked", LINKED_OR_NOT)
def test_calls_are_told_as_they_were(respan_gateway: Gateway, linked: bool, ask: Callable[[], None]) -> None:
    """Each by one span with a twin of the client's own; what was cached is counted in, whoever counts."""
    traced_twice()
    respan_gateway.model(MODEL).replies("Hello!", usage=CACHED)
    workflow(name="asking")(ask)()
    calls = len(respan_gateway.calls)
    assert_trace_tree(respan_gateway.traces.one(), "workflow asking" + f"\n  chat {MODEL}" * calls)
    told = [span for span in respan_gateway.spans if span.kind == "chat" and span.twin is None]
    assert [(span.prompt_tokens, span.completion_tokens) for span in told] == [(32, 6)] * calls
    assert [span.log is not None for span in told] == [linked] * calls
    twins = [span for span in respan_gateway.spans if span.twin is not None]
    assert [span.prompt_tokens for span in twins] == [32] * calls
    assert_telemetry_agrees(respan_gateway)


@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
def test_the_client_tells_of_itself(respan_gateway: Gateway, ask: Callable[[], None]) -> None:
    """Where there is no instrumentation of it, its own spans are the only ones."""
    traced()
    respan_gateway.model(MODEL).replies("Hello!", usage=CACHED)
    ask()
    spans = respan_gateway.spans
    assert [(span.kind, span.twin, span.prompt_tokens) for span in spans] == [("chat", None, 32)] * len(
        respan_gateway.calls
    )
    assert_telemetry_agrees(respan_gateway)


FAILURES: dict[str, Callable[[Gateway], Any]] = {
    "fails": lambda gateway: gateway.model(MODEL).fails(400),
    "overloaded": lambda gateway: gateway.model(MODEL).fails("provider_overloaded"),
    "hangs_up": lambda gateway: gateway.model(MODEL).hangs_up(),
    "cut": lambda gateway: gateway.model(MODEL).breaks("mid_word"),
    "refuses": lambda gateway: gateway.refuses(),
    "ill": lambda gateway: gateway.fails(503),
}


@pytest.mark.parametrize("script", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("linked", LINKED_OR_NOT)
def test_failures_are_told_as_failures(respan_gateway: Gateway, linked: bool, script: Callable[[Gateway], Any]) -> None:
    """By one span, however often the client has tried."""
    traced_twice()
    script(respan_gateway)
    with pytest.raises((anthropic.APIError, httpx2.HTTPError)):
        streamed()
    assert [span.status for span in respan_gateway.spans if span.twin is None] == ["error"]
    assert_telemetry_agrees(respan_gateway)


@pytest.mark.parametrize("linked", LINKED_OR_NOT)
def test_tries_of_the_client_are_one_span(respan_gateway: Gateway, linked: bool) -> None:
    """That says how it ended."""
    traced_twice()
    respan_gateway.model(MODEL).fails(529, times=2).replies("At last.", tool_calls=[ToolCall("look_up")])
    whole(tools=[TOOL])
    assert len(respan_gateway.calls) == 3
    assert [span.status for span in respan_gateway.spans if span.twin is None] == ["ok"]
    assert_telemetry_agrees(respan_gateway)


def test_a_stream_that_is_left_early(respan_gateway: Gateway) -> None:
    """Both spans end as if all had been read."""
    traced_twice()
    respan_gateway.model(MODEL).replies("one two three")
    with anthropic.Anthropic(**PLACE) as client, client.messages.stream(**ASKED) as stream:
        assert next(iter(stream.text_stream)) == "one"
    assert disagreements(respan_gateway) == [
        "call 1: the application left after 1 chunk of the stream, but its span ended ok."
    ]


@pytest.mark.respan(log_id=False)
def test_rows_of_spans_count_what_was_cached(respan_gateway: Gateway) -> None:
    """And price it as the gateway does."""
    traced_twice()
    respan_gateway.account.price(MODEL, prompt=3, completion=15)
    respan_gateway.model(MODEL).replies("Hello!", usage=CACHED)
    whole()
    span = next(span for span in respan_gateway.spans if span.twin is None)
    place = f"{GATEWAY}/request-logs/{unique_id_of(span)}/"
    row = requests.get(place, headers={"authorization": "Bearer any"}, timeout=5).json()
    own = respan_gateway.logs.one()
    assert (row["prompt_tokens"], row["completion_tokens"], row["cost"]) == (32, 6, own.cost)
