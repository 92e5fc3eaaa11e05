"""OpenAI chat completions, the gateway's main wire.

Shapes are OpenAI's; the usage block has both spellings of the cache counts, as in Respan's documented example.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from pydantic_core import to_json

from ..core.chat import SIGNATURE, Answer, ChatRequest, Usage
from ..core.contract import Contract
from ..core.failures import Failure
from ..core.steps import Chunk
from ..core.tokens import split_text
from . import chat_reading, sse
from .chat_reading import WRITTEN
from .checking import COUNT, NAME, OBJECT, SWITCH, Check, check, is_list_of, list_of, number_between
from .wire import Envelope, Wire

_PARAMETERS = frozenset(
    [
        "audio",
        "echo",
        "extra_headers",
        "frequency_penalty",
        "function_call",
        "functions",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "messages",
        "modalities",
        "model",
        "moderation",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning_effort",
        "response_format",
        "safety_identifier",
        "seed",
        "service_tier",
        "speed",
        "stop",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "thinking",
        "timeout",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
        "verbosity",
        "web_search_options",
    ]
)
_UNFINISHED = b',"finish_reason":null}]}\n\n'
"""How a chunk of a stream ends that is not the last of its choice."""
_END = re.compile(rb"(?:^|[\r\n])data: ?\[DONE\]")
_ARGUMENT_PIECE = 16
_LOGPROB = -0.01
_REQUIRED = ("model", "messages")
_CHECKS = {
    "model": NAME,
    "messages": Check(list_of(dict), "a list of messages"),
    "stream": SWITCH,
    "n": Check(number_between(1, 128), "a number from 1 to 128"),
    "stop": Check(lambda value: isinstance(value, str) or is_list_of(value, str), "a string or a list of strings"),
    "tools": Check(list_of(dict), "a list of tools"),
    "stream_options": OBJECT,
    "top_logprobs": COUNT,
}


class Chat(Wire):
    """Chat completions."""

    name = "chat"
    path = "chat/completions"
    parameters = _PARAMETERS
    opaque = frozenset(
        {"b64_json", "data", "embedding", "encrypted_content", "fingerprint", "id", "obfuscation", "signature"}
        | {"file_data", "file_id", "image_url", "prompt_cache_key", "safety_identifier", "system_fingerprint"}
        | {"thought_signature", "tool_call_id", "url", "user"}
    )
    id_kind = "chatcmpl"
    upstreams = MappingProxyType({"openai": "", "anthropic": "", "google": "openai/", "respan": ""})
    is_open = is_extended = takes_prompts = True
    states_usage = False

    def request(self, fields: Mapping[str, Any], customer: str | None, contract: Contract) -> ChatRequest:
        """The request in these fields. Only what is read here is checked."""
        check(fields, _REQUIRED, _CHECKS, contract)
        return ChatRequest(fields, customer)

    def whole(self, answer: Answer, request: ChatRequest, envelope: Envelope) -> bytes:
        """The answer in one piece."""
        number = request.body.get("n") or 1
        if number == 1 and not request.body.get("logprobs") and answer.is_text:
            told = _text(answer.text, answer.ending)
        else:
            choices = self.named(answer, request, envelope).choices(number)
            told = to_json([_choice(index, choice, request) for index, choice in enumerate(choices)]).decode()
        return (
            f'{{"id":"{envelope.id}","object":"chat.completion","created":{envelope.created},'
            f'"model":{_encoded(envelope.model)},"choices":{told},"usage":{_usage(self.usage(answer, request))}}}'
        ).encode()

    def stream(self, answer: Answer, request: ChatRequest, envelope: Envelope, contract: Contract) -> Iterator[Chunk]:
        """The answer event by event: the role, the content in its pieces, why it ended, usage if asked for, the end."""
        opening = (
            f'data: {{"id":"{envelope.id}","object":"chat.completion.chunk","created":{envelope.created},'
            f'"model":{_encoded(envelope.model)},"choices":['
        ).encode()
        answer = self.named(answer, request, envelope)
        for index, choice in enumerate(answer.choices(request.get("n") or 1)):
            before = opening + b'{"index":%d,"delta":' % index
            yield Chunk(before + b'{"role":"assistant","content":""}' + _UNFINISHED, counts=False)
            for delta in _deltas(choice, request, contract):
                yield Chunk(before + delta)
            yield Chunk(before + b'{},"finish_reason":' + to_json(choice.ending) + b"}]}\n\n", counts=False)
        if (request.get("stream_options") or {}).get("include_usage"):
            usage = _usage(self.usage(answer, request)).encode()
            yield Chunk(opening + b'],"usage":' + usage + b"}\n\n", counts=False)
        yield Chunk(sse.DONE, counts=False, last=True)

    def closing(self, added: Mapping[str, Any], envelope: Envelope) -> Iterator[Chunk]:
        """What the gateway adds of its own at the end of a stream, before the last event.

        The breakdown stands in a chunk of a shape of its own, as documented.
        """
        if "prompt_message" in added:
            yield _own(envelope.id, envelope.model, envelope.created, [], {"prompt_message": added["prompt_message"]})
        if "request_breakdown" in added:
            nothing = {"content": None, "role": "assistant"}
            told = {"delta": nothing, "finish_reason": "stop", "index": 0, "message": nothing}
            told["request_breakdown"] = added["request_breakdown"]
            extra: dict[str, Any] = {"system_fingerprint": None, "usage": {}}
            yield _own("request_breakdown", "extra_parameter", envelope.created, [told], extra)

    def error(self, failure: Failure) -> bytes:
        """A provider's error."""
        return to_json(
            {"error": {"message": failure.message, "type": failure.type, "param": None, "code": failure.code}}
        )

    def error_event(self, failure: Failure) -> Sequence[Chunk]:
        """A provider's error in the middle of a stream; nothing follows it."""
        return (Chunk(sse.event(self.error(failure)), counts=False, last=True),)

    def is_answer(self, body: Mapping[str, Any]) -> bool:
        return "choices" in body

    def verbatim(self, body: Mapping[str, Any]) -> Answer:
        return chat_reading.verbatim(body)

    def gathered(self, events: Iterable[Mapping[str, Any]]) -> Answer:
        return chat_reading.gathered(events)

    def ends(self, data: bytes) -> bool:
        """Whether the end of a stream is in these bytes."""
        return _END.search(data) is not None


chat = Chat()


def _own(name: str, model: str, created: int, choices: list[Any], extra: Mapping[str, Any]) -> Chunk:
    fields = {"id": name, "object": "chat.completion.chunk", "created": created, "model": model, "choices": choices}
    return Chunk(sse.event(to_json({**fields, **extra})), counts=False)


@lru_cache(maxsize=64)
def _encoded(model: str) -> str:
    """The name of a model, in JSON."""
    return to_json(model).decode()


@lru_cache(maxsize=16)
def _text(text: str | None, ending: str) -> str:
    """The choices of an answer that is nothing but a text. Whoever gives one often need not encode it as often."""
    message = {"role": "assistant", "content": text, "refusal": None}
    return to_json([{"index": 0, "message": message, "logprobs": None, "finish_reason": ending}]).decode()


def _choice(index: int, answer: Answer, request: ChatRequest) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text, "refusal": answer.refusal}
    if answer.reasoning is not None:
        message["reasoning_content"] = answer.reasoning
        message["thinking_blocks"] = [
            {"type": "thinking", "thinking": answer.reasoning, "signature": answer.signature or SIGNATURE}
        ]
    if answer.tool_calls:
        message["tool_calls"] = list(_calls(answer, request))
    logprobs = None
    if request.get("logprobs") and answer.text is not None:
        logprobs = {"content": [_logprob(piece, request) for piece in answer.pieces], "refusal": None}
    return {"index": index, "message": message, "logprobs": logprobs, "finish_reason": answer.ending}


def _deltas(answer: Answer, request: ChatRequest, contract: Contract) -> Iterable[bytes]:
    """What is new in each chunk, encoded, and how the chunk ends after it."""
    if answer.is_text and not request.get("logprobs"):
        return _text_deltas(answer.text or "" if answer.chunks is None else tuple(answer.chunks))
    return [delta + _UNFINISHED for delta in _mixed_deltas(answer, request, contract)]


@lru_cache(maxsize=16)
def _text_deltas(text: str | tuple[str, ...]) -> Sequence[bytes]:
    """Those of a text, or of its own pieces. Whoever streams one often need not encode it as often."""
    pieces = split_text(text) if isinstance(text, str) else text
    return [b'{"content":' + to_json(piece) + b"}" + _UNFINISHED for piece in pieces]


def _mixed_deltas(answer: Answer, request: ChatRequest, contract: Contract) -> Iterator[bytes]:
    """Those of an answer that is more than a text, with the logprobs of each piece behind it where they are asked for."""
    thoughts = split_text(answer.reasoning) if answer.reasoning else ()
    for at, piece in enumerate(thoughts, 1):
        thought: dict[str, Any] = {contract.streamed_reasoning: piece}
        if contract.streamed_thinking_blocks == "deltas":
            signed = {"signature": answer.signature or SIGNATURE} if at == len(thoughts) else {}
            # openai's own helper puts the parts of a list together by their index, and breaks where there is none
            thought["thinking_blocks"] = [{"index": 0, "type": "thinking", "thinking": piece, **signed}]
        yield to_json(thought)
    wants_logprobs = bool(request.get("logprobs"))
    for piece in answer.pieces:
        delta = b'{"content":' + to_json(piece) + b"}"
        if wants_logprobs:
            delta += b',"logprobs":' + to_json({"content": [_logprob(piece, request)], "refusal": None})
        yield delta
    if answer.refusal is not None:
        yield to_json({"refusal": answer.refusal})
    for at, call in enumerate(_calls(answer, request)):
        kind = call["type"]
        name = WRITTEN[kind]
        yield to_json({"tool_calls": [{"index": at, **call, kind: {**call[kind], name: ""}}]})
        for start in range(0, len(call[kind][name]), _ARGUMENT_PIECE):
            part = call[kind][name][start : start + _ARGUMENT_PIECE]
            yield to_json({"tool_calls": [{"index": at, kind: {name: part}}]})


def _calls(answer: Answer, request: ChatRequest) -> Iterator[dict[str, Any]]:
    """The calls of tools. Those of a tool that is offered as one that takes a text are told as that."""
    tools = [tool for tool in request.get("tools") or () if isinstance(tool, Mapping) and tool.get("type") == "custom"]
    custom = [one.get("name") for tool in tools if isinstance(one := tool.get("custom"), Mapping)]
    for call in answer.tool_calls:
        kind = "custom" if call.name in custom else "function"
        yield {"id": call.id, "type": kind, kind: {"name": call.name, WRITTEN[kind]: call.written}}


def _logprob(piece: str, request: ChatRequest) -> dict[str, Any]:
    """How sure the model was of a piece: always as sure, since a script has no doubts."""
    token = {"token": piece, "logprob": _LOGPROB, "bytes": list(piece.encode())}
    return {**token, "top_logprobs": [token][: request.get("top_logprobs") or 0]}


def _usage(usage: Usage) -> str:
    """The usage block: nearly all of it is names, and it stands in every answer."""
    prompt, completion, cached, created, reasoning = usage
    return (
        f'{{"prompt_tokens":{prompt},"completion_tokens":{completion},"total_tokens":{prompt + completion},'
        f'"completion_tokens_details":{{"accepted_prediction_tokens":0,"audio_tokens":0,'
        f'"reasoning_tokens":{reasoning},"rejected_prediction_tokens":0}},'
        f'"prompt_tokens_details":{{"audio_tokens":0,"cached_tokens":{cached},"cache_creation_tokens":{created}}},'
        f'"cache_creation_input_tokens":{created},"cache_read_input_tokens":{cached}}}'
    )
