"""OpenAI embeddings: texts in, vectors out, as numbers or packed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic_core import to_json

from ..core import problems
from ..core.chat import Answer, ChatRequest, Usage
from ..core.contract import Contract
from ..core.failures import Failure
from ..core.steps import Chunk
from ..core.tokens import count_tokens
from ..core.vectors import Vector, dimensions_of, packed, unpacked, vector
from .chat import chat
from .checking import NAME, POSITIVE, Check, check, is_list_of
from .reading import count, fields, items
from .wire import Envelope, Unreadable, Wire

_MOST = 2048
_CHECKS = {
    "model": NAME,
    "input": Check(lambda value: bool(texts_in(value)), "a text or a list of texts, and not empty"),
    "dimensions": POSITIVE,
    "encoding_format": Check(lambda value: value in ("float", "base64"), "float or base64"),
}


class Embeddings(Wire):
    """Embeddings."""

    name = "embeddings"
    path = "embeddings"
    parameters = frozenset({"dimensions", "encoding_format", "extra_headers", "input", "model", "timeout", "user"})
    opaque = frozenset({"embedding", "user"})
    log_type = "embedding"
    id_kind = "embd"
    verb = "embeds"
    upstreams = MappingProxyType({"openai": "", "google": "openai/", "respan": ""})
    is_open = True

    def request(self, fields: Mapping[str, Any], customer: str | None, contract: Contract) -> ChatRequest:
        """The request in these fields. Its texts are what a user says, all together."""
        check(fields, ("model", "input"), _CHECKS, contract)
        if len(texts_in(fields["input"])) > _MOST:
            raise problems.invalid_field(contract, "input", f"This field must have at most {_MOST} texts.")
        return ChatRequest(fields, customer, in_chat(fields["model"], fields["input"], fields.get("dimensions")))

    def messages(self, fields: Mapping[str, Any]) -> Sequence[Any]:
        """What there are to be vectors of, as what a user says."""
        texts = texts_in(fields.get("input"))
        return [said_in(texts)] if texts else ()

    def usage(self, answer: Answer, request: ChatRequest) -> Usage:
        """What the texts weigh: nothing is written."""
        return answer.usage or Usage(sum(count_tokens(text) for text in texts_in(request.chat["input"])))

    def finished(self, answer: Answer, request: ChatRequest) -> Answer:
        """The answer with a vector for each text: its own, or made from the words."""
        return embedded(super().finished(answer, request), request)

    def whole(self, answer: Answer, request: ChatRequest, envelope: Envelope) -> bytes:
        """The answer in one piece."""
        vectors = self.finished(answer, request).vectors or ()
        write = packed if request.get("encoding_format") == "base64" else list
        usage = self.usage(answer, request)
        return to_json(
            {
                "object": "list",
                "data": [
                    {"object": "embedding", "index": at, "embedding": write(one)} for at, one in enumerate(vectors)
                ],
                "model": envelope.model,
                "usage": {"prompt_tokens": usage.prompt_tokens, "total_tokens": usage.prompt_tokens},
            }
        )

    def stream(self, answer: Answer, request: ChatRequest, envelope: Envelope, contract: Contract) -> Iterator[Chunk]:
        """Nothing: there is no way to ask for one."""
        return iter(())

    def error(self, failure: Failure) -> bytes:
        """A provider's error."""
        return chat.error(failure)

    def error_event(self, failure: Failure) -> Sequence[Chunk]:
        """Nothing, since there is no stream."""
        return ()

    def is_answer(self, body: Mapping[str, Any]) -> bool:
        """Whether it lists embeddings."""
        data = body.get("data")
        return isinstance(data, list) and any(isinstance(one, Mapping) and "embedding" in one for one in data)

    def verbatim(self, body: Mapping[str, Any]) -> Answer:
        """The vectors in a body, in the order of the texts."""
        listed = sorted(map(fields, items(body.get("data"))), key=lambda one: count(one.get("index")))
        stated = fields(body.get("usage"))
        usage = Usage(count(stated.get("prompt_tokens"))) if stated else None
        return Answer(vectors=tuple(_vector(one.get("embedding")) for one in listed), usage=usage)

    def gathered(self, events: Iterable[Mapping[str, Any]]) -> Answer:
        """No answer comes in events."""
        raise Unreadable("embeddings are not streamed")

    def ends(self, data: bytes) -> bool:
        """There is no stream to end."""
        return False


embeddings = Embeddings()


def in_chat(model: str, asked: Any, dimensions: int | None) -> dict[str, Any]:
    """A request for vectors in the words of chat completions, and in some that chat completions have not."""
    texts = texts_in(asked)
    found = {"model": model, "messages": [said_in(texts)], "input": list(texts)}
    return found if dimensions is None else {**found, "dimensions": dimensions}


def said_in(texts: Sequence[str]) -> dict[str, Any]:
    """The message that says these texts."""
    return {"role": "user", "content": "\n".join(texts)}


def texts_in(asked: Any) -> Sequence[str]:
    """The texts in an input, however it is written. Numbers are tokens: nobody knows what they say, but they say the same."""
    if isinstance(asked, str):
        return [asked] if asked else []
    if is_list_of(asked, str):
        return list(asked) if all(asked) else []
    if is_list_of(asked, int):
        return [_tokens(asked)] if asked else []
    if is_list_of(asked, list) and all(one and is_list_of(one, int) for one in asked):
        return [_tokens(one) for one in asked]
    return []


def embedded(answer: Answer, request: ChatRequest) -> Answer:
    """An answer with a vector for each text."""
    if answer.vectors is not None:
        return answer.with_vectors(answer.vectors)
    dimensions = request.chat.get("dimensions") or dimensions_of(request.model)
    return answer.with_vectors([vector(text, dimensions) for text in request.chat["input"]])


def _tokens(numbers: Sequence[int]) -> str:
    return " ".join(map(str, numbers))


def _vector(value: Any) -> Vector:
    if isinstance(value, str):
        try:
            return unpacked(value)
        except ValueError:
            raise Unreadable("an embedding is no base64 of numbers") from None
    numbers = items(value)
    if not all(isinstance(number, int | float) for number in numbers):
        raise Unreadable("an embedding has something else than numbers")
    return tuple(numbers)
