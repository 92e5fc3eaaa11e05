"""The samples of Respan's page on OpenAI as a provider, each named after the page's section."""

import json
import re

import pytest

from mock_gateway import Gateway

from .samples import HERE, run

requests = pytest.importorskip("requests")

PAGE = "openai_provider"


def test_via_code(respan_gateway: Gateway) -> None:
    """The customer's own key pays, and is seen nowhere. The sample has a comment and a comma too many, as printed."""
    text = (HERE / PAGE / "via_code.jsonc").read_text(encoding="utf-8")
    rest = '"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}],'
    fields = json.loads(re.sub(r",(?=\s*})", "", text.replace("// Rest of the request body", rest)))
    respan_gateway.model("gpt-4o").replies("Hello.")
    key = {"Authorization": "Bearer YOUR_RESPAN_API_KEY"}
    requests.post("https://api.respan.ai/api/chat/completions", headers=key, json=fields, timeout=60)
    call = respan_gateway.calls.one()
    assert call.used_custom_credential
    assert respan_gateway.logs.one().used_custom_credential
    assert "YOUR_OPENAI_API_KEY" not in f"{call.story}{call.request}{respan_gateway.logs.one()}"


def test_log_openai_requests(respan_gateway: Gateway) -> None:
    """A call that was made elsewhere has a row as it was told."""
    response = run(PAGE, "log_openai_requests")["response"]
    assert response.status_code == 201
    log = respan_gateway.logs.one(customer_identifier="user_123")
    assert (log.unique_id, log.model, log.cost, log.latency) == (response.json()["unique_id"], "gpt-4o", 0.0015, 2.3)
    assert log.prompt_messages == [{"role": "user", "content": "Hello, how are you?"}]
    assert log.completion_message == {"role": "assistant", "content": "I'm doing well, thank you for asking!"}
    assert respan_gateway.calls == []
