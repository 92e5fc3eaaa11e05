"""The Responses API as OpenAI's own client meets it, in this process and over a socket."""

import asyncio
import json
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.responses import Response
from pydantic import BaseModel

from mock_gateway import Answer, Contract, Gateway, ToolCall, Usage
from mock_gateway.wires import sse
from mock_gateway.wires.responses import responses

from ..doubles.strictness import strict, unknown_fields
from .responses_client import DOORS, ENVELOPE, EVENT, RESPAN, Door, client, request

WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "strict": True,
}
CUSTOM: Any = {"type": "custom", "name": "write_sql"}


EVERYTHING: dict[str, Any] = {
    "instructions": "Be kind.",
    "tools": [WEATHER, CUSTOM, {"type": "web_search"}],
    "tool_choice": {"type": "function", "name": "get_weather"},
    "reasoning": {"effort": "low", "summary": "auto"},
    "text": {"format": {"type": "json_schema", "name": "s", "schema": {"type": "object"}}, "verbosity": "low"},
    "include": ["message.output_text.logprobs", "reasoning.encrypted_content"],
    "top_logprobs": 1,
    "metadata": {"a": "b"},
    "max_output_tokens": 100,
    "temperature": 0.5,
    "top_p": 1,
    "truncation": "auto",
    "service_tier": "auto",
    "user": "u",
    "parallel_tool_calls": False,
    "previous_response_id": "resp-000000",
    "prompt": {"id": "pmpt_1", "variables": {"a": "b"}},
}
ANSWERS = {
    "text": Answer("Hello there."),
    "nothing": Answer(""),
    "refusal": Answer(refusal="I will not."),
    "tools": Answer(tool_calls=(ToolCall("get_weather", {"city": "Paris"}), ToolCall("write_sql", "SELECT 1"))),
    "thoughts": Answer("So it is.", reasoning="Why not?", usage=Usage(40, 20, 10, 5, 8)),
    "all at once": Answer("Well.", reasoning="Hm.", refusal="No.", tool_calls=(ToolCall("get_weather"),)),
    "too long": Answer("Once upon", finish_reason="length"),
    "filtered": Answer("", finish_reason="content_filter"),
}


@pytest.mark.parametrize("fields", [{}, EVERYTHING], ids=["plain", "everything"])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_answers_satisfy_the_sdks_own_types(answer: Answer, fields: dict[str, Any]) -> None:
    """Whole and event by event: no field missing, none of another kind, and none that the SDK does not know."""
    asked = request(**fields)
    body = json.loads(responses.whole(answer, asked, ENVELOPE))
    strict(Response, body)
    Response.model_validate_json(json.dumps(body), strict=True)
    frames = [chunk.data for chunk in responses.stream(answer, asked, ENVELOPE, Contract())]
    events = [json.loads(payload) for payload in sse.payloads(b"".join(frames))]
    for frame, event in zip(frames, events, strict=True):
        assert frame.startswith(f"event: {event['type']}\ndata: ".encode())
        read = EVENT.validate_json(json.dumps(event), strict=True)
        known = ["name"] if read.type == "response.function_call_arguments.done" else []  # OpenAI 2 has it, 3 has not
        assert [name for name in unknown_fields(read) if name not in known] == []
        assert read.type == event["type"]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert events[-1]["response"] == body
    assert events[-1]["type"] == f"response.{body['status']}"


def test_the_events_come_in_openais_order() -> None:
    """Each thing is added, grows, and is done before the next begins."""
    answer = Answer("Hi you", reasoning="Hm", tool_calls=(ToolCall("get_weather", {}),))
    chunks = responses.stream(answer, request(), ENVELOPE, Contract())
    assert [json.loads(chunk.data.partition(b"data: ")[2])["type"].removeprefix("response.") for chunk in chunks] == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]


@DOORS
def test_a_text_is_read_whole_and_streamed(door: Door) -> None:
    """With `create`, with the stream of raw events, and with the helper that gathers them."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("Hello there.", usage=Usage(10, 5, 4, 0, 2))
    with door(gateway) as url, client(url) as sdk:
        whole = sdk.responses.create(model="gpt-4o", input="Hi", instructions="Be kind.")
        with sdk.responses.create(model="gpt-4o", input="Hi", stream=True) as stream:
            pieces = [event.delta for event in stream if event.type == "response.output_text.delta"]
        with sdk.responses.stream(model="gpt-4o", input="Hi") as helper:
            snapshots = [event.snapshot for event in helper if event.type == "response.output_text.delta"]
            final = helper.get_final_response()
    assert (whole.output_text, whole.status, whole.instructions) == ("Hello there.", "completed", "Be kind.")
    assert (whole.id, whole.output[0].id) == ("resp-000001", "msg_000001")
    assert whole.usage is not None
    assert whole.usage.to_dict() == {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 15,
    }
    assert pieces == ["Hello", " there."]
    assert snapshots == ["Hello", "Hello there."]
    assert final.output_text == "Hello there."
    assert [call.chunks for call in gateway.calls] == [None, 2, 2]


@DOORS
def test_it_is_the_same_for_the_asynchronous_client(door: Door) -> None:
    """Whole, streamed, and with the helper."""

    async def ask(url: str) -> list[str]:
        async with AsyncOpenAI(base_url=url, api_key="any") as sdk:
            whole = await sdk.responses.create(model="gpt-4o", input="Hi")
            stream = await sdk.responses.create(model="gpt-4o", input="Hi", stream=True)
            pieces = [event.delta async for event in stream if event.type == "response.output_text.delta"]
            async with sdk.responses.stream(model="gpt-4o", input="Hi") as helper:
                final = await helper.get_final_response()
        return [whole.output_text, "".join(pieces), final.output_text]

    gateway = Gateway()
    gateway.model("gpt-4o").replies("Hello there.")
    with door(gateway) as url:
        assert asyncio.run(ask(url)) == ["Hello there."] * 3


class City(BaseModel):
    """What is parsed out of an answer."""

    name: str
    people: int


def test_an_answer_is_parsed_into_a_model() -> None:
    """With `parse` and with the streaming helper; the script sees the schema that was asked for."""
    gateway = Gateway()
    shaped = gateway.model("gpt-4o").when(matches=lambda asked: "City" in str(asked.chat.get("response_format")))
    shaped.replies(json={"name": "Zürich", "people": 430000})
    with gateway.intercept(), client(RESPAN) as sdk:
        parsed = sdk.responses.parse(model="gpt-4o", input="Where?", text_format=City)
        with sdk.responses.stream(model="gpt-4o", input="Where?", text_format=City) as stream:
            streamed = stream.get_final_response()
    assert parsed.output_parsed == streamed.output_parsed == City(name="Zürich", people=430000)


@pytest.mark.parametrize("stream", [False, True])
def test_an_agent_calls_tools_and_goes_on(stream: bool) -> None:
    """Its loop appends the output and the results to the input, as OpenAI's guide does."""
    gateway = Gateway()
    script = gateway.model("gpt-4o").when(tools=["get_weather"])
    script.replies(tool_calls=[ToolCall("get_weather", {"city": "Paris"}), ToolCall("get_weather", {"city": "Rome"})])
    script.replies(lambda asked: f"{asked.messages[-2]['content']} and {asked.messages[-1]['content']}")
    with gateway.intercept(), client(RESPAN) as sdk:
        said: list[Any] = [{"role": "user", "content": "And the weather?"}]

        def ask() -> Any:
            fields: Any = {"model": "gpt-4o", "input": said, "tools": [WEATHER]}
            if not stream:
                return sdk.responses.create(**fields)
            with sdk.responses.stream(**fields) as events:
                return events.get_final_response()

        first = ask()
        calls = [item for item in first.output if item.type == "function_call"]
        said += first.output
        for call in calls:
            result = f"sunny in {json.loads(call.arguments)['city']}"
            said.append({"type": "function_call_output", "call_id": call.call_id, "output": result})
        assert ask().output_text == "sunny in Paris and sunny in Rome"
    assert [(call.id, call.call_id) for call in calls] == [
        ("fc_000001_1", "call_000001_1"),
        ("fc_000001_2", "call_000001_2"),
    ]
    assert gateway.calls.last.asked is not None
    assert gateway.calls.last.asked.messages == [
        {"role": "user", "content": "And the weather?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": f"call_000001_{at}", "type": "function", "function": {"name": "get_weather", "arguments": told}}
                for at, told in ((1, '{"city":"Paris"}'), (2, '{"city":"Rome"}'))
            ],
        },
        {"role": "tool", "tool_call_id": "call_000001_1", "content": "sunny in Paris"},
        {"role": "tool", "tool_call_id": "call_000001_2", "content": "sunny in Rome"},
    ]


def test_a_stream_can_be_left_early() -> None:
    """The gateway knows, and has nothing to remember."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("one two three four")
    with gateway.intercept(), client(RESPAN) as sdk:
        with sdk.responses.create(model="gpt-4o", input="Hi", stream=True) as stream:
            for event in stream:
                if event.type == "response.output_text.delta":
                    break
        assert gateway.calls.one().left_early
        assert gateway.calls.one().chunks == 1
        with pytest.raises(openai.NotFoundError):
            sdk.responses.retrieve("resp-000001")


def test_an_answer_that_is_cut_off_says_why() -> None:
    """Whole and streamed; the last event has a name of its own."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("Once upon", finish_reason="length")
    with gateway.intercept(), client(RESPAN) as sdk:
        whole = sdk.responses.create(model="gpt-4o", input="Hi", max_output_tokens=16)
        *_, last = sdk.responses.create(model="gpt-4o", input="Hi", stream=True)
    assert whole.status == "incomplete"
    assert whole.incomplete_details is not None
    assert whole.incomplete_details.reason == "max_output_tokens"
    assert last.type == "response.incomplete"


def test_it_is_met_on_openais_own_host() -> None:
    """If direct calls are allowed; nothing in the body is the gateway's then."""
    gateway = Gateway(direct="allow")
    gateway.model("gpt-4o").replies("Hello there.")
    with gateway.intercept(), client("https://api.openai.com/v1") as sdk:
        first = sdk.responses.create(model="gpt-4o", input="Hi")
        sdk.responses.create(model="gpt-4o", input="And?", previous_response_id=first.id)
        assert sdk.responses.retrieve(first.id) == first
    assert [call.direct for call in gateway.calls] == [True, True]
    assert len(gateway.logs) == 0
