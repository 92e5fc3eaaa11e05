"""Stored prompts on the Responses API, whose template becomes the instructions."""

import json
from typing import Any

import pytest

from mock_gateway import Contract, Gateway
from mock_gateway.core.requests import HttpRequest

from .dialogue import KEY, Heard, hear

TOOL: Any = {"name": "look_up", "parameters": {"type": "object"}}
SHAPE: Any = {"name": "shape", "schema": {"type": "object"}}


def asked(
    gateway: Gateway, prompt: Any = "p", body: dict[str, Any] | None = None, params: dict[str, Any] | None = None
) -> Heard:
    """The answer to a request that uses a prompt."""
    sent = {"model": "gpt-4o", "input": "Hi", **(body or {}), "respan_params": {"prompt": prompt, **(params or {})}}
    return hear(gateway, inbound(sent))


def inbound(body: dict[str, Any]) -> HttpRequest:
    """A request as a door hands it over."""
    return HttpRequest("POST", "api.respan.ai", "/api/responses", KEY, json.dumps(body).encode(), "t")


def gateway(*messages: str, contract: str | Contract = "docs", **parameters: Any) -> Gateway:
    """A gateway with a prompt of these system messages."""
    made = Gateway(contract=contract)
    made.model("*").replies("ok")
    told = [{"role": "system", "content": text} for text in messages or ("You are a {{ role }}.",)]
    made.prompts.add("p", messages=told, variables={"role": "helper"}, **parameters)
    return made


@pytest.mark.parametrize("prompt", [{}, {"schema_version": 2}, {"override": True}], ids=["1", "2", "override"])
def test_the_template_becomes_the_instructions(prompt: dict[str, Any]) -> None:
    """Filled in, and the input is preserved, by whichever rules it is merged."""
    made = gateway()
    said = [{"role": "user", "content": "Hi"}]
    heard = asked(made, {"prompt_id": "p", "variables": {"role": "pirate"}, **prompt}, {"input": said})
    call = made.calls.one()
    assert call.effective_request["instructions"] == "You are a pirate."
    assert call.effective_request["input"] == said
    assert heard.json["instructions"] == "You are a pirate."
    assert call.asked is not None
    assert call.asked.messages == [{"role": "system", "content": "You are a pirate."}, *said]
    assert call.prompt is not None
    assert list(call.prompt.messages) == [{"role": "system", "content": "You are a pirate."}]
    assert made.logs.one().prompt_id == "p"
    assert not call.warnings


def test_several_messages_are_one_text() -> None:
    """With a blank line between them."""
    made = gateway("One.", "", "Two.")
    asked(made)
    assert made.calls.one().effective_request["instructions"] == "One.\n\nTwo."


def test_a_prompt_that_says_nothing_changes_nothing() -> None:
    """The instructions of the body stay."""
    made = gateway("")
    asked(made, body={"instructions": "Mine."})
    assert made.calls.one().effective_request["instructions"] == "Mine."


@pytest.mark.parametrize(
    ("choice", "told"),
    [("prompt", "Theirs."), ("body", "Mine."), ("both", "Theirs.\n\nMine.")],
)
def test_whose_instructions_count_is_a_choice(choice: Any, told: str) -> None:
    """The prompt's, the body's, or both."""
    made = gateway("Theirs.", contract=Contract(prompt_and_instructions=choice))
    asked(made, body={"instructions": "Mine."})
    assert made.calls.one().effective_request["instructions"] == told


def test_messages_of_other_roles_can_go_before_the_input() -> None:
    """If that is what the hosted gateway turns out to do."""
    made = Gateway(contract=Contract(prompt_instructions="system_messages"))
    made.model("*").replies("ok")
    messages = [{"role": role, "content": role} for role in ("system", "user", "assistant", "developer")]
    made.prompts.add("p", messages=messages)
    asked(made)
    asked_with = made.calls.one().effective_request
    assert asked_with["instructions"] == "system\n\ndeveloper"
    assert [(item["role"], item["content"]) for item in asked_with["input"]] == [
        ("user", "user"),
        ("assistant", "assistant"),
        ("user", "Hi"),
    ]


@pytest.mark.parametrize("prompted_before", [True, False])
def test_messages_of_a_prompt_are_said_once_in_a_conversation(prompted_before: bool) -> None:
    """They stand at its beginning, however often the prompt is named and whenever it was first."""
    made = Gateway(contract=Contract(prompt_instructions="system_messages"))
    made.model("*").replies("ok")
    made.prompts.add("p", messages=[{"role": "user", "content": "Once."}, {"role": "assistant", "content": "Told."}])
    first = {"model": "gpt-4o", "input": "Hi", "respan_params": {"prompt": "p" if prompted_before else None}}
    before = hear(made, inbound(first)).json["id"]
    for _ in range(2):
        before = asked(made, body={"input": "More", "previous_response_id": before}).json["id"]
    contents = [item["content"] for item in made.calls.last.effective_request["input"]]
    assert contents == ["Once.", "Told.", "Hi", "ok", "More", "ok", "More"]


PARAMETERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"temperature": 0.2, "top_p": 0.5}, {"temperature": 0.2, "top_p": 0.5}),
    ({"max_tokens": 50}, {"max_output_tokens": 50}),
    ({"max_completion_tokens": 60}, {"max_output_tokens": 60}),
    ({"tools": [{"type": "function", "function": TOOL}]}, {"tools": [{"type": "function", **TOOL}]}),
    (
        {"tool_choice": {"type": "function", "function": {"name": "look_up"}}},
        {"tool_choice": {"type": "function", "name": "look_up"}},
    ),
    ({"tool_choice": "required"}, {"tool_choice": "required"}),
    (
        {"response_format": {"type": "json_schema", "json_schema": SHAPE}},
        {"text": {"format": {"type": "json_schema", **SHAPE}}},
    ),
    ({"response_format": {"type": "json_object"}}, {"text": {"format": {"type": "json_object"}}}),
    ({"verbosity": "low"}, {"text": {"verbosity": "low"}}),
    ({"reasoning_effort": "high"}, {"reasoning": {"effort": "high"}}),
    ({"frequency_penalty": 1, "stop": "x", "n": 2, "seed": 3, "stream_options": {}}, {}),
    ({"model": "claude-sonnet-4-5"}, {"model": "claude-sonnet-4-5"}),
]


@pytest.mark.parametrize("as_patch", [False, True], ids=["prompt", "patch"])
@pytest.mark.parametrize(("named", "wanted"), PARAMETERS, ids=[next(iter(named)) for named, _ in PARAMETERS])
def test_parameters_come_in_the_words_of_this_api(
    named: dict[str, Any], wanted: dict[str, Any], as_patch: bool
) -> None:
    """What a prompt stores in the words of chat completions, and what a patch says in them; the body's are beaten."""
    body = {"temperature": 0.9, "max_output_tokens": 9, "reasoning": {"effort": "low", "summary": "auto"}}
    made = gateway("Hello.", **({} if as_patch else named))
    asked(made, {"prompt_id": "p", "schema_version": 2, "patch": named if as_patch else None}, body)
    expected = {"model": "gpt-4o", "input": "Hi", "instructions": "Hello.", **body, **wanted}
    if "reasoning" in wanted:
        expected["reasoning"] = {"effort": "high", "summary": "auto"}
    assert made.calls.one().effective_request == expected


def test_a_patch_can_speak_this_apis_own_words() -> None:
    """They go over what the prompt stores under another name."""
    made = gateway("Hello.", max_tokens=50, reasoning_effort="low", response_format={"type": "text"})
    patch = {"max_output_tokens": 70, "reasoning": {"effort": "high"}, "text": {"format": {"type": "json_object"}}}
    asked(made, {"prompt_id": "p", "schema_version": 2, "patch": patch})
    assert made.calls.one().effective_request == {
        "model": "gpt-4o",
        "input": "Hi",
        "instructions": "Hello.",
        **patch,
    }


def test_what_is_openais_alone_survives_a_prompt() -> None:
    """Tools of its own, the choice of one, and fields that chat completions do not have."""
    fields: dict[str, Any] = {
        "tools": [{"type": "web_search"}, {"type": "function", **TOOL}],
        "tool_choice": {"type": "web_search"},
        "truncation": "auto",
        "text": {"verbosity": "low"},
        "include": ["reasoning.encrypted_content"],
    }
    made = gateway("Hello.")
    asked(made, body=fields)
    assert made.calls.one().effective_request == {
        "model": "gpt-4o",
        "input": "Hi",
        "instructions": "Hello.",
        **fields,
    }


@pytest.mark.parametrize("name", ["messages", "input"])
def test_a_patch_cannot_change_what_is_said(name: str) -> None:
    """As documented."""
    made = gateway("Hello.")
    made.model("unused").replies("", optional=True)
    heard = asked(made, {"prompt_id": "p", "schema_version": 2, "patch": {name: []}})
    assert heard.status == 422
    assert heard.json["errors"] == {f"prompt.patch.{name}": ["A patch cannot change the messages."]}


def test_a_prompt_among_the_models_own_fields_is_openais() -> None:
    """One of Respan's that stands there is a mistake, and the text says where it belongs."""
    made = gateway("Hello.")
    sent = {"model": "gpt-4o", "input": "Hi", "prompt": {"prompt_id": "p"}}
    inbound = HttpRequest("POST", "api.respan.ai", "/api/responses", KEY, json.dumps(sent).encode(), "t")
    heard = hear(made, inbound)
    assert heard.status == 422
    told = "This field is required: it is OpenAI's own. A prompt of Respan's stands under respan_params."
    assert heard.json["errors"] == {"prompt.id": [told]}


@pytest.mark.parametrize("contract", ["docs", "sdk-2026-10"])
def test_retries_of_a_request_have_an_effect(contract: str) -> None:
    """On this wire under either contract; on chat completions under the first alone."""
    made = Gateway(contract=contract)
    made.model("gpt-4o").fails(500, times=1).replies("ok")
    body = {"model": "gpt-4o", "input": "Hi", "respan_params": {"retry_params": {"num_retries": 1, "retry_after": 2}}}
    inbound = HttpRequest("POST", "api.respan.ai", "/api/responses", KEY, json.dumps(body).encode(), "t")
    assert hear(made, inbound).status == 200
    call = made.calls.one()
    assert (len(call.attempts), call.seconds) == (2, 2)
    assert not call.warnings
