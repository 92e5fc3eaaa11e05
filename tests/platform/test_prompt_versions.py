"""Versions of prompts over REST: drafts, commits, deployments."""

from typing import Any

import pytest

from mock_gateway import Contract, Gateway

from .prompts import SYSTEM, USER, asked, done, prompt, states, version
from .rest import call


def test_a_version_has_all_that_was_sent_and_the_rest_empty(gateway: Gateway) -> None:
    """What the official client reads of it."""
    sent = {
        "messages": [SYSTEM],
        "description": "d",
        "model": "gpt-4o",
        "stream": True,
        "temperature": 0.5,
        "max_tokens": 9,
        "top_p": 1.0,
        "frequency_penalty": 0.0,
        "presence_penalty": 0.0,
        "variables": {"role": "helper"},
        "fallback_models": ["b"],
        "load_balance_models": [{"model": "a", "weight": 1}],
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "tool_choice": "auto",
        "response_format": {"type": "json_object"},
        "json_schema": {"a": 1},
        "is_enforcing_response_format": True,
        "nonsense": 1,
    }
    made = version(prompt(), **sent)
    del sent["nonsense"]
    assert made == {
        **sent,
        "id": "prompt-000001-v1",
        "prompt_version_id": "prompt-000001-v1",
        "version": 1,
        "reasoning_effort": None,
        "verbosity": None,
        "thinking": None,
        "seed": None,
        "readonly": False,
        "is_deployed": False,
        "edited_by": None,
        "created_at": "2026-01-01T00:00:00.000000Z",
        "updated_at": "2026-01-01T00:00:00.000000Z",
    }
    assert done("GET", "prompts/prompt-000001/versions/1/") == made
    asked(gateway, prompt_id="prompt-000001", version=1)
    assert [one.model for one in gateway.calls.last.attempts] == ["m"]


def test_a_new_version_makes_the_earlier_ones_readonly(gateway: Gateway) -> None:
    """The newest is the draft; what is live stays live until another is deployed."""
    prompt_id = prompt()
    version(prompt_id, deploy=True)
    version(prompt_id, messages=[USER])
    assert states(prompt_id) == [(2, False, False), (1, True, True)]
    assert asked(gateway, prompt_id=prompt_id, variables={"role": "bot"})["messages"][0]["content"] == "You are a bot."
    assert asked(gateway, prompt_id=prompt_id, version="latest")["messages"] == [USER]


def test_a_draft_is_changed_and_a_readonly_version_is_not(gateway: Gateway) -> None:
    """Null takes a setting away; what is not sent stays."""
    prompt_id = prompt()
    version(prompt_id, model="a", temperature=1, variables={"role": "x"})
    gateway.clock.advance(seconds=1)
    changed = done("PATCH", f"prompts/{prompt_id}/versions/1/", {"model": "b", "temperature": None, "messages": [USER]})
    assert (changed["model"], changed["temperature"], changed["messages"]) == ("b", None, [USER])
    assert changed["variables"] == {"role": "x"}
    assert changed["updated_at"] > changed["created_at"]
    version(prompt_id)
    refused = call("PATCH", f"prompts/{prompt_id}/versions/1/", {"model": "c"})
    assert (refused.status_code, refused.json()) == (
        400,
        {"detail": "Version 1 is read-only; create a version to keep editing."},
    )
    assert done("GET", f"prompts/{prompt_id}/versions/1/")["model"] == "b"


def test_a_version_is_made_live_by_a_patch(gateway: Gateway) -> None:
    """Any of them, readonly or not; a draft stays a draft, and what is changed of it is live at once."""
    prompt_id = prompt()
    version(prompt_id, messages=[USER])
    version(prompt_id)
    done("PATCH", f"prompts/{prompt_id}/versions/1/", {"deploy": True})
    assert states(prompt_id) == [(2, False, False), (1, True, True)]
    done("PATCH", f"prompts/{prompt_id}/versions/2/", {"deploy": True, "model": "live"})
    assert states(prompt_id) == [(2, False, True), (1, True, False)]
    assert asked(gateway, prompt_id=prompt_id, override=True)["model"] == "live"


def test_only_what_was_committed_is_deployed(gateway: Gateway) -> None:
    """A draft is refused, with what to do about it."""
    prompt_id = prompt()
    version(prompt_id)
    refused = call("POST", f"prompts/{prompt_id}/deployments/", {"version": 1})
    assert (refused.status_code, refused.json()["detail"]) == (
        400,
        "Version 1 is a draft; commit it first, or PATCH it with deploy: true.",
    )
    assert call("POST", f"prompts/{prompt_id}/deployments/", {"version": 7}).status_code == 404


@pytest.mark.parametrize(
    ("goes_on", "expected"), [(True, [(2, False, False), (1, True, False)]), (False, [(1, True, False)])]
)
def test_whether_a_commit_begins_a_new_draft_is_a_choice(goes_on: bool, expected: Any) -> None:
    """The page on commits says so, the official client the opposite."""
    with Gateway(contract=Contract(draft_after_commit=goes_on)).intercept():
        prompt_id = prompt()
        version(prompt_id, model="a")
        assert done("POST", f"prompts/{prompt_id}/commits/", {}, 201)["readonly"] is True
        assert states(prompt_id) == expected
        again = call("POST", f"prompts/{prompt_id}/commits/", {})
        assert again.status_code == (201 if goes_on else 400)
        if not goes_on:
            assert again.json()["detail"] == "There is no draft to commit; create a version first."
        assert done("GET", f"prompts/{prompt_id}/")["commit_count"] == (2 if goes_on else 1)


def test_a_prompt_whose_live_version_is_deleted_has_none(gateway: Gateway) -> None:
    """Calls that name no version fail until another is deployed; the others do not notice."""
    prompt_id = prompt()
    version(prompt_id, deploy=True)
    version(prompt_id)
    assert done("DELETE", f"prompts/{prompt_id}/versions/1/", status=204) is None
    assert done("GET", f"prompts/{prompt_id}/")["live_version"] is None
    assert asked(gateway, prompt_id=prompt_id) == 404
    assert isinstance(asked(gateway, prompt_id=prompt_id, version=2), dict)
    assert asked(gateway, prompt_id=prompt_id, version=1) == 404
