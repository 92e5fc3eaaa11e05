"""The samples of Respan's page on the OpenAI SDK with the gateway, each named after the page's section."""

from typing import Any

import pytest

from mock_gateway import Gateway

from .samples import run

pytest.importorskip("openai")

PAGE = "openai_sdk_gateway"


@pytest.fixture
def client() -> Any:
    """The client that the page makes first."""
    with run(PAGE, "initialize_client")["client"] as made:
        yield made


def test_make_your_first_request(respan_gateway: Gateway, client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """It is answered."""
    respan_gateway.model("gpt-4o-mini").when(contains="Hello, world!").replies("Hello!")
    run(PAGE, "make_your_first_request", client=client)
    assert capsys.readouterr().out == "Hello!\n"


def test_switch_models(respan_gateway: Gateway, client: Any) -> None:
    """The model that is named is asked."""
    respan_gateway.model("gpt-4o").replies("Hi")
    assert run(PAGE, "switch_models", client=client)["response"].model == "gpt-4o"


def test_openai_parameters(respan_gateway: Gateway, client: Any) -> None:
    """The model is asked with all of them, and its answer is streamed."""
    respan_gateway.model("gpt-4o-mini").replies("Once upon a time.")
    chunks = list(run(PAGE, "openai_parameters", client=client)["response"])
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Once upon a time."
    asked = respan_gateway.calls.one().effective_request
    given = {name: asked[name] for name in asked if name not in ("model", "messages")}
    assert given == {
        "temperature": 0.7,
        "max_tokens": 1000,
        "top_p": 0.9,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.1,
        "stream": True,
    }


def test_respan_parameters(respan_gateway: Gateway, client: Any) -> None:
    """The fallback is asked when the model fails, and the row has the rest."""
    respan_gateway.model("gpt-4o-mini").fails("provider_down")
    respan_gateway.model("gpt-3.5-turbo").replies("The end.")
    assert run(PAGE, "respan_parameters", client=client)["response"].choices[0].message.content == "The end."
    log = respan_gateway.logs.one(customer_identifier="user_123", metadata={"session_id": "abc123"})
    assert (log.thread_identifier, log.group_identifier, log.model) == (
        "conversation_456",
        "team_alpha",
        "gpt-3.5-turbo",
    )


def test_prompt_composition(respan_gateway: Gateway, client: Any) -> None:
    """The child is rendered first, and stands in the parent."""
    child = [{"role": "system", "content": "{{ customer_name }} of {{ department }}"}]
    respan_gateway.prompts.add("CHILD_PROMPT_ID", messages=[{"role": "system", "content": "an old one"}])
    respan_gateway.prompts.add("CHILD_PROMPT_ID", messages=child)
    parent = [{"role": "user", "content": "They want to {{ request }}. So far: {{ conversation }}"}]
    respan_gateway.prompts.add("PARENT_PROMPT_ID", messages=parent, model="gpt-4o")
    respan_gateway.model("gpt-4o").replies("Let me see.")
    assert run(PAGE, "prompt_composition", client=client)["response"].choices[0].message.content == "Let me see."
    assert respan_gateway.calls.one().effective_request["messages"] == [
        {"role": "user", "content": "They want to dispute a charge from last month. So far: Sarah of billing"}
    ]
