"""The samples of Respan's page on using the gateway, each named after the page's section."""

from functools import partialmethod
from typing import Any

import pytest

from mock_gateway import Gateway, ToolCall, Usage

from .samples import run

pytest.importorskip("openai")
requests = pytest.importorskip("requests")

PAGE = "use_the_gateway"
MODEL = "gpt-5.4"


def test_call_a_llm(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """It is answered."""
    respan_gateway.model(MODEL).when(contains="Hello!").replies("Hi there.")
    run(PAGE, "call_a_llm")
    assert capsys.readouterr().out == "Hi there.\n"


def test_streaming(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """A chunk for each piece, between one that says who speaks and one that says why it ended."""
    respan_gateway.model(MODEL).replies("Hi there.", chunks=["Hi ", "there."])
    run(PAGE, "streaming")
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 4
    assert all(line.startswith("ChatCompletionChunk(id='chatcmpl-000001'") for line in printed)
    assert respan_gateway.calls.one().chunks == 2


def test_function_calling(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """The model calls the function it was offered."""
    made = ToolCall("get_current_weather", {"location": "Boston, MA"})
    respan_gateway.model(MODEL).when(tools=["get_current_weather"]).replies(tool_calls=[made])
    completion = run(PAGE, "function_calling")["completion"]
    [call] = completion.choices[0].message.tool_calls
    assert (call.function.name, call.function.arguments) == ("get_current_weather", '{"location":"Boston, MA"}')
    assert completion.choices[0].finish_reason == "tool_calls"
    assert "get_current_weather" in capsys.readouterr().out


def test_enable_thinking(respan_gateway: Gateway) -> None:
    """The answer has what the model thought, in both documented fields, and the row says it was asked to."""
    payload = run(PAGE, "enable_thinking")["payload"]
    respan_gateway.model("claude-sonnet-4-20250514").replies("Yes.", reasoning="This is asking about primes.")
    key = {"Authorization": "Bearer YOUR_RESPAN_API_KEY"}
    place = "https://api.respan.ai/api/chat/completions"
    message = requests.post(place, headers=key, json=payload, timeout=60).json()["choices"][0]["message"]
    assert (message["content"], message["reasoning_content"]) == ("Yes.", "This is asking about primes.")
    assert [(block["type"], block["thinking"]) for block in message["thinking_blocks"]] == [
        ("thinking", "This is asking about primes.")
    ]
    assert message["thinking_blocks"][0]["signature"]
    log = respan_gateway.logs.one()
    assert (log.thinking, log.reasoning_tokens) == ({"type": "enabled", "budget_tokens": 10000}, 7)


@pytest.mark.respan(direct="allow")
def test_upload_pdf(respan_gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file goes to OpenAI itself, and the model is asked about it through the gateway.

    The page the sample takes its file from belongs to somebody else, so somebody else stands in for it.
    """
    elsewhere = requests.Response()
    elsewhere._content = b"%PDF-1.4 Dummy PDF file"
    monkeypatch.setattr(requests, "get", lambda url: elsewhere if url.endswith("/dummy.pdf") else None)
    respan_gateway.model(MODEL).when(contains="What's this file about?").replies("It is a dummy.")
    made = run(PAGE, "upload_pdf")
    assert made["response"].choices[0].message.content == "It is a dummy."
    assert made["openai_client"].files.content(made["file"].id).read() == b"%PDF-1.4 Dummy PDF file"
    asked: Any = respan_gateway.calls.one().effective_request["messages"][0]["content"][1]
    assert asked == {"type": "file", "file": {"file_id": made["file"].id}}


def test_upload_image(respan_gateway: Gateway) -> None:
    """The model is asked about the image by its address."""
    respan_gateway.model(MODEL).when(contains="What do you see?").replies("A cat.")
    assert run(PAGE, "upload_image")["response"].choices[0].message.content == "A cat."
    asked: Any = respan_gateway.calls.one().effective_request["messages"][0]["content"][1]
    assert asked == {"type": "image_url", "image_url": {"url": "https://example.com/image.png"}}


@pytest.mark.filterwarnings("ignore:The model 'claude-sonnet-4-20250514' is deprecated:DeprecationWarning")
def test_prompt_caching(respan_gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was cached is told in Anthropic's words to its client, and in the row.

    The page leaves out `max_tokens`, which the client insists on: here everybody has a default of their own.
    """
    messages = pytest.importorskip("anthropic.resources.messages")
    script = respan_gateway.model("claude-sonnet-4-20250514").when(system="literary works", contains="major themes")
    script.replies("Marriage and class.", usage=Usage(2030, 300, cache_creation_tokens=2000))
    script.replies("Class and marriage.", usage=Usage(2030, 300, cached_tokens=2000))
    with pytest.raises(TypeError, match="Missing required arguments"):
        run(PAGE, "prompt_caching")
    monkeypatch.setattr(messages.Messages, "create", partialmethod(messages.Messages.create, max_tokens=1024))
    said = [run(PAGE, "prompt_caching")["message"] for _ in range(2)]
    assert [message.content[0].text for message in said] == ["Marriage and class.", "Class and marriage."]
    assert [message.usage.cache_creation_input_tokens for message in said] == [2000, 0]
    assert [message.usage.cache_read_input_tokens for message in said] == [0, 2000]
    assert [message.usage.input_tokens for message in said] == [30, 30]
    first, second = respan_gateway.logs
    assert (first.prompt_cache_creation_tokens, second.prompt_cache_hit_tokens) == (2000, 2000)
    assert first.prompt_tokens == second.prompt_tokens == 2030
    assert first.cost is not None
    assert second.cost is not None
    assert second.cost < first.cost
