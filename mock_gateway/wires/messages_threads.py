"""Anthropic's threads: a request may name the answer it goes on from, and says only what is new since then.

A thread has the system's part and the tools it was begun with. With a thread resolved, a request is the same as one that
tells the whole conversation: the field itself, and the beta it comes with, say nothing more.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic_core import from_json

from ..core.chat import ChatRequest
from ..core.contract import Contract
from ..core.past import Past, Told
from ..core.problems import Problem, ProvidersProblem
from . import sse
from .checking import Check, is_list_of
from .reading import count, fields, items

WIRE = "messages"
_FROM_THE_BEGINNING = ("system", "tools")
"""What a thread keeps as it was begun, and what only its first request says."""
_BETA = "message-threads-"
_PIECES = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
"""Which field of a block the pieces of a stream are added to. They call it the same."""


def _continued(thread: Any) -> str | None:
    """The answer that a request goes on from."""
    if not isinstance(thread, Mapping) or thread.get("type") != "continue":
        return None
    earlier = thread.get("previous_message_id")
    return earlier if isinstance(earlier, str) else None


def _is_thread(value: Any) -> bool:
    return isinstance(value, Mapping) and (value.get("type") == "create" or _continued(value) is not None)


THREAD = Check(_is_thread, 'either {"type": "create"} or {"type": "continue", "previous_message_id": "..."}')


class _ThreadProblem(ProvidersProblem):
    """In Anthropic's shape. Its client looks for `error_code`, to tell the whole conversation again."""

    def body(self, contract: Contract) -> Mapping[str, Any]:
        """The JSON of the answer."""
        details = {} if self.code is None else {"details": {"error_code": self.code}}
        return {"type": "error", "error": {"type": self.type, "message": self.message, **details}, "request_id": None}


def _unknown(earlier: str) -> Problem:
    """A thread that goes on from an answer nobody has kept."""
    text = f"thread.previous_message_id: no thread goes on from '{earlier}'."
    return _ThreadProblem(404, text, "not_found_error", "thread_not_found")


def _repeated(name: str) -> Problem:
    """A thread that is told again what it was begun with."""
    text = f"{name}: a thread keeps what it was created with, so it cannot be sent with thread.type 'continue'."
    return _ThreadProblem(400, text, "invalid_request_error")


def continued(asked: Mapping[str, Any], past: Past) -> Mapping[str, Any]:
    """The request with the whole conversation, or the `Problem` of a thread that is none."""
    if asked.get("thread") is None:
        return asked
    earlier, said = _continued(asked["thread"]), asked.get("messages")
    found = _without_beta(asked)
    if earlier is None or not is_list_of(said, dict):
        return found  # a new thread, or refused for that
    told = past.find(WIRE, earlier)
    if told is None:
        raise _unknown(earlier)
    for name in _FROM_THE_BEGINNING:
        if asked.get(name) is not None:
            raise _repeated(name)
    return {**found, **told.standing, "messages": [*told.asked, *told.given, *items(said)]}


def _without_beta(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    betas = asked.get("anthropic_beta")
    if not is_list_of(betas, str):
        return asked
    left = [beta for beta in items(betas) if not beta.startswith(_BETA)]
    found = {name: value for name, value in asked.items() if name != "anthropic_beta"}
    return {**found, "anthropic_beta": left} if left else found


def told(data: bytes, request: ChatRequest) -> Told | None:
    """What a thread can go on from: the answer, and all that was asked for it."""
    if request.get("thread") is None:
        return None
    message = _message(data)
    if message is None or not isinstance(message.get("id"), str) or not is_list_of(message.get("content"), dict):
        return None
    standing = {name: request[name] for name in _FROM_THE_BEGINNING if request.get(name) is not None}
    turn = {"role": "assistant", "content": message["content"]}
    return Told(WIRE, message["id"], message, request["messages"], [turn], standing)


def _message(data: bytes) -> Mapping[str, Any] | None:
    """The message in a whole answer, or in the events of a stream that came to its end."""
    try:
        if data.lstrip().startswith(b"{"):
            return fields(from_json(data))
        events = [fields(from_json(payload)) for payload in sse.payloads(data)]
        return _gathered(events) if any(event.get("type") == "message_stop" for event in events) else None
    except ValueError:  # it is no message, or an unreadable one
        return None


def _gathered(events: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """A message as its stream puts it together, with all of its blocks, whatever they are."""
    start = next((event for event in events if event.get("type") == "message_start"), {})
    return {**fields(start.get("message")), "content": list(_blocks(events).values())}


def _blocks(events: Iterable[Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    blocks: dict[int, dict[str, Any]] = {}
    written: dict[int, str] = {}
    for event in events:
        index, delta = count(event.get("index")), fields(event.get("delta"))
        if event.get("type") == "content_block_start":
            blocks[index] = dict(fields(event.get("content_block")))
        elif index in blocks and event.get("type") == "content_block_delta":
            block, kind = blocks[index], delta.get("type")
            if (name := _PIECES.get(str(kind))) is not None:
                block[name] = str(block.get(name) or "") + str(delta.get(name) or "")
            elif kind == "citations_delta":
                block["citations"] = [*items(block.get("citations")), delta.get("citation")]
            elif kind == "input_json_delta":
                written[index] = written.get(index, "") + str(delta.get("partial_json") or "")
    for index, text in written.items():
        if text:
            blocks[index]["input"] = from_json(text)
    return blocks
