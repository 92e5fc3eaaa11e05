"""Requests of the Responses API in the words of chat completions, and back again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core import problems
from ..core.chat import text_of
from ..core.contract import Contract
from ..core.past import Item

_SAME = (
    "model",
    "temperature",
    "top_p",
    "top_logprobs",
    "parallel_tool_calls",
    "service_tier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "user",
    "stream",
)
"""What has the same name and meaning in both."""
_LONGEST = ("max_output_tokens", "max_completion_tokens", "max_tokens")
_SHAPES: Mapping[str, Any] = {"text": Mapping, "reasoning": Mapping, "tools": list}
_RENAMED = frozenset({"max_output_tokens", "tool_choice", *_SHAPES})
LOGPROBS = "message.output_text.logprobs"
"""What `include` says that wants them."""
_NAMED = ("function", "custom")
"""The tools that an application carries out itself."""
_TOLD = ("message", "reasoning", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output")
"""The items that are messages, or parts of one."""
Message = dict[str, Any]


# What is asked


def in_chat(fields: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    """The request in the words of chat completions, without what only says how the answer is kept."""
    chat = {name: fields[name] for name in _SAME if fields.get(name) is not None}
    chat["messages"] = list(messages(fields, contract))
    chat |= _untold(fields)
    if LOGPROBS in (fields.get("include") or ()):
        chat["logprobs"] = True
    return chat | _parameters(fields, keep_others=False)


def _untold(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What chat completions have no word for, and is asked all the same: two questions that differ in it are two."""
    said: list[Any] = [
        {name: value for name, value in item.items() if name not in ("id", "status")}
        for item in items_of(fields)
        if (item.get("type") or "message") not in _TOLD
    ]
    if fields.get("prompt") is not None:
        said.append(fields["prompt"])
    hosted: list[Any] = [tool for tool in _objects(fields.get("tools")) if tool.get("type") not in _NAMED]
    return {name: told for name, told in (("untold", said), ("hosted_tools", hosted)) if told}


def items_of(fields: Mapping[str, Any]) -> list[Item]:
    """What stands in `input`, as items."""
    said = fields.get("input")
    return [{"role": "user", "content": said}] if isinstance(said, str) else _objects(said)


def messages(fields: Mapping[str, Any], contract: Contract) -> Iterator[Message]:
    """The instructions and the input as messages. What a model says and calls in one turn is one of them."""
    if fields.get("instructions"):
        yield {"role": "system", "content": fields["instructions"]}
    turn: Message | None = None
    for at, item in enumerate(items_of(fields)):
        part = _message(item, f"input[{at}]", contract)
        if part is None:
            continue
        if part["role"] == "assistant" and turn is not None and _continues(turn, part):
            _join(turn, part)
            continue
        if turn is not None:
            yield turn
        turn = part
    if turn is not None:
        yield turn


def _message(item: Item, place: str, contract: Contract) -> Message | None:
    """One item as a message, or as a part of one. None, if chat completions have no word for it."""
    kind = item.get("type") or ("message" if "role" in item else None)
    if kind == "message":
        return {"role": item.get("role"), **_content(item.get("content"), f"{place}.content", contract)}
    if kind in ("function_call", "custom_tool_call"):
        named, name = ("function", "arguments") if kind == "function_call" else ("custom", "input")
        call = {"id": item.get("call_id"), "type": named, named: {"name": item.get("name"), name: item.get(name)}}
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    if kind in ("function_call_output", "custom_tool_call_output"):
        result = _content(item.get("output"), f"{place}.output", contract)
        return {"role": "tool", "tool_call_id": item.get("call_id"), **result}
    if kind == "reasoning":
        told = [str(part.get("text") or "") for part in _objects(item.get("summary"))]
        return {"role": "assistant", "content": None, "reasoning_content": "\n\n".join(told)} if any(told) else None
    if kind is None:
        raise problems.invalid_field(contract, place, "An item of the input has a type or a role.")
    return None


def _continues(turn: Message, part: Message) -> bool:
    """Whether a part belongs to the turn of the model before it: its thoughts, its words, its calls, in this order."""
    if turn["role"] != "assistant":
        return False
    return "tool_calls" in part or ("tool_calls" not in turn and turn["content"] is None)


def _join(turn: Message, part: Message) -> None:
    if "tool_calls" in part:
        turn["tool_calls"] = [*turn.get("tool_calls", ()), *part["tool_calls"]]
    elif "reasoning_content" in part:
        told = (turn.get("reasoning_content"), part["reasoning_content"])
        turn["reasoning_content"] = "\n\n".join(filter(None, told))
    else:
        turn.update(part)


def _content(value: Any, place: str, contract: Contract) -> Message:
    """A content: a text where there is nothing but text, else its parts."""
    if value is None or isinstance(value, str):
        return {"content": value}
    if not isinstance(value, list) or not all(isinstance(part, Mapping) for part in value):
        raise problems.invalid_field(contract, place, "This field must be a string or a list of parts.")
    refused = [str(part.get("refusal")) for part in value if part.get("type") == "refusal"]
    parts = [_part(part) for part in value if part.get("type") != "refusal"]
    if not all(part.get("type") == "text" for part in parts):
        return {"content": parts}
    text = "\n".join(str(part.get("text") or "") for part in parts)
    return {"content": text if parts else None, "refusal": "".join(refused)} if refused else {"content": text}


def _part(part: Mapping[str, Any]) -> Mapping[str, Any]:
    kind = part.get("type")
    if kind in ("input_text", "output_text", "text"):
        return {"type": "text", "text": part.get("text")}
    if kind == "input_image" and part.get("image_url") is not None:
        detail = {} if part.get("detail") in (None, "auto") else {"detail": part["detail"]}
        return {"type": "image_url", "image_url": {"url": part["image_url"], **detail}}
    if kind in ("input_image", "input_file"):
        names = ("file_id", "file_data", "file_url", "filename")
        return {"type": "file", "file": {name: part[name] for name in names if part.get(name) is not None}}
    return part


def _parameters(fields: Mapping[str, Any], *, keep_others: bool) -> dict[str, Any]:
    """What has another name, or another shape. What is OpenAI's alone stays as it is, or is left out."""
    chat: dict[str, Any] = {}
    if fields.get("max_output_tokens") is not None:
        chat["max_tokens"] = fields["max_output_tokens"]
    offered = [tool for tool in _objects(fields.get("tools")) if keep_others or tool.get("type") in _NAMED]
    if offered:
        chat["tools"] = [_tool(tool) for tool in offered]
    choice = fields.get("tool_choice")
    if (chosen := _choice(choice) if isinstance(choice, Mapping) else choice) is not None:
        chat["tool_choice"] = chosen
    elif keep_others and choice is not None:
        chat["tool_choice"] = choice
    text, reasoning = _object(fields.get("text")), _object(fields.get("reasoning"))
    if (form := text.get("format")) is not None:
        chat["response_format"] = _form(form)
    if text.get("verbosity") is not None:
        chat["verbosity"] = text["verbosity"]
    if reasoning.get("effort") is not None:
        chat["reasoning_effort"] = reasoning["effort"]
    return chat


def _tool(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    if tool.get("type") not in _NAMED:
        return tool
    told = {name: value for name, value in tool.items() if name != "type" and value is not None}
    return {"type": tool["type"], tool["type"]: told}


def _choice(choice: Mapping[str, Any]) -> Mapping[str, Any] | None:
    kind = choice.get("type")
    if kind in _NAMED:
        return {"type": kind, kind: {"name": choice.get("name")}}
    if kind == "allowed_tools":
        return {"type": kind, kind: {name: value for name, value in choice.items() if name != "type"}}
    return None


def _form(form: Any) -> Any:
    if not isinstance(form, Mapping) or form.get("type") != "json_schema":
        return form
    told = {name: value for name, value in form.items() if name != "type" and value is not None}
    return {"type": "json_schema", "json_schema": told}


# Stored prompts


def mergeable(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a stored prompt can change, by its names for it. What was said is not among it: the input is preserved."""
    named = {name: value for name, value in body.items() if name != "instructions"}
    if not all(isinstance(body.get(name), kind | None) for name, kind in _SHAPES.items()):
        return named  # it is refused for that
    named = {name: value for name, value in named.items() if name not in _RENAMED}
    for name, translated in (("text", ("format", "verbosity")), ("reasoning", ("effort",))):
        rest = {key: value for key, value in _object(body.get(name)).items() if key not in translated}
        if rest:
            named[name] = rest
    return named | _parameters(body, keep_others=True)


def prompted(
    merged: Mapping[str, Any], body: Mapping[str, Any], unspoken: frozenset[str], contract: Contract
) -> dict[str, Any]:
    """The request with a prompt merged in: its messages become the instructions, its parameters those of this API.

    Of several names for one thing the first counts: the layer that wins comes first. `unspoken` are names that this API
    does not have.
    """
    fields = {name: value for name, value in merged.items() if name not in unspoken}
    if "stream_options" in body:
        fields["stream_options"] = body["stream_options"]
    longest = next((value for name, value in merged.items() if name in _LONGEST and value is not None), None)
    if longest is not None:
        fields["max_output_tokens"] = longest
    if isinstance(fields.get("tools"), list):
        fields["tools"] = [_flat(tool) for tool in fields["tools"]]
    if "tool_choice" in fields:
        fields["tool_choice"] = _flat(fields["tool_choice"])
    _put(fields, "text", {"verbosity": merged.get("verbosity"), "format": _flat(merged.get("response_format"))})
    _put(fields, "reasoning", {"effort": merged.get("reasoning_effort")})
    return fields | _said(merged["messages"], body, contract)


def _flat(named: Any) -> Any:
    """Something without the object that chat completions put its fields in, which is named after its type."""
    kind = _object(named).get("type")
    inner = named.get(kind) if isinstance(kind, str) else None
    return {"type": kind, **inner} if isinstance(inner, Mapping) else named


def _put(fields: dict[str, Any], name: str, told: Mapping[str, Any]) -> None:
    found = {key: value for key, value in told.items() if value is not None}
    if found and isinstance(fields.get(name), Mapping | None):
        fields[name] = {**found, **_object(fields.get(name))}


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _said(template: Sequence[Mapping[str, Any]], body: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    """The instructions, and the input where a part of the template goes before it."""
    own, before = body.get("instructions"), []
    if not isinstance(own, str | None):
        return {"instructions": own}  # it is refused for that
    if contract.prompt_instructions == "system_messages":
        before = [one for one in template if one.get("role") not in ("system", "developer")]
        template = [one for one in template if one not in before]
    written = "\n\n".join(text for text in map(text_of, template) if text)
    said = {"prompt": (written or own,), "body": (own or written,), "both": (written, own)}
    told = "\n\n".join(text for text in said[contract.prompt_and_instructions] if text)
    fields: dict[str, Any] = {"instructions": told} if told else {}
    if before:
        spoken = [{"role": one.get("role"), "content": text_of(one)} for one in before]
        items = items_of(body)
        is_known = body.get("previous_response_id") is not None and items[: len(spoken)] == spoken
        fields["input"] = items if is_known else [*spoken, *items]
    return fields
