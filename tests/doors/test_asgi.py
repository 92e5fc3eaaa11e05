import socket
import threading
from collections.abc import Sequence
from typing import Any

import anyio
import pytest
import uvicorn
from openai import OpenAI

from mock_gateway import Gateway
from mock_gateway.core.steps import Chunk, Start, Step
from mock_gateway.doors.asgi import GatewayApp, Message

from .clients import MODEL
from .recital import Recital

SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/api/chat/completions",
    "headers": [(b"host", b"api.respan.ai:443"), (b"authorization", b"Bearer any")],
}
QUESTION = b'{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}'


def _messages(app: GatewayApp, scope: dict[str, Any], *received: Message) -> list[Message]:
    """What the application sends to a client that stays, and sends these messages."""
    incoming, sent = list(received), list[Message]()

    async def receive() -> Message:
        if not incoming:
            await anyio.sleep_forever()
        return incoming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    async def run() -> None:
        with anyio.fail_after(5):
            await app(scope, receive, send)

    anyio.run(run)
    return sent


def _bodies(steps: Sequence[Step]) -> list[bytes]:
    app = GatewayApp(Recital(*steps))
    _, *parts = _messages(app, SCOPE, {"type": "http.request", "body": b""})
    assert [part["more_body"] for part in parts] == [*[True] * (len(parts) - 1), False]
    return [part["body"] for part in parts]


STREAM = Start(200, (("content-type", "text/event-stream"),))
LONG = b"x" * 40_000


@pytest.mark.parametrize(
    ("steps", "bodies"),
    [
        ([Chunk(b"a"), Chunk(b"b"), Chunk(b"end", last=True)], [b"ab", b"end", b""]),
        ([Chunk(b"end", last=True)], [b"end", b""]),
        (
            [Chunk(b"a"), Chunk(b"b", border=True), Chunk(b"c"), Chunk(b"end", last=True)],
            [b"a", b"b", b"c", b"end", b""],
        ),
        ([Chunk(LONG), Chunk(LONG), Chunk(b"c"), Chunk(b"end", last=True)], [LONG + LONG, b"c", b"end", b""]),
    ],
    ids=["joined", "one", "bordered", "long"],
)
def test_what_nothing_paces_is_joined_but_for_the_last(steps: list[Step], bodies: list[bytes]) -> None:
    """Chunks share a message up to a size, a bordered one has its own, and so has the last."""
    assert _bodies([STREAM, *steps]) == bodies


def test_a_whole_answer_is_one_message() -> None:
    """An answer of known length goes out at once, with nothing after it."""
    assert _bodies([Start(200, (("content-length", "2"),), is_whole=True), Chunk(b"ok", last=True)]) == [b"ok"]


def test_the_request_may_come_in_pieces() -> None:
    """A body in several messages is one request, with lower-case headers and a host without a port."""
    recital = Recital(Start(200, (("content-length", "2"),), is_whole=True), Chunk(b"ok", last=True))

    _messages(
        GatewayApp(recital),
        SCOPE,
        {"type": "http.request", "body": b"one ", "more_body": True},
        {"type": "http.request", "body": b"two", "more_body": False},
    )

    heard = recital.heard[0]
    assert (heard.method, heard.path, heard.host, heard.body) == (
        "POST",
        "/api/chat/completions",
        "api.respan.ai",
        b"one two",
    )
    assert heard.key == "any"
    assert heard.door == "server"


def test_it_lives_as_long_as_its_server() -> None:
    """A server's lifespan is agreed to, from its start to its end."""
    sent = _messages(
        GatewayApp(Gateway()), {"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}
    )

    assert [message["type"] for message in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_it_speaks_nothing_but_http() -> None:
    """Another protocol is refused by name."""
    with pytest.raises(ValueError, match="the gateway speaks http, not websocket"):
        _messages(GatewayApp(Gateway()), {"type": "websocket"})


def test_a_client_that_has_left_before_the_answer() -> None:
    """A client that is gone when its stream is ready has left early, and is sent no end."""
    gateway = Gateway()
    gateway.model(MODEL).replies("one two three")
    question = QUESTION.replace(b"{", b'{"stream": true, ', 1)

    sent = _messages(
        GatewayApp(gateway), SCOPE, {"type": "http.request", "body": question}, {"type": "http.disconnect"}
    )

    assert gateway.calls.one().left_early
    assert all(message.get("more_body", True) for message in sent)


def test_the_same_through_any_server() -> None:
    """Without a word from its server about the connection, a stream that is read to the end is just that."""
    gateway = Gateway()
    gateway.model(MODEL).replies("one two three")
    question = QUESTION.replace(b"{", b'{"stream": true, ', 1)

    sent = _messages(GatewayApp(gateway), SCOPE, {"type": "http.request", "body": question})

    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert not gateway.calls.one().left_early


def test_somebody_elses_server() -> None:
    """The application runs on uvicorn as on our own server, and its stories are the same."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("Hello there.")
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(GatewayApp(gateway), lifespan="on", log_config=None))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        host, port = listening.getsockname()
        client = OpenAI(base_url=f"http://{host}:{port}/api", api_key="any", max_retries=0)
        messages: Any = [{"role": "user", "content": "Hi"}]
        assert client.chat.completions.create(model="gpt-4o", messages=messages).choices[0].message.content
        events = client.chat.completions.create(model="gpt-4o", messages=messages, stream=True)
        assert len(list(events)) > 2
        client.close()
    finally:
        server.should_exit = True
        thread.join()
    assert [(call.status, call.streamed, call.left_early) for call in gateway.calls] == [
        (200, False, False),
        (200, True, False),
    ]


@pytest.mark.parametrize("path", ["/below/api/chat/completions", "/api/chat/completions"])
def test_an_application_may_be_mounted_below_a_path(path: str) -> None:
    """Whether the path of a request says so as well, as ASGI has it, or not, as it was before."""
    recital = Recital(STREAM, Chunk(b"", last=True))
    scope = {**SCOPE, "path": path, "root_path": "/below"}
    _messages(GatewayApp(recital), scope, {"type": "http.request", "body": b""})
    [heard] = recital.heard
    assert (heard.path, heard.origin) == ("/api/chat/completions", "http://api.respan.ai:443/below")
