"""Every parameter in the tables of the gateway overview, and every prompt option of the OpenAI SDK pages.

One test each, as an application sends it: with `requests`, or in the `extra_body` of the OpenAI SDK. Each fails where the
behaviour is taken out.
"""

from typing import Any

import pytest
import requests
from openai import OpenAI

from mock_gateway import Gateway

URL = "https://api.respan.ai/api/chat/completions"
HEADERS = {"Authorization": "Bearer YOUR_RESPAN_API_KEY"}
HELLO: list[Any] = [{"role": "user", "content": "Hello"}]


def post(**parameters: Any) -> requests.Response:
    body = {"model": "gpt-4o-mini", "messages": HELLO, **parameters}
    return requests.post(URL, headers=HEADERS, json=body, timeout=30)


def said(**parameters: Any) -> str | None:
    answer = post(**parameters)
    answer.raise_for_status()
    text: str | None = answer.json()["choices"][0]["message"]["content"]
    return text


@pytest.fixture
def answered(respan_gateway: Gateway) -> Gateway:
    respan_gateway.model("*").replies("Hello, you.")
    return respan_gateway


# OpenAI-compatible parameters


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("messages", [{"role": "system", "content": "Be kind."}, *HELLO]),
        ("model", "claude-sonnet-4-5-20250929"),
        ("temperature", 0.7),
        ("max_tokens", 1000),
        ("top_p", 0.9),
        ("frequency_penalty", 0.1),
        ("presence_penalty", 0.1),
        ("stop", ["END"]),
        ("tools", [{"type": "function", "function": {"name": "f", "parameters": {}}}]),
        ("tool_choice", "none"),
        ("response_format", {"type": "text"}),
        ("n", 2),
        ("logprobs", True),
    ],
)
def test_the_model_is_asked_with_it(answered: Gateway, name: str, value: Any) -> None:
    """What is OpenAI's reaches the model as it was sent."""
    post(**{name: value})
    assert answered.calls.one().effective_request[name] == value
    assert answered.calls.one().warnings == []


def test_stream(answered: Gateway) -> None:
    """Partial progress, token by token."""
    with requests.post(
        URL, headers=HEADERS, json={"model": "m", "messages": HELLO, "stream": True}, timeout=30
    ) as answer:
        lines = [line for line in answer.iter_lines() if line]
    assert len(lines) > 3
    assert lines[-1] == b"data: [DONE]"


# Observability


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("customer_identifier", "user_123"),
        ("metadata", {"session_id": "abc123", "team": "ml"}),
        ("custom_identifier", "feature-x"),
        ("thread_identifier", "conversation_456"),
        ("group_identifier", "team_alpha"),
    ],
)
def test_the_row_has_it_and_the_model_does_not(answered: Gateway, name: str, value: Any) -> None:
    """Tags are for the log: they can be looked for there, and are not sent to the provider."""
    post(**{name: value})
    post()
    assert answered.logs.one(**{name: value}).call is answered.calls[0]
    assert name not in answered.calls[0].effective_request


def test_disable_log(answered: Gateway) -> None:
    """Only metrics are recorded."""
    post(disable_log=True)
    log = answered.logs.one()
    assert (log.prompt_messages, log.completion_message, log.full_request) == (None, None, None)
    assert log.completion_tokens == 3


def test_request_breakdown(answered: Gateway) -> None:
    """A summary of tokens, cost and latency in the response."""
    assert post(request_breakdown=True).json()["request_breakdown"]["completion_tokens"] == 3
    assert "request_breakdown" not in post().json()


# Reliability


def test_fallback_models(respan_gateway: Gateway) -> None:
    """Backups by priority: the page's own body."""
    respan_gateway.model("gpt-4o-mini").fails(500)
    respan_gateway.model("gemini-1.5-pro").fails(500)
    respan_gateway.model("claude-sonnet-4-5-20250929").replies("Third time lucky.")
    assert said(fallback_models=["gemini-1.5-pro", "claude-sonnet-4-5-20250929"]) == "Third time lucky."


def test_load_balance_group(answered: Gateway) -> None:
    """Balanced across the models of a group."""
    models = [{"model": "azure/gpt-35-turbo", "weight": 1}, {"model": "azure/gpt-4", "weight": 1}]
    for _ in range(20):
        post(load_balance_group={"group_id": "THE_GROUP_ID", "models": models})
    assert {call.served_model for call in answered.calls} == {"azure/gpt-35-turbo", "azure/gpt-4"}


def test_retry_params(respan_gateway: Gateway) -> None:
    """Enabled, how many, after how long: the page's own body."""
    respan_gateway.model("gpt-4o-mini").fails(429, times=3).replies("At last.")
    retries = {"retry_enabled": True, "num_retries": 3, "retry_after": 1}
    assert said(retry_params=retries) == "At last."
    assert respan_gateway.calls.one().seconds == 3


@pytest.mark.parametrize("retries", [{"retry_enabled": False, "num_retries": 3}, {"num_retries": 1}])
def test_retry_params_may_be_too_few(respan_gateway: Gateway, retries: dict[str, Any]) -> None:
    """Switched off, or used up."""
    respan_gateway.model("gpt-4o-mini").fails(429, times=2).replies("Never.", optional=True)
    assert post(retry_params=retries).status_code == 429


# Caching


def test_cache_enabled(answered: Gateway) -> None:
    """The response is kept."""
    for _ in range(2):
        post(cache_enabled=True)
    assert [call.cache for call in answered.calls] == ["miss", "hit"]


@pytest.mark.parametrize(("ttl", "states"), [(None, ["miss", "hit", "expired"]), (600, ["miss", "expired", "expired"])])
def test_cache_ttl(answered: Gateway, ttl: int | None, states: list[str]) -> None:
    """In seconds; thirty days, if nothing is said."""
    for _ in range(3):
        post(cache_enabled=True, cache_ttl=ttl)
        answered.clock.advance(days=16)
    assert [call.cache for call in answered.calls] == states


def test_cache_options(answered: Gateway) -> None:
    """`cache_by_customer` scopes the cache."""
    for customer in ("one", "two", "one"):
        post(cache_enabled=True, cache_options={"cache_by_customer": True}, customer_identifier=customer)
    assert [call.cache for call in answered.calls] == ["miss", "miss", "hit"]


# Credentials


def test_customer_credentials(answered: Gateway) -> None:
    """The keys of one's customer pay."""
    post(customer_credentials={"openai": {"api_key": "YOUR_OPENAI_API_KEY"}})
    post()
    assert [log.used_custom_credential for log in answered.logs] == [True, False]


def test_credential_override(answered: Gateway) -> None:
    """For one model only: the page's own body."""
    azure = {"api_key": "your-azure-key", "api_base": "your-azure-base-url", "api_version": "2024-02-01"}
    for model in ("azure/gpt-4o", "gpt-4o"):
        post(model=model, credential_override={"azure/gpt-4o": azure})
    assert [log.used_custom_credential for log in answered.logs] == [True, False]
    assert "your-azure-key" not in repr(answered.calls[0].request)


def test_model_name_map(answered: Gateway) -> None:
    """The provider is asked for a deployment of one's own."""
    post(model="azure/gpt-4o", model_name_map={"azure/gpt-4o": "azure/your_custom_model_name"})
    assert answered.calls.one().effective_request["model"] == "azure/your_custom_model_name"


# Prompts


@pytest.fixture
def prompted(answered: Gateway) -> Gateway:
    content = "Square {{ number }} for {{ user_name }}."
    for version in (1, 2, 3):
        answered.prompts.add(
            "YOUR_PROMPT_ID",
            messages=[{"role": "system", "content": f"v{version}: {content}"}],
            model="gpt-4.1-nano",
            temperature=0.1,
            deploy=version == 2,
        )
    return answered


def asked(gateway: Gateway, messages: Any = (), **options: Any) -> Any:
    """What the model is asked when the SDK sends these options."""
    client = OpenAI(base_url="https://api.respan.ai/api/", api_key="YOUR_RESPAN_API_KEY")
    extra = {"prompt": {"prompt_id": "YOUR_PROMPT_ID", **options}}
    client.chat.completions.create(model="gpt-4o-mini", messages=list(messages), temperature=0.9, extra_body=extra)
    return gateway.calls.last.effective_request


def test_prompt_id(prompted: Gateway) -> None:
    """A stored template, by its id, with an empty list of messages."""
    assert asked(prompted)["messages"][0]["content"].startswith("v2: ")
    assert post(prompt={"prompt_id": "another"}).status_code == 404


@pytest.mark.parametrize(("version", "said"), [(1, "v1"), (3, "v3"), ("latest", "v3"), (None, "v2")])
def test_version(prompted: Gateway, version: Any, said: str) -> None:
    """Pinned, the latest draft, or the deployed one."""
    assert asked(prompted, version=version)["messages"][0]["content"].startswith(said)


def test_variables(prompted: Gateway) -> None:
    """Values for the template."""
    content = asked(prompted, variables={"user_name": "Sarah", "number": 4})["messages"][0]["content"]
    assert content == "v2: Square 4 for Sarah."


@pytest.mark.parametrize(
    ("options", "model", "temperature", "count"),
    [
        ({}, "gpt-4o-mini", 0.9, 1),
        ({"schema_version": 1}, "gpt-4o-mini", 0.9, 1),
        ({"schema_version": 2}, "gpt-4.1-nano", 0.1, 2),
    ],
)
def test_schema_version(prompted: Gateway, options: dict[str, Any], model: str, temperature: float, count: int) -> None:
    """1, the default: the body wins, unless overridden. 2: the prompt wins, and the body's messages are appended."""
    found = asked(prompted, HELLO, **options)
    assert (found["model"], found["temperature"], len(found["messages"])) == (model, temperature, count)


def test_patch(prompted: Gateway) -> None:
    """Runtime overrides in schema 2, but for messages and input."""
    assert asked(prompted, schema_version=2, patch={"temperature": 0.9, "max_tokens": 500})["max_tokens"] == 500
    assert prompted.calls.last.effective_request["temperature"] == 0.9
    for name in ("messages", "input"):
        refused = post(prompt={"prompt_id": "YOUR_PROMPT_ID", "schema_version": 2, "patch": {name: []}})
        assert refused.status_code == 422


def test_override(prompted: Gateway) -> None:
    """In schema 1 it decides which side wins."""
    assert asked(prompted, HELLO, override=True)["model"] == "gpt-4.1-nano"
    assert asked(prompted, HELLO, override=False)["model"] == "gpt-4o-mini"


def test_override_params(prompted: Gateway) -> None:
    """Values in place of the prompt's: the documentation's own body."""
    found = asked(prompted, override=True, override_params={"temperature": 0.8, "max_tokens": 150, "model": "gpt-4o"})
    assert (found["temperature"], found["max_tokens"], found["model"]) == (0.8, 150, "gpt-4o")


@pytest.mark.parametrize(("mode", "count"), [("append", 2), ("override", 1)])
def test_override_config(prompted: Gateway, mode: str, count: int) -> None:
    """Whether messages given at runtime are added or replace."""
    more = [{"role": "user", "content": "Additional context"}]
    found = asked(prompted, override_config={"messages_override_mode": mode}, override_params={"messages": more})
    assert len(found["messages"]) == count


def test_composition(prompted: Gateway) -> None:
    """A variable that is another prompt: the page's own body."""
    prompted.prompts.add("PARENT", messages=[{"role": "system", "content": "{{ request }} / {{ conversation }}"}])
    child = {
        "_type": "prompt",
        "prompt_id": "YOUR_PROMPT_ID",
        "version": 2,
        "variables": {"user_name": "Sarah", "number": 2},
    }
    variables = {"request": "dispute a charge from last month", "conversation": child}
    post(prompt={"prompt_id": "PARENT", "override": True, "variables": variables}, messages=[])
    content = prompted.calls.last.effective_request["messages"][0]["content"]
    assert content == "dispute a charge from last month / v2: Square 2 for Sarah."


def test_echo(prompted: Gateway) -> None:
    """The rendered messages in the response."""
    answer = post(prompt={"prompt_id": "YOUR_PROMPT_ID", "echo": True, "variables": {"user_name": "S"}}, messages=[])
    assert answer.json()["prompt_message"] == [{"role": "system", "content": "v2: Square  for S."}]
