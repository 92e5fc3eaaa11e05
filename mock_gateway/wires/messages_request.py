"""A request of Anthropic's in the words of chat completions.

Text stays text, and becomes one string where there is nothing else, so that a question asked on both wires is the same.
What chat completions have no words for keeps its own, so that no two questions become one: thinking, blocks and tools of
the server's. Marks for Anthropic's prompt cache are no part of a question.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic_core import to_json

Block = Mapping[str, Any]

_SHARED = ("model", "max_tokens", "temperature", "top_p", "top_k", "stream", "thinking", "service_tier", "speed")
"""What is called the same on both wires."""
_MODES = {"auto": "auto", "any": "required", "none": "none"}
_CLIENT_TOOLS = ("bash_", "computer_", "memory_", "text_editor_")
"""Tools that Anthropic defines and the caller runs: the model calls them by name as it calls any other."""


def in_chat(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The request as chat completions would have it."""
    chat: dict[str, Any] = {name: fields[name] for name in _SHARED if name in fields}
    chat["messages"] = conversation(fields)
    if fields.get("stop_sequences"):
        chat["stop"] = fields["stop_sequences"]
    if fields.get("tools"):
        chat["tools"] = [_tool(tool) for tool in fields["tools"]]
    choice = _object(fields.get("tool_choice"))
    if (mode := _MODES.get(str(choice.get("type")))) is not None:
        chat["tool_choice"] = mode
    elif choice:
        chat["tool_choice"] = {"type": "function", "function": {"name": choice.get("name")}}
    if choice.get("disable_parallel_tool_use") is True:
        chat["parallel_tool_calls"] = False
    if (user := _object(fields.get("metadata")).get("user_id")) is not None:
        chat["user"] = user
    config = _object(fields.get("output_config"))
    if config.get("effort") is not None:
        chat["reasoning_effort"] = config["effort"]
    wanted = _object(config.get("format") or fields.get("output_format"))  # the latter is its older name
    if wanted:
        chat["response_format"] = _format(wanted)
    return chat | _untold(fields)


def _untold(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What stands beside the messages and has no word in chat completions: two questions that differ in it are two.

    What a server of tools is opened with is none of it.
    """
    servers = fields.get("mcp_servers")
    hosted = [
        {name: value for name, value in server.items() if name != "authorization_token"}
        for server in (servers if isinstance(servers, list) else ())
        if isinstance(server, Mapping)
    ]
    container, management = fields.get("container"), fields.get("context_management")
    told = [] if container is None else [{"container": container}]
    settings = {} if management is None else {"context_management": management}
    named = (("untold", told), ("hosted_tools", hosted), ("untold_settings", settings))
    return {name: value for name, value in named if value}


def conversation(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is said in the request, the system's part in front."""
    return [*_system(fields.get("system")), *_messages(fields["messages"])]


def _system(system: Any) -> Iterator[dict[str, Any]]:
    content = _content(system)
    if content:
        yield {"role": "system", "content": content}


def _messages(messages: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for message in messages:
        if message["role"] == "assistant":
            yield _assistant(message.get("content"))
        else:
            yield from _user(message["role"], message.get("content"))


def _user(role: str, content: Any) -> Iterator[dict[str, Any]]:
    """A message of the user's: the results of tools are messages of their own."""
    rest: list[Block] = []
    results = 0
    for block in _blocks(content):
        if block.get("type") != "tool_result":
            rest.append(block)
            continue
        if rest:
            yield {"role": role, "content": _content(rest)}
        rest, results = [], results + 1
        result = {"role": "tool", "tool_call_id": block.get("tool_use_id"), "content": _content(block.get("content"))}
        yield {**result, "is_error": True} if block.get("is_error") is True else result
    if rest or not results:
        yield {"role": role, "content": _content(rest)}


def _assistant(content: Any) -> dict[str, Any]:
    """What a model has said before: its thoughts and its calls of tools are fields of the message."""
    thoughts: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    rest: list[Block] = []
    for block in _blocks(content):
        kind = block.get("type")
        if kind in ("thinking", "redacted_thinking"):
            thoughts.append(_unmarked(block))
        elif kind == "tool_use":
            function = {"name": block.get("name"), "arguments": to_json(block.get("input") or {}).decode()}
            calls.append({"id": block.get("id"), "type": "function", "function": function})
        else:
            rest.append(block)
    message: dict[str, Any] = {"role": "assistant", "content": _content(rest) if rest or not calls else None}
    if thoughts:
        message["thinking_blocks"] = thoughts
    if calls:
        message["tool_calls"] = calls
    return message


def _content(content: Any) -> str | list[dict[str, Any]]:
    """Content as one string where it is nothing but text, else in its parts."""
    parts = [part for block in _blocks(content) for part in _parts(block)]
    if all(part.get("type") == "text" for part in parts):
        return "\n".join(str(part.get("text", "")) for part in parts)
    return parts


def _blocks(content: Any) -> list[Block]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content if isinstance(block, Mapping)] if isinstance(content, list) else []


def _parts(block: Block) -> Iterator[dict[str, Any]]:
    kind, source = block.get("type"), _object(block.get("source"))
    if kind == "text":
        yield {"type": "text", "text": block.get("text")}
    elif kind == "image":
        yield _image(source)
    elif kind == "document":
        yield from _document(block, source)
    elif kind == "search_result":
        yield from _texts(block.get("title"), block.get("source"))
        yield from (part for inner in _blocks(block.get("content")) for part in _parts(inner))
    else:
        yield _unmarked(block)


def _image(source: Block) -> dict[str, Any]:
    if source.get("type") == "file":
        return {"type": "file", "file": {"file_id": source.get("file_id")}}
    url = _data(source) if source.get("type") == "base64" else source.get("url")
    return {"type": "image_url", "image_url": {"url": url}}


def _document(block: Block, source: Block) -> Iterator[dict[str, Any]]:
    """A document: as text where it is text, so that it can be asked for, and else as a file."""
    kind = source.get("type")
    if kind in ("text", "content"):
        yield from _texts(block.get("title"), block.get("context"))
        inner = source.get("data") if kind == "text" else source.get("content")
        yield from (part for one in _blocks(inner) for part in _parts(one))
        return
    name = {} if block.get("title") is None else {"filename": block["title"]}
    if kind == "file":
        file = {"file_id": source.get("file_id")}
    else:
        file = {"file_data": _data(source)} if kind == "base64" else {"file_url": source.get("url")}
    yield {"type": "file", "file": {**file, **name}}
    yield from _texts(block.get("context"))


def _texts(*texts: Any) -> Iterator[dict[str, Any]]:
    return ({"type": "text", "text": text} for text in texts if isinstance(text, str) and text)


def _data(source: Block) -> str:
    return f"data:{source.get('media_type')};base64,{source.get('data')}"


def _tool(tool: Block) -> dict[str, Any]:
    kind = tool.get("type")
    if isinstance(kind, str) and kind != "custom":
        rest = _unmarked(tool)
        return {"type": "function", "function": rest} if kind.startswith(_CLIENT_TOOLS) else rest
    function = {"name": tool.get("name"), "parameters": tool.get("input_schema")}
    function |= {name: tool[name] for name in ("description", "strict") if tool.get(name) is not None}
    return {"type": "function", "function": function}


def _format(wanted: Block) -> dict[str, Any]:
    """The form of an answer. It needs a name in chat completions, and has none here but the title of its schema."""
    if wanted.get("type") != "json_schema":
        return dict(wanted)
    schema = wanted.get("schema")
    return {"type": "json_schema", "json_schema": {"name": _object(schema).get("title", "answer"), "schema": schema}}


def _unmarked(block: Block) -> dict[str, Any]:
    return {name: value for name, value in block.items() if name != "cache_control"}


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
