"""How to say what can be done: in the words of whoever uses the gateway, a pytest suite or a program of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


def _script(gateway: str, model: str, verb: str) -> str:
    return f'{gateway}.model("{model}").{verb}({"" if verb == "embeds" else "..."})'


def _record(upstream: str | None) -> str:
    asked = f', upstream="{upstream}"' if upstream else ""
    return f'Gateway(cassette=..., record="new_episodes"{asked})'


@dataclass(frozen=True, slots=True)
class Advice:
    """The words for it."""

    gateway: str = "gateway"
    """What the gateway is called."""
    setting: str = "Gateway({})"
    """Where a setting is written."""
    record: Callable[[str | None], str] = _record
    """How to record what there is no recording of, from the upstream others were recorded from."""
    script: Callable[[str, str, str], str] = _script
    """How to say what a model replies, with which verb."""

    def scripted(self, model: str, verb: str = "replies") -> str:
        """How to script a model."""
        return self.script(self.gateway, model, verb)

    def listed(self, name: str, values: Sequence[str]) -> str:
        """A setting that is a list of names."""
        quoted = ", ".join(f'"{value}"' for value in values)
        return self.setting.format(f"{name}=[{quoted}]")


PLAIN = Advice()
