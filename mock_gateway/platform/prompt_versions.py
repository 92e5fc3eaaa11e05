"""Versions of prompts over REST: write, list, change, commit, deploy, delete; and many prompts at once."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from ..core import problems
from ..core.nearest import unknown
from ..core.prompts import PromptVersion
from ..engine.library import Prompt, Version
from .desk import GONE, Desk, Reply, Visit, each
from .fields import Fields, checked
from .listing import paged
from .prompts import KEPT, PARAMETERS, of, shown_version

LARGEST_PAGE = 500
MOST_AT_ONCE = 100
Penalty = Annotated[float, Field(ge=-2, le=2)]


class MessageFields(Fields):
    """A message of a template, of which only the role is looked at."""

    role: str


class SettingFields(Fields):
    """What a version asks of the model and of the gateway."""

    model: str | None = None
    stream: bool | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(gt=0)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    reasoning_effort: str | None = None
    verbosity: str | None = None
    thinking: Any = None
    seed: int | None = None
    fallback_models: list[str] | None = None
    load_balance_models: list[dict[str, Any]] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    response_format: dict[str, Any] | None = None
    json_schema: dict[str, Any] | None = None
    is_enforcing_response_format: bool | None = None


class ChangeFields(SettingFields):
    """What can be changed of a version."""

    messages: Annotated[list[MessageFields], Field(min_length=1)] | None = None
    description: str | None = None
    variables: dict[str, Any] | None = None
    deploy: bool = False


class VersionFields(ChangeFields):
    """A new version."""

    messages: Annotated[list[MessageFields], Field(min_length=1)]


class CommitFields(Fields):
    """What is said of a commit."""

    description: str | None = None


class DeploymentFields(Fields):
    """Which version is to go live."""

    version: int


def create(desk: Desk, visit: Visit) -> Reply:
    """Write a new version, which is the draft from now on."""
    prompt, library = of(desk, visit), desk.account.prompts.library
    sent = checked(VersionFields, visit.fields, desk.contract)
    number = max(prompt.versions, default=0) + 1
    content = PromptVersion(
        prompt.prompt_id,
        number,
        tuple(visit.fields["messages"]),
        prompt.name,
        sent.variables or {},
        sent.given(*PARAMETERS),
    )
    version = library.add(prompt, content, sent.description, sent.given(*KEPT))
    if sent.deploy:
        library.deploy(prompt, version)
    return Reply(201, shown_version(prompt, version))


def list_all(desk: Desk, visit: Visit) -> Reply:
    """The versions of a prompt, newest first."""
    prompt = of(desk, visit)
    versions = [prompt.versions[number] for number in sorted(prompt.versions)]
    records = [shown_version(prompt, version) or {} for version in versions]
    return Reply(200, paged(desk, visit, records, frozenset({"version"}), "-id", largest=LARGEST_PAGE))


def get(desk: Desk, visit: Visit) -> Reply:
    """One version."""
    prompt = of(desk, visit)
    return Reply(200, shown_version(prompt, _version(prompt, visit)))


def update(desk: Desk, visit: Visit) -> Reply:
    """Change the draft, or make any version the live one."""
    prompt = of(desk, visit)
    version = _version(prompt, visit)
    sent = checked(ChangeFields, visit.fields, desk.contract)
    _change(desk, version, sent, visit.fields)
    if sent.deploy:
        desk.account.prompts.library.deploy(prompt, version)
    return Reply(200, shown_version(prompt, version))


def delete(desk: Desk, visit: Visit) -> Reply:
    """Delete a version; a prompt whose live version it was has none any more."""
    prompt = of(desk, visit)
    desk.account.prompts.library.remove(prompt, _version(prompt, visit))
    return GONE


def commit(desk: Desk, visit: Visit) -> Reply:
    """Close the draft."""
    prompt = of(desk, visit)
    return Reply(201, shown_version(prompt, _commit(desk, prompt, visit.fields)))


def deploy(desk: Desk, visit: Visit) -> Reply:
    """Make a committed version the live one."""
    prompt = of(desk, visit)
    sent = checked(DeploymentFields, visit.fields, desk.contract)
    version = prompt.require(sent.version)
    if not version.is_readonly:
        raise problems.refused(f"Version {version.number} is a draft; commit it first, or PATCH it with deploy: true.")
    desk.account.prompts.library.deploy(prompt, version)
    return Reply(200, shown_version(prompt, version))


def bulk(desk: Desk, visit: Visit) -> Reply:
    """Do one thing to each of many prompts, in order; what fails is named, and the others are done all the same."""
    items = visit.fields.get("requests")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_AT_ONCE:
        raise problems.invalid_field(
            desk.contract, "requests", f"A list of 1 to {MOST_AT_ONCE} operations is expected."
        )
    done: set[tuple[str, str]] = set()
    return Reply(200, each(items, lambda item: _operate(desk, item, done)))


def _operate(desk: Desk, item: Any, done: set[tuple[str, str]]) -> None:
    if not isinstance(item, Mapping) or not isinstance(item.get("body") or {}, Mapping):
        raise problems.refused(f"an operation is an object with action, prompt_id and body, not {item!r}")
    action, prompt_id = str(item.get("action")), str(item.get("prompt_id"))
    if action not in _ACTIONS:
        raise problems.refused(unknown("action", action, _ACTIONS))
    if action != "update" and (action, prompt_id) in done:
        raise problems.refused(f"There is a {action} of this prompt in this request already.")
    _ACTIONS[action](desk, desk.account.prompts.library.require(prompt_id), item.get("body") or {})
    done.add((action, prompt_id))


def _update_draft(desk: Desk, prompt: Prompt, body: Mapping[str, Any]) -> None:
    refused = [name for name in body if name not in (*PARAMETERS, *KEPT)]
    if refused or not body:
        why = f"{refused[0]} cannot be updated here" if refused else "there is nothing to update"
        raise problems.refused(f"{why}. Known: {', '.join((*PARAMETERS, *KEPT))}.")
    if prompt.latest is None:
        raise problems.refused("There is no draft to update; create a version first.")
    _change(desk, prompt.latest, checked(ChangeFields, body, desk.contract), body)


def _deploy_latest(desk: Desk, prompt: Prompt, body: Mapping[str, Any]) -> None:
    committed = [number for number, version in prompt.versions.items() if version.is_readonly]
    if not committed:
        raise problems.refused("There is no committed version to deploy; commit one first.")
    desk.account.prompts.library.deploy(prompt, prompt.versions[max(committed)])


def _commit(desk: Desk, prompt: Prompt, body: Mapping[str, Any]) -> Version:
    sent = checked(CommitFields, body, desk.contract)
    return desk.account.prompts.library.commit(prompt, sent.description, goes_on=desk.contract.draft_after_commit)


_ACTIONS: dict[str, Callable[[Desk, Prompt, Mapping[str, Any]], object]] = {
    "update": _update_draft,
    "commit": _commit,
    "deploy": _deploy_latest,
}


def _change(desk: Desk, version: Version, sent: ChangeFields, told: Mapping[str, Any]) -> None:
    """Write into a version what was sent; null takes a setting away."""
    if not sent.model_fields_set - {"deploy"}:
        return
    content, given = version.content, sent.model_fields_set
    content = replace(
        content,
        messages=content.messages if sent.messages is None else tuple(told["messages"]),
        variables=(sent.variables or {}) if "variables" in given else content.variables,
        parameters=_without(content.parameters, given) | sent.given(*PARAMETERS),
    )
    description = sent.description if "description" in given else version.description
    kept = _without(version.kept, given) | sent.given(*KEPT)
    desk.account.prompts.library.change(version, content, description, kept)


def _without(settings: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in names}


def _version(prompt: Prompt, visit: Visit) -> Version:
    number = visit.names["version"]
    if not number.isdecimal():
        raise problems.not_found("Prompt version")
    return prompt.require(int(number))
