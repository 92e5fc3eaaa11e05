"""Talking to a gateway without a client and without a door."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from mock_gateway import Gateway
from mock_gateway.core.requests import HttpRequest
from mock_gateway.core.steps import Chunk, HangUp, Silence, Start, Wait

KEY = {"authorization": "Bearer any"}


class Heard(NamedTuple):
    """What a client would have been given."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    ending: str = "complete"

    @property
    def json(self) -> Any:
        """The body of a whole answer."""
        return json.loads(self.body)

    @property
    def text(self) -> str | None:
        """What the model said, whole or streamed."""
        if self.body.startswith(b"data: "):
            return "".join(
                event["choices"][0]["delta"].get("content") or "" for event in self.events if event["choices"]
            )
        content: str | None = self.json["choices"][0]["message"]["content"]
        return content

    @property
    def events(self) -> list[Any]:
        """The events of a stream, but for the last."""
        frames = [frame.removeprefix(b"data: ") for frame in self.body.split(b"\n\n") if frame]
        return [json.loads(frame) for frame in frames if frame != b"[DONE]"]


def request(
    text: str | None = "Hi", model: str | None = "gpt-4o", headers: Mapping[str, str] = KEY, **fields: Any
) -> HttpRequest:
    """A request as a door hands it over."""
    body: dict[str, Any] = {} if model is None else {"model": model}
    if text is not None:
        body["messages"] = [{"role": "user", "content": text}]
    return HttpRequest(
        "POST", "api.respan.ai", "/api/chat/completions", headers, json.dumps(body | fields).encode(), "t"
    )


def hear(gateway: Gateway, asked: HttpRequest) -> Heard:
    """The answer to a request, its waits spent."""
    timeline = gateway.clock.timeline()
    status, headers, body, ending = 0, {}, b"", "complete"
    for step in gateway.handle(asked, timeline):
        if isinstance(step, Wait):
            timeline.spend(step.seconds)
        elif isinstance(step, Start):
            status, headers = step.status, dict(step.headers)
        elif isinstance(step, Chunk):
            body += step.data
        elif isinstance(step, HangUp):
            ending = "cut"
        elif isinstance(step, Silence):
            ending = "silence"
            break
    return Heard(status, headers, body, ending)


def ask(gateway: Gateway, text: str | None = "Hi", model: str | None = "gpt-4o", **fields: Any) -> Heard:
    """The answer to a question."""
    return hear(gateway, request(text, model, **fields))
