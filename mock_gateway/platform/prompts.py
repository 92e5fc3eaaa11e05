"""Prompts over REST: create, list, get, update, delete, count. The store is the one that calls use."""

import re
from collections.abc import Mapping
from typing import Any

from ..core.masking import masked
from ..core.moments import iso
from ..engine.library import Prompt, Version
from .desk import GONE, Desk, Reply, Visit
from .fields import Fields, checked
from .filters import Record, accepts, mentions
from .listing import paged

LARGEST_PAGE = 100

PARAMETERS = (
    "model",
    "stream",
    "temperature",
    "max_tokens",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "reasoning_effort",
    "verbosity",
    "thinking",
    "seed",
    "fallback_models",
    "load_balance_models",
    "tools",
    "tool_choice",
    "response_format",
)
"""The fields of a version that a call is made with."""
KEPT = ("json_schema", "is_enforcing_response_format")
"""Those that are kept and shown, and nothing else."""


class PromptFields(Fields):
    """What a prompt is called."""

    name: str | None = None
    description: str | None = None


def create(desk: Desk, visit: Visit) -> Reply:
    """Have a new prompt, without any version."""
    sent = checked(PromptFields, visit.fields, desk.contract)
    library = desk.account.prompts.library
    names = iter(lambda: desk.ids.name("prompt"), None)
    prompt_id = next(name for name in names if name not in library)
    return Reply(201, shown(library.create(prompt_id, sent.name or UNTITLED, sent.description or "")))


def list_all(desk: Desk, visit: Visit) -> Reply:
    """The page of the prompts that was asked for, newest first."""
    records = _records(desk, visit)
    return Reply(200, paged(desk, visit, records, FILTERED, "-id", show=_without_search, largest=LARGEST_PAGE))


def summary(desk: Desk, visit: Visit) -> Reply:
    """How many prompts pass the filters."""
    passes = accepts(visit.filters, FILTERED)
    return Reply(200, {"total_count": sum(map(passes, _records(desk, visit)))})


def get(desk: Desk, visit: Visit) -> Reply:
    """One prompt, with its newest and its live version."""
    return Reply(200, shown(of(desk, visit)))


def update(desk: Desk, visit: Visit) -> Reply:
    """Call it something else."""
    prompt = of(desk, visit)
    sent = checked(PromptFields, visit.fields, desk.contract)
    desk.account.prompts.library.rename(prompt, sent.name, sent.description)
    return Reply(200, shown(prompt))


def delete(desk: Desk, visit: Visit) -> Reply:
    """Throw it away, with all its versions."""
    desk.account.prompts.library.delete(of(desk, visit))
    return GONE


def of(desk: Desk, visit: Visit) -> Prompt:
    """The prompt whose id stands in the path, or the problem."""
    return desk.account.prompts.library.require(visit.names["prompt_id"])


UNTITLED = "Untitled"


def shown(prompt: Prompt) -> dict[str, Any]:
    """A prompt as JSON has it."""
    name = prompt.name or UNTITLED
    return {
        "id": prompt.prompt_id,
        "name": name,
        "description": prompt.description,
        "prompt_slug": re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"),
        "tags": [],
        "starred": False,
        "commit_count": prompt.commits,
        "current_version": shown_version(prompt, prompt.latest),
        "live_version": shown_version(prompt, prompt.live_version),
        "created_at": iso(prompt.created_at),
        "updated_at": iso(prompt.updated_at),
    }


def shown_version(prompt: Prompt, version: Version | None) -> dict[str, Any] | None:
    """A version as JSON has it."""
    if version is None:
        return None
    name, content = f"{prompt.prompt_id}-v{version.number}", version.content
    empty: dict[str, Any] = dict.fromkeys((*PARAMETERS, "json_schema"))
    return {
        "id": name,
        "prompt_version_id": name,
        "version": version.number,
        "description": version.description,
        "messages": list(content.messages),
        **empty,
        "stream": False,
        "is_enforcing_response_format": False,
        **masked(dict(content.parameters)),
        **version.kept,
        "variables": masked(dict(content.variables)),
        "readonly": version.is_readonly,
        "is_deployed": prompt.live == version.number,
        "edited_by": None,
        "created_at": iso(version.created_at),
        "updated_at": iso(version.updated_at),
    }


_SEARCHED = ("prompt_id", "is_deleted", "creator_email")
_OF_A_VERSION = ("version", "description", "created_at", "updated_at", "readonly", *PARAMETERS)
FILTERED = frozenset(
    {"prompt_slug", "name", "description", "starred", "tags", "commit_count", "created_at", "updated_at", *_SEARCHED}
    | {f"{which}__{name}" for which in ("current_version", "live_version") for name in _OF_A_VERSION}
)
"""The fields to filter and sort by."""


def _records(desk: Desk, visit: Visit) -> list[dict[str, Any]]:
    """The prompts with all there is to filter by. Those that were deleted are there where somebody asks for them."""
    library = desk.account.prompts.library
    records = [_searched(prompt, is_deleted=False) for prompt in library]
    if mentions(visit.filters, "is_deleted"):
        records += [_searched(prompt, is_deleted=True) for prompt in library.deleted]
    return records


def _searched(prompt: Prompt, *, is_deleted: bool) -> dict[str, Any]:
    record = shown(prompt)
    for which in ("current_version", "live_version"):
        version: Mapping[str, Any] = record[which] or {}
        record |= {f"{which}__{name}": version.get(name) for name in _OF_A_VERSION}
    return record | {"prompt_id": prompt.prompt_id, "is_deleted": is_deleted, "creator_email": None}


def _without_search(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in _SEARCHED and "__" not in name}
