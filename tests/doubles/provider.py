"""A provider of chat completions behind a real socket, written from the API references of those it stands for.

It answers chat completions as OpenAI does, and for the models of Anthropic and Google as their OpenAI-compatible
endpoints do; messages as Anthropic does, and generateContent as Google does. What it says depends on the prompt alone, so that a recording can be compared with it. A few prompts are orders.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from . import natives

KEY = "sk-proj-" + "q7Zp2LxV9mKt4RbW8nYc3HdJ"
CREATED = 1763000000


class Provider:
    """A running provider: what it was asked, and a gate its streams may be told to wait at."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        host, port = server.server_address[:2]
        self.url = f"http://{host!s}:{port}/v1"
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.headers: list[dict[str, str]] = []
        self.gate = threading.Event()
        """The prompt "wait" has a stream that goes on when this is set, and "wait for the head" one that begins then."""
        self.waits = threading.Event()
        """Set while somebody waits at the gate."""
        self.was_read_live: bool | None = None
        """Whether somebody opened the gate in time."""
        self.says: dict[str, str | dict[str, Any]] = {}
        """By prompt, what a model says; a mapping is what it calls a tool with."""
        self.fails: dict[tuple[str, str], int] = {}
        """By model and prompt, with which status it fails."""
        self.sends: dict[str, list[bytes]] = {}
        """By prompt, the pieces of a stream as they are, whatever they are."""
        self.answers: dict[str, tuple[int, str, bytes, dict[str, str]]] = {}
        """By prompt, a whole answer: status, type, body, further headers."""
        self.voice = ""
        """What is added to every answer, to tell one day's from another's."""


@contextmanager
def provider(host: str = "127.0.0.1") -> Iterator[Provider]:
    """A provider on a free port."""
    server = _Server((host, 0), _Handler)
    server.provider = Provider(server)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.provider  # type: ignore[attr-defined]
    finally:
        server.provider.gate.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: object) -> None:
        """A reader that was killed is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    failures: ClassVar[dict[str, tuple[int, str, str]]] = {
        "fail 429": (429, "rate_limit_exceeded", "Rate limit reached for this model."),
        "fail 503": (503, "overloaded", "The engine is currently overloaded, please try again later."),
        "fail 500": (500, "server_error", "The server had an error."),
        "fail 400": (400, "context_length_exceeded", "This model's maximum context length is 128000 tokens."),
        "fail 401": (401, "invalid_api_key", "Incorrect API key provided."),
    }

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.home: Provider = self.server.provider  # type: ignore[attr-defined]
        self.home.asked.append(body)
        self.home.headers.append({name.lower(): value for name, value in self.headers.items()})
        shown = (self.headers.get("authorization") or "").partition(" ")[2]
        self.home.keys.append(shown or self.headers.get("x-goog-api-key"))
        if self.path.endswith("/v1/messages"):
            self._anthropic(body)
            return
        if "/models/" in self.path:
            self._google(body)
            return
        if not self.path.endswith("/chat/completions"):
            self._json(404, error("not_found", f"Unknown request URL: POST {self.path}."))
            return
        prompt = str(body["messages"][-1].get("content"))
        order = (
            f"fail {self.home.fails[body['model'], prompt]}" if (body["model"], prompt) in self.home.fails else prompt
        )
        if order in self.failures:
            status, code, message = self.failures[order]
            self._json(status, error(code, message))
        elif prompt in self.home.answers:
            status, kind, data, more = self.home.answers[prompt]
            self._head(status, kind, ("content-length", str(len(data))), **more)
            self.wfile.write(data)
        elif prompt == "die":
            self.close_connection = True
            self.connection.shutdown(2)
        elif body.get("stream"):
            self._stream(prompt, body)
        else:
            self._json(200, completion(body, self.home), compact=not is_openai(body))

    def _anthropic(self, body: dict[str, Any]) -> None:
        said = native_said(body, str(body["messages"][-1]["content"]), self.home)
        if body.get("stream"):
            self._send(natives.anthropic_events(body, said))
        else:
            self._json(200, natives.anthropic_message(body, said), compact=True)

    def _google(self, body: dict[str, Any]) -> None:
        model, _, action = self.path.partition("?")[0].rpartition("/")[2].partition(":")
        said = native_said(body, str(body["contents"][-1]["parts"][0].get("text")), self.home)
        if action == "streamGenerateContent":
            self._send(natives.google_events(body, model, said))
        else:
            self._json(200, natives.google_answer(body, model, said))

    def _send(self, events: Iterator[bytes]) -> None:
        self._head(200, "text/event-stream", ("transfer-encoding", "chunked"))
        for event in events:
            self._chunk(event)
        self.wfile.write(b"0\r\n\r\n")

    def _json(self, status: int, value: object, *, compact: bool = False) -> None:
        style: dict[str, Any] = {"separators": (",", ":")} if compact else {"indent": 2}
        data = json.dumps(value, ensure_ascii=False, **style).encode() + (b"" if compact else b"\n")
        self._head(status, "application/json", ("content-length", str(len(data))))
        self.wfile.write(data)

    def _stream(self, prompt: str, body: dict[str, Any]) -> None:
        if prompt == "wait for the head":
            self._wait()
        try:
            self._head(200, "text/event-stream; charset=utf-8", ("transfer-encoding", "chunked"))
            for at, event in enumerate(self.home.sends.get(prompt) or events(body, self.home)):
                self._chunk(event)
                if prompt in self.home.sends:
                    continue
                if at == 1 and prompt == "wait":
                    self.home.was_read_live = self._wait()
                if at == 2 and prompt == "break":
                    self.close_connection = True
                    self.connection.shutdown(2)
                    return
            while prompt == "go on for ever":
                self._chunk(b": still here\n\n")
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True  # the reader has left

    def _wait(self) -> bool:
        self.home.waits.set()
        return self.home.gate.wait(5)

    def _head(self, status: int, kind: str, framing: tuple[str, str], **more: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header(*framing)
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("x-request-id", "req_" + "9f86d081884c7d659a2feaa0c55ad015")
        self.send_header("x-ratelimit-remaining-requests", "9999")
        self.send_header("set-cookie", "session=q7Zp2LxV9mKt4RbW8nYc3HdJ; HttpOnly")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def error(code: str, message: str) -> dict[str, Any]:
    """An error as OpenAI shapes it."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


def native_said(body: dict[str, Any], prompt: str, home: Provider) -> str | dict[str, Any]:
    """What a model says that is asked in its own format."""
    if body.get("tools"):
        return {"city": "Zürich"}
    return home.says.get(prompt) or f"You said: {prompt} ✓ in {len(prompt.split())} words."


def is_openai(body: dict[str, Any]) -> bool:
    """Whether it is a model of OpenAI's that is asked."""
    return not str(body["model"]).startswith(("claude", "gemini"))


def said(body: dict[str, Any], home: Provider) -> str | dict[str, Any]:
    """What the model says to this, or what it calls the first tool with."""
    message = body["messages"][-1]
    prompt = str(message.get("content"))
    if prompt in home.says:
        return home.says[prompt]
    if body.get("tools") and message["role"] == "user":
        return {"city": "Zürich"}
    if (body.get("response_format") or {}).get("type") == "json_schema":
        return '{"city": "Zürich", "degrees": 21}'
    text = (
        prompt.removeprefix("say ")
        if prompt.startswith("say ")
        else f"You said: {prompt} ✓ in {len(prompt.split())} words."
    )
    return text + home.voice


def message_for(body: dict[str, Any], home: Provider) -> dict[str, Any]:
    """The answer as a message."""
    found = said(body, home)
    message: dict[str, Any] = {"role": "assistant", "content": found if isinstance(found, str) else None}
    if isinstance(found, dict):
        function = {"name": body["tools"][0]["function"]["name"], "arguments": json.dumps(found, separators=(",", ":"))}
        message["tool_calls"] = [{"id": "call_8f3A1bC2dE4fG5hI6jK7lM8n", "type": "function", "function": function}]
    return message | ({"refusal": None, "annotations": []} if is_openai(body) else {})


def usage_for(body: dict[str, Any], message: dict[str, Any]) -> dict[str, Any]:
    """What it weighs: a word is a token here."""
    prompt = sum(len(str(message.get("content")).split()) for message in body["messages"])
    answer = len(str(message["content"] or message["tool_calls"]).split())
    usage = {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}
    if not is_openai(body):
        return usage
    ours = {"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}
    return {
        **usage,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": ours,
    }


def envelope(body: dict[str, Any], kind: str) -> dict[str, Any]:
    """What stands around an answer."""
    if not is_openai(body):
        return {"id": "msg_01XFDUDYJgAACzvnptvVoYEL", "object": kind, "created": CREATED, "model": body["model"]}
    return {
        "id": "chatcmpl-CbR8w2kYf0T3xLq9ZpVn5JmHs6DgA",
        "object": kind,
        "created": CREATED,
        "model": f"{body['model']}-2024-08-06",
        "service_tier": "default",
        "system_fingerprint": "fp_44709d6fcb",
    }


def choice(body: dict[str, Any], finish: str | None, **said: Any) -> dict[str, Any]:
    """A choice, whole or in part."""
    return {"index": 0, **said, **({"logprobs": None} if is_openai(body) else {}), "finish_reason": finish}


def completion(body: dict[str, Any], home: Provider) -> dict[str, Any]:
    """The answer in one piece."""
    message = message_for(body, home)
    choices = [choice(body, "tool_calls" if message.get("tool_calls") else "stop", message=message)]
    return {**envelope(body, "chat.completion"), "choices": choices, "usage": usage_for(body, message)}


def events(body: dict[str, Any], home: Provider) -> Iterator[bytes]:
    """The answer event by event."""
    message = message_for(body, home)
    usage = {"usage": None} if (body.get("stream_options") or {}).get("include_usage") else {}
    opening = {"role": "assistant", "content": "" if message["content"] else None}
    yield event(body, opening | ({"refusal": None} if is_openai(body) else {}), **usage)
    for at, call in enumerate(message.get("tool_calls", ())):
        begun = {**call, "function": {"name": call["function"]["name"], "arguments": ""}}
        yield event(body, {"tool_calls": [{"index": at, **begun}]}, **usage)
        for piece in call["function"]["arguments"].partition(":"):
            yield event(body, {"tool_calls": [{"index": at, "function": {"arguments": piece}}]}, **usage)
    words = (message["content"] or "").split(" ")
    for at, word in enumerate(words if message["content"] else ()):
        yield event(body, {"content": word if not at else f" {word}"}, **usage)
    yield event(body, {}, "tool_calls" if message.get("tool_calls") else "stop", **usage)
    if usage:
        yield event(body, None, usage=usage_for(body, message))
    yield b"data: [DONE]\n\n"


def event(body: dict[str, Any], delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> bytes:
    """One event of a stream."""
    choices = [choice(body, finish, delta=delta)] if delta is not None else []
    fields = {**envelope(body, "chat.completion.chunk"), "choices": choices, **more}
    return b"data: " + json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode() + b"\n\n"
