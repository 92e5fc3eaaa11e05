"""What a request asks of its answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.chat import ChatRequest
from ..core.fingerprint import canonical, fingerprint
from ..core.ignoring import Ignored
from .languages import language_of
from .lengths import Length, length_of
from .schemas import Schema

_UNNUMBERED = Ignored.of(["tool_call_ids"])
"""The ids of tool calls count up with the calls of a gateway. What is answered should not depend on that."""
_QUOTED = re.compile(r"""["'`]([A-Za-z_][A-Za-z0-9_]*)["'`]\s*(?::|,|and\b|or\b|\}|\.|$)""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asked:
    """All an answer has to keep to."""

    fingerprint: str
    """The same for the same question, however the answer is to travel."""
    text: str
    """The last user message."""
    language: str
    length: Length | None
    most_tokens: int | None
    choices: int
    format: str
    schema: Schema | None
    """The JSON Schema of the answer, if there is one."""
    keys: Sequence[str]
    """The keys a JSON answer without a schema is asked to have, as far as that can be read."""
    tools: Sequence[Mapping[str, Any]]
    """The functions on offer, as long as nothing has come back from any of them."""
    tool_choice: Any
    is_parallel: bool


def asked_of(request: ChatRequest) -> Asked:
    """What a request asks."""
    fields = request.chat
    answered = has_results(request)
    wanted = fields.get("response_format")
    wanted = wanted if isinstance(wanted, Mapping) else {}
    described = wanted.get("json_schema")
    limits = [fields[name] for name in ("max_tokens", "max_completion_tokens") if isinstance(fields.get(name), int)]
    return Asked(
        fingerprint=fingerprint("improviser", canonical(fields, _UNNUMBERED)),
        text=request.text,
        language=language_of(request.text, request.system),
        length=length_of(request.text) or length_of(request.system),
        most_tokens=min(limits, default=None),
        choices=fields.get("n") or 1,
        format=str(wanted.get("type", "text")),
        schema=described.get("schema") if isinstance(described, Mapping) else wanted.get("schema"),
        keys=tuple(dict.fromkeys(_QUOTED.findall(f"{request.system}\n{request.text}"))),
        tools=() if answered else _functions(fields.get("tools")),
        tool_choice="none" if answered else fields.get("tool_choice") or "auto",
        is_parallel=fields.get("parallel_tool_calls") is not False,
    )


def has_results(request: ChatRequest) -> bool:
    """Whether tools have answered since the user last said something."""
    for message in reversed(request.messages):
        if message.get("role") in ("tool", "function"):
            return True
        if message.get("role") == "user":
            return False
    return False


def _functions(offered: Any) -> list[Mapping[str, Any]]:
    functions = [tool.get("function") for tool in offered or () if isinstance(tool, Mapping)]
    return [found for found in functions if isinstance(found, Mapping) and isinstance(found.get("name"), str)]
