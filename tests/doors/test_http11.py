"""The server as any HTTP client may use it, byte for byte: not only as the libraries do that the doors are tested with."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_gateway import Gateway
from mock_gateway.doors.server import Server

from .raw_http import answers, asking, body, connected, heard


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
