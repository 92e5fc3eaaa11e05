"""Stored prompts, from the request to what the model is asked."""

from typing import Any

import pytest

from mock_gateway import Contract, Gateway

from .dialogue import ask
from .prompts import SYSTEM, gateway

ANSWER = {"role": "user", "content": "Hi"}


def merged(made: Gateway, text: str | None = None, model: str | None = "asked-model", **prompt: Any) -> Any:
    """What the model was asked."""
    heard = ask(made, text, model, temperature=0.9, top_p=1, prompt={"prompt_id": "p1", **prompt})
    assert heard.status == 200, heard.body
    return made.calls.last.effective_request


SAID = [{"role": "system", "content": "You are a helper."}]
MORE = [{"role": "user", "content": "more"}]


@pytest.mark.parametrize(
    ("prompt", "text", "model", "temperature", "messages"),
    [
        ({}, None, "asked-model", 0.9, SAID),
        ({}, "Hi", "asked-model", 0.9, [ANSWER]),
        ({"override": False}, "Hi", "asked-model", 0.9, [ANSWER]),
        ({"override": True}, "Hi", "gpt-4o", 0.2, SAID),
        ({"override": True, "override_params": {"temperature": 0.5}}, "Hi", "gpt-4o", 0.5, SAID),
        ({"override": True, "override_params": {"messages": MORE}}, "Hi", "gpt-4o", 0.2, MORE),
        (
            {
                "override": True,
                "override_params": {"messages": MORE},
                "override_config": {"messages_override_mode": "append"},
            },
            "Hi",
            "gpt-4o",
            0.2,
            SAID + MORE,
        ),
        (
            {"override_params": {"messages": MORE}, "override_config": {"messages_override_mode": "append"}},
            None,
            "asked-model",
            0.9,
            SAID + MORE,
        ),
        ({"schema_version": 2}, "Hi", "gpt-4o", 0.2, [*SAID, ANSWER]),
        ({"schema_version": 2}, None, "gpt-4o", 0.2, SAID),
        ({"schema_version": 2, "patch": {"temperature": 0.7, "model": "b"}}, None, "b", 0.7, SAID),
        ({"schema_version": 2, "override": False}, "Hi", "gpt-4o", 0.2, [*SAID, ANSWER]),
    ],
)
def test_the_layers_merge_as_the_schema_says(
    prompt: dict[str, Any], text: str | None, model: str, temperature: float, messages: list[Any]
) -> None:
    """In schema 1 `override` decides between prompt and body; in schema 2 the prompt wins, and patch over it."""
    asked = merged(gateway(), text, **prompt)
    assert (asked["model"], asked["temperature"], asked["messages"]) == (model, temperature, messages)
    assert (asked["max_tokens"], asked["top_p"]) == (50, 1)
    assert "prompt" not in asked


def test_the_story_says_which_layer_won_each_field() -> None:
    """And the call has it as values."""
    made = gateway()
    merged(made, "Hi", schema_version=2, patch={"temperature": 0.7})
    assert str(made.story).splitlines()[1:3] == [
        "  prompt    p1, version 1, schema 2",
        "            temperature <- patch   model <- prompt   max_tokens <- prompt   top_p <- body   "
        "messages <- prompt + 1 from the body",
    ]
    prompt = made.calls.one().prompt
    assert prompt is not None
    assert dict(prompt.origin) == {
        "temperature": "patch",
        "model": "prompt",
        "max_tokens": "prompt",
        "top_p": "body",
        "messages": "prompt + body",
    }
    log = made.logs.one()
    assert (log.prompt_id, log.prompt_name, log.prompt_version_number) == ("p1", "Bot", 1)
    assert (log.prompt_messages_template, log.variables) == ([SYSTEM], {"role": "helper"})


@pytest.mark.parametrize(
    ("changes", "prompt", "model"),
    [
        ({"override_default": True}, {}, "gpt-4o"),
        ({"override_default": False}, {}, "asked-model"),
        ({"override_params_alone": "applied"}, {"override_params": {"model": "b"}}, "b"),
        ({"override_params_alone": "ignored"}, {"override_params": {"model": "b"}}, "asked-model"),
        ({"patch_messages": "ignored"}, {"schema_version": 2, "patch": {"messages": [], "model": "b"}}, "b"),
        ({"patch_messages": "ignored"}, {"schema_version": 2, "patch": {"input": "x"}}, "gpt-4o"),
    ],
)
def test_the_contract_decides_where_the_pages_differ(
    changes: dict[str, Any], prompt: dict[str, Any], model: str
) -> None:
    """Each choice about merging changes what the model is asked."""
    asked = merged(gateway(contract=Contract(**changes)), **prompt)
    assert asked["model"] == model
    assert "input" not in asked


def test_a_misspelt_parameter_of_a_prompt_is_noted() -> None:
    """As one of the request is: with what was meant."""
    made = Gateway()
    made.model("a").replies("ok")
    made.prompts.add("p", messages=[], model="a", temprature=0.2, fallback_model=["b"], top_p=1, cache_enabled=True)
    ask(made, None, None, prompt="p")
    told = "of the prompt p is no known parameter, and is passed on to the model; did you mean"
    assert made.calls.one().warnings == [f"temprature {told} temperature?", f"fallback_model {told} fallback_models?"]


@pytest.mark.parametrize("name", ["messages", "input"])
def test_a_patch_cannot_change_the_messages(name: str) -> None:
    """Refused by name."""
    heard = ask(gateway(), None, prompt={"prompt_id": "p1", "schema_version": 2, "patch": {name: []}})
    assert (heard.status, list(heard.json["errors"])) == (422, [f"prompt.patch.{name}"])


@pytest.mark.parametrize(
    ("prompt", "warning"),
    [
        ({"patch": {"model": "b"}}, "prompt.patch has no effect in schema 1: set schema_version to 2"),
        ({"schema_version": 2, "override": True}, "prompt.override has no effect in schema 2: use patch"),
    ],
)
def test_what_belongs_to_the_other_schema_is_noted(prompt: dict[str, Any], warning: str) -> None:
    """It is ignored on the hosted gateway, too."""
    made = gateway()
    merged(made, **prompt)
    assert made.calls.one().warnings == [warning]


def test_a_prompt_can_bring_everything_along() -> None:
    """Model, tools, response format, fallbacks, retries and models to balance."""
    made = Gateway()
    made.prompts.add(
        "all",
        messages=[SYSTEM],
        model="a",
        fallback_models=["b"],
        retry_params={"num_retries": 1, "retry_after": 2},
        tools=[{"type": "function", "function": {"name": "f"}}],
        response_format={"type": "json_object"},
    )
    made.model("a").fails(500)
    made.model("b").replies("{}")
    assert ask(made, None, None, prompt={"prompt_id": "all", "schema_version": 2}).text == "{}"
    call = made.calls.one()
    assert [attempt.model for attempt in call.attempts] == ["a", "a", "b"]
    assert call.seconds == 2
    assert set(call.effective_request) == {"model", "messages", "tools", "response_format"}

    made.prompts.add("balanced", messages=[SYSTEM], load_balance_models=[{"model": "b", "weight": 1}])
    assert ask(made, None, None, prompt={"prompt_id": "balanced"}).status == 200


@pytest.mark.parametrize(
    ("use", "model", "asked"),
    [
        ({"schema_version": 2}, "a", "b"),
        ({"override": True}, "a", "b"),
        ({}, "a", "a"),
        ({}, None, "b"),
        ({"schema_version": 2, "patch": {"model": "d"}}, "a", "d"),
        ({"override_params": {"model": "d"}}, "a", "d"),
    ],
)
def test_a_prompts_own_models_are_balanced_where_the_prompt_wins(
    use: dict[str, Any], model: str | None, asked: str
) -> None:
    """Over the body's model, and over the one the prompt names beside them."""
    made = Gateway()
    made.model("*").replies("ok")
    made.prompts.add("p", messages=[SYSTEM], model="c", load_balance_models=[{"model": "b", "weight": 1}])
    assert ask(made, None, model, prompt={"prompt_id": "p", **use}).status == 200
    assert made.calls.one().attempts[0].model == asked


@pytest.mark.parametrize(("choice", "asked"), [("request", "b"), ("prompt", "c")])
def test_whose_fallbacks_count_is_a_choice_of_the_contract(choice: Any, asked: str) -> None:
    """Where both the request and its prompt name some."""
    made = Gateway(contract=Contract(fallback_models_of=choice))
    made.prompts.add("p", messages=[SYSTEM], fallback_models=["c"])
    made.model("a").fails(500)
    for name in "bc":
        made.model(name).replies(name, optional=True)
    assert ask(made, "Hi", "a", prompt="p", fallback_models=["b"]).text == asked


def versioned(**settings: Any) -> Gateway:
    made = Gateway(**settings)
    made.model("*").replies("ok")
    for number in (1, 2, 3):
        made.prompts.add("p", messages=[{"role": "system", "content": f"v{number}"}], deploy=number == 2)
    made.prompts.add("draft", messages=[{"role": "system", "content": "draft"}], deploy=False)
    return made


@pytest.mark.parametrize(("version", "said"), [(None, "v2"), (1, "v1"), (3, "v3"), ("latest", "v3")])
def test_a_version_is_deployed_pinned_or_the_latest(version: Any, said: str) -> None:
    """Without a version it is the deployed one, drafts or not."""
    made = versioned()
    ask(made, None, prompt={"prompt_id": "p", "version": version})
    assert made.calls.one().effective_request["messages"][0]["content"] == said
    made.prompts.deploy("p", 1)
    ask(made, None, prompt={"prompt_id": "p"})
    assert made.calls.last.effective_request["messages"][0]["content"] == "v1"


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ({"prompt_id": "q"}, "prompt.prompt_id: unknown prompt 'q'. Known: p, draft."),
        ({"prompt_id": "draf"}, "prompt.prompt_id: unknown prompt 'draf'. Did you mean 'draft'? Known: p, draft."),
        ({"prompt_id": "p", "version": 9}, "prompt.version: prompt 'p' has no version 9. Known: 1, 2, 3."),
        ({"prompt_id": "draft"}, "prompt.version: prompt 'draft' has no deployed version."),
    ],
)
def test_a_prompt_that_is_not_there_is_named(prompt: dict[str, Any], message: str) -> None:
    """With those there are."""
    heard = ask(versioned(), None, prompt=prompt)
    assert (heard.status, heard.json["detail"]) == (404, message)


def test_by_contract_a_prompt_without_a_deployed_version_is_its_latest() -> None:
    """Not stated for the gateway."""
    made = versioned(contract=Contract(undeployed_prompt="latest"))
    assert ask(made, None, prompt="draft").status == 200


@pytest.mark.parametrize(
    ("contract", "prompt", "echoed"),
    [
        ({}, {}, False),
        ({}, {"echo": True}, True),
        ({"echo_default": True}, {}, True),
        ({"echo_default": True}, {"echo": False}, False),
    ],
)
def test_an_answer_may_echo_the_prompt(contract: dict[str, Any], prompt: dict[str, Any], echoed: bool) -> None:
    """`prompt_message` holds the messages as they were asked."""
    heard = ask(gateway(contract=Contract(**contract)), None, prompt={"prompt_id": "p1", **prompt})
    assert heard.json.get("prompt_message") == (SAID if echoed else None)


@pytest.mark.parametrize(("choice", "echoed"), [("last_event", True), ("omitted", False)])
def test_whether_a_stream_echoes_is_a_choice(choice: Any, echoed: bool) -> None:
    """Documented for whole answers only."""
    made = gateway(contract=Contract(echo_in_streams=choice))
    heard = ask(made, None, prompt={"prompt_id": "p1", "echo": True}, stream=True)
    assert (heard.events[-1].get("prompt_message") == SAID) is echoed
    assert heard.text == "ok"


def test_streaming_is_the_callers_to_ask_for() -> None:
    """A prompt may have streaming on; the call must ask for it all the same."""
    made = Gateway()
    made.model("*").replies("ok")
    made.prompts.add("p", messages=[SYSTEM], stream=True)
    assert ask(made, None, prompt={"prompt_id": "p", "override": True}).json["object"] == "chat.completion"


@pytest.mark.parametrize("model", [None, "gpt-4o"])
def test_without_a_model_anywhere_the_field_is_named(model: str | None) -> None:
    """A prompt that brings none does not help."""
    made = Gateway()
    made.model("*").replies("ok", optional=True)
    made.prompts.add("p", messages=[SYSTEM])
    heard = ask(made, None, model, prompt={"prompt_id": "p", "schema_version": 2})
    assert heard.status == (422 if model is None else 200)
    if model is None:
        assert list(heard.json["errors"]) == ["model"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"messages": "text"}, TypeError),
        ({"messages": [SYSTEM], "version": 0}, ValueError),
        ({"messages": [SYSTEM], "version": 1}, ValueError),
    ],
)
def test_what_cannot_be_stored_is_refused_where_it_is_stored(arguments: dict[str, Any], error: type[Exception]) -> None:
    """The author of the test reads it at once."""
    made = Gateway()
    made.prompts.add("p", messages=[SYSTEM])
    with pytest.raises(error):
        made.prompts.add("p", **arguments)
    with pytest.raises(ValueError, match="unknown prompt 'q'"):
        made.prompts.deploy("q", 1)
