"""Which tools are called, and with what."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.chat import ToolCall
from ..core.nearest import unknown
from .asked import Asked
from .names import singular, words_of
from .pieces import Pieces
from .values import Unsatisfiable, improvised

_NOTHING: Mapping[str, Any] = {"type": "object", "properties": {}}


def tool_calls(asked: Asked, pieces: Pieces) -> Sequence[ToolCall]:
    """The calls an answer makes: none if none may be made."""
    offered = _allowed(asked)
    if not offered:
        return ()
    chosen = [_most_fitting(offered, asked.text, pieces)]
    if asked.is_parallel and not _is_named(asked.tool_choice) and pieces.random.random() < 0.25:
        chosen.append(pieces.random.choice(offered))
    return [ToolCall(str(tool["name"]), _arguments(tool, pieces)) for tool in chosen]


def _is_named(choice: Any) -> bool:
    return isinstance(choice, Mapping) and choice.get("type") == "function"


def _allowed(asked: Asked) -> Sequence[Mapping[str, Any]]:
    """The tools that may be called, as `tool_choice` has it."""
    choice, offered = asked.tool_choice, asked.tools
    if choice == "none":
        return ()
    if _is_named(choice):
        return [_named(choice, offered)]
    if isinstance(choice, Mapping) and choice.get("type") == "allowed_tools":
        allowed = choice.get("allowed_tools") or {}
        return [_named(one, offered) for one in allowed.get("tools", ()) if _is_named(one)]
    return offered


def _named(choice: Mapping[str, Any], offered: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    name = (choice.get("function") or choice).get("name")
    found = next((tool for tool in offered if tool["name"] == name), None)
    if found is None:
        raise Unsatisfiable(f"tool_choice: {unknown('tool', name, [str(tool['name']) for tool in offered])}")
    return found


def _most_fitting(offered: Sequence[Mapping[str, Any]], text: str, pieces: Pieces) -> Mapping[str, Any]:
    """The tool whose name and description have most words in common with the question, its name counting more."""
    said = _words(text)
    shares = [
        3 * len(said & _words(str(tool["name"]))) + len(said & _words(str(tool.get("description") or "")))
        for tool in offered
    ]
    best = [tool for tool, share in zip(offered, shares, strict=True) if share == max(shares)]
    return pieces.random.choice(best)


def _words(text: str) -> set[str]:
    """The longer words, plural or not: the short ones say nothing."""
    return {singular((word,))[0] for word in words_of(text) if len(word) > 3}


def _arguments(tool: Mapping[str, Any], pieces: Pieces) -> Mapping[str, Any]:
    schema = tool.get("parameters") or _NOTHING
    if isinstance(schema, Mapping) and "type" not in schema:
        schema = {**schema, "type": "object"}
    try:
        made: Mapping[str, Any] = improvised(schema, pieces)
    except Unsatisfiable as why:
        raise Unsatisfiable(f"the parameters of the tool {tool['name']!r}: {why}") from None
    return made
