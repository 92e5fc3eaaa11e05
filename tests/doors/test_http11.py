"""The server as any HTTP client may use it, byte for byte: not only as the libraries do that the doors are tested with."""

import asyncio
import json
import logging
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.core.steps import Steps
from mock_gateway.doors.http11 import Listener
from mock_gateway.doors.server import Server, Switchboard

PATIENCE = 5


def body(text: str = "Hi", **fields: Any) -> bytes:
    return json.dumps(
        {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **fields}, ensure_ascii=False
    ).encode()


def asking(sent: bytes, head: str = "", version: str = "1.1", method: str = "POST", path: str = "/api") -> bytes:
    lines = f"{method} {path}/chat/completions HTTP/{version}\r\nhost: h\r\nauthorization: Bearer k\r\n{head}"
    return lines.encode() + b"content-length: %d\r\n\r\n" % len(sent) + sent


@contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    address = re.fullmatch(r"http://(.+):(\d+)/api", server.url)
    assert address is not None
    with socket.create_connection((address[1], int(address[2])), timeout=PATIENCE) as link:
        yield link


def heard(link: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    return b"".join(iter(lambda: link.recv(65536), b""))


def answers(data: bytes) -> list[tuple[int, str]]:
    """Status and text of each of several whole answers."""
    found = []
    while data:
        head, _, rest = data.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        assert length is not None, head
        told, data = rest[: int(length[1])], rest[int(length[1]) :]
        found.append((int(head.split()[1]), json.loads(told)["choices"][0]["message"]["content"]))
    return found


@pytest.fixture
def server() -> Iterator[Server]:
    gateway = Gateway()
    gateway.model("gpt-4o").replies(lambda request: request.text)
    with gateway.serve() as served:
        yield served


def test_one_connection_serves_one_request_after_another(server: Server) -> None:
    """Until the client says that it was the last."""
    with connected(server) as link:
        for text in ("one", "two"):
            link.sendall(asking(body(text)))
            assert answers(link.recv(65536)) == [(200, text)]
        link.sendall(asking(body("three"), "Connection: close\r\n"))
        data = heard(link)
    assert b"\r\nconnection: close\r\n" in data
    assert answers(data) == [(200, "three")]


def test_requests_that_do_not_wait_for_answers(server: Server) -> None:
    """Several in one piece are answered one after the other, in their order."""
    texts = ["one", "two", "three"]
    with connected(server) as link:
        link.sendall(b"".join(asking(body(text)) for text in texts) + asking(body("four"), "connection: close\r\n"))
        assert answers(heard(link)) == [(200, text) for text in [*texts, "four"]]


def test_a_client_that_leaves_while_it_waits_for_several() -> None:
    """It is seen to leave the one it is being answered, and is never answered the next."""
    gateway = Gateway()
    gateway.model("stalling").stalls(after_chunks=1)
    gateway.model("gpt-4o").replies("Hi")
    with gateway.serve() as server:
        with connected(server) as link:
            link.sendall(asking(body(model="stalling", stream=True)) + asking(body()))
            assert link.recv(65536).startswith(b"HTTP/1.1 200 OK")
        assert gateway.calls.one().left_early


def test_a_request_in_pieces(server: Server) -> None:
    """Cut anywhere, also in a letter, and with a body in chunks."""
    sent = body("Grüße")
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (sent[:40], sent[40:])) + b"0\r\n\r\n"
    head = asking(b"", "transfer-encoding: chunked\r\nconnection: close\r\n").replace(b"content-length: 0\r\n", b"")
    with connected(server) as link:
        for piece in asking(sent):
            link.sendall(bytes([piece]))
        assert answers(link.recv(65536)) == [(200, "Grüße")]
        link.sendall(head + chunked)
        assert answers(heard(link)) == [(200, "Grüße")]


def test_a_client_that_asks_before_it_says_much(server: Server) -> None:
    """It is told to go on, as curl wants to be before a long prompt."""
    sent = body("long " * 1000)
    request = asking(sent, "expect: 100-continue\r\nconnection: close\r\n")
    with connected(server) as link:
        link.sendall(request[: -len(sent)])
        assert link.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        link.sendall(sent)
        assert answers(heard(link)) == [(200, "long " * 1000)]


@pytest.mark.parametrize("expected", ["100-continue", "100-Continue"])
@pytest.mark.parametrize("offer", ["", "connection: Upgrade\r\nupgrade: h2c\r\n"])
def test_going_on_is_said_once(server: Server, expected: str, offer: str) -> None:
    """Also to a client that writes it otherwise, and to one that offers another protocol too."""
    sent = body("long")
    request = asking(sent, f"expect: {expected}\r\nconnection: close\r\n{offer}")
    with connected(server) as link:
        link.sendall(request[: -len(sent)])
        assert link.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        link.sendall(sent)
        assert answers(heard(link)) == [(200, "long")]


def test_going_on_is_not_said_amid_an_answer() -> None:
    """A client that asks for it while it is being answered finds that answer whole."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("Hi")
    with gateway.serve() as server, connected(server) as link:
        link.sendall(asking(body(stream=True)) + asking(body(), "expect: 100-continue\r\nconnection: close\r\n"))
        assert heard(link).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("head", ["connection: TE, Close\r\n", "connection: close, Upgrade\r\nupgrade: h2c\r\n"])
def test_a_client_that_says_more_than_close(server: Server, head: str) -> None:
    """It said close, and the connection is closed."""
    with connected(server) as link:
        link.sendall(asking(body("last"), head))
        assert answers(heard(link)) == [(200, "last")]


@pytest.mark.parametrize(
    ("address", "host"), [("[::1]:8080", "::1"), ("[::1]", "::1"), ("localhost:8080", "localhost"), ("h", "h")]
)
def test_the_host_a_client_asks_for(address: str, host: str) -> None:
    """Without its port, and an address of IPv6 without its brackets: the control endpoints ask whether it is here."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("Hi")
    with gateway.serve() as server, connected(server) as link:
        link.sendall(asking(body(), "connection: close\r\n").replace(b"host: h", f"host: {address}".encode()))
        assert answers(heard(link)) == [(200, "Hi")]
    assert gateway.calls.one().host == host


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_of_old(server: Server, stream: bool) -> None:
    """HTTP/1.0 knows no chunks and no second request: an answer is what comes until the connection closes."""
    with connected(server) as link:
        link.sendall(asking(body("old", stream=stream), version="1.0"))
        head, _, told = heard(link).partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert b"connection: close" in head
    assert told.endswith(b"data: [DONE]\n\n") if stream else json.loads(told)["choices"]


def test_a_stream_is_sent_in_chunks(server: Server) -> None:
    """Each with its length, and an empty one at the end, so that the connection can serve again."""
    with connected(server) as link:
        link.sendall(asking(body("a b", stream=True)) + asking(body("next"), "connection: close\r\n"))
        data = heard(link)
    head, _, rest = data.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    stream, _, after = rest.partition(b"\r\n0\r\n\r\n")
    assert stream.endswith(b"data: [DONE]\n\n")
    assert answers(after) == [(200, "next")]


def test_a_question_for_the_head_alone(server: Server) -> None:
    """HEAD has the head of an answer and nothing behind it."""
    with connected(server) as link:
        link.sendall(asking(b"", "connection: close\r\n", method="HEAD"))
        head, _, rest = heard(link).partition(b"\r\n\r\n")
    assert (head.split()[1], rest) == (b"405", b"")


@pytest.mark.parametrize("junk", [b"\x16\x03\x01 TLS", b"POST\r\n\r\n", b"GET http://[ HTTP/1.1\r\n\r\n"])
def test_what_is_no_request(server: Server, junk: bytes) -> None:
    """Such as a client that speaks TLS: it is refused, and the server goes on."""
    with connected(server) as link:
        link.sendall(junk)
        told = heard(link)
    assert told.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert told.endswith(b"That is no HTTP request.")
    with connected(server) as link:
        link.sendall(asking(body("still there"), "connection: close\r\n"))
        assert answers(heard(link)) == [(200, "still there")]


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_no_request_behind_some_that_are(server: Server, stream: bool) -> None:
    """Those are answered first, and the refusal is not among them."""
    with connected(server) as link:
        link.sendall(asking(body("one", stream=stream)) + asking(body("two")) + b"JUNK\r\n\r\n" + asking(body("three")))
        *told, refusal, nothing = re.split(rb"(?=HTTP/1.1 )", heard(link) + b"HTTP/1.1 ")[1:]
    assert told[0].endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n") if stream else answers(told[0]) == [(200, "one")]
    assert answers(b"".join(told[1:])) == [(200, "two")]
    assert refusal.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert nothing == b"HTTP/1.1 "


def test_what_comes_after_the_last_request(server: Server) -> None:
    """A client that has said that this was the last is answered that one."""
    with connected(server) as link:
        link.sendall(asking(body("last"), "connection: close\r\n") + asking(body("more")))
        assert answers(heard(link)) == [(200, "last")]


def test_a_client_that_takes_the_server_for_a_proxy(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """Such as one with HTTPS_PROXY set to its address: it is told what to do instead."""
    with connected(server) as link:
        link.sendall(b"CONNECT api.openai.com:443 HTTP/1.1\r\nhost: api.openai.com:443\r\n\r\n")
        head, _, told = heard(link).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 501 Not Implemented\r\n")
    assert told == b"CONNECT is for a proxy. This is a server: give its address as a base URL, not as a proxy."
    assert not caplog.records


def test_a_path_with_letters_that_are_encoded(server: Server) -> None:
    """It means what it says decoded."""
    with connected(server) as link:
        link.sendall(asking(body("encoded"), "connection: close\r\n", path="/%61pi"))
        assert answers(heard(link)) == [(200, "encoded")]


def test_curl_which_offers_another_protocol(server: Server, tmp_path: Path) -> None:
    """An offer to go on in HTTP/2 is not taken, and the request is answered."""
    (tmp_path / "body").write_bytes(body("curl"))
    command = ["curl", "-sS", "--http2", "--max-time", "5", "-d", f"@{tmp_path / 'body'}"]
    command += ["-H", "authorization: Bearer k", "-H", "content-type: application/json"]
    result = subprocess.run([*command, f"{server.url}/chat/completions"], capture_output=True, check=True)
    assert json.loads(result.stdout)["choices"][0]["message"]["content"] == "curl"


def test_a_client_that_reads_slowly() -> None:
    """A long answer waits for its reader, who gets all of it."""
    text = "x" * 8_000_000
    gateway = Gateway()
    gateway.model("gpt-4o").replies(text)
    with gateway.serve() as server, connected(server) as link:
        link.sendall(asking(body(), "connection: close\r\n"))
        assert answers(heard(link)) == [(200, text)]


def test_a_server_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    """An exception nobody reckoned with is a 500, and the log says what it was."""

    class Broken(Gateway):
        def handle(self, *_: Any) -> Steps:
            raise RuntimeError("a bug")

    with caplog.at_level(logging.ERROR), Broken().serve() as server, connected(server) as link:
        link.sendall(asking(body()))
        told = heard(link)
    assert told.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert told.endswith(b"The server failed: its log says why.")
    assert "RuntimeError: a bug" in caplog.text


@pytest.mark.parametrize("end", [lambda _: pytest.fail("told so"), lambda _: sys.exit("told so")])
def test_a_reply_that_ends_the_test(end: Any, caplog: pytest.LogCaptureFixture) -> None:
    """It cannot, from another thread: the client is answered, the log says why, and the server goes on."""
    gateway = Gateway()
    gateway.model("ending").replies(end)
    gateway.model("gpt-4o").replies("Hi")
    with caplog.at_level(logging.ERROR), gateway.serve() as server:
        with connected(server) as link:
            link.sendall(asking(body(model="ending")))
            assert heard(link).endswith(b"The server failed: its log says why.")
        with connected(server) as link:
            link.sendall(asking(body(), "connection: close\r\n"))
            assert answers(heard(link)) == [(200, "Hi")]
    assert "told so" in caplog.text


def test_a_server_that_stops_breaks_what_is_open() -> None:
    """Nobody is left waiting, nor is any thread."""
    gateway = Gateway()
    gateway.model("quick").replies("Hi")
    gateway.model("stalling").stalls(after_chunks=1)
    before = set(threading.enumerate())
    with ExitStack() as stack:
        with gateway.serve() as server:
            started = set(threading.enumerate()) - before
            idle, stalled = (stack.enter_context(connected(server)) for _ in range(2))
            idle.sendall(asking(body(model="quick")))
            stalled.sendall(asking(body(model="stalling", stream=True)))
            assert all(link.recv(65536).startswith(b"HTTP/1.1 200 OK") for link in (idle, stalled))
        for link in (idle, stalled):
            with suppress(ConnectionResetError):
                assert not heard(link).endswith(b"0\r\n\r\n")
    assert len(started) == 1
    assert not started & set(threading.enumerate())
    assert gateway.calls.one(requested_model="stalling").left_early


@pytest.mark.parametrize("turns", range(6))
def test_a_client_that_comes_while_the_server_stops(turns: int, caplog: pytest.LogCaptureFixture) -> None:
    """However far it has come, in turns of the event loop: its connection ends, and nothing is left open."""

    async def meet() -> None:
        listener = Listener(Switchboard())
        with socket.create_server(("127.0.0.1", 0)) as listening:
            await listener.open(listening)
            client = socket.create_connection(listening.getsockname(), timeout=PATIENCE)
            for _ in range(turns):
                await asyncio.sleep(0)
            await listener.close()
        with client, suppress(ConnectionResetError):
            assert await asyncio.to_thread(client.recv, 1) == b""
        assert not listener.links

    asyncio.run(meet())
    assert not caplog.records
