"""OpenAI's Responses API: what is asked and answered are items, and an earlier answer can be named by its id."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic_core import from_json, to_json

from ..core import problems
from ..core.chat import Answer, ChatRequest, Usage
from ..core.contract import Contract
from ..core.failures import Failure
from ..core.past import Past, Told
from ..core.steps import Chunk
from . import responses_asking as asking
from . import responses_reading as reading
from . import sse
from .chat import chat
from .checking import COUNT, NAME, OBJECT, OBJECTS, POSITIVE, SWITCH, TEXT, Check, check, is_list_of, list_of
from .responses_events import Events, output
from .responses_past import continued
from .wire import Address, Envelope, Wire

_PARAMETERS = frozenset(
    [
        "access_programs",
        "background",
        "context_management",
        "conversation",
        "extra_headers",
        "image",
        "include",
        "input",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "model",
        "moderation",
        "parallel_tool_calls",
        "previous_response_id",
        "prompt",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning",
        "safety_identifier",
        "service_tier",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "text",
        "timeout",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    ]
)
_UNSPOKEN = (chat.parameters - _PARAMETERS) | {"messages", "stream_options"}
"""Parameters that a stored prompt may bring, and that this wire has other words for, or none."""
_SAID = ("input", "previous_response_id", "prompt")
"""One of them says what is asked."""
_CHECKS = {
    "model": NAME,
    "input": Check(lambda value: isinstance(value, str) or is_list_of(value, dict), "a string or a list of items"),
    "instructions": TEXT,
    "stream": SWITCH,
    "store": SWITCH,
    "background": SWITCH,
    "tools": OBJECTS,
    "text": OBJECT,
    "reasoning": OBJECT,
    "metadata": OBJECT,
    "prompt": OBJECT,
    "stream_options": OBJECT,
    "include": Check(list_of(str), "a list of strings"),
    "max_output_tokens": POSITIVE,
    "top_logprobs": COUNT,
    "previous_response_id": NAME,
}
_COUNTED = re.compile(rb'"type": ?"response\.[\w.]+\.delta"')
_END = re.compile(rb"(?:^|[\r\n])event: ?(?:response\.(?:completed|incomplete|failed)|error)[\r\n]")
_ANY_CONTRACT = Contract()
_ECHOED: Mapping[str, Any] = MappingProxyType(
    {
        "background": False,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "prompt": None,
        "prompt_cache_key": None,
        "prompt_cache_retention": None,
        "safety_identifier": None,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "user": None,
    }
)
"""What an answer says again of its request, and what it says where that said nothing."""


class Responses(Wire):
    """The Responses API."""

    name = "responses"
    path = "responses"
    parameters = _PARAMETERS
    opaque = frozenset(
        {"call_id", "data", "encrypted_content", "fingerprint", "id", "item_id", "obfuscation", "result", "signature"}
        | {"file_data", "file_id", "file_url", "image_url", "previous_response_id", "prompt_cache_key"}
        | {"safety_identifier", "url", "user"}
    )
    log_type = "response"
    id_kind = "resp"
    upstreams = MappingProxyType({"openai": "", "respan": ""})
    takes_prompts = keeps_answers = honours_retries = True

    # Requests

    def request(self, fields: Mapping[str, Any], customer: str | None, contract: Contract) -> ChatRequest:
        """The request in these fields. Only what is read here is checked."""
        check(fields, ("model",), _CHECKS, contract)
        if fields.get("conversation") is not None:
            raise problems.not_imitated_field("conversation", "name the answer before with previous_response_id")
        if fields.get("background"):
            raise problems.not_imitated_field("background", "ask without it")
        if fields.get("prompt") is not None and not isinstance(fields["prompt"].get("id"), str):
            why = "This field is required: it is OpenAI's own. A prompt of Respan's stands under respan_params."
            raise problems.invalid_field(contract, "prompt.id", why)
        if all(fields.get(name) is None for name in _SAID):
            raise problems.invalid_field(contract, "input", "This field is required.")
        return ChatRequest(fields, customer, asking.in_chat(fields, contract))

    def continued(self, fields: Mapping[str, Any], past: Past) -> Mapping[str, Any]:
        return continued(fields, past)

    def messages(self, fields: Mapping[str, Any]) -> Sequence[Any]:
        try:
            return list(asking.messages(fields, _ANY_CONTRACT))
        except problems.Problem:  # it was refused for that
            return ()

    def mergeable(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return asking.mergeable(body)

    def prompted(self, merged: dict[str, Any], body: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
        return asking.prompted(merged, body, _UNSPOKEN, contract)

    def address(self, request: ChatRequest) -> Address:
        """The conversation is sent in full: a provider knows nothing of answers that others have given."""
        return Address(self.path, {name: value for name, value in request.body.items() if name != _SAID[1]})

    # Answers

    def whole(self, answer: Answer, request: ChatRequest, envelope: Envelope) -> bytes:
        """The answer in one piece."""
        return to_json(self._ended(answer, request, envelope))

    def stream(self, answer: Answer, request: ChatRequest, envelope: Envelope, contract: Contract) -> Iterator[Chunk]:
        """The answer event by event. The last one says all of it once more."""
        begun = {**_response(request, envelope), "status": "in_progress", "output": [], "usage": None}
        yield from Events(answer).all(begun, self._ended(answer, request, envelope))

    def _ended(self, answer: Answer, request: ChatRequest, envelope: Envelope) -> dict[str, Any]:
        reason = reading.REASONS.get(answer.ending) or (answer.ending if answer.ending in reading.NATIVE else None)
        return {
            **_response(request, envelope),
            "status": "completed" if reason is None else "incomplete",
            "completed_at": envelope.created if reason is None else None,
            "incomplete_details": None if reason is None else {"reason": reason},
            "output": output(self.named(answer, request, envelope), request, envelope),
            "usage": _usage_block(self.usage(answer, request)),
        }

    def error(self, failure: Failure) -> bytes:
        """A provider's error, in the shape of all of OpenAI's."""
        return chat.error(failure)

    def error_event(self, failure: Failure) -> Sequence[Chunk]:
        """A provider's error in the middle of a stream. OpenAI's client hands it on as an event among others."""
        told = {"type": "error", "code": failure.code, "message": failure.message, "param": None}
        return (Chunk(sse.event(to_json({**told, "sequence_number": 0}), "error"), counts=False, last=True),)

    def told(self, data: bytes, request: ChatRequest) -> Told | None:
        """The answer, unless the request says that it is not to be kept."""
        if request.get("store") is False:
            return None
        body = _last_response(data)
        if body is None or not isinstance(body.get("id"), str) or not is_list_of(body.get("output"), dict):
            return None
        return Told(self.name, body["id"], body, asking.items_of(request), body["output"])

    # Answers that were recorded, or written out

    def is_answer(self, body: Mapping[str, Any]) -> bool:
        return "output" in body

    def verbatim(self, body: Mapping[str, Any]) -> Answer:
        return reading.verbatim(body)

    def retold(self, body: Mapping[str, Any]) -> Sequence[Chunk]:
        """The events of a response that has failed: it begins, and that is all that came of it."""
        if not reading.has_failed(body):
            return ()
        begun = {**body, "status": "in_progress", "error": None, "output": [], "usage": None}
        return list(Events(Answer()).all(begun, {**body, "status": "failed"}))

    def gathered(self, events: Iterable[Mapping[str, Any]]) -> Answer:
        return reading.gathered(events)

    def ends(self, data: bytes) -> bool:
        """Whether the last event is in these bytes, or begins in them."""
        return _END.search(data) is not None

    def counts(self, data: bytes) -> bool:
        return _COUNTED.search(data) is not None


responses = Responses()


def _response(request: ChatRequest, envelope: Envelope) -> dict[str, Any]:
    """All that stands around the output, as far as it is known from the beginning."""
    text, reasoning = request.get("text") or {}, request.get("reasoning") or {}
    echoed = {name: default if (said := request.get(name)) is None else said for name, default in _ECHOED.items()}
    tier = request.get("service_tier")
    return {
        "id": envelope.id,
        "object": "response",
        "created_at": envelope.created,
        "completed_at": None,
        "model": envelope.model,
        "error": None,
        "incomplete_details": None,
        **echoed,
        "reasoning": {"effort": None, "summary": None, **reasoning},
        "service_tier": "default" if tier in (None, "auto") else tier,
        "text": {"format": {"type": "text"}, "verbosity": "medium", **text},
    }


def _last_response(data: bytes) -> Mapping[str, Any] | None:
    """The response in a whole answer, or in the event that ends a stream."""
    if not data.lstrip().startswith(b"{"):
        said = sse.payloads(data)
        data = said[-1].encode("utf-8", "surrogateescape") if said else b""
    try:
        value = from_json(data)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    body = value if value.get("object") == "response" else value.get("response")
    return body if isinstance(body, dict) and body.get("status") in ("completed", "incomplete") else None


def _usage_block(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cached_tokens,
            "cache_write_tokens": usage.cache_creation_tokens,
        },
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.total_tokens,
    }
