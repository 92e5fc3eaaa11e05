"""Google's embeddings: embedContent for one content, batchEmbedContents for many, and Vertex AI's predict."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

from pydantic_core import to_json

from ..core import problems
from ..core.chat import Answer, ChatRequest, Usage
from ..core.contract import Contract
from ..core.failures import Failure
from ..core.requests import HttpRequest
from ..core.steps import Chunk
from ..core.tokens import count_tokens
from ..core.vectors import Vector
from .checking import NAME, check
from .embeddings import embedded, in_chat, said_in
from .gemini import gemini, place_of
from .gemini_asking import said
from .reading import count, fields, items
from .wire import Address, Envelope, Unreadable, Wire

_VERBS = {"requests": "batchEmbedContents", "content": "embedContent", "instances": "predict"}
"""What is asked of a model, by the field that says what of."""
_MOST = 250
_ANY_CONTRACT = Contract()
"""What was said was said under any contract."""


class GeminiEmbeddings(Wire):
    """Vectors for contents."""

    name = "gemini_embeddings"
    path = "models/{model:path}:embedContent"
    parameters = frozenset(
        {"autoTruncate", "content", "embedContentConfig", "instances", "model", "outputDimensionality", "parameters"}
        | {"requests", "taskType", "title", "auto_truncate", "embed_content_config", "output_dimensionality"}
        | {"task_type"}
    )
    opaque = frozenset({"values"})
    log_type = "embedding"
    id_kind = "embd"
    verb = "embeds"
    upstreams = MappingProxyType({"google": "", "respan": "google/gemini/v1beta/"})
    key_header = "x-goog-api-key"

    def read(self, inbound: HttpRequest) -> dict[str, Any]:
        """The fields of a request, with the model from its path."""
        return {**super().read(inbound), "model": place_of(inbound)[0]}

    def request(self, fields: Mapping[str, Any], customer: str | None, contract: Contract) -> ChatRequest:
        """The request in these fields. Its texts are what a user says, all together."""
        check(fields, ("model",), {"model": NAME}, contract)
        texts = _texts(fields, contract)
        if len(texts) > _MOST:
            raise problems.invalid_field(contract, _asked(fields), f"This field must have at most {_MOST} contents.")
        return ChatRequest(fields, customer, in_chat(fields["model"], texts, _dimensions(fields)))

    def messages(self, fields: Mapping[str, Any]) -> Sequence[Any]:
        """What there are to be vectors of, as what a user says."""
        try:
            return [said_in(_texts(fields, _ANY_CONTRACT))]
        except problems.Problem:  # it was refused for that
            return ()

    def address(self, request: ChatRequest) -> Address:
        """The model stands in the path again, and within each of many."""
        body = {name: value for name, value in request.body.items() if name != "model"}
        if "requests" in body:
            body["requests"] = [
                {**one, "model": f"models/{request.model}"} if "model" in one else one for one in body["requests"]
            ]
        return Address(f"models/{request.model}:{_VERBS[_asked(body)]}", body)

    def usage(self, answer: Answer, request: ChatRequest) -> Usage:
        """What the texts weigh: nothing is written."""
        return answer.usage or Usage(sum(map(count_tokens, request.chat["input"])))

    def finished(self, answer: Answer, request: ChatRequest) -> Answer:
        """The answer with a vector for each text: its own, or made from the words."""
        return embedded(super().finished(answer, request), request)

    def whole(self, answer: Answer, request: ChatRequest, envelope: Envelope) -> bytes:
        """The answer in one piece, in the form of the question."""
        finished = self.finished(answer, request)
        vectors = [list(one) for one in finished.vectors or ()]
        asked = _asked(request.body)
        if asked == "instances":
            weights = map(count_tokens, request.chat["input"])
            told = [
                {"embeddings": {"values": one, "statistics": {"truncated": False, "token_count": weight}}}
                for one, weight in zip(vectors, weights, strict=False)
            ]
            return to_json({"predictions": told})
        usage = self.usage(finished, request)
        stated = {"promptTokenCount": usage.prompt_tokens, "totalTokenCount": usage.prompt_tokens}
        values = [{"values": one} for one in vectors]
        named = {"embedding": values[0] if values else {}} if asked == "content" else {"embeddings": values}
        return to_json({**named, "usageMetadata": stated})

    def stream(self, answer: Answer, request: ChatRequest, envelope: Envelope, contract: Contract) -> Iterator[Chunk]:
        """Nothing: there is no way to ask for one."""
        return iter(())

    def error(self, failure: Failure) -> bytes:
        """A provider's error."""
        return gemini.error(failure)

    def error_event(self, failure: Failure) -> Sequence[Chunk]:
        """Nothing, since there is no stream."""
        return ()

    def is_answer(self, body: Mapping[str, Any]) -> bool:
        """Whether there are vectors in it, in one of the three forms."""
        return isinstance(body.get("embedding"), Mapping) or any(
            isinstance(body.get(name), list) for name in ("embeddings", "predictions")
        )

    def verbatim(self, body: Mapping[str, Any]) -> Answer:
        """The vectors in a body, in the order of the contents."""
        predicted = [fields(one).get("embeddings") for one in items(body.get("predictions"))]
        listed = predicted or items(body.get("embeddings")) or [body.get("embedding")]
        stated = fields(body.get("usageMetadata"))
        weight = count(stated.get("promptTokenCount")) if stated else _counted(predicted)
        return Answer(vectors=tuple(_vector(one) for one in listed), usage=None if weight is None else Usage(weight))

    def gathered(self, events: Iterable[Mapping[str, Any]]) -> Answer:
        """No answer comes in events."""
        raise Unreadable("embeddings are not streamed")

    def ends(self, data: bytes) -> bool:
        """There is no stream to end."""
        return False

    @cached_property
    def ending(self) -> re.Pattern[str]:
        """What the path of a request ends with, on Google's own hosts."""
        return re.compile(rf"/models/[^/]+:(?:{'|'.join(_VERBS.values())})$")


gemini_embeddings = GeminiEmbeddings()


def _asked(body: Mapping[str, Any]) -> str:
    """The field that says of what there are to be vectors."""
    return next((name for name in _VERBS if body.get(name) is not None), "content")


def _texts(body: Mapping[str, Any], contract: Contract) -> list[str]:
    """The texts in a request, whichever of the three it is."""
    name = _asked(body)
    many = body.get(name) if name != "content" else [body]
    if not isinstance(many, list) or not many:
        raise problems.invalid_field(contract, name, "This field must be a list of contents, and not empty.")
    place = "content" if name == "content" else None
    return [_text(one, place or f"{name}[{at}].content", contract) for at, one in enumerate(many)]


def _text(one: Any, place: str, contract: Contract) -> str:
    content = one.get("content") if isinstance(one, Mapping) else None
    if isinstance(content, str):
        return content
    parts = content.get("parts") if isinstance(content, Mapping) else None
    parts = [parts] if isinstance(parts, Mapping) else parts
    if not isinstance(parts, list) or not all(isinstance(part, Mapping) for part in parts):
        raise problems.invalid_field(contract, place, "This field must be a content with parts, or a text.")
    return "\n".join(str(part["text"]) for part in parts if part.get("text") is not None)


def _dimensions(body: Mapping[str, Any]) -> int | None:
    """How long the vectors are to be: it stands in one of four places."""
    first: Any = next(iter(body.get("requests") or ()), {})
    places = [body, first, *(said(place, "embedContentConfig") for place in (body, first)), body.get("parameters")]
    stated = (said(place, "outputDimensionality") for place in places if isinstance(place, Mapping))
    return next((one for one in stated if type(one) is int and one > 0), None)


def _vector(value: Any) -> Vector:
    numbers = items(fields(value).get("values"))
    if not all(isinstance(number, int | float) for number in numbers):
        raise Unreadable("an embedding has something else than numbers")
    return tuple(numbers)


def _counted(predicted: Sequence[Any]) -> int | None:
    """What predict says that the texts weigh."""
    weights = [fields(fields(one).get("statistics")).get("token_count") for one in predicted]
    stated = [int(weight) for weight in weights if isinstance(weight, int | float)]
    return sum(stated) if stated else None
