"""The double speaks as those it stands for: the official SDKs and their types take every answer of its."""

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
import requests
from google import genai
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from .provider import Provider, provider
from .strictness import strict

TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]
SHAPE = {"type": "json_schema", "json_schema": {"name": "weather", "schema": {"type": "object"}}}


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provider() as found:
        yield found


@pytest.mark.parametrize("model", ["gpt-4o", "claude-sonnet-4-5", "gemini-2.5-flash"])
@pytest.mark.parametrize("extra", [{}, {"tools": TOOLS}, {"response_format": SHAPE}], ids=["text", "tools", "json"])
def test_its_answers_are_what_the_sdk_expects(running: Provider, model: str, extra: dict[str, Any]) -> None:
    """Whole and streamed: no field missing, none of another kind."""
    body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], **extra}
    url = f"{running.url}/chat/completions"
    whole = strict(ChatCompletion, requests.post(url, json=body, timeout=10).json())
    body |= {"stream": True, "stream_options": {"include_usage": True}}
    frames = requests.post(url, json=body, timeout=10).content.decode().split("\n\n")
    assert frames[-2:] == ["data: [DONE]", ""]
    chunks = [strict(ChatCompletionChunk, json.loads(frame.removeprefix("data: "))) for frame in frames[:-2]]
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert said == (whole.choices[0].message.content or "")
    assert chunks[-1].usage == whole.usage
    assert {chunk.id for chunk in chunks} == {whole.id}


WEATHER = {"name": "weather", "description": "x", "input_schema": {"type": "object", "properties": {}}}


@pytest.mark.parametrize("tools", [[], [WEATHER]], ids=["text", "tools"])
def test_messages_are_what_anthropics_sdk_expects(running: Provider, tools: list[Any]) -> None:
    """Whole and streamed, read by the SDK itself."""
    client = anthropic.Anthropic(base_url=running.url.removesuffix("/v1"), api_key="any", max_retries=0)
    asked: Any = {
        "model": "claude-of-tests",  # the SDK warns of real ones when their time is over
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Hi"}],
        "tools": tools or anthropic.NOT_GIVEN,
    }
    whole = client.messages.create(**asked)
    strict(anthropic.types.Message, json.loads(whole.model_dump_json()))
    with client.messages.stream(**asked) as stream:
        streamed = stream.get_final_message()
    client.close()
    assert [block.model_dump(include={"text", "input"}) for block in streamed.content] == [
        block.model_dump(include={"text", "input"}) for block in whole.content
    ]
    assert streamed.usage.output_tokens == whole.usage.output_tokens
    said = whole.content[0]
    assert said.input == {"city": "Zürich"} if said.type == "tool_use" else said.text == "You said: Hi ✓ in 1 words."


@pytest.mark.parametrize("has_tools", [False, True], ids=["text", "tools"])
def test_contents_are_what_googles_sdk_expects(running: Provider, has_tools: bool) -> None:
    """Whole and streamed, read by the SDK itself."""
    client = genai.Client(api_key="any", http_options={"base_url": running.url.removesuffix("/v1")})
    declared: Any = [{"function_declarations": [{"name": "weather", "description": "x"}]}] if has_tools else None
    config: Any = {"tools": declared, "automatic_function_calling": {"disable": True}}
    asked: Any = {"model": "gemini-2.5-flash", "contents": "Hi", "config": config}
    whole = client.models.generate_content(**asked)
    pieces = list(client.models.generate_content_stream(**asked))
    client.close()
    if has_tools:
        assert [call.args for call in whole.function_calls or ()] == [{"city": "Zürich"}]
        assert [call.args for piece in pieces for call in piece.function_calls or ()] == [{"city": "Zürich"}]
    else:
        assert whole.text == "You said: Hi ✓ in 1 words."
        assert "".join(piece.text or "" for piece in pieces) == whole.text
    assert pieces[-1].candidates
    assert pieces[-1].candidates[0].finish_reason == "STOP"
    assert pieces[-1].usage_metadata == whole.usage_metadata
