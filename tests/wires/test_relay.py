"""The relay: chat completions handed to one provider, with a row and limits, and nothing else of the gateway's."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.format import Recording, whole_take
from mock_gateway.core.requests import HttpRequest

from ..engine.dialogue import Heard, hear

if TYPE_CHECKING:
    from openai import OpenAI


def relayed(gateway: Gateway, provider: str = "groq", **fields: Any) -> Heard:
    """The answer to a question without a client."""
    body = {"model": "llama-3.3-70b", "messages": [{"role": "user", "content": "Hi"}], **fields}
    key = {"authorization": "Bearer any"}
    place = f"/api/{provider}/v1/chat/completions"
    return hear(gateway, HttpRequest("POST", "api.respan.ai", place, key, json.dumps(body).encode(), "t"))


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_is_pointed_at_a_provider_is_answered(
    respan_gateway: Gateway, respan_openai: "OpenAI", *, stream: bool
) -> None:
    """By the same script as on any other wire, with the headers of the relay."""
    respan_gateway.model("llama-3.3-70b").replies("Hello.")
    client = respan_openai.with_options(base_url="https://api.respan.ai/api/groq/v1")
    asked: Any = {"model": "llama-3.3-70b", "messages": [{"role": "user", "content": "Hi"}]}
    raw = client.chat.completions.with_raw_response.create(**asked, stream=stream)
    answer: Any = raw.parse()
    parts = (
        [chunk.choices[0].delta.content or "" for chunk in answer] if stream else [answer.choices[0].message.content]
    )
    assert "".join(parts) == "Hello."
    assert raw.headers["x-respan-upstream-request-id"] == "upstream-000001"
    assert raw.headers["x-respan-log-id"] == respan_gateway.logs.one().unique_id


def test_the_body_is_handed_on_as_it_is() -> None:
    """Without respan_params, with what is in extra_body, and with whatever the gateway does not know."""
    gateway = Gateway()
    gateway.model("*").replies("Hello.")
    relayed(gateway, reasoning={"effort": "low"}, extra_body={"top_k": 4}, respan_params={"metadata": {"a": "b"}})
    call = gateway.calls.one()
    assert call.effective_request == {
        "model": "llama-3.3-70b",
        "messages": [{"role": "user", "content": "Hi"}],
        "reasoning": {"effort": "low"},
        "top_k": 4,
    }
    assert not [warning for warning in call.warnings if "extra_body" in warning]
    assert gateway.logs.one(metadata={"a": "b"}).request_url_path == "/api/groq/v1/chat/completions"


def test_what_the_gateway_does_elsewhere_has_no_effect() -> None:
    """Neither what the request asks for nor what the account is set to; and the story says what was asked in vain."""
    gateway = Gateway()
    gateway.account.fallback_models = ["backup"]
    gateway.account.retries = {"num_retries": 2}
    gateway.model("llama-3.3-70b").fails(500)
    asked = {"fallback_models": ["backup"], "cache_enabled": True, "prompt": {"prompt_id": "p"}}
    heard = relayed(gateway, respan_params={**asked, "customer_identifier": "c1"})
    assert (heard.status, heard.json["error"]["code"]) == (500, "server_error")
    call = gateway.calls.one()
    assert (len(call.attempts), call.cache, call.customer) == (1, "off", "c1")
    assert list(call.warnings) == [
        f"{name} has no effect here: /api/groq/v1/chat/completions is handed to its provider as it is"
        for name in ("cache_enabled", "fallback_models", "prompt")
    ]


def test_limits_count_relayed_calls_too() -> None:
    """As documented."""
    gateway = Gateway()
    gateway.account.limit(requests=1)
    gateway.model("*").replies("Hello.")
    assert [relayed(gateway).status for _ in range(2)] == [200, 429]


def test_a_recording_of_chat_completions_is_played(tmp_path: Path) -> None:
    """It is the same wire, as its provider has it."""
    body = b'{"choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}}], "x_groq": {"id": "r"}}'
    asked = {"model": "llama-3.3-70b", "messages": [{"role": "user", "content": "Hi"}]}
    Folder(tmp_path).write(Recording("chat", "llama-3.3-70b", asked, [whole_take(body, status=200)]))
    assert relayed(Gateway(cassette=tmp_path)).body == body


def test_an_extra_body_that_is_none_is_refused() -> None:
    """In the gateway's words."""
    heard = relayed(Gateway(), extra_body=[1])
    assert (heard.status, heard.json["errors"]) == (422, {"extra_body": ["This field must be an object."]})
