"""Prompts, models and providers, with the official client."""

from typing import Any

import pytest

from mock_gateway import Gateway

from .official import errors

MESSAGES = [{"role": "system", "content": "You are a {{role}}."}]


def test_a_prompt_from_its_first_draft_to_its_end(gateway: Gateway, client: Any) -> None:
    """Every operation on prompts and their versions; the call between them uses what was deployed."""
    prompts = client.prompts
    prompt = prompts.create_prompt(name="Bot", description="d")
    assert (prompt.name, prompt.current_version, prompt.live_version) == ("Bot", None, None)
    draft = prompts.create_prompt_version(
        prompt.id, messages=MESSAGES, model="gpt-4o", temperature=0.2, variables={"role": "bot"}, tool_choice="auto"
    )
    assert (draft.version, draft.readonly, draft.temperature) == (1, False, 0.2)
    changed = prompts.update_prompt_version(prompt.id, 1, max_tokens=9, load_balance_models=[])
    assert (changed.max_tokens, changed.messages[0].role) == (9, "system")
    assert prompts.commit_prompt_version(prompt.id, description="first").readonly is True
    assert prompts.deploy_prompt_version(prompt.id, version=1).version == 1

    use = {"prompt_id": prompt.id, "schema_version": 2}
    client.gateway.create_chat_completion(
        model="other", messages=[], request_options={"additional_body_parameters": {"prompt": use}}
    )
    asked = gateway.calls.last.effective_request
    assert (asked["model"], asked["messages"]) == ("gpt-4o", [{"role": "system", "content": "You are a bot."}])

    assert prompts.retrieve_prompt(prompt.id).live_version.version == 1
    assert [one.version for one in prompts.list_prompt_versions(prompt.id, page=1, page_size=10).results] == [2, 1]
    assert prompts.retrieve_prompt_version(prompt.id, 1).model == "gpt-4o"
    assert prompts.update_prompt(prompt.id, name="New").name == "New"
    filters = {"name": {"operator": "icontains", "value": ["NEW"]}}
    assert [one.id for one in prompts.list_prompts(filters=filters, sort_by="-id", page_size=5).results] == [prompt.id]
    assert prompts.get_prompts_summary_with_filters(filters=filters).total_count == 1
    told = prompts.process_prompt_bulk_operations(
        requests=[
            {"action": "update", "prompt_id": prompt.id, "body": {"model": "b"}},
            {"action": "commit", "prompt_id": "nobody's"},
        ]
    )
    assert (told.success_count, told.error_count, told.errors[0].index) == (1, 1, 1)
    assert prompts.delete_prompt_version(prompt.id, 1) is None
    assert prompts.retrieve_prompt(prompt.id).live_version is None
    assert prompts.delete_prompt(prompt.id) is None
    with pytest.raises(errors().NotFoundError) as raised:
        prompts.retrieve_prompt(prompt.id)
    assert raised.value.body == {"detail": "Prompt not found."}


def test_a_prompt_of_the_test_is_read(gateway: Gateway, client: Any) -> None:
    """With parameters that the client's types know, and others that they do not."""
    gateway.prompts.add("p", messages=MESSAGES, model="gpt-4o", retry_params={"num_retries": 1}, n=2)
    [found] = client.prompts.list_prompts().results
    assert (found.id, found.name, found.live_version.model) == ("p", "Untitled", "gpt-4o")
    assert client.prompts.retrieve_prompt_version("p", 1).messages == MESSAGES


def test_a_custom_model_from_its_provider_on(gateway: Gateway, client: Any) -> None:
    """Every operation on models and providers; the secret of a provider is in no answer."""
    models = client.models
    secret = {"api_key": "sk-0123456789abcdef", "base_url": "https://llm.example.com"}
    provider = models.create_custom_provider(provider_id="own", provider_name="Own", extra_kwargs=secret)
    assert provider.extra_kwargs == {"api_key": "sk-***", "base_url": "https://llm.example.com"}
    assert [one.id for one in models.list_custom_providers(page=1).results] == ["own"]
    assert models.retrieve_custom_provider("own").provider_name == "Own"
    assert models.update_custom_provider("own", provider_name="New").provider_name == "New"
    assert models.replace_custom_provider("own", provider_name="Own").extra_kwargs == {}

    gateway.account.models = ["gpt-4o"]
    model = models.create_custom_model(
        model_name="org/mine", base_model_name="gpt-4o", custom_provider_id="own", input_cost=3, function_call=1
    )
    assert (model.id, model.affiliation_category, model.provider.id, model.input_cost) == (
        "org/mine",
        "custom",
        "own",
        3,
    )
    assert models.update_custom_model("org/mine", output_cost=5).output_cost == 5
    assert models.replace_custom_model("org/mine", input_cost=4).output_cost is None
    assert models.retrieve_custom_model("org/mine").input_cost == 4
    assert [
        one.model_name for one in models.filter_models(filters={"affiliation_category": {"value": ["custom"]}})
    ] == ["org/mine"]
    summary = models.filter_models_summary().summary
    assert (summary.total_count, summary.global_count, summary.custom_count) == (2, 1, 1)
    assert models.delete_custom_model("org/mine") is None
    assert models.delete_custom_provider("own") is None
    with pytest.raises(errors().NotFoundError):
        models.retrieve_custom_model("org/mine")


def test_the_public_models_and_how_they_do(gateway: Gateway, client: Any) -> None:
    """As an object, as a list, and over time."""
    assert client.models.list_models().models[0].model_name == "gpt-4o"
    assert client.models.list_models(unnest=True)[0].input_cost == 1000
    client.gateway.create_chat_completion(model="gpt-4o", messages=[{"role": "user", "content": "Hi"}])
    window = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2026-01-02T00:00:00Z"}
    for told in (
        client.models.api_models_status_retrieve("gpt-4o", **window, time_tick="day"),
        client.models.api_models_status_create("gpt-4o", **window),
    ):
        assert (told.data[0].uptime, told.status.average_latency) == (100.0, 1.0)
    assert len(gateway.calls) == 1
