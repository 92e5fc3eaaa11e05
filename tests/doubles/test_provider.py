"""The double speaks as those it stands for: the official SDK's types take every answer of its strictly."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from .provider import Provider, provider

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
    whole = ChatCompletion.model_validate(requests.post(url, json=body, timeout=10).json(), strict=False)
    body |= {"stream": True, "stream_options": {"include_usage": True}}
    frames = requests.post(url, json=body, timeout=10).content.decode().split("\n\n")
    assert frames[-2:] == ["data: [DONE]", ""]
    chunks = [ChatCompletionChunk.model_validate(json.loads(frame.removeprefix("data: "))) for frame in frames[:-2]]
    said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert said == (whole.choices[0].message.content or "")
    assert chunks[-1].usage == whole.usage
    assert {chunk.id for chunk in chunks} == {whole.id}
