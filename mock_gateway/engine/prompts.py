"""The prompts of an account: their versions, and what they say once their variables are filled in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import ValidationError

from ..core import problems
from ..core.contract import Contract
from ..core.directives import NAMES, Directives, PromptUse
from ..core.prompts import Messages, PromptMerge, PromptVersion, Rendering, merge
from ..core.templates import TemplateMistake, check_template, render
from .clock import Clock
from .library import Library

_DEPTH = 2
"""A parent and its children: deeper references are refused, as documented."""
_IMAGE = re.compile("\x00image (.*?)\x00", re.DOTALL)


class Prompts:
    """The prompt store, as the platform's pages fill it."""

    def __init__(self, clock: Clock) -> None:
        self.library = Library(clock)

    def __repr__(self) -> str:
        return f"<Prompts {', '.join(self.library.names) or 'none'}>"

    def has(self, prompt_id: str) -> bool:
        """Whether there is such a prompt."""
        return prompt_id in self.library

    def add(
        self,
        prompt_id: str,
        *,
        messages: Sequence[Mapping[str, Any]],
        version: int | None = None,
        deploy: bool = True,
        name: str | None = None,
        variables: Mapping[str, Any] | None = None,
        **parameters: Any,
    ) -> None:
        """Store a version of a prompt, the next if it is not numbered, and deploy it unless it is a draft.

        `variables` are defaults. `parameters` are what else the prompt brings along: model, temperature, tools,
        fallback_models, load_balance_models, retry_params, ...
        """
        if isinstance(messages, str | Mapping) or not all(isinstance(message, Mapping) for message in messages):
            raise TypeError(f"messages is a list of messages, not {messages!r}.")
        if variables is not None and not isinstance(variables, Mapping):
            raise TypeError(f"variables is a mapping of names to defaults, not {variables!r}.")
        for at, message in enumerate(messages):
            for text in _texts(message.get("content")):
                check_template(text, f"messages[{at}] of prompt {prompt_id!r}")
        prompt = self.library.find(prompt_id)
        versions = prompt.versions if prompt is not None else {}
        number = max(versions, default=0) + 1 if version is None else version
        if type(number) is not int or number < 1:
            raise ValueError(f"version is a number above 0, not {version!r}.")
        if number in versions:
            raise ValueError(f"prompt {prompt_id!r} has a version {number} already.")
        prompt = self.library.create(prompt_id)
        if name is not None:
            self.library.rename(prompt, name, None)
        content = PromptVersion(prompt_id, number, tuple(messages), prompt.name, dict(variables or {}), parameters)
        stored = self.library.add(prompt, content, None, {})
        if deploy:
            self.library.deploy(prompt, stored)

    def deploy(self, prompt_id: str, version: int) -> None:
        """Make a version the one that is used where none is asked for."""
        prompt = self.library.find(prompt_id)
        if prompt is None or version not in prompt.versions:
            raise ValueError(self.library.unknown(prompt_id, version))
        self.library.deploy(prompt, prompt.versions[version])

    def merge(
        self, directives: Directives, body: Mapping[str, Any], contract: Contract
    ) -> tuple[dict[str, Any], dict[str, Any], PromptMerge]:
        """The fields to ask with, what the prompt asks of the gateway, and what won; or the problem."""
        use = directives.prompt
        assert use is not None
        stored = self._find(use.prompt_id, use.version, contract)
        variables = {**stored.variables, **directives.variables, **use.variables}
        rendering = Rendering(stored, variables, self._render(stored, variables, (), contract))
        fields, told = merge(use, rendering, body, contract)
        settings = {key: fields.pop(key) for key in list(fields) if key in NAMES}
        return fields, settings, told

    def _find(self, prompt_id: str, version: int | str | None, contract: Contract) -> PromptVersion:
        prompt = self.library.find(prompt_id)
        if prompt is None:
            raise problems.unknown_prompt(self.library.unknown(prompt_id), "prompt.prompt_id")
        if version is None and prompt.live is None and contract.undeployed_prompt == "refused":
            raise problems.unknown_prompt(f"prompt {prompt_id!r} has no deployed version.", "prompt.version")
        asked = prompt.live or "latest" if version is None else version
        found = prompt.latest if asked == "latest" else prompt.versions.get(int(asked))
        if found is None:
            raise problems.unknown_prompt(self.library.unknown(prompt_id, asked), "prompt.version")
        return found.content

    def _render(
        self, stored: PromptVersion, variables: Mapping[str, Any], parents: tuple[str, ...], contract: Contract
    ) -> Messages:
        """The messages of a version, filled in. `parents` are the prompts that this one is a variable of."""
        values = {
            name: self._value(name, value, (*parents, stored.prompt_id), contract) for name, value in variables.items()
        }
        try:
            return tuple(_filled(message, values, contract) for message in stored.messages)
        except TemplateMistake as mistake:
            why = f"The template of prompt {stored.prompt_id!r} cannot be rendered: {mistake}"
            raise problems.malformed_prompt(contract, "prompt.variables", why) from None

    def _value(self, name: str, value: Any, parents: tuple[str, ...], contract: Contract) -> Any:
        """What a template is given for a variable: itself, or what its type makes of it."""
        if not isinstance(value, Mapping) or "_type" not in value:
            return value
        kind, path = value["_type"], f"prompt.variables.{name}"
        if kind in ("text", "json"):
            return value.get("value")
        if kind == "image_url":
            return f"\x00image {value.get('value')}\x00"
        if kind != "prompt":
            raise problems.malformed_prompt(contract, f"{path}._type", "It is text, image_url, json or prompt.")
        try:
            use = PromptUse.of({key: item for key, item in value.items() if key != "_type"})
        except ValidationError as error:
            raise problems.malformed_prompt(contract, path, f"{error.errors()[0]['msg']}.") from None
        if use.prompt_id in parents:
            why = f"Circular reference: {' -> '.join((*parents, use.prompt_id))}."
            raise problems.malformed_prompt(contract, path, why)
        if len(parents) >= _DEPTH:
            why = f"Prompts nest at most {_DEPTH} deep: {' -> '.join((*parents, use.prompt_id))}."
            raise problems.malformed_prompt(contract, path, why)
        child = self._find(use.prompt_id, use.version, contract)
        messages = self._render(child, {**child.variables, **use.variables}, parents, contract)
        return "\n".join(_flat(messages))


def _texts(content: Any) -> Iterator[str]:
    """The texts that are templates."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping | list):
        for item in content.values() if isinstance(content, Mapping) else content:
            yield from _texts(item)


def _filled(message: Mapping[str, Any], values: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    content = message.get("content")
    if isinstance(content, str):
        return {**message, "content": _with_images(render(content, values, missing=contract.missing_variable))}
    return (
        {**message, "content": _filled_parts(content, values, contract)} if isinstance(content, list) else {**message}
    )


def _filled_parts(value: Any, values: Mapping[str, Any], contract: Contract) -> Any:
    """The parts of a content, every text in them filled in; an image that stands for an address becomes its address."""
    if isinstance(value, str):
        return _IMAGE.sub(r"\1", render(value, values, missing=contract.missing_variable))
    if isinstance(value, Mapping):
        return {name: _filled_parts(item, values, contract) for name, item in value.items()}
    return [_filled_parts(item, values, contract) for item in value] if isinstance(value, list) else value


def _with_images(text: str) -> str | list[dict[str, Any]]:
    """A text, or its parts where a variable was an image."""
    pieces = _IMAGE.split(text)
    if len(pieces) == 1:
        return text
    parts: list[dict[str, Any]] = []
    for at, piece in enumerate(pieces):
        if at % 2:
            parts.append({"type": "image_url", "image_url": {"url": piece}})
        elif piece.strip():
            parts.append({"type": "text", "text": piece})
    return parts


def _flat(messages: Messages) -> Iterator[str]:
    for message in messages:
        content = message.get("content")
        if isinstance(content, str):
            yield content
        elif isinstance(content, list):
            yield from (str(part.get("text", "")) for part in content if isinstance(part, Mapping))
