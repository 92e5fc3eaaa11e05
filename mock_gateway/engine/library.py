"""The prompt library of an account: its prompts, their versions, which of them is the draft and which is live."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..core import problems
from ..core.nearest import unknown
from ..core.prompts import PromptVersion
from .clock import Clock


@dataclass(slots=True)
class Version:
    """A version of a prompt, as it is kept."""

    content: PromptVersion
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    is_readonly: bool = False
    """Whether it was committed, or a newer version has been made."""
    kept: Mapping[str, Any] = field(default_factory=dict)
    """What else was stored with it that no model is asked with."""

    @property
    def number(self) -> int:
        """Which version of its prompt it is."""
        return self.content.version


@dataclass(slots=True)
class Prompt:
    """A prompt with its versions."""

    prompt_id: str
    created_at: datetime
    updated_at: datetime
    name: str | None = None
    description: str = ""
    versions: dict[int, Version] = field(default_factory=dict)
    live: int | None = None
    """The version that is used where none is asked for."""
    commits: int = 0

    @property
    def latest(self) -> Version | None:
        """The newest version: the draft, unless it was committed."""
        return self.versions[max(self.versions)] if self.versions else None

    @property
    def live_version(self) -> Version | None:
        """The version that is deployed."""
        return None if self.live is None else self.versions[self.live]

    def require(self, number: int) -> Version:
        """The version with this number, or the problem."""
        if number not in self.versions:
            raise problems.not_found("Prompt version")
        return self.versions[number]


class Library:
    """The prompts of an account."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._prompts: dict[str, Prompt] = {}
        self._deleted: list[Prompt] = []

    def copy(self) -> "Library":
        """Another one with the same prompts, to try something out."""
        other = Library(self._clock)
        other._prompts = deepcopy(self._prompts)
        return other

    def __contains__(self, prompt_id: str) -> bool:
        return prompt_id in self._prompts

    def __iter__(self) -> Iterator[Prompt]:
        return iter(list(self._prompts.values()))

    @property
    def deleted(self) -> list[Prompt]:
        """What was thrown away, in that order."""
        return list(self._deleted)

    @property
    def names(self) -> list[str]:
        """The ids of all prompts."""
        return list(self._prompts)

    def find(self, prompt_id: str) -> Prompt | None:
        """The prompt with this id."""
        return self._prompts.get(prompt_id)

    def require(self, prompt_id: str) -> Prompt:
        """The prompt with this id, or the problem."""
        prompt = self._prompts.get(prompt_id)
        if prompt is None:
            raise problems.not_found("Prompt")
        return prompt

    def create(self, prompt_id: str, name: str | None = None, description: str = "") -> Prompt:
        """A prompt that has no version yet; or the one that is there."""
        if prompt_id not in self._prompts:
            now = self._clock.now()
            self._prompts[prompt_id] = Prompt(prompt_id, now, now, name, description)
        return self._prompts[prompt_id]

    def delete(self, prompt: Prompt) -> None:
        """Throw a prompt away, with all its versions."""
        self._deleted.append(self._prompts.pop(prompt.prompt_id))

    def rename(self, prompt: Prompt, name: str | None, description: str | None) -> None:
        """Call a prompt something else; what is None stays as it is."""
        prompt.name = prompt.name if name is None else name
        prompt.description = prompt.description if description is None else description
        prompt.updated_at = self._clock.now()
        for version in prompt.versions.values():
            version.content = replace(version.content, name=prompt.name)

    def add(self, prompt: Prompt, content: PromptVersion, description: str | None, kept: Mapping[str, Any]) -> Version:
        """Have one more version. The newest is the draft; all others are readonly."""
        now = self._clock.now()
        prompt.updated_at = now
        version = prompt.versions[content.version] = Version(content, now, now, description, kept=kept)
        for one in prompt.versions.values():
            one.is_readonly = one.is_readonly or one is not prompt.latest
        return version

    def change(
        self, version: Version, content: PromptVersion, description: str | None, kept: Mapping[str, Any]
    ) -> None:
        """Write a draft anew."""
        if version.is_readonly:
            raise problems.refused(f"Version {version.number} is read-only; create a version to keep editing.")
        version.content, version.description, version.kept = content, description, kept
        version.updated_at = self._clock.now()

    def commit(self, prompt: Prompt, description: str | None, *, goes_on: bool) -> Version:
        """Close the draft; where the work `goes_on`, a new draft begins as a copy of it."""
        draft = prompt.latest
        if draft is None or draft.is_readonly:
            raise problems.refused("There is no draft to commit; create a version first.")
        now = self._clock.now()
        draft.is_readonly, draft.updated_at = True, now
        draft.description = draft.description if description is None else description
        prompt.commits += 1
        if goes_on:
            self.add(prompt, replace(draft.content, version=draft.number + 1), None, draft.kept)
        return draft

    def deploy(self, prompt: Prompt, version: Version) -> None:
        """Make a version the live one."""
        prompt.live = version.number
        prompt.updated_at = self._clock.now()

    def remove(self, prompt: Prompt, version: Version) -> None:
        """Delete a version. If it was the live one, there is none afterwards."""
        del prompt.versions[version.number]
        prompt.live = None if prompt.live == version.number else prompt.live
        prompt.updated_at = self._clock.now()

    def unknown(self, prompt_id: str, version: int | str | None = None) -> str:
        """A sentence about a prompt, or a version of one, that nobody knows."""
        prompt = self._prompts.get(prompt_id)
        if prompt is None:
            return unknown("prompt", prompt_id, self._prompts)
        known = ", ".join(map(str, sorted(prompt.versions))) or "none"
        return f"prompt {prompt_id!r} has no version {version!r}. Known: {known}."
