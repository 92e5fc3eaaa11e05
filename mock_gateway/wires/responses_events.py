"""An answer as the Responses API tells it: as items, and as the events in which they come into being."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import to_json

from ..core.chat import SIGNATURE, Answer, ChatRequest
from ..core.steps import Chunk
from ..core.tokens import split_text
from . import sse
from .responses_asking import LOGPROBS
from .responses_reading import REASONS
from .wire import Envelope

Item = dict[str, Any]
_ARGUMENT_PIECE = 16
_LOGPROB = -0.01
_ENCRYPTED = "reasoning.encrypted_content"


def output(answer: Answer, request: ChatRequest, envelope: Envelope) -> list[Item]:
    """What the answer consists of: the thoughts, the message, the calls."""
    serial = envelope.id.rpartition("-")[2]
    found: list[Item] = []
    if answer.reasoning is not None or answer.signature is not None:
        found.append(_reasoning(answer, request, serial))
    if answer.text or answer.refusal is not None or not answer.tool_calls:
        found.append(_message(answer, request, serial))
    custom = _custom(request)
    for at, call in enumerate(answer.tool_calls, 1):
        named = {"call_id": call.id, "name": call.name}
        if call.name in custom:
            made: Item = {"id": f"ctc_{serial}_{at}", "type": "custom_tool_call", **named, "input": call.written}
        else:
            made = {"id": f"fc_{serial}_{at}", "type": "function_call", "status": "completed", **named}
            made["arguments"] = call.written
        found.append(made)
    return found


def _custom(request: ChatRequest) -> frozenset[str]:
    """The tools that take a text in place of arguments."""
    return frozenset(str(tool.get("name")) for tool in request.get("tools") or () if tool.get("type") == "custom")


def _reasoning(answer: Answer, request: ChatRequest, serial: str) -> Item:
    summary = [] if answer.reasoning is None else [{"type": "summary_text", "text": answer.reasoning}]
    item: Item = {"id": f"rs_{serial}", "type": "reasoning", "summary": summary}
    signature = answer.signature or (SIGNATURE if _ENCRYPTED in (request.get("include") or ()) else None)
    return item if signature is None else {**item, "encrypted_content": signature}


def _message(answer: Answer, request: ChatRequest, serial: str) -> Item:
    parts: list[Item] = []
    if answer.text or answer.refusal is None:
        logprobs = [_logprob(piece, request) for piece in answer.pieces] if _wants_logprobs(request) else []
        parts.append({"type": "output_text", "text": answer.text or "", "annotations": [], "logprobs": logprobs})
    if answer.refusal is not None:
        parts.append({"type": "refusal", "refusal": answer.refusal})
    status = "incomplete" if answer.ending in REASONS else "completed"
    return {"id": f"msg_{serial}", "type": "message", "status": status, "role": "assistant", "content": parts}


def _wants_logprobs(request: ChatRequest) -> bool:
    return LOGPROBS in (request.get("include") or ())


def _logprob(piece: str, request: ChatRequest) -> Item:
    """How sure the model was of a piece: always as sure, since a script has no doubts."""
    token = {"token": piece, "logprob": _LOGPROB, "bytes": list(piece.encode())}
    return {**token, "top_logprobs": [token][: request.get("top_logprobs") or 0]}


class Events:
    """The events of one stream, numbered from 0 on."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._number = 0

    def all(self, beginning: Item, end: Item) -> Iterator[Chunk]:
        """All of them: the response as it begins, each item as it grows, the response as it ends."""
        yield self._event("response.created", {"response": beginning})
        yield self._event("response.in_progress", {"response": beginning})
        for at, item in enumerate(() if end["status"] == "failed" else end["output"]):
            yield from self._grown(at, item)
        yield self._event(f"response.{end['status']}", {"response": end}, last=True)

    def _event(self, kind: str, fields: Item, *, counts: bool = False, last: bool = False) -> Chunk:
        told = {"type": kind, **fields, "sequence_number": self._number}
        self._number += 1
        return Chunk(sse.event(to_json(told), kind), counts=counts, last=last)

    def _grown(self, at: int, item: Item) -> Iterator[Chunk]:
        """One item, from nothing to what it is."""
        kind = item["type"]
        empty, within = _BEGUN[kind], {"message": self._message, "reasoning": self._reasoning}.get(kind, self._call)
        yield self._event("response.output_item.added", {"output_index": at, "item": {**item, **empty}})
        yield from within(item, {"item_id": item["id"], "output_index": at})
        yield self._event("response.output_item.done", {"output_index": at, "item": item})

    def _reasoning(self, item: Item, place: Item) -> Iterator[Chunk]:
        kind = "response.reasoning_summary"
        for index, part in enumerate(item["summary"]):
            here = {**place, "summary_index": index}
            yield self._event(f"{kind}_part.added", {**here, "part": {**part, "text": ""}})
            for piece in split_text(part["text"]):
                yield self._event(f"{kind}_text.delta", {**here, "delta": piece}, counts=True)
            yield self._event(f"{kind}_text.done", {**here, "text": part["text"]})
            yield self._event(f"{kind}_part.done", {**here, "part": part})

    def _message(self, item: Item, place: Item) -> Iterator[Chunk]:
        for index, part in enumerate(item["content"]):
            here = {**place, "content_index": index}
            said = part["type"].removeprefix("output_")
            begun = {**part, said: "", **({"logprobs": []} if said == "text" else {})}
            yield self._event("response.content_part.added", {**here, "part": begun})
            yield from self._text(part, here) if said == "text" else self._refusal(part["refusal"], here)
            yield self._event("response.content_part.done", {**here, "part": part})

    def _text(self, part: Item, place: Item) -> Iterator[Chunk]:
        sure = _without_bytes(part["logprobs"])
        for at, piece in enumerate(self._answer.pieces):
            told = {**place, "delta": piece, "logprobs": sure[at : at + 1]}
            yield self._event("response.output_text.delta", told, counts=True)
        yield self._event("response.output_text.done", {**place, "text": part["text"], "logprobs": sure})

    def _refusal(self, said: str, place: Item) -> Iterator[Chunk]:
        for piece in split_text(said):
            yield self._event("response.refusal.delta", {**place, "delta": piece}, counts=True)
        yield self._event("response.refusal.done", {**place, "refusal": said})

    def _call(self, item: Item, place: Item) -> Iterator[Chunk]:
        kind, name = _WRITTEN[item["type"]]
        for start in range(0, len(item[name]), _ARGUMENT_PIECE):
            piece = item[name][start : start + _ARGUMENT_PIECE]
            yield self._event(f"{kind}.delta", {**place, "delta": piece}, counts=True)
        called = {"name": item["name"]} if item["type"] == "function_call" else {}
        yield self._event(f"{kind}.done", {**place, name: item[name], **called})


_BEGUN: Mapping[str, Item] = {
    "reasoning": {"summary": []},
    "message": {"status": "in_progress", "content": []},
    "function_call": {"status": "in_progress", "arguments": ""},
    "custom_tool_call": {"input": ""},
}
"""What an item lacks when it is added."""
_WRITTEN = {
    "function_call": ("response.function_call_arguments", "arguments"),
    "custom_tool_call": ("response.custom_tool_call_input", "input"),
}
"""The events in which a call is written, and the field it is written into."""


def _without_bytes(logprobs: Sequence[Mapping[str, Any]]) -> list[Item]:
    """As events state them."""

    def plain(one: Mapping[str, Any]) -> Item:
        return {"token": one["token"], "logprob": one["logprob"]}

    return [{**plain(one), "top_logprobs": [plain(top) for top in one["top_logprobs"]]} for one in logprobs]
