"""Prompts over REST, and the calls that use them."""

from typing import Any

import pytest
import requests
from openai import OpenAI

from mock_gateway import Gateway

from .prompts import SYSTEM, USER, asked, done, prompt, states, version
from .rest import KEY, RESPAN, call


def test_a_new_prompt_has_no_version(gateway: Gateway) -> None:
    """It has a name, an id, and no version that a call could use."""
    made = done("POST", "prompts/", {"name": "Customer support", "description": "d"}, 201)
    assert made == {
        "id": "prompt-000001",
        "name": "Customer support",
        "description": "d",
        "prompt_slug": "customer-support",
        "tags": [],
        "starred": False,
        "commit_count": 0,
        "current_version": None,
        "live_version": None,
        "created_at": "2026-01-01T00:00:00.000000Z",
        "updated_at": "2026-01-01T00:00:00.000000Z",
    }
    assert done("GET", f"prompts/{made['id']}/") == made
    assert asked(gateway, prompt_id=made["id"]) == 404
    assert asked(gateway, prompt_id=made["id"], version="latest") == 404
    assert done("POST", "prompts/", {}, 201)["name"] == "Untitled"


def test_a_prompt_made_and_deployed_over_rest_is_used_by_the_next_call(gateway: Gateway) -> None:
    """The same store, wherever it is filled: draft, commit, deployment, call."""
    prompt_id = prompt(name="Bot")
    version(prompt_id, model="gpt-4o", temperature=0.2, variables={"role": "helper"}, json_schema={"a": 1})
    assert asked(gateway, prompt_id=prompt_id) == 404
    assert done("POST", f"prompts/{prompt_id}/commits/", {"description": "first"}, 201)["description"] == "first"
    assert done("POST", f"prompts/{prompt_id}/deployments/", {"version": 1})["is_deployed"] is True

    assert asked(gateway, prompt_id=prompt_id, override=True) == {
        "model": "gpt-4o",
        "temperature": 0.2,
        "messages": [{"role": "system", "content": "You are a helper."}],
    }
    assert gateway.logs.last.prompt_name == "Bot"
    assert gateway.logs.last.prompt_version_number == 1


def test_a_prompt_added_by_the_test_is_found_over_rest(gateway: Gateway) -> None:
    """With everything it brings along, and its secrets masked."""
    weighted = [{"model": "a", "weight": 1, "credentials": {"openai": {"api_key": "sk-0123456789abcdef"}}}]
    gateway.prompts.add("p1", messages=[SYSTEM], model="gpt-4o", load_balance_models=weighted, name="Bot")
    gateway.prompts.add("p1", messages=[USER], deploy=False)
    [listed] = done("POST", "prompts/list/")["results"]
    assert (listed["id"], listed["name"], listed["current_version"]["version"]) == ("p1", "Bot", 2)
    assert listed["live_version"]["model"] == "gpt-4o"
    assert listed["live_version"]["messages"] == [SYSTEM]
    assert states("p1") == [(2, False, False), (1, True, True)]
    assert "0123456789" not in call("GET", "prompts/p1/versions/1/").text


def test_a_deleted_prompt_is_gone(gateway: Gateway) -> None:
    """From the list and for calls; who asks for deleted ones still sees it."""
    gateway.prompts.add("p1", messages=[USER])
    prompt_id = prompt()
    assert done("DELETE", "prompts/p1/", status=204) is None
    assert asked(gateway, prompt_id="p1") == 404
    assert [one["id"] for one in done("GET", "prompts/")["results"]] == [prompt_id]
    deleted = {"filters": {"is_deleted": {"operator": "", "value": [True]}}}
    assert [one["id"] for one in done("POST", "prompts/list/", deleted)["results"]] == ["p1"]
    assert done("POST", "prompts/summary/", deleted) == {"total_count": 1}
    named = {"filters": {"prompt_slug": {"operator": "not", "value": ["is_deleted"]}}}
    assert done("POST", "prompts/summary/", named) == {"total_count": 1}
    for joined in ([deleted["filters"]], {"filter_params": [deleted["filters"]]}, '{"is_deleted": true}'):
        assert done("POST", "prompts/summary/", {"filters": joined}) == {"total_count": 1}
    assert call("POST", "prompts/list/", {"filters": "{"}).status_code == 400
    gateway.prompts.add("p1", messages=[SYSTEM])
    assert done("GET", "prompts/p1/")["live_version"]["messages"] == [SYSTEM]


def test_a_prompt_is_renamed(gateway: Gateway) -> None:
    """The rows of later calls have its new name."""
    gateway.prompts.add("p1", messages=[USER], name="Old")
    renamed = done("PATCH", "prompts/p1/", {"name": "New"})
    assert (renamed["name"], renamed["description"]) == ("New", "")
    asked(gateway, prompt_id="p1")
    assert gateway.logs.last.prompt_name == "New"


@pytest.mark.parametrize(
    ("filters", "sort_by", "expected"),
    [
        (None, "-id", "b a"),
        (None, "name", "a b"),
        ({"name": {"operator": "icontains", "value": ["A"]}}, "-id", "a"),
        ({"current_version__model": {"operator": "in", "value": ["gpt-4o"]}}, "-id", "b"),
        ({"live_version__version": {"operator": "empty", "value": [""]}}, "-id", "a"),
        ({"starred": {"operator": "", "value": [True]}}, "-id", ""),
        ({"prompt_id": "b"}, "-id", "b"),
        (None, "-current_version__updated_at", "b a"),
    ],
)
def test_prompts_are_filtered_and_sorted(gateway: Gateway, filters: Any, sort_by: str, expected: str) -> None:
    """By what they are, and by what their versions are."""
    gateway.prompts.add("a", messages=[USER], deploy=False, name="a")
    gateway.clock.advance(seconds=1)
    gateway.prompts.add("b", messages=[USER], model="gpt-4o", name="b")
    sent = {} if filters is None else {"filters": filters}
    answer = requests.post(
        f"{RESPAN}/prompts/list/", params={"sort_by": sort_by}, json=sent, headers=KEY, timeout=5
    ).json()
    assert " ".join(one["id"] for one in answer["results"]) == expected
    assert done("POST", "prompts/summary/", sent) == {"total_count": len(expected.split())}
    assert not [name for one in answer["results"] for name in one if "__" in name or name == "is_deleted"]


@pytest.mark.usefixtures("gateway")
def test_pages_of_prompts_and_of_versions() -> None:
    """At most a hundred prompts to a page, newest first."""
    for _ in range(3):
        prompt()
    page = done("GET", "prompts/?page=2&page_size=2")
    assert (page["count"], [one["id"] for one in page["results"]]) == (3, ["prompt-000001"])
    for _ in range(3):
        version("prompt-000001")
    page = done("GET", "prompts/prompt-000001/versions/?page_size=2")
    assert ([one["version"] for one in page["results"]], page["previous"]) == ([3, 2], None)
    assert [one["version"] for one in requests.get(page["next"], headers=KEY, timeout=5).json()["results"]] == [1]


@pytest.mark.usefixtures("gateway")
def test_many_prompts_at_once() -> None:
    """In order; what fails is named by its place, and the others are done."""
    prompt_id, other = prompt(), prompt()
    version(prompt_id, model="a")
    requests_ = [
        {"action": "update", "prompt_id": prompt_id, "body": {"model": "b"}},
        {"action": "commit", "prompt_id": prompt_id},
        {"action": "deploy", "prompt_id": prompt_id, "body": {}},
        {"action": "deploy", "prompt_id": prompt_id},
        {"action": "commit", "prompt_id": other},
        {"action": "deploy", "prompt_id": other},
        {"action": "update", "prompt_id": other, "body": {"model": "b"}},
        {"action": "update", "prompt_id": prompt_id, "body": {"messages": []}},
        {"action": "update", "prompt_id": prompt_id, "body": {}},
        {"action": "comit", "prompt_id": prompt_id},
        {"action": "commit", "prompt_id": "nobody's"},
        3,
    ]
    known = (
        "model, stream, temperature, max_tokens, top_p, frequency_penalty, presence_penalty, reasoning_effort, "
        "verbosity, thinking, seed, fallback_models, load_balance_models, tools, tool_choice, response_format, "
        "json_schema, is_enforcing_response_format"
    )
    assert done("POST", "prompts/bulk/", {"requests": requests_}) == {
        "success_count": 3,
        "error_count": 9,
        "errors": [
            {"index": 3, "error": "There is a deploy of this prompt in this request already."},
            {"index": 4, "error": "There is no draft to commit; create a version first."},
            {"index": 5, "error": "There is no committed version to deploy; commit one first."},
            {"index": 6, "error": "There is no draft to update; create a version first."},
            {"index": 7, "error": f"messages cannot be updated here. Known: {known}."},
            {"index": 8, "error": f"there is nothing to update. Known: {known}."},
            {
                "index": 9,
                "error": "unknown action 'comit'. Did you mean 'commit'? Known: update, commit, deploy.",
            },
            {"index": 10, "error": "Prompt not found."},
            {"index": 11, "error": "an operation is an object with action, prompt_id and body, not 3"},
        ],
    }
    live = done("GET", f"prompts/{prompt_id}/")["live_version"]
    assert (live["version"], live["model"], live["readonly"]) == (1, "b", True)


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("GET", "prompts/nobody's/", None, 404),
        ("PATCH", "prompts/nobody's/", {}, 404),
        ("DELETE", "prompts/nobody's/", None, 404),
        ("GET", "prompts/nobody's/versions/", None, 404),
        ("GET", "prompts/prompt-000001/versions/1/", None, 404),
        ("GET", "prompts/prompt-000001/versions/x/", None, 404),
        ("POST", "prompts/", {"name": 3}, 422),
        ("POST", "prompts/prompt-000001/versions/", {}, 422),
        ("POST", "prompts/prompt-000001/versions/", {"messages": []}, 422),
        ("POST", "prompts/prompt-000001/versions/", {"messages": [{"content": "x"}]}, 422),
        ("POST", "prompts/prompt-000001/versions/", {"messages": [USER], "temperature": 3}, 422),
        ("POST", "prompts/prompt-000001/deployments/", {}, 422),
        ("POST", "prompts/bulk/", {"requests": []}, 422),
        ("POST", "prompts/bulk/", {"requests": [{}] * 101}, 422),
        ("POST", "prompts/list/", {"filters": {"metadata__x": 1}}, 400),
        ("GET", "prompts/bulk/", None, 405),
        ("PATCH", "prompts/summary/", {}, 405),
        ("DELETE", "prompts/list/", None, 405),
        ("PUT", "prompts/prompt-000001/", {}, 405),
    ],
)
@pytest.mark.usefixtures("gateway")
def test_what_cannot_be_done(method: str, path: str, sent: Any, status: int) -> None:
    """Something that is not there, fields that are none, a name that is no prompt's."""
    prompt()
    assert call(method, path, sent).status_code == status


@pytest.mark.usefixtures("gateway")
def test_a_refusal_names_each_field() -> None:
    """With what is expected of it."""
    answer = call("POST", f"prompts/{prompt()}/versions/", {"messages": [{"content": "x"}], "top_p": 2})
    assert answer.json() == {
        "detail": "Validation error",
        "errors": {
            "messages.0.role": ["Field required."],
            "top_p": ["Input should be less than or equal to 1."],
        },
    }


def test_the_openai_client_uses_a_prompt_made_over_rest(gateway: Gateway) -> None:
    """As the pages on prompts show it, in schema 2."""
    prompt_id = prompt()
    version(prompt_id, model="gpt-4o", deploy=True)
    gateway.model("gpt-4o").replies("ok")
    use = {"prompt_id": prompt_id, "schema_version": 2, "variables": {"role": "bot"}}
    client = OpenAI(base_url=f"{RESPAN}/", api_key="any")
    client.chat.completions.create(model="other", messages=[], extra_body={"prompt": use})
    assert gateway.calls.one().effective_request["messages"] == [{"role": "system", "content": "You are a bot."}]
