"""The samples of Respan's page on its gateway, each named after the page's section."""

from typing import Any

import pytest

from mock_gateway import Gateway

from .samples import body, run

pytest.importorskip("requests")
openai = pytest.importorskip("openai")

PAGE = "gateway_overview"


def post(fields: Any) -> Any:
    """A body sent as the page's first sample sends its own."""
    import requests

    key = {"Authorization": "Bearer YOUR_RESPAN_API_KEY"}
    return requests.post("https://api.respan.ai/api/chat/completions", headers=key, json=fields, timeout=60)


def test_make_a_request(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """The first request of the documentation is answered in the documented shape."""
    respan_gateway.model("gpt-4o-mini").when(contains="Hello World").replies("Hello World")
    names = run(PAGE, "make_a_request")
    assert "'content': 'Hello World'" in capsys.readouterr().out
    answer = names["demo_call"]("Say 'Hello World'").json()
    assert (answer["object"], answer["model"], answer["choices"][0]["finish_reason"]) == (
        "chat.completion",
        "gpt-4o-mini",
        "stop",
    )


def test_switch_models(respan_gateway: Gateway) -> None:
    """Another model is asked through the same address."""
    import requests

    respan_gateway.model("gpt-4o").replies("Hi")
    names = run(PAGE, "switch_models", requests=requests, headers={"Authorization": "Bearer any"})
    assert names["response"].status_code == 200
    assert respan_gateway.calls.one(door="requests").served_model == "gpt-4o"


def test_observability(respan_gateway: Gateway) -> None:
    """The row has what the body says of it, and the model is not asked with it."""
    respan_gateway.model("gpt-4o-mini").replies("Hi")
    assert post(body(PAGE, "observability")).status_code == 200
    log = respan_gateway.logs.one(customer_identifier="user_123", custom_identifier="feature-x")
    assert log.metadata == {"session_id": "abc123", "team": "ml"}
    assert set(respan_gateway.calls.one().effective_request) == {"model", "messages"}


def test_reliability(respan_gateway: Gateway) -> None:
    """Three retries a second apart for each model, and the fallbacks in their order."""
    respan_gateway.model("gpt-4o-mini").fails("provider_overloaded", times=4)
    respan_gateway.model("gemini-1.5-pro").fails("provider_down", times=4)
    respan_gateway.model("claude-sonnet-4-5-20250929").replies("At last.")
    assert post(body(PAGE, "reliability")).json()["model"] == "claude-sonnet-4-5-20250929"
    call = respan_gateway.calls.one()
    asked = [attempt.model for attempt in call.attempts]
    assert asked == ["gpt-4o-mini"] * 4 + ["gemini-1.5-pro"] * 4 + ["claude-sonnet-4-5-20250929"]
    assert call.seconds == 6


def test_credentials(respan_gateway: Gateway) -> None:
    """The override is used for its model, and its key is seen nowhere."""
    respan_gateway.model("azure/gpt-4o").replies("Hi")
    fields = body(PAGE, "credentials")
    post({**fields, "messages": [{"role": "user", "content": "Hello"}]})
    call = respan_gateway.calls.one()
    assert call.used_custom_credential
    assert "your-azure-key" not in f"{call.story}{call.request}{respan_gateway.logs.one()}"


def test_prompt_management(respan_gateway: Gateway) -> None:
    """The stored prompt is what the model is asked, since the body says nothing."""
    respan_gateway.prompts.add("your-prompt-id", messages=[{"role": "user", "content": "Greet {{ user_name }}."}])
    respan_gateway.model("gpt-4o-mini").when(contains="Greet Sarah.").replies("Hello Sarah!")
    assert post(body(PAGE, "prompt_management")).json()["choices"][0]["message"]["content"] == "Hello Sarah!"
    assert respan_gateway.calls.one().prompt is not None


def test_response_format(respan_gateway: Gateway) -> None:
    """An answer has every field that the documented one has, of the same kind; and the documented one can be given."""
    documented = body(PAGE, "response_format")
    script = respan_gateway.model("claude-sonnet-4-5-20250929")
    script.replies("I'm doing well.").replies(body=documented)
    asked = {"model": "claude-sonnet-4-5-20250929", "messages": [{"role": "user", "content": "How are you?"}]}
    assert missing(documented, post(asked).json()) == []
    assert post(asked).json() == documented
    usage = respan_gateway.logs.last
    assert (usage.prompt_tokens, usage.completion_tokens, usage.prompt_cache_hit_tokens) == (2619, 20, 2601)


def missing(documented: Any, given: Any, path: str = "") -> list[str]:
    """The places where something documented is not given, or is of another kind."""
    if type(documented) is not type(given):
        return [path]
    if isinstance(documented, dict):
        return [one for name, value in documented.items() for one in missing(value, given.get(name), f"{path}.{name}")]
    if isinstance(documented, list):
        return missing(documented[0], given[0], f"{path}[0]")
    return []
