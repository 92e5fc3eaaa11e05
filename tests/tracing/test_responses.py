"""The Responses API, traced: what the instrumentation says of it, beside what the gateway did."""

import asyncio
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from mock_gateway import Gateway, ToolCall, Usage
from pytest_respan import assert_telemetry_agrees, assert_trace_tree

from .application import GATEWAY, client, task, traced, workflow
from .test_agreement import LINKED_OR_NOT, disagreements

WEATHER: Any = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}}


def ask(text: Any = "Hi", max_retries: int = 2, **options: Any) -> Any:
    """One question, and the answer or the stream."""
    fields: dict[str, Any] = {"model": "gpt-4o", "input": text, **options}
    return client(max_retries=max_retries).responses.create(**fields)


@workflow(name="agent")
def agent(question: str) -> str:
    """A loop that calls a tool once, and goes on from the answer that asked for it."""
    answer = ask(question, tools=[WEATHER], instructions="Be brief.")
    results = [
        {"type": "function_call_output", "call_id": item.call_id, "output": weather()}
        for item in answer.output
        if item.type == "function_call"
    ]
    said: str = ask(results, previous_response_id=answer.id).output_text
    return said


@task(name="weather")
def weather() -> str:
    """A tool."""
    return "sunny"


@pytest.mark.parametrize("linked", LINKED_OR_NOT)
def test_an_application_that_tells_the_truth(respan_gateway: Gateway, linked: bool) -> None:
    """Whole, streamed, with tools, retried, refused, from the cache and by a fallback: spans say what happened."""
    gateway = respan_gateway
    traced()
    script = gateway.model("gpt-4o")
    script.replies(tool_calls=[ToolCall("get_weather")]).replies("Sunny.", usage=Usage(30, 7, 10, 0, 4))
    script.fails(500).replies("retried").replies("streamed").replies("helped").fails(400).replies("kept")
    gateway.model("gpt-4o-mini").fails(429)
    agent("The weather?")
    ask("again, please")
    list(ask(stream=True))
    with client().responses.stream(model="gpt-4o", input="Help") as stream:
        stream.until_done()
    with pytest.raises(openai.BadRequestError):
        ask("refused")
    kept: dict[str, Any] = {"extra_body": {"respan_params": {"cache_enabled": True}}}
    ask("keep this", **kept)
    ask("keep this", **kept)
    ask("moved", model="gpt-4o-mini", extra_body={"respan_params": {"fallback_models": ["gpt-4o"]}})
    assert_telemetry_agrees(gateway)
    spans = gateway.spans.where(kind="chat")
    assert len(spans) == 9
    assert all((span.log is not None) is linked for span in spans)
    assert_trace_tree(
        next(trace for trace in gateway.traces if trace.root.name == "agent"),
        """
        workflow agent
          chat gpt-4o
          task weather
          chat gpt-4o
        """,
    )


@pytest.mark.respan(log_id=False)
def test_a_span_that_stands_alone_says_what_the_row_says(respan_gateway: Gateway) -> None:
    """The tokens, the instructions among the messages, the calls."""
    traced()
    respan_gateway.model("gpt-4o").replies("Hello.", tool_calls=[ToolCall("get_weather")], usage=Usage(30, 7))
    ask("Hi", instructions="Be brief.", tools=[WEATHER])
    span, log = respan_gateway.spans.one(), respan_gateway.logs.one()
    assert span.name == "openai.response"
    assert (span.prompt_tokens, span.completion_tokens) == (log.prompt_tokens, log.completion_tokens) == (30, 7)
    assert span.input == log.prompt_messages
    assert span.output["output_text"] == log.completion_text
    assert [one["function"] for one in span.output["tool_calls"]] == [one["function"] for one in log.tool_calls or ()]


@pytest.mark.respan(log_id=False)
def test_two_calls_are_told_apart_by_what_they_ask(respan_gateway: Gateway) -> None:
    """Where nothing else does: one fails before it has an id, and each has the span that asks the same."""
    traced()
    respan_gateway.model("gpt-4o").when(contains="bad").fails(400)
    respan_gateway.model("gpt-4o").when(contains="worse").fails(403)
    with pytest.raises(openai.BadRequestError):
        ask([{"role": "user", "content": [{"type": "input_text", "text": "bad"}]}])
    with pytest.raises(openai.PermissionDeniedError):
        ask("worse")
    assert_telemetry_agrees(respan_gateway)


@pytest.mark.parametrize("linked", LINKED_OR_NOT)
def test_a_stream_that_is_left_early(respan_gateway: Gateway, linked: bool) -> None:
    """The application read two pieces of an answer, and its span looks as if that had been all."""
    traced()
    respan_gateway.model("gpt-4o").replies("one two three four five six")
    with ask(stream=True) as stream:
        pieces = (event for event in stream if event.type == "response.output_text.delta")
        next(pieces)
        next(pieces)
    assert disagreements(respan_gateway) == [
        "call 1: the application left after 2 chunks of the stream, but its span ended ok."
    ]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("ending", ["fails", "times_out", "hangs_up"])
def test_failures_that_are_told_of_as_failures(respan_gateway: Gateway, ending: str, streamed: bool) -> None:
    """However a call fails, the instrumentation's span says that it has."""
    traced()
    script = respan_gateway.model("gpt-4o")
    script.fails(500) if ending == "fails" else getattr(script, ending)()
    with pytest.raises(openai.APIError):
        list(ask(max_retries=0, stream=streamed))
    assert respan_gateway.spans.one().status == "error"
    assert_telemetry_agrees(respan_gateway)


def test_an_error_in_a_stream_that_nobody_looks_for(respan_gateway: Gateway) -> None:
    """It is an event that OpenAI's client does not raise, and the span of the call is as good as any."""
    traced()
    respan_gateway.model("gpt-4o").breaks("error_event")
    list(ask(stream=True))
    assert respan_gateway.spans.one().status == "ok"
    assert respan_gateway.calls.one().answer is None


def test_an_asynchronous_application(respan_gateway: Gateway) -> None:
    """Whole and streamed."""

    async def both() -> None:
        async with AsyncOpenAI(base_url=GATEWAY) as sdk:
            await sdk.responses.create(model="gpt-4o", input="Hi")
            async for _ in await sdk.responses.create(model="gpt-4o", input="Hi", stream=True):
                pass

    traced()
    respan_gateway.model("gpt-4o").replies("Hello.")
    asyncio.run(both())
    assert len(respan_gateway.spans) == 2
    assert_telemetry_agrees(respan_gateway)
