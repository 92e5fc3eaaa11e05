"""The samples of Respan's gateway overview and OpenAI SDK pages, word for word."""

from typing import Any

import pytest

from mock_gateway import Gateway

pytest.importorskip("requests")
pytest.importorskip("openai")

QUICKSTART = """
import requests

def demo_call(input,
              model="gpt-4o-mini",
              token="YOUR_RESPAN_API_KEY"
              ):
    headers = {
        'Content-Type': 'application/json',
        'Authorization': f'Bearer {token}',
    }

    data = {
        'model': model,
        'messages': [{'role': 'user', 'content': input}],
    }

    response = requests.post(
        'https://api.respan.ai/api/chat/completions',
        headers=headers,
        json=data,
    )
    return response

messages = "Say 'Hello World'"
print(demo_call(messages).json())
"""

SWITCH_MODELS = """
# OpenAI
model = "gpt-4o"
# Anthropic
# model = "claude-sonnet-4-5-20250929"
# Google
# model = "gemini-1.5-pro"
# DeepSeek
# model = "deepseek-chat"

response = requests.post(
    'https://api.respan.ai/api/chat/completions',
    headers=headers,
    json={'model': model, 'messages': [{'role': 'user', 'content': 'Hello'}]},
)
"""

CLIENT = """
from openai import OpenAI

client = OpenAI(
    base_url="https://api.respan.ai/api/",
    api_key="YOUR_RESPAN_API_KEY",  # Get from Respan dashboard
)
"""

FIRST_REQUEST = """
response = client.chat.completions.create(
    model="gpt-4o-mini",
    messages=[{"role": "user", "content": "Hello, world!"}],
)
print(response.choices[0].message.content)
"""

SUPPORTED_PARAMETERS = """
response = client.chat.completions.create(
    model="gpt-4o-mini",
    messages=[{"role": "user", "content": "Tell me a story"}],
    temperature=0.7,          # Control randomness
    max_tokens=1000,          # Limit response length
    top_p=0.9,               # Nucleus sampling
    frequency_penalty=0.1,    # Reduce repetition
    presence_penalty=0.1,     # Encourage topic diversity
    stream=True,             # Enable streaming
)
"""

RESPAN_PARAMETERS = """
response = client.chat.completions.create(
    model="gpt-4o-mini",
    messages=[{"role": "user", "content": "Tell me a story"}],
    extra_body={
        "customer_identifier": "user_123",           # Track specific users
        "fallback_models": ["gpt-3.5-turbo"],       # Automatic fallbacks
        "metadata": {"session_id": "abc123"},        # Custom metadata
        "thread_identifier": "conversation_456",     # Group related messages
        "group_identifier": "team_alpha",           # Organize by groups
    }
)
"""


def run(code: str, **names: Any) -> dict[str, Any]:
    """The names a sample leaves behind."""
    exec(code, names)
    return names


def test_quickstart(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """The first request of the documentation is answered in the documented shape."""
    respan_gateway.model("gpt-4o-mini").when(contains="Hello World").replies("Hello World")

    names = run(QUICKSTART)

    assert "'content': 'Hello World'" in capsys.readouterr().out
    answer = names["demo_call"]("Say 'Hello World'").json()
    assert (answer["object"], answer["model"], answer["choices"][0]["finish_reason"]) == (
        "chat.completion",
        "gpt-4o-mini",
        "stop",
    )
    assert set(answer["usage"]) >= {"cache_creation_input_tokens", "cache_read_input_tokens", "total_tokens"}


def test_switch_models(respan_gateway: Gateway) -> None:
    """Another model is asked through the same address."""
    import requests

    respan_gateway.model("gpt-4o").replies("Hi")
    names = run(SWITCH_MODELS, requests=requests, headers={"Authorization": "Bearer any"})
    assert names["response"].status_code == 200
    assert respan_gateway.calls.one(door="requests").served_model == "gpt-4o"


def test_the_openai_sdk(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """The samples of the OpenAI SDK page run one after another, and the gateway sees every field of theirs."""
    respan_gateway.model("gpt-4o-mini").replies("Hello!").replies("Once upon a time.").replies("The end.")
    client = run(CLIENT)["client"]

    run(FIRST_REQUEST, client=client)
    chunks = list(run(SUPPORTED_PARAMETERS, client=client)["response"])
    story = run(RESPAN_PARAMETERS, client=client)["response"]

    assert capsys.readouterr().out == "Hello!\n"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Once upon a time."
    assert story.choices[0].message.content == "The end."
    asked = respan_gateway.calls.last.request
    assert asked["metadata"] == {"session_id": "abc123"}
    assert respan_gateway.calls[1].request["presence_penalty"] == 0.1
    client.close()
