"""What Gemini can be asked and chat completions have no word for, kept beside what they have one for.

It is what Google has cached, what its own tools do and have done, and settings of its own, in one spelling.
"""

from collections.abc import Container, Mapping
from typing import Any

from .gemini_asking import BARE, SETTINGS, Fields, first_spelling, said

_PARTS = {
    "model": {"text", "functionCall"},
    "user": {"text", "inlineData", "fileData", "functionResponse"},
}
"""What chat completions have words for, of what each of the two says."""
_SIGNS = {"thought", "thoughtSignature"}
_RESULT = {"id", "name", "response"}
_SHAPED = {"responseSchema", "responseJsonSchema", "responseMimeType", "thinkingConfig"}
_USUAL: Fields = {"responseModalities": ["TEXT"]}


def untold(fields: Fields) -> dict[str, Any]:
    """What chat completions have no word for, and is asked all the same: two questions that differ in it are two."""
    settings = said(fields, "generationConfig") or {}
    told = [_respelled({"cachedContent": cached})] if (cached := said(fields, "cachedContent")) is not None else []
    system = said(fields, "systemInstruction")
    for content in (system, *fields["contents"]):
        if isinstance(content, Mapping):
            known = {"text"} if content is system else _PARTS["model" if content.get("role") == "model" else "user"]
            told += [rest for part in _listed(content.get("parts")) if (rest := _rest(part, known))]
    offered = map(_respelled, _listed(fields.get("tools")))
    hosted = [rest for tool in offered if (rest := _without(tool, {"functionDeclarations"}))]
    others = _without(_respelled(settings), _SHAPED | SETTINGS.keys())
    kind = said(settings, "responseMimeType")
    has_shape = any(said(settings, name) is not None for name in ("responseSchema", "responseJsonSchema"))
    if kind not in (None, "application/json", "text/plain") and not (kind == BARE and has_shape):
        others["responseMimeType"] = kind
    others |= _without(_respelled(said(fields, "toolConfig") or {}), {"functionCallingConfig"})
    if (safety := said(fields, "safetySettings")) is not None:
        others["safetySettings"] = _respelled(safety)
    others = {name: value for name, value in others.items() if value != _USUAL.get(name)}
    named = (("untold", told), ("hosted_tools", hosted), ("untold_settings", others))
    return {name: value for name, value in named if value}


def _rest(part: Fields, known: set[str]) -> dict[str, Any]:
    """What is left of a part when it has been told."""
    left = {name: value for name, value in part.items() if first_spelling(name) not in known | _SIGNS}
    result = said(part, "functionResponse")
    if "functionResponse" in known and isinstance(result, Mapping) and (more := _without(result, _RESULT)):
        left["functionResponse"] = more
    return dict(_respelled(left))


def _without(fields: Fields, names: Container[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _listed(value: Any) -> list[Fields]:
    """A list of objects, or one alone."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, Mapping)]


def _respelled(value: Any) -> Any:
    """The same with all of its names in their first spelling."""
    if isinstance(value, Mapping):
        return {first_spelling(name): _respelled(item) for name, item in value.items()}
    return [_respelled(item) for item in value] if isinstance(value, list) else value
