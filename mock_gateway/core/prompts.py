"""Merging a stored prompt with the body of a request: which layer wins which field, as a table.

The layers are the body, the prompt's version, and what the `prompt` parameter changes about it: `patch` in schema 2,
`override_params` in schema 1.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from . import problems
from .contract import Contract
from .directives import PromptUse

Messages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class PromptVersion:
    """One version of a stored prompt."""

    prompt_id: str
    version: int
    messages: Messages
    name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What else it sets: model, temperature, tools, fallback_models, ..."""


@dataclass(frozen=True, slots=True)
class PromptMerge:
    """What became of a request that uses a prompt."""

    prompt_id: str
    version: int
    schema_version: int
    messages: Messages
    """What the model is asked: rendered and merged."""
    origin: Mapping[str, str]
    """For each field the layer that won it."""
    template: Messages
    variables: Mapping[str, Any]
    rendered: Messages
    """The prompt's own messages, rendered."""
    echo: bool = False
    name: str | None = None
    warnings: Sequence[str] = ()
    goes_over_body: bool = False
    """Whether the prompt wins over the body where both set a field."""

    @property
    def balances(self) -> bool:
        """Whether models the prompt has to choose from go over the one model that won."""
        layer = self.origin.get("model", "prompt")
        return layer == "prompt" or (layer == "body" and self.goes_over_body)

    def story_of(self, field: str) -> str:
        """The layer that won a field, as stories put it."""
        if self.origin[field] != "prompt + body":
            return self.origin[field]
        return f"prompt + {len(self.messages) - len(self.rendered)} from the body"


class Rule(NamedTuple):
    """How one way of using a prompt merges. Layers are named from the winner on."""

    parameters: tuple[str, ...]
    messages: str


RULES: dict[str, Rule] = {
    "schema 2": Rule(("patch", "prompt", "body"), "prompt + body"),
    "schema 1, override": Rule(("override_params", "prompt", "body"), "override_params, else prompt"),
    "schema 1": Rule(("override_params", "body", "prompt"), "body, else override_params, else prompt"),
}
"""An empty list of messages, or none, sets nothing. `stream` is always the body's."""


def rule_for(use: PromptUse, contract: Contract) -> str:
    """The name of the rule for this way of using a prompt."""
    if use.schema_version == 2:
        return "schema 2"
    override = contract.override_default if use.override is None else use.override
    return "schema 1, override" if override else "schema 1"


class Rendering(NamedTuple):
    """A version of a prompt with its variables filled in."""

    stored: PromptVersion
    variables: Mapping[str, Any]
    messages: Messages


def merge(
    use: PromptUse, rendering: Rendering, body: Mapping[str, Any], contract: Contract
) -> tuple[dict[str, Any], PromptMerge]:
    """The fields to ask with, and what won them."""
    stored, variables, rendered = rendering
    name = rule_for(use, contract)
    changes = _changes(use, name, contract)
    layers: dict[str, Mapping[str, Any]] = {"prompt": stored.parameters, "body": body}
    layers["patch" if name == "schema 2" else "override_params"] = changes
    fields: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for layer in RULES[name].parameters:
        for key, value in layers[layer].items():
            if key not in fields and key not in ("messages", "stream"):
                fields[key], origin[key] = value, layer
    said = _checked(body.get("messages"), "messages", contract)
    more = _checked(changes.get("messages"), "prompt.override_params.messages", contract)
    messages, origin["messages"] = _MESSAGES[name](use, rendered, said, more)
    fields["messages"] = list(messages)
    if "stream" in body:
        fields["stream"] = body["stream"]
    echo = contract.echo_default if use.echo is None else use.echo
    return fields, PromptMerge(
        stored.prompt_id,
        stored.version,
        use.schema_version,
        messages,
        origin,
        stored.messages,
        variables,
        rendered,
        echo,
        stored.name,
        tuple(_idle(use, name)),
        name != "schema 1",
    )


def _idle(use: PromptUse, rule: str) -> Iterator[str]:
    """What was sent along and has no effect."""
    if rule == "schema 2":
        for name in ("override", "override_params", "override_config"):
            if name in use.sent:
                yield f"prompt.{name} has no effect in schema 2: use patch"
    elif use.patch is not None:
        yield "prompt.patch has no effect in schema 1: set schema_version to 2"


def _changes(use: PromptUse, rule: str, contract: Contract) -> Mapping[str, Any]:
    if rule == "schema 2":
        changes = dict(use.patch or {})
        for key in ("messages", "input"):
            if key in changes and contract.patch_messages == "refused":
                raise problems.invalid_field(contract, f"prompt.patch.{key}", "A patch cannot change the messages.")
            changes.pop(key, None)
        return changes
    if rule == "schema 1" and contract.override_params_alone == "ignored":
        return {}
    return use.override_params or {}


def _checked(messages: object, path: str, contract: Contract) -> Messages:
    if not messages:
        return ()
    if not isinstance(messages, list) or not all(isinstance(message, Mapping) for message in messages):
        raise problems.invalid_field(contract, path, "This field must be a list of messages.")
    return messages


Won = tuple[Messages, str]


def _both(use: PromptUse, rendered: Messages, body: Messages, more: Messages) -> Won:
    if not body:
        return rendered, "prompt"
    return (*rendered, *body), "prompt + body"


def _prompt_first(use: PromptUse, rendered: Messages, body: Messages, more: Messages) -> Won:
    if more and use.override_config.messages_override_mode == "append":
        return (*rendered, *more), "prompt + override_params"
    if more:
        return more, "override_params"
    return rendered, "prompt"


def _body_first(use: PromptUse, rendered: Messages, body: Messages, more: Messages) -> Won:
    return (body, "body") if body else _prompt_first(use, rendered, body, more)


_MESSAGES: dict[str, Callable[[PromptUse, Messages, Messages, Messages], Won]] = {
    "schema 2": _both,
    "schema 1, override": _prompt_first,
    "schema 1": _body_first,
}
