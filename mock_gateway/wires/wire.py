"""What a request and response format is, whichever it is.

A wire is a class in a file of its own and one object of it, which has the name of the file. A line in the table of endpoints
makes the format known by that name, so that what is recorded on one wire can be read by whoever finds it.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from pydantic_core import from_json

from ..core import problems
from ..core.chat import Answer, ChatRequest, Usage
from ..core.contract import Contract
from ..core.failures import Failure
from ..core.past import Past, Told
from ..core.requests import HttpRequest
from ..core.steps import Chunk, Steps


@dataclass(slots=True)
class Envelope:
    """What stands around an answer whatever it says."""

    id: str
    created: int
    model: str


class Unreadable(ValueError):  # noqa: N818 - said of an answer
    """What a provider has sent is no answer on this wire. The text says why."""


class Address(NamedTuple):
    """Where a provider is asked, below its base URL, and with which body."""

    path: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = MappingProxyType({})
    """What this request must be told beside its body."""


class Known(Mapping[str, "Wire"]):
    """The formats in the table of endpoints, by name. Each is loaded when it is first looked up."""

    def __init__(self) -> None:
        self.files: Sequence[str] = ()

    def __getitem__(self, name: str) -> "Wire":
        if name not in self.files or (found := in_file(name)).name != name:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.files if in_file(name).name == name)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Wire(ABC):
    """A request and response format."""

    name: ClassVar[str]
    path: ClassVar[str]
    """Where providers are asked, below their base URL. What varies is in braces, as in the table of endpoints."""
    parameters: ClassVar[frozenset[str]]
    """The fields of its requests, but for those that are the gateway's as well."""
    opaque: ClassVar[frozenset[str]] = frozenset()
    """The fields whose texts mean nothing to anybody but the provider: no secrets are looked for in them."""
    log_type: ClassVar[str] = "chat"
    """What a row of the log calls it."""
    id_kind: ClassVar[str]
    """What the ids of its answers begin with."""
    verb: ClassVar[str] = "replies"
    """What a script says that answers on it."""
    call_kind: ClassVar[str] = "call"
    """What the ids of its tool calls begin with."""
    is_open: ClassVar[bool] = False
    """Whether the gateway's own parameters may stand among its fields, and not only in their container."""
    is_extended: ClassVar[bool] = False
    """Whether the gateway adds fields of its own to its answers."""
    takes_prompts: ClassVar[bool] = False
    """Whether a stored prompt can be merged into its requests."""
    is_relay: ClassVar[bool] = False
    """Whether the gateway only hands it on: no retries, no fallbacks, no cache."""
    keeps_answers: ClassVar[bool] = False
    """Whether a request may name an earlier answer in place of what was said before."""
    honours_retries: ClassVar[bool] = False
    """Whether `retry_params` have an effect on it, whatever the contract says of chat completions."""
    states_usage: ClassVar[bool] = True
    """Whether a stream states what it weighs without being asked to."""
    upstreams: ClassVar[Mapping[str, str]]
    """Which real upstreams speak it, the one it is at home with first, and what they have before its path."""
    key_header: ClassVar[str] = "authorization"
    """Where a real upstream looks for the key."""
    headers: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """What else it must be told."""
    statuses: ClassVar[Mapping[str, int]] = MappingProxyType({})
    """The status of a failure that is asked for by name, by its label, where its providers give it another than OpenAI."""
    known: ClassVar[Known] = Known()

    def __repr__(self) -> str:
        return f"<the {self.name} wire>"

    # Requests

    def read(self, inbound: HttpRequest) -> dict[str, Any]:
        """The fields of a request, `model` and `stream` among them wherever they stand; or a `Problem`."""
        try:
            fields = from_json(inbound.body)
        except ValueError as error:
            raise problems.malformed(f"not JSON: {error}") from None
        if not isinstance(fields, dict):
            raise problems.malformed("not a JSON object")
        return fields

    @abstractmethod
    def request(self, fields: Mapping[str, Any], customer: str | None, contract: Contract) -> ChatRequest:
        """The request in these fields, or a `Problem`."""

    def continued(self, fields: Mapping[str, Any], past: Past) -> Mapping[str, Any]:
        """The fields with what they only name of the past in its place, or a `Problem`."""
        return fields

    def messages(self, fields: Mapping[str, Any]) -> Sequence[Any]:
        """What a client says in its request, in the words of chat completions."""
        told = fields.get("messages")
        return told if isinstance(told, list) else ()

    def mergeable(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The fields of a request that a stored prompt is merged with, in the words of chat completions."""
        return body

    def prompted(self, merged: dict[str, Any], body: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
        """The request again, when that was done."""
        return merged

    def address(self, request: ChatRequest) -> Address:
        """Where a provider is asked this, and how."""
        return Address(self.path, request.body)

    # Answers

    def usage(self, answer: Answer, request: ChatRequest) -> Usage:
        """What the answer weighs: as it says itself, or estimated from its text."""
        if answer.usage is not None:
            return answer.usage
        number = request.chat.get("n") or 1
        if number == 1:
            completion, reasoning = answer.tokens
        else:
            completion, reasoning = map(sum, zip(*(choice.tokens for choice in answer.choices(number)), strict=True))
        return Usage(request.tokens, completion, 0, 0, reasoning)

    def named(self, answer: Answer, request: ChatRequest, envelope: Envelope) -> Answer:
        """The answer with an id for each call of a tool, which no other answer of this gateway uses."""
        if not answer.tool_calls and not answer.others:
            return answer
        serial = envelope.id.rpartition("-")[2]
        return answer.with_calls_named(f"{self.call_kind}_{serial}", request.chat.get("n") or 1)

    def finished(self, answer: Answer, request: ChatRequest) -> Answer:
        """The answer with nothing left open."""
        return answer.finished(self.usage(answer, request))

    @abstractmethod
    def whole(self, answer: Answer, request: ChatRequest, envelope: Envelope) -> bytes:
        """The answer in one piece."""

    @abstractmethod
    def stream(self, answer: Answer, request: ChatRequest, envelope: Envelope, contract: Contract) -> Iterator[Chunk]:
        """The answer event by event."""

    def closing(self, added: Mapping[str, Any], envelope: Envelope) -> Iterator[Chunk]:
        """What the gateway adds of its own at the end of a stream, before the last event."""
        return iter(())

    def framed(self, steps: Steps, request: ChatRequest) -> Steps:
        """The stream in the frame this caller wants, where the format has several."""
        return steps

    @abstractmethod
    def error(self, failure: Failure) -> bytes:
        """A provider's error."""

    @abstractmethod
    def error_event(self, failure: Failure) -> Sequence[Chunk]:
        """A provider's error in the middle of a stream."""

    def told(self, data: bytes, request: ChatRequest) -> Told | None:
        """What is to be kept of an answer for later requests: of its bytes, when all of them are there."""
        return None

    # Answers that were recorded, or written out

    @abstractmethod
    def is_answer(self, body: Mapping[str, Any]) -> bool:
        """Whether a whole body is an answer of this format, and not of another."""

    @abstractmethod
    def verbatim(self, body: Mapping[str, Any]) -> Answer:
        """The answer in a whole body, or `Unreadable`."""

    def retold(self, body: Mapping[str, Any]) -> Sequence[Chunk]:
        """The events that tell a body just as it is, where the answer in it does not say all; else none."""
        return ()

    @abstractmethod
    def gathered(self, events: Iterable[Mapping[str, Any]]) -> Answer:
        """The answer in the events of a stream, or `Unreadable`."""

    @abstractmethod
    def ends(self, data: bytes) -> bool:
        """Whether the end of a stream is in these bytes, after which a client reads no further."""

    def counts(self, data: bytes) -> bool:
        """Whether these bytes of a stream are a chunk as a user counts them, or framing."""
        return b'"delta"' in data

    # Where it is met

    @cached_property
    def ending(self) -> re.Pattern[str]:
        """What the path of a request ends with, on a provider's own host."""
        return re.compile(f"/{pattern(self.path)}/?$")


@cache
def in_file(name: str) -> Wire:
    """The format in this file."""
    found: Wire = getattr(import_module(f".{name}", __package__), name)
    return found


def pattern(path: str) -> str:
    """The regular expression of a path. A name in braces is one segment, or with ``:path`` all that is left, slashes too."""
    path = re.sub(r"\\\{(\w+):path\\\}", r"(?P<\1>.+?)", re.escape(path))
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", path)


def wire_of(body: Mapping[str, Any], asked: Wire) -> Wire:
    """On which wire a whole body is an answer: the one that was asked on, if it can be."""
    if asked.is_answer(body):
        return asked
    return next((wire for wire in Wire.known.values() if wire.is_answer(body)), asked)


def failure_in(body: Any, status: int) -> Failure | None:
    """The error in a body, or in an event of a stream, however its wire puts it."""
    told = _error_in(body) if isinstance(body, Mapping) else None
    if not told:
        return None
    if not isinstance(told, Mapping):
        return Failure(status, "error", None, str(told))
    code, kind = told.get("code"), told.get("type") or told.get("status")
    said = code if isinstance(code, str) else None
    return Failure(status, str(kind or said or code or "error"), said, str(told.get("message") or ""))


def _error_in(body: Mapping[str, Any]) -> Any:
    """What stands in the place of an error: in a body, in an event that is one, or in an answer that ends in one."""
    if body.get("error"):
        return body["error"]
    answer = body.get("response")
    if isinstance(answer, Mapping):
        return answer.get("error")
    return {**body, "type": None} if body.get("type") == "error" and "message" in body else None
