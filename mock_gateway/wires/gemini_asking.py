"""A question to Gemini in the words of chat completions.

Google takes every name in two spellings, ``systemInstruction`` and ``system_instruction``, and its own SDK mixes them
within one request. What only Google has (its search, its caches, its safety settings) has no words here:
it is kept beside them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from pydantic_core import to_json

from ..core import problems
from ..core.contract import Contract
from .checking import COUNT, Check, is_list_of, list_of, number_between

Fields = Mapping[str, Any]
Messages = list[dict[str, Any]]

SETTINGS = {
    "temperature": "temperature",
    "topP": "top_p",
    "topK": "top_k",
    "candidateCount": "n",
    "maxOutputTokens": "max_tokens",
    "stopSequences": "stop",
    "seed": "seed",
    "presencePenalty": "presence_penalty",
    "frequencyPenalty": "frequency_penalty",
    "responseLogprobs": "logprobs",
    "logprobs": "top_logprobs",
}
"""What is called otherwise, and is the same."""
_CHECKS = {
    "candidateCount": Check(number_between(1, 8), "a number from 1 to 8"),
    "logprobs": COUNT,
    "maxOutputTokens": COUNT,
    "stopSequences": Check(list_of(str), "a list of strings"),
}
_CHOICES = {"AUTO": "auto", "VALIDATED": "auto", "ANY": "required", "NONE": "none"}
BARE = "text/x.enum"
"""The kind of an answer that is one of several words, and nothing around it."""
_OTHER_CASE = re.compile("[A-Z]")


def in_chat(fields: Fields, contract: Contract) -> dict[str, Any]:
    """The same question, or the `Problem` of the first place where it is none."""
    settings = _object(said(fields, "generationConfig"), "generationConfig", contract)
    chat: dict[str, Any] = {"model": fields["model"], "messages": _messages(fields, contract)}
    if fields.get("stream"):
        chat["stream"] = True
    if tools := list(_tools(fields, contract)):
        chat["tools"] = tools
    if (choice := _tool_choice(_object(said(fields, "toolConfig"), "toolConfig", contract))) is not None:
        chat["tool_choice"] = choice
    for name, theirs in SETTINGS.items():
        if (value := said(settings, name)) is not None:
            if name in _CHECKS and not _CHECKS[name].is_sound(value):
                told = f"This field must be {_CHECKS[name].wanted}."
                raise problems.invalid_field(contract, f"generationConfig.{name}", told)
            chat[theirs] = value
    return {**chat, **_shape(settings), **_thinking(settings)}


def said(fields: Fields, name: str) -> Any:
    """What stands under a name, in either spelling of it."""
    found = fields.get(name)
    return fields.get(_other_spelling(name)) if found is None else found


@cache
def _other_spelling(name: str) -> str:
    return _OTHER_CASE.sub(lambda letter: f"_{letter[0].lower()}", name)


@cache
def first_spelling(name: str) -> str:
    return re.sub("_([a-z])", lambda found: found[1].upper(), name)


def _messages(fields: Fields, contract: Contract) -> Messages:
    conversation = _Conversation()
    system = said(fields, "systemInstruction")
    if system is not None:
        conversation.instruct(_parts(system, "systemInstruction", contract))
    for at, content in enumerate(fields["contents"]):
        parts = _parts(content, f"contents[{at}]", contract)
        if content.get("role") == "model":
            conversation.answer(parts)
        else:
            conversation.ask(parts)
    return conversation.messages


class _Conversation:
    """The messages so far. A call without an id has its number for one, and so has its result."""

    def __init__(self) -> None:
        self.messages: Messages = []
        self._calls = 0
        self._open: list[tuple[str, str]] = []
        """The calls that have no result yet: name and id."""

    def instruct(self, parts: Sequence[Fields]) -> None:
        """What the model is told to be."""
        text = "\n".join(str(part["text"]) for part in parts if part.get("text"))
        self.messages.append({"role": "system", "content": text})

    def ask(self, parts: Sequence[Fields]) -> None:
        """What the user says, after the results of what the model has called."""
        for part in parts:
            result = said(part, "functionResponse")
            if isinstance(result, Mapping):
                self.messages.append({"role": "tool", "tool_call_id": self._called(result), "content": _result(result)})
        told = [found for part in parts if (found := _told(part)) is not None]
        if told:
            self.messages.append({"role": "user", "content": _joined(told)})

    def answer(self, parts: Sequence[Fields]) -> None:
        """What the model has said: one message, in however many contents."""
        if not self.messages or self.messages[-1]["role"] != "assistant":
            self.messages.append({"role": "assistant", "content": None})
        message = self.messages[-1]
        for part in parts:
            if (text := part.get("text")) is not None:
                name = "reasoning_content" if part.get("thought") else "content"
                message[name] = (message.get(name) or "") + str(text)
            elif isinstance(call := said(part, "functionCall"), Mapping):
                message.setdefault("tool_calls", []).append(self._call(call))
            if signature := said(part, "thoughtSignature"):
                thought = {"type": "thinking", "thinking": message.get("reasoning_content") or ""}
                message["thinking_blocks"] = [{**thought, "signature": signature}]

    def _call(self, call: Fields) -> dict[str, Any]:
        self._calls += 1
        name, its_id = str(call.get("name")), str(call.get("id") or f"call_{self._calls}")
        self._open.append((name, its_id))
        arguments = to_json(call.get("args") or {}).decode()
        return {"id": its_id, "type": "function", "function": {"name": name, "arguments": arguments}}

    def _called(self, result: Fields) -> str:
        """The id of the call that this is the result of."""
        name, stated = str(result.get("name")), result.get("id")
        found = next((one for one in self._open if one[1] == stated or (stated is None and one[0] == name)), None)
        if found is not None:
            self._open.remove(found)
        return str(stated or (found[1] if found is not None else name))


def _told(part: Fields) -> dict[str, Any] | None:
    """A part of what a user says; None, if chat completions have no word for it."""
    if part.get("text"):
        return {"type": "text", "text": part["text"]}
    inline, file = said(part, "inlineData"), said(part, "fileData")
    if isinstance(inline, Mapping):
        kind, data = str(said(inline, "mimeType") or ""), inline.get("data")
        if kind.startswith("audio/"):
            return {"type": "input_audio", "input_audio": {"data": data, "format": kind.partition("/")[2]}}
        url = f"data:{kind};base64,{data}"
        return _image(url) if kind.startswith("image/") else {"type": "file", "file": {"file_data": url}}
    if isinstance(file, Mapping):
        kind, uri = str(said(file, "mimeType") or ""), said(file, "fileUri")
        if kind.startswith("image/"):
            return _image(uri)
        return {"type": "file", "file": {"file_url" if "://" in str(uri) else "file_id": uri}}
    return None


def _image(url: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def _joined(told: Sequence[dict[str, Any]]) -> str | list[dict[str, Any]]:
    """Texts are one text."""
    if all(part["type"] == "text" for part in told):
        return "\n".join(part["text"] for part in told)
    return list(told)


def _result(result: Fields) -> str:
    """What a tool has brought, without the wrapping that Google's SDK puts around it."""
    response = result.get("response")
    if isinstance(response, Mapping) and len(response) == 1:
        response = next((response[name] for name in ("result", "output") if name in response), response)
    return response if isinstance(response, str) else to_json(response).decode()


def _tools(fields: Fields, contract: Contract) -> Iterator[dict[str, Any]]:
    for at, tool in enumerate(_objects(fields.get("tools"), "tools", contract)):
        declared = said(tool, "functionDeclarations")
        for function in _objects(declared, f"tools[{at}].functionDeclarations", contract):
            known = {name: function[name] for name in ("name", "description") if name in function}
            parameters = said(function, "parametersJsonSchema")
            if parameters is None and function.get("parameters") is not None:
                parameters = json_schema(function["parameters"])
            if parameters is not None:
                known["parameters"] = parameters
            yield {"type": "function", "function": known}


def _tool_choice(settings: Fields) -> Any:
    calling = said(settings, "functionCallingConfig")
    if not isinstance(calling, Mapping) or str(calling.get("mode")) not in _CHOICES:
        return None
    allowed = said(calling, "allowedFunctionNames")
    if calling["mode"] != "ANY" or not is_list_of(allowed, str) or not allowed:
        return _CHOICES[calling["mode"]]
    named = [{"type": "function", "function": {"name": name}} for name in allowed]
    if len(named) == 1:
        return named[0]
    return {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": named}}


def _shape(settings: Fields) -> dict[str, Any]:
    """What the answer has to look like."""
    schema = said(settings, "responseJsonSchema")
    if schema is None and said(settings, "responseSchema") is not None:
        schema = json_schema(said(settings, "responseSchema"))
    if said(settings, "responseMimeType") == BARE:
        return {"response_format": {"type": "text", "schema": schema}} if schema is not None else {}
    if schema is not None:
        title = schema.get("title") if isinstance(schema, Mapping) else None
        named = {"name": str(title or "response"), "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": named}}
    is_json = said(settings, "responseMimeType") == "application/json"
    return {"response_format": {"type": "json_object"}} if is_json else {}


def _thinking(settings: Fields) -> dict[str, Any]:
    wanted = said(settings, "thinkingConfig")
    if not isinstance(wanted, Mapping):
        return {}
    level, budget = said(wanted, "thinkingLevel"), said(wanted, "thinkingBudget")
    if isinstance(level, str):
        return {"reasoning_effort": level.lower()}
    if budget == 0:
        return {"thinking": {"type": "disabled"}}
    if type(budget) is int and budget > 0:
        return {"thinking": {"type": "enabled", "budget_tokens": budget}}
    return {"thinking": {"type": "enabled"}} if said(wanted, "includeThoughts") or budget is not None else {}


def json_schema(schema: Any) -> Any:
    """A schema in Google's own words (``STRING``, ``nullable``, an order of its properties) as JSON Schema."""
    if not isinstance(schema, Mapping):
        return schema
    found: dict[str, Any] = {}
    for name, value in ((first_spelling(name), value) for name, value in schema.items()):
        if name == "type" and isinstance(value, str):
            found["type"] = value.lower()
        elif name == "properties" and isinstance(value, Mapping):
            found["properties"] = {property_: json_schema(item) for property_, item in value.items()}
        elif name in ("items", "additionalProperties"):
            found[name] = json_schema(value)
        elif name == "anyOf" and isinstance(value, list):
            found["anyOf"] = [json_schema(item) for item in value]
        elif name.startswith(("min", "max")) and isinstance(value, str) and value.isdecimal():
            found[name] = int(value)  # a long number is a text in Google's JSON
        elif name not in ("nullable", "propertyOrdering"):
            found[name] = value
    if schema.get("nullable") and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found


def _parts(content: Any, place: str, contract: Contract) -> Sequence[Fields]:
    """The parts of a content. Instructions may be a text."""
    if isinstance(content, str):
        return [{"text": content}]
    if not isinstance(content, Mapping):
        raise problems.invalid_field(contract, place, "This field must be an object.")
    parts = _objects(content.get("parts"), f"{place}.parts", contract)
    for at, part in enumerate(parts):
        if not isinstance(part.get("text", ""), str | None):
            raise problems.invalid_field(contract, f"{place}.parts[{at}].text", "This field must be a string.")
    return parts


def _objects(value: Any, place: str, contract: Contract) -> Sequence[Fields]:
    """A list of objects, or one alone: Google takes both. Nothing is none."""
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [value]
    if not is_list_of(value, dict):
        raise problems.invalid_field(contract, place, "This field must be a list of objects.")
    found: Sequence[Fields] = value
    return found


def _object(value: Any, place: str, contract: Contract) -> Fields:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise problems.invalid_field(contract, place, "This field must be an object.")
    return value
