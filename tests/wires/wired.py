"""What a wire has to say of itself to be tested, and how it is asked and read then."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from mock_gateway import Answer, Contract
from mock_gateway.core.chat import ChatRequest
from mock_gateway.core.requests import HttpRequest
from mock_gateway.wires import sse
from mock_gateway.wires.wire import Envelope, Wire

from ..engine.dialogue import Heard

MODEL = "gpt-4o"
TOOL = {
    "type": "function",
    "function": {"name": "look_up", "parameters": {"type": "object", "properties": {"order": {"type": "string"}}}},
}
JSON = {"content-type": "application/json"}
EVENTS = {"content-type": "text/event-stream"}
ENVELOPE = Envelope("answer-000001", 1767225600, MODEL)


class Wired(ABC):
    """A wire and how it is spoken. Whatever has no body here is for the wire to say."""

    wire: ClassVar[Wire]

    @abstractmethod
    def body(self, text: str, *, system: str | None = None, tools: bool = False) -> dict[str, Any]:
        """The fields of a request with this user message, that system message, and `TOOL` on offer."""

    @abstractmethod
    def place(self, model: str, *, stream: bool) -> str:
        """Where it is sent to."""

    def sent(self, body: Mapping[str, Any], model: str, *, stream: bool) -> dict[str, Any]:
        """The body as it is sent: with the model and the wish for a stream, where they stand in the body."""
        return {**body, "model": model, "stream": stream}

    def expected(self, answer: Answer) -> Answer:
        """What can be read of an answer, where the format cannot say all of it."""
        return answer

    def asking(
        self,
        text: str = "Hi",
        model: str = MODEL,
        *,
        stream: bool = False,
        system: str | None = None,
        tools: bool = False,
        **params: Any,
    ) -> HttpRequest:
        """A request with parameters of the gateway's."""
        body = self.sent(self.body(text, system=system, tools=tools), model, stream=stream)
        if params:
            body["respan_params"] = params
        key = {"authorization": "Bearer any"}
        place, _, query = self.place(model, stream=stream).partition("?")
        return HttpRequest("POST", "api.respan.ai", place, key, json.dumps(body).encode(), "t", query)

    def request(self, *, stream: bool = False, text: str = "Hi", **more: Any) -> ChatRequest:
        """The same, read."""
        return self.wire.request(self.wire.read(self.asking(text, stream=stream, **more)), None, Contract())

    def read(self, heard: Heard) -> Answer:
        """What a client would have read."""
        if heard.headers["content-type"].startswith("text/event-stream"):
            return self.wire.gathered(events_of(heard.body))
        return self.wire.verbatim(heard.json)


def events_of(data: bytes) -> list[Any]:
    """What the events of a stream say, but for an end that says nothing."""
    return [json.loads(payload) for payload in sse.payloads(data) if payload != "[DONE]"]
