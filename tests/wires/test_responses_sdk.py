"""The Responses API as OpenAI's own client meets it, in this process and over a socket."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from mock_gateway import Answer, Contract, Gateway, ToolCall, Usage
from mock_gateway.core.chat import ChatRequest
from mock_gateway.wires import sse
from mock_gateway.wires.responses import responses
from mock_gateway.wires.wire import Envelope

from ..doubles.strictness import strict, unknown_fields

RESPAN = "https://api.respan.ai/api"
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
ENVELOPE = Envelope("resp-000001", 1767225600, "gpt-4o")
WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    "strict": True,
}
BROKEN: tuple[type[Exception], ...] = (openai.APIConnectionError, httpx.RemoteProtocolError)
CUSTOM: Any = {"type": "custom", "name": "write_sql"}


@contextmanager
def in_process(gateway: Gateway) -> Iterator[str]:
    """The address of the gateway, for clients of this process."""
    with gateway.intercept():
        yield RESPAN


@contextmanager
def over_a_socket(gateway: Gateway) -> Iterator[str]:
    """The address of the gateway, for anybody."""
    with gateway.serve() as server:
        yield server.openai_url


DOORS = pytest.mark.parametrize("door", [in_process, over_a_socket])
Door = Callable[[Gateway], Any]


def client(url: str, **options: Any) -> OpenAI:
    return OpenAI(base_url=url, api_key="any", **options)


def request(**fields: Any) -> ChatRequest:
    return responses.request({"model": "gpt-4o", "input": "Hi", **fields}, None, Contract())


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


@DOORS
@pytest.mark.parametrize(
    ("failure", "error", "asked"),
    [
        ("user_invalid_request", openai.BadRequestError, 1),
        ("user_auth_byok", openai.AuthenticationError, 1),
        (403, openai.PermissionDeniedError, 1),
        (404, openai.NotFoundError, 1),
        ("provider_rate_limit", openai.RateLimitError, 3),
        ("provider_down", openai.InternalServerError, 3),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_failures_raise_the_sdks_exceptions(
    door: Door, failure: int | str, error: type[openai.APIStatusError], asked: int, stream: bool
) -> None:
    """With the message; the SDK's own retries take no real time."""
    gateway = Gateway()
    gateway.model("gpt-4o").fails(failure, message="It went wrong.")
    with door(gateway) as url, client(url) as sdk, pytest.raises(error, match=r"It went wrong\.") as raised:
        sdk.responses.create(model="gpt-4o", input="Hi", stream=stream)
    assert raised.value.status_code == gateway.calls.last.status
    assert len(gateway.calls) == asked


@DOORS
def test_a_miss_can_be_read_in_the_exception(door: Door) -> None:
    """It is raised once, and says what to do."""
    gateway = Gateway()
    with door(gateway) as url, client(url) as sdk, pytest.raises(openai.NotFoundError, match="no script covers"):
        sdk.responses.create(model="gpt-4o", input="Hi")
    assert len(gateway.calls) == 1


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


def test_a_connection_that_breaks_is_the_sdks_connection_error() -> None:
    """In the middle of a stream. OpenAI 2 lets its library's own error through."""
    gateway = Gateway()
    gateway.model("gpt-4o").hangs_up(after_chunks=2)
    with gateway.intercept(), client(RESPAN, max_retries=0) as sdk:
        stream = sdk.responses.create(model="gpt-4o", input="Hi", stream=True)
        with pytest.raises(BROKEN):
            list(stream)


def test_an_error_in_the_middle_of_a_stream_is_an_event() -> None:
    """The SDK does not raise it: whoever reads the events has to look for it."""
    gateway = Gateway()
    gateway.model("gpt-4o").breaks("error_event")
    with gateway.intercept(), client(RESPAN) as sdk:
        *_, last = sdk.responses.create(model="gpt-4o", input="Hi", stream=True)
    assert last.type == "error"
    assert (last.code, last.message) == ("overloaded", "The engine is currently overloaded, please try again later.")
    strict(type(last), last.to_dict())


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


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"background": True}, "This mock does not imitate background: ask without it."),
        (
            {"conversation": "conv_1"},
            "This mock does not imitate conversation: name the answer before with previous_response_id.",
        ),
    ],
)
def test_what_is_not_imitated_is_refused_by_name(fields: dict[str, Any], told: str) -> None:
    """It fails the test, too, if the application swallows it."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("Hello there.", optional=True)
    with gateway.intercept(), client(RESPAN) as sdk, pytest.raises(openai.InternalServerError) as raised:
        sdk.responses.create(model="gpt-4o", input="Hi", **fields)
    assert raised.value.status_code == 501
    assert raised.value.body["message"] == told  # type: ignore[index]
    assert [str(finding.text) for finding in gateway.findings()] == [told]
    assert len(gateway.calls) == 1


def test_a_response_that_has_failed_is_streamed_as_one() -> None:
    """A whole body of OpenAI's that has failed: it begins, it fails, and the client is told why."""
    whole = json.loads(responses.whole(Answer("Ha"), request(), ENVELOPE))
    error = {"code": "server_error", "message": "Broken."}
    failed = {**whole, "id": "resp_1", "status": "failed", "error": error}
    gateway = Gateway()
    gateway.model("gpt-4o").replies(body=failed)
    with in_process(gateway) as url, client(url) as asking:
        assert asking.responses.create(model="gpt-4o", input="Hi").to_dict() == failed
        events = list(asking.responses.create(model="gpt-4o", input="Hi", stream=True))
        with asking.responses.stream(model="gpt-4o", input="Hi") as stream:
            last: Any = list(stream)[-1]
        with pytest.raises(openai.NotFoundError):
            asking.responses.retrieve("resp_1")
    assert [event.type for event in events] == ["response.created", "response.in_progress", "response.failed"]
    for number, event in enumerate(events):
        assert unknown_fields(EVENT.validate_python(event.to_dict())) == []
        assert event.sequence_number == number
    began: Any = events[0].to_dict()["response"]
    ended: Any = events[-1].to_dict()["response"]
    assert (began["status"], began["error"], began["output"], began["usage"]) == ("in_progress", None, [], None)
    assert ended == failed
    assert (last.type, last.response.error.message) == ("response.failed", "Broken.")


def test_what_is_no_response_cannot_be_streamed() -> None:
    """The author of the test is told why."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies(body={"object": "response", "output": "Hi"})
    with in_process(gateway) as url, client(url, max_retries=0) as asking, pytest.raises(openai.APIStatusError) as told:
        asking.responses.create(model="gpt-4o", input="Hi", stream=True)
    message = told.value.response.json()["error"]["message"]
    assert message.endswith("replies(body=...) cannot be streamed: 'Hi' stands where a list should.")
