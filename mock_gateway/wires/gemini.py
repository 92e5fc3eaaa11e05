"""Google's generateContent, at Gemini's own API and at Vertex AI.

The model stands in the path, and so does whether to stream. A stream is of server-sent events, or, where nobody asks for
those with ``alt=sse``, one JSON array that comes bit by bit. There is no event for the end.
"""

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, unquote

from pydantic_core import from_json, to_json

from ..core import problems
from ..core.chat import Answer, ChatRequest, ToolCall, Usage
from ..core.contract import Contract
from ..core.failures import Failure
from ..core.requests import HttpRequest
from ..core.steps import Chunk, Start, Steps
from ..core.tokens import split_text
from . import gemini_reading, sse
from .checking import NAME, Check, check, list_of
from .gemini_asking import in_chat
from .gemini_untold import untold
from .wire import Address, Envelope, Wire

PLACE = re.compile(r"/models/(?P<model>.+):(?P<verb>\w+)/?$")
"""What the path of a request ends with."""
_LAST_OF = re.compile(rb'"(?:finishReason|blockReason)":\s*"')
_SAYS = re.compile(rb'"text":\s*"[^"]|"functionCall":|"inlineData":')
_NAMES = re.compile("[A-Z][A-Z_]+")
_BOUNDARY = re.compile(rb"\r\n\r\n|\n\n")
_LOGPROB = -0.01
_ANY_CONTRACT = Contract()
"""What was said was said under any contract."""
_CHECKS = {
    "model": NAME,
    "contents": Check(list_of(dict), "a list of contents"),
    "stream": Check(lambda value: isinstance(value, bool), "true or false"),
}
_ENDINGS = {theirs: ours for ours, theirs in gemini_reading.ENDINGS.items()} | {"tool_calls": "STOP"}
_MALFORMED = "MALFORMED_FUNCTION_CALL"
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
    529: "UNAVAILABLE",
}
"""Google's names of errors, by the status of HTTP."""


class Gemini(Wire):
    """Gemini's generateContent and streamGenerateContent."""

    name = "gemini"
    path = "models/{model:path}:generateContent"
    parameters = frozenset(
        {"cachedContent", "contents", "generationConfig", "labels", "model", "modelArmorConfig", "safetySettings"}
        | {"serviceTier", "store", "stream", "stream_options", "systemInstruction", "toolConfig", "tools"}
        | {"cached_content", "generation_config", "model_armor_config", "safety_settings", "service_tier"}
        | {"system_instruction", "tool_config"}
    )
    opaque = frozenset(
        {"cachedContent", "cached_content", "continuationToken", "data", "fileUri", "file_uri", "id", "responseId"}
        | {"thoughtSignature", "thought_signature"}
    )
    id_kind = "gemini"
    upstreams = MappingProxyType({"google": "", "respan": "google/gemini/v1beta/"})
    key_header = "x-goog-api-key"

    # Requests

    def read(self, inbound: HttpRequest) -> dict[str, Any]:
        """The fields of a request, with the model and the wish for a stream from its path."""
        fields = super().read(inbound)
        model, verb = place_of(inbound)
        is_stream = verb == "streamGenerateContent"
        framing = {}
        if is_stream and parse_qs(inbound.query).get("alt") != ["sse"]:
            framing = {"stream_options": {"alt": "json"}}
        return {**fields, "model": model, "stream": is_stream, **framing}

    def request(self, fields: Mapping[str, Any], customer: str | None, contract: Contract) -> ChatRequest:
        """The request in these fields. Only what is read here is checked."""
        check(fields, ("model", "contents"), _CHECKS, contract)
        return ChatRequest(fields, customer, {**in_chat(fields, contract), **untold(fields)})

    def messages(self, fields: Mapping[str, Any]) -> Sequence[Any]:
        """What a client says in its request, in the words of chat completions."""
        try:
            found: Sequence[Any] = in_chat({"model": "", **fields}, _ANY_CONTRACT)["messages"]
        except (problems.Problem, KeyError, TypeError, AttributeError):  # it was refused for that
            return ()
        return found

    def address(self, request: ChatRequest) -> Address:
        """The model stands in the path again. A stream is asked for as events, whatever the caller wants of it."""
        verb = "streamGenerateContent?alt=sse" if request.stream else "generateContent"
        left = {
            name: value for name, value in request.body.items() if name not in ("model", "stream", "stream_options")
        }
        return Address(f"models/{request.model}:{verb}", left)

    # Answers

    def whole(self, answer: Answer, request: ChatRequest, envelope: Envelope) -> bytes:
        """The answer in one piece."""
        choices = self.named(answer, request, envelope).choices(request.chat.get("n") or 1)
        candidates = [
            _candidate(index, list(_parts(choice, _together)), choice, request) for index, choice in enumerate(choices)
        ]
        return to_json({"candidates": candidates, **_around(envelope, self.usage(answer, request))})

    def stream(self, answer: Answer, request: ChatRequest, envelope: Envelope, contract: Contract) -> Iterator[Chunk]:
        """The answer event by event: thoughts and text in their pieces, each call whole, and why it ended."""
        choices = self.named(answer, request, envelope).choices(request.chat.get("n") or 1)
        tail = b"," + to_json(_around(envelope, None))[1:]
        for index, choice in enumerate(choices):
            for part in _parts(choice, _apart):
                candidate = {"content": {"parts": [part], "role": "model"}, "index": index}
                yield Chunk(_event(b'{"candidates":[' + to_json(candidate) + b"]" + tail))
            is_last = index == len(choices) - 1
            ending = [_candidate(index, [{"text": ""}], choice, request)]
            around = _around(envelope, self.usage(answer, request) if is_last else None)
            yield Chunk(_event(to_json({"candidates": ending, **around})), counts=False, last=is_last)

    def framed(self, steps: Steps, request: ChatRequest) -> Steps:
        """The stream as events, or as the items of one array."""
        return steps if request.get("stream_options") is None else _as_array(steps)

    def error(self, failure: Failure) -> bytes:
        """A provider's error."""
        usual = "INTERNAL" if failure.status >= 500 else "INVALID_ARGUMENT"
        status = failure.type if _NAMES.fullmatch(failure.type) else STATUSES.get(failure.status, usual)
        told = {"code": failure.status, "message": failure.message, "status": status, "details": list[Any]()}
        return to_json({"error": told})

    def error_event(self, failure: Failure) -> Sequence[Chunk]:
        """A provider's error in the middle of a stream; nothing follows it."""
        return (Chunk(_event(self.error(failure)), counts=False, last=True),)

    # Answers that were recorded, or written out

    def is_answer(self, body: Mapping[str, Any]) -> bool:
        """Whether it has candidates, or says why there are none."""
        return "candidates" in body or "promptFeedback" in body

    def verbatim(self, body: Mapping[str, Any]) -> Answer:
        return gemini_reading.verbatim(body)

    def retold(self, body: Mapping[str, Any]) -> Sequence[Chunk]:
        """A prompt that was not let through has no candidates, streamed or whole: one event says so."""
        if body.get("candidates") or not body.get("promptFeedback"):
            return ()
        return (Chunk(_event(to_json(body)), counts=False, last=True),)

    def gathered(self, events: Iterable[Mapping[str, Any]]) -> Answer:
        return gemini_reading.gathered(events)

    def ends(self, data: bytes) -> bool:
        """Whether these bytes say why the answer ended: nothing that matters follows."""
        return _LAST_OF.search(data) is not None

    def counts(self, data: bytes) -> bool:
        """Whether something is said in these bytes."""
        return _SAYS.search(data) is not None

    @cached_property
    def ending(self) -> re.Pattern[str]:
        """What the path of a request ends with, on Google's own hosts."""
        return re.compile(r"/models/[^/]+:(?:generateContent|streamGenerateContent)$")


gemini = Gemini()


def place_of(inbound: HttpRequest) -> tuple[str, str]:
    """The model in the path of a request, and what is asked of it."""
    found = PLACE.search(unquote(inbound.path))
    if found is None:
        raise problems.malformed(f"{inbound.path} names no model")
    return found["model"], found["verb"]


def _event(data: bytes) -> bytes:
    """One event, with the line ends that Google has."""
    return sse.FIELD + data + b"\r\n\r\n"


def _around(envelope: Envelope, usage: Usage | None) -> dict[str, Any]:
    """What stands beside the candidates."""
    stated = {} if usage is None else {"usageMetadata": _usage_block(usage)}
    return {**stated, "modelVersion": envelope.model, "responseId": envelope.id}


def _candidate(index: int, parts: Sequence[Any], answer: Answer, request: ChatRequest) -> dict[str, Any]:
    """A candidate that has ended."""
    malformed = next((call for call in answer.tool_calls if _arguments(call) is None), None)
    if malformed is not None:
        ending: dict[str, Any] = {"finishReason": _MALFORMED}
        ending["finishMessage"] = f"Malformed function call: {malformed.name}({malformed.written})"
    elif answer.refusal is not None:
        ending = {"finishReason": "SAFETY", "finishMessage": answer.refusal}
    else:
        ending = {"finishReason": _finish_reason(answer.ending)}
    said = {"parts": parts, "role": "model"} if parts else {"role": "model"}
    return {"content": said, **ending, "index": index, **_logprobs(answer, request)}


def _finish_reason(ending: str) -> str:
    """Why it ended in Google's words. It has one for what it has no word for."""
    return _ENDINGS.get(ending) or (ending if _NAMES.fullmatch(ending) else "OTHER")


def _together(text: str, _: Sequence[str] | None) -> Sequence[str]:
    return [text]


def _apart(text: str, pieces: Sequence[str] | None) -> Sequence[str]:
    """The pieces of a text as they are streamed; an empty one is none."""
    return [piece for piece in (split_text(text) if pieces is None else pieces) if piece]


def _parts(answer: Answer, cut: Any) -> Iterator[dict[str, Any]]:
    """What is said. Google signs the first call, or else the end of the text."""
    thoughts = [{"text": piece, "thought": True} for piece in cut(answer.reasoning, None)] if answer.reasoning else []
    text = answer.text if answer.text is not None or answer.chunks is None else "".join(answer.chunks)
    texts = [{"text": piece} for piece in cut(text, answer.chunks)] if text is not None else []
    calls: list[dict[str, Any]] = [
        {"functionCall": {"id": call.id, "name": call.name, "args": arguments}}
        for call in answer.tool_calls
        if (arguments := _arguments(call)) is not None
    ]
    parts: list[dict[str, Any]] = [*thoughts, *texts, *calls]
    if answer.signature is not None and parts and _is_base64(answer.signature):
        (calls[0] if calls else parts[-1])["thoughtSignature"] = answer.signature
    yield from parts


def _arguments(call: ToolCall) -> Mapping[str, Any] | None:
    """The arguments of a call, if they are an object."""
    if isinstance(call.arguments, Mapping):
        return call.arguments
    try:
        found = from_json(call.arguments or "{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _is_base64(text: str) -> bool:
    try:
        return bool(b64decode(text, validate=True))
    except ValueError:
        return False


def _logprobs(answer: Answer, request: ChatRequest) -> dict[str, Any]:
    """How sure the model was: always as sure, since a script has no doubts."""
    if not request.chat.get("logprobs") or answer.text is None:
        return {}
    chosen = [{"token": piece, "logProbability": _LOGPROB} for piece in answer.pieces]
    wanted = request.chat.get("top_logprobs") or 0
    tops = [{"candidates": [one][:wanted]} for one in chosen]
    return {"avgLogprobs": _LOGPROB, "logprobsResult": {"chosenCandidates": chosen, "topCandidates": tops}}


def _usage_block(usage: Usage) -> dict[str, Any]:
    block = {
        "promptTokenCount": usage.prompt_tokens,
        "candidatesTokenCount": max(usage.completion_tokens - usage.reasoning_tokens, 0),
        "totalTokenCount": usage.total_tokens,
    }
    if usage.reasoning_tokens:
        block["thoughtsTokenCount"] = usage.reasoning_tokens
    if usage.cached_tokens:
        block["cachedContentTokenCount"] = usage.cached_tokens
    return block


def _as_array(steps: Steps) -> Steps:
    """Events as the items of one array."""
    held, before = b"", b"["
    try:
        for step in steps:
            if isinstance(step, Start):
                others = tuple(header for header in step.headers if header[0] != "content-type")
                yield replace(step, headers=(("content-type", "application/json; charset=UTF-8"), *others))
            elif isinstance(step, Chunk):
                *events, held = _BOUNDARY.split(held + step.data)
                data = b""
                for event in events:
                    data += before + event.removeprefix(sse.FIELD)
                    before = b",\r\n"
                if step.last:
                    data += held + (b"]" if before != b"[" else b"[]")
                if data:
                    yield replace(step, data=data)
            else:
                yield step
    finally:
        steps.close()
