"""Prompts, as they are made over REST and used by calls."""

from typing import Any

from mock_gateway import Gateway

from .rest import call

SYSTEM = {"role": "system", "content": "You are a {{ role }}."}
USER = {"role": "user", "content": "Hi"}


def done(method: str, path: str, sent: Any = None, status: int = 200) -> Any:
    """What was answered, which must be good."""
    answer = call(method, path, sent)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def prompt(**fields: Any) -> str:
    """The id of a new prompt."""
    made: str = done("POST", "prompts/", fields, 201)["id"]
    return made


def version(prompt_id: str, **fields: Any) -> Any:
    """A new version of a prompt."""
    return done("POST", f"prompts/{prompt_id}/versions/", {"messages": [SYSTEM], **fields}, 201)


def asked(gateway: Gateway, **use: Any) -> Any:
    """What the model is asked by a call that uses a prompt."""
    gateway.model("*").replies("ok", optional=True)
    answer = call("POST", "chat/completions", {"model": "m", "messages": [], "prompt": use})
    return dict(gateway.calls.last.effective_request) if answer.status_code == 200 else answer.status_code


def states(prompt_id: str) -> list[tuple[int, bool, bool]]:
    """Of each version, newest first: its number, whether it is readonly, whether it is deployed."""
    page = done("GET", f"prompts/{prompt_id}/versions/")
    return [(one["version"], one["readonly"], one["is_deployed"]) for one in page["results"]]
