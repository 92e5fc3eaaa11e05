"""What chat completions can say, through the openai client: structured output, tools, thinking, files, several choices."""

import asyncio
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from mock_gateway import Answer, Contract, Gateway, ToolCall, Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

pytest.importorskip("openai")

MODEL = "gpt-4o"
HI: Any = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class Review(BaseModel):
    """What the tests of structured output ask for."""

    title: str
    rating: int


def deltas(stream: Iterable[Any]) -> list[Any]:
    return [chunk.choices[0].delta for chunk in stream if chunk.choices]


@pytest.mark.parametrize("door", ["beta", "plain"])
def test_structured_output_is_parsed(respan_gateway: Gateway, respan_openai: "OpenAI", door: str) -> None:
    """What a script has as a value, an application has as a value of its own."""
    respan_gateway.model(MODEL).replies(json={"title": "The Matrix", "rating": 9})
    completions = respan_openai.beta.chat.completions if door == "beta" else respan_openai.chat.completions
    answer = completions.parse(**HI, response_format=Review)
    assert answer.choices[0].message.parsed == Review(title="The Matrix", rating=9)
    asked = respan_gateway.logs.one().response_format
    assert asked is not None
    assert (asked["type"], asked["json_schema"]["name"]) == ("json_schema", "Review")


def test_structured_output_is_parsed_from_a_stream(respan_gateway: Gateway, respan_openai: "OpenAI") -> None:
    """By the client's own helper, piece by piece."""
    respan_gateway.model(MODEL).replies(json={"title": "The Matrix", "rating": 9})
    with respan_openai.chat.completions.stream(**HI, response_format=Review) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()
    assert final.choices[0].message.parsed == Review(title="The Matrix", rating=9)
    assert {"content.delta", "content.done", "chunk"} <= kinds


def test_an_object_of_any_shape_can_be_asked_for(respan_gateway: Gateway, respan_openai: "OpenAI") -> None:
    """``json_object``: and a text that is none is remarked on."""
    respan_gateway.model(MODEL).replies(json={"a": 1}).replies("no JSON")
    texts = [
        respan_openai.chat.completions.create(**HI, response_format={"type": "json_object"}).choices[0].message.content
        for _ in range(2)
    ]
    assert texts == ['{"a":1}', "no JSON"]
    assert [len(call.warnings) for call in respan_gateway.calls] == [0, 1]


async def _arguments(client: "AsyncOpenAI") -> tuple[list[str], int]:
    stream: Any = await client.chat.completions.create(**HI, tools=[WEATHER], stream=True)
    parts = [part async for chunk in stream for part in chunk.choices[0].delta.tool_calls or ()]
    written = ["".join(part.function.arguments for part in parts if part.index == at) for at in range(2)]
    return written, len(parts)


def test_tools_are_called_in_parallel_argument_by_argument(
    respan_gateway: Gateway, respan_async_openai: "AsyncOpenAI"
) -> None:
    """Two calls, each in several parts that join to its arguments."""
    cities = [{"city": "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"}, {"city": "Rome"}]
    respan_gateway.model(MODEL).replies(tool_calls=[ToolCall("get_weather", city) for city in cities])
    written, parts = asyncio.run(_arguments(respan_async_openai))
    assert [json.loads(one) for one in written] == cities
    assert parts > 5


def test_a_loop_over_tools_comes_to_its_end(respan_gateway: Gateway, respan_openai: "OpenAI") -> None:
    """The results are in the next request, and the script can ask for them."""
    script = respan_gateway.model(MODEL)
    script.when(matches=lambda asked: asked.messages[-1]["role"] == "tool").replies("Sunny.")
    script.when(tools=["get_weather"]).replies(tool_calls=[ToolCall("get_weather", {"city": "Paris"})])
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    for _ in range(3):
        message = (
            respan_openai.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER]).choices[0].message
        )
        if not message.tool_calls:
            break
        messages.append(message)
        messages += [{"role": "tool", "tool_call_id": call.id, "content": "Sunny, 22 C"} for call in message.tool_calls]
    assert message.content == "Sunny."
    assert [one["role"] for one in respan_gateway.logs.last.prompt_messages or ()] == ["user", "assistant", "tool"]


def test_a_tool_that_takes_a_text_is_called_on_both_of_openais_wires(
    respan_gateway: Gateway, respan_openai: "OpenAI"
) -> None:
    """A body of chat completions that calls one is read as such, and told again in whichever way it is asked for."""
    called = {"id": "call_1", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}
    message = {"role": "assistant", "content": None, "tool_calls": [called]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    respan_gateway.model(MODEL).replies(body={"id": "chatcmpl-1", "choices": [choice]})
    tools: Any = [{"type": "custom", "custom": {"name": "sql"}}]
    whole: Any = respan_openai.chat.completions.create(**HI, tools=tools).choices[0].message.tool_calls
    assert [one.to_dict() for one in whole] == [called]
    parts: Any = [
        part
        for delta in deltas(respan_openai.chat.completions.create(**HI, tools=tools, stream=True))
        for part in delta.tool_calls or ()
    ]
    assert [(part.id, part.type) for part in parts[:1]] == [("call_1", "custom")]
    assert "".join(part.custom["input"] for part in parts) == "SELECT 1"
    asked: Any = {"input": "Hi", "tools": [{"type": "custom", "name": "sql"}]}
    [item] = respan_openai.responses.create(model=MODEL, **asked).output
    assert (item.type, item.call_id, item.name, item.input) == ("custom_tool_call", "call_1", "sql", "SELECT 1")
    assert [[call.name for call in one.answer.tool_calls] for one in respan_gateway.calls if one.answer] == [
        ["sql"]
    ] * 3


def test_several_choices_are_answered(respan_gateway: Gateway, respan_openai: "OpenAI") -> None:
    """As written, and the last again for those that were not; streamed one after another."""
    respan_gateway.model(MODEL).replies(Answer("First.", others=(Answer("Second."),)))
    whole = respan_openai.chat.completions.create(**HI, n=3)
    assert [choice.message.content for choice in whole.choices] == ["First.", "Second.", "Second."]
    said = {0: "", 1: "", 2: ""}
    for chunk in respan_openai.chat.completions.create(**HI, n=3, stream=True):
        said[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert said == {0: "First.", 1: "Second.", 2: "Second."}


def test_how_sure_the_model_was(respan_gateway: Gateway, respan_openai: "OpenAI") -> None:
    """`logprobs` with as many alternatives as were asked for, whole and streamed."""
    respan_gateway.model(MODEL).replies("Hi there.")
    logprobs = respan_openai.chat.completions.create(**HI, logprobs=True, top_logprobs=1).choices[0].logprobs
    assert logprobs is not None
    assert [(one.token, len(one.top_logprobs)) for one in logprobs.content or ()] == [("Hi", 1), (" there.", 1)]
    tokens = [
        one.token
        for chunk in respan_openai.chat.completions.create(**HI, logprobs=True, stream=True)
        for one in (chunk.choices[0].logprobs and chunk.choices[0].logprobs.content) or ()
    ]
    assert tokens == ["Hi", " there."]


@pytest.mark.parametrize("stop", ["END", ["never", "END"]])
def test_the_model_stops_where_it_is_told(respan_gateway: Gateway, respan_openai: "OpenAI", stop: Any) -> None:
    """Before the sequence."""
    respan_gateway.model(MODEL).replies("All of this. END And no more.")
    choice = respan_openai.chat.completions.create(**HI, stop=stop).choices[0]
    assert (choice.message.content, choice.finish_reason) == ("All of this. ", "stop")


def test_what_the_model_thought_is_streamed(respan_gateway: Gateway, respan_openai: "OpenAI") -> None:
    """In both fields, before what it says; the last part of the block is signed."""
    respan_gateway.model(MODEL).replies(Answer("Yes.", reasoning="Let me see.", signature="signed"))
    thinking: Any = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    parts = deltas(
        respan_openai.chat.completions.create(**HI, stream=True, reasoning_effort="low", extra_body=thinking)
    )
    thought = [part for part in parts if getattr(part, "reasoning_content", None)]
    assert "".join(part.reasoning_content for part in thought) == "Let me see."
    blocks = [block for part in thought for block in part.thinking_blocks]
    assert "".join(block["thinking"] for block in blocks) == "Let me see."
    assert [block.get("signature") for block in blocks] == [None] * (len(blocks) - 1) + ["signed"]
    said = [part for part in parts if part.content]
    assert parts.index(thought[-1]) < parts.index(said[0])
    log = respan_gateway.logs.one()
    assert (log.reasoning_effort, log.reasoning_tokens) == ("low", 3)


@pytest.mark.parametrize("contract", [Contract(), Contract(streamed_thinking_blocks="omitted")])
def test_the_clients_own_helper_joins_what_the_model_thought(contract: Contract) -> None:
    """Into one text and one signed block, each choice its own, as they stand in a whole answer."""
    gateway = Gateway(contract=contract)
    thoughts = Answer(
        "Yes.", reasoning="Let me see.", signature="signed", others=(Answer("No.", reasoning="Well, no."),)
    )
    gateway.model(MODEL).replies(thoughts)
    with gateway.intercept():
        from openai import OpenAI

        with (
            OpenAI(base_url="https://api.respan.ai/api", api_key="any") as client,
            client.chat.completions.stream(**HI, n=2) as stream,
        ):
            said: list[Any] = [choice.message for choice in stream.get_final_completion().choices]
    assert [(one.content, one.reasoning_content) for one in said] == [("Yes.", "Let me see."), ("No.", "Well, no.")]
    if contract.streamed_thinking_blocks == "deltas":
        blocks = [block for one in said for block in one.thinking_blocks]
        assert [(one["type"], one["thinking"]) for one in blocks] == [
            ("thinking", "Let me see."),
            ("thinking", "Well, no."),
        ]
        assert [len(one.thinking_blocks) for one in said] == [1, 1]
        assert blocks[0]["signature"] == "signed"


def test_thinking_blocks_can_be_left_out_of_streams() -> None:
    """What the hosted gateway streams is not stated: it is a choice of the contract."""
    gateway = Gateway(contract=Contract(streamed_thinking_blocks="omitted"))
    gateway.model(MODEL).replies("Yes.", reasoning="Hm.")
    with gateway.intercept():
        from openai import OpenAI

        with OpenAI(base_url="https://api.respan.ai/api", api_key="any") as client:
            parts = deltas(client.chat.completions.create(**HI, stream=True))
    assert [getattr(part, "reasoning_content", None) for part in parts[:2]] == [None, "Hm."]
    assert not any(hasattr(part, "thinking_blocks") for part in parts)


IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
PDF = {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}}


@pytest.mark.parametrize("part", [IMAGE, PDF, {"type": "file", "file": {"file_id": "file-1"}}])
def test_images_and_files_are_handed_on(respan_gateway: Gateway, respan_openai: "OpenAI", part: Any) -> None:
    """By address, by name or within the request; the text beside them is what conditions see."""
    respan_gateway.model(MODEL).when(contains="What is this?").replies("A thing.")
    content: Any = [{"type": "text", "text": "What is this?"}, part]
    respan_openai.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": content}])
    assert respan_gateway.calls.one().effective_request["messages"][0]["content"][1] == part


def test_a_cached_prompt_is_weighed_in_both_spellings(respan_gateway: Gateway, respan_openai: "OpenAI") -> None:
    """OpenAI's details, and Anthropic's counts beside them; the row has them, and what is cached costs less."""
    usage = Usage(prompt_tokens=2619, completion_tokens=20, cached_tokens=2000, cache_creation_tokens=600)
    respan_gateway.model("claude-sonnet-4-5").replies("Hi", usage=usage).replies("Hi", usage=Usage(2619, 20))
    asked: Any = {**HI, "model": "claude-sonnet-4-5"}
    stated: Any = respan_openai.chat.completions.create(**asked).usage
    assert (stated.prompt_tokens, stated.prompt_tokens_details.cached_tokens) == (2619, 2000)
    assert stated.prompt_tokens_details.cache_creation_tokens == stated.cache_creation_input_tokens == 600
    assert stated.cache_read_input_tokens == 2000
    respan_openai.chat.completions.create(**asked)
    first, second = respan_gateway.logs
    assert (first.prompt_cache_hit_tokens, first.prompt_cache_creation_tokens) == (2000, 600)
    assert (first.cost or 0) < (second.cost or 0)
