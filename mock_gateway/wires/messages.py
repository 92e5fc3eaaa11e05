"""Anthropic's messages, as its own client speaks them through the gateway or to api.anthropic.com."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic_core import from_json, to_json

from ..core import problems
from ..core.chat import SIGNATURE, Answer, ChatRequest, ToolCall, Usage
from ..core.contract import Contract
from ..core.failures import Failure
from ..core.past import Past, Told
from ..core.requests import HttpRequest
from ..core.steps import Chunk
from ..core.tokens import split_text
from . import messages_reading, messages_threads, sse
from .checking import COUNT, NAME, OBJECT, OBJECTS, SWITCH, Check, check, is_list_of, list_of
from .messages_reading import NO_OBJECT, REASONS
from .messages_request import conversation, in_chat
from .wire import Address, Envelope, Wire

_PARAMETERS = frozenset(
    [
        "anthropic_beta",
        "cache_control",
        "container",
        "context_management",
        "diagnostics",
        "inference_geo",
        "max_tokens",
        "mcp_servers",
        "messages",
        "metadata",
        "model",
        "output_config",
        "output_format",
        "service_tier",
        "speed",
        "stop_sequences",
        "stream",
        "system",
        "temperature",
        "thinking",
        "thread",
        "tool_choice",
        "tools",
        "top_k",
        "top_p",
        "user_profile_id",
    ]
)
_BETA = "anthropic_beta"
_VERSION = "2023-06-01"
_REQUIRED = ("model", "messages", "max_tokens")
_CHECKS = {
    "model": NAME,
    "messages": OBJECTS,
    "max_tokens": COUNT,
    "system": Check(lambda value: isinstance(value, str) or is_list_of(value, dict), "a string or a list of blocks"),
    "stream": SWITCH,
    "stop_sequences": Check(list_of(str), "a list of strings"),
    "tools": Check(list_of(dict), "a list of tools"),
    "tool_choice": OBJECT,
    "thinking": OBJECT,
    "metadata": OBJECT,
    "output_config": OBJECT,
    "thread": messages_threads.THREAD,
}
_ROLES = ("user", "assistant", "system")
_END = re.compile(rb'(?:^|[\r\n])(?:event: ?message_stop|data: ?\{"type": ?"message_stop")')
_CONTENT = re.compile(rb'"(?:text|thinking|input_json|citations)_delta"')
_ENDINGS = {"stop": "end_turn", "function_call": "tool_use"} | {
    canonical: native for native, canonical in REASONS.items() if canonical != "stop"
}
_ARGUMENT_PIECE = 16
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""What Anthropic calls an error with this status. The others are the caller's, or from 500 on its own."""
_NAMED = {
    "insufficient_quota": "billing_error",
    "overloaded": "overloaded_error",
    "rate_limit_exceeded": "rate_limit_error",
    "request_too_large": "request_too_large",
    "timeout": "timeout_error",
}
"""What it calls one that has a name, whatever the status."""


class Messages(Wire):
    """Anthropic's messages."""

    name = "messages"
    path = "messages"
    parameters = _PARAMETERS
    opaque = frozenset(
        {"data", "encrypted_content", "encrypted_index", "file_id", "fingerprint", "id", "signature"}
        | {"previous_message_id", "tool_use_id", "url", "user_id"}
    )
    id_kind = "msg"
    call_kind = "toolu"
    upstreams = MappingProxyType({"anthropic": "", "respan": "anthropic/v1/"})
    key_header = "x-api-key"
    headers = MappingProxyType({"anthropic-version": _VERSION})
    statuses = MappingProxyType({"overloaded": 529, "insufficient_quota": 402})
    keeps_answers = True
    ending = re.compile(r"/v1/messages$")  # a thread of OpenAI's has messages, too

    def read(self, inbound: HttpRequest) -> dict[str, Any]:
        """The fields of a request. A beta that is asked for in a header is part of what is asked."""
        fields = super().read(inbound)
        betas = [name for beta in inbound.headers.get("anthropic-beta", "").split(",") if (name := beta.strip())]
        return {**fields, _BETA: betas} if betas and _BETA not in fields else fields

    def request(self, fields: Mapping[str, Any], customer: str | None, contract: Contract) -> ChatRequest:
        """The request in these fields. Only what is read here is checked."""
        check(fields, _REQUIRED, _CHECKS, contract)
        for at, message in enumerate(fields["messages"]):
            if message.get("role") not in _ROLES:
                told = f"This field must be {', '.join(_ROLES[:-1])} or {_ROLES[-1]}."
                raise problems.invalid_field(contract, f"messages[{at}].role", told)
            content = message.get("content")
            if not isinstance(content, str) and not is_list_of(content, dict):
                told = "This field must be a string or a list of blocks."
                raise problems.invalid_field(contract, f"messages[{at}].content", told)
        return ChatRequest(fields, customer, in_chat(fields))

    def continued(self, fields: Mapping[str, Any], past: Past) -> Mapping[str, Any]:
        return messages_threads.continued(fields, past)

    def messages(self, fields: Mapping[str, Any]) -> Sequence[Any]:
        try:
            return conversation(fields)
        except (KeyError, TypeError, AttributeError):  # it was refused for that
            return ()

    def address(self, request: ChatRequest) -> Address:
        """Where a provider is asked this: the betas stand in a header again, and a thread is told in full."""
        betas = request.get(_BETA)
        has_betas = is_list_of(betas, str)
        left_out = ("thread", _BETA) if has_betas else ("thread",)
        body = {name: value for name, value in request.body.items() if name not in left_out}
        return Address(self.path, body, {"anthropic-beta": ",".join(betas)} if has_betas else {})

    def whole(self, answer: Answer, request: ChatRequest, envelope: Envelope) -> bytes:
        """The answer in one piece."""
        content: list[dict[str, Any]] = []
        answer = self.named(answer, request, envelope)
        if answer.reasoning is not None:
            signature = answer.signature or SIGNATURE
            content.append({"type": "thinking", "thinking": answer.reasoning, "signature": signature})
        if answer.text:
            content.append({"type": "text", "text": answer.text})
        for block, call in _tool_blocks(answer):
            content.append({**block, "input": _input(call)})
        usage = _usage_block(self.usage(answer, request), request)
        return to_json({**_opening(envelope, usage), "content": content, **_ending(answer)})

    def stream(self, answer: Answer, request: ChatRequest, envelope: Envelope, contract: Contract) -> Iterator[Chunk]:
        """The answer event by event: its head, block after block, why it ended and what it weighs, the end."""
        usage = _usage_block(self.usage(answer, request), request)
        begun = {**usage, "output_tokens": min(1, usage["output_tokens"])}
        yield _event("message_start", message=_opening(envelope, begun))
        index = -1
        for index, (block, deltas) in enumerate(_blocks(self.named(answer, request, envelope))):
            yield _event("content_block_start", index=index, content_block=block)
            if not index:
                yield _event("ping")
            for delta in deltas:
                yield _event("content_block_delta", index=index, delta=delta)
            yield _event("content_block_stop", index=index)
        if index < 0:
            yield _event("ping")
        weight = {name: value for name, value in usage.items() if name not in ("cache_creation", "service_tier")}
        yield _event("message_delta", delta=_ending(answer), usage=weight)
        yield _event("message_stop")

    def error(self, failure: Failure) -> bytes:
        """A provider's error."""
        told = {"type": _type(failure), "message": failure.message}
        return to_json({"type": "error", "error": told, "request_id": None})

    def error_event(self, failure: Failure) -> Sequence[Chunk]:
        """A provider's error in the middle of a stream; nothing follows it."""
        return (Chunk(sse.event(self.error(failure), "error"), counts=False, last=True),)

    def told(self, data: bytes, request: ChatRequest) -> Told | None:
        """The answer, if it was asked for in a thread."""
        return messages_threads.told(data, request)

    def is_answer(self, body: Mapping[str, Any]) -> bool:
        return body.get("type") == "message" or "stop_reason" in body

    def verbatim(self, body: Mapping[str, Any]) -> Answer:
        return messages_reading.verbatim(body)

    def gathered(self, events: Iterable[Mapping[str, Any]]) -> Answer:
        return messages_reading.gathered(events)

    def ends(self, data: bytes) -> bool:
        """Whether the end of a stream is in these bytes."""
        return _END.search(data) is not None

    def counts(self, data: bytes) -> bool:
        """Whether something is said in these bytes: text, a thought, or a piece of what a tool is called with."""
        return _CONTENT.search(data) is not None


messages = Messages()


def _event(kind: str, **fields: Any) -> Chunk:
    data = sse.event(to_json({"type": kind, **fields}), kind)
    counts = kind == "content_block_delta" and fields["delta"]["type"] != "signature_delta"
    return Chunk(data, counts=counts, last=kind == "message_stop")


def _opening(envelope: Envelope, usage: Mapping[str, Any]) -> dict[str, Any]:
    """A message before anything is said in it."""
    return {
        "id": envelope.id,
        "type": "message",
        "role": "assistant",
        "model": envelope.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }


def _ending(answer: Answer) -> dict[str, Any]:
    """Why a message ended."""
    ending: dict[str, Any] = {"stop_reason": _ENDINGS.get(answer.ending, answer.ending), "stop_sequence": None}
    if answer.refusal is not None:
        details = {"type": "refusal", "category": None, "explanation": answer.refusal}
        return {**ending, "stop_reason": "refusal", "stop_details": details}
    if answer.stop_sequence is not None and answer.ending == "stop":
        return {"stop_reason": "stop_sequence", "stop_sequence": answer.stop_sequence}
    return ending


def _blocks(answer: Answer) -> Iterator[tuple[dict[str, Any], Iterator[dict[str, Any]]]]:
    """Each block of a message as it begins, and the pieces that follow."""
    if answer.reasoning is not None:
        yield {"type": "thinking", "thinking": "", "signature": ""}, _thoughts(answer)
    if pieces := [piece for piece in answer.pieces if piece]:
        yield {"type": "text", "text": ""}, ({"type": "text_delta", "text": piece} for piece in pieces)
    for block, call in _tool_blocks(answer):
        yield {**block, "input": {}}, _arguments(call)


def _thoughts(answer: Answer) -> Iterator[dict[str, Any]]:
    for piece in split_text(answer.reasoning or ""):
        yield {"type": "thinking_delta", "thinking": piece}
    yield {"type": "signature_delta", "signature": answer.signature or SIGNATURE}


def _arguments(call: ToolCall) -> Iterator[dict[str, Any]]:
    written = call.written
    for start in (None, *range(0, len(written), _ARGUMENT_PIECE)):  # the first piece is empty, as Anthropic's is
        piece = "" if start is None else written[start : start + _ARGUMENT_PIECE]
        yield {"type": "input_json_delta", "partial_json": piece}


def _tool_blocks(answer: Answer) -> Iterator[tuple[dict[str, Any], ToolCall]]:
    """The calls of tools as blocks."""
    for call in answer.tool_calls:
        yield {"type": "tool_use", "id": call.id, "name": call.name}, call


def _input(call: ToolCall) -> Any:
    """What a tool is called with. It has to be an object here, even where the model wrote none."""
    try:
        found = from_json(call.written)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {NO_OBJECT: call.written}


def _usage_block(usage: Usage, request: ChatRequest) -> dict[str, Any]:
    """Anthropic counts apart what was written to its cache, what was read from it, and the rest."""
    written = usage.cache_creation_tokens
    lasts_long = b'"ttl":"1h"' in to_json(dict(request.body)) if written else False
    block: dict[str, Any] = {
        "input_tokens": max(usage.prompt_tokens - usage.cached_tokens - written, 0),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": usage.cached_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": 0 if lasts_long else written,
            "ephemeral_1h_input_tokens": written if lasts_long else 0,
        },
        "output_tokens": usage.completion_tokens,
        "service_tier": "standard",
    }
    if usage.reasoning_tokens:
        block["output_tokens_details"] = {"thinking_tokens": usage.reasoning_tokens}
    return block


def _type(failure: Failure) -> str:
    if failure.type in _TYPES.values() and failure.type != "invalid_request_error":  # it came from Anthropic
        return failure.type
    if failure.code in _NAMED:
        return _NAMED[failure.code]
    return _TYPES.get(failure.status, "api_error" if failure.status >= 500 else "invalid_request_error")
