import gc
import json
import logging
import socket
import struct
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from urllib.parse import urlsplit

import openai
import pytest
import requests

from mock_gateway import Gateway
from mock_gateway.core import problems
from mock_gateway.doors.server import ServerThread

from .clients import KEY, MODEL, body

HEADERS = {"Authorization": f"Bearer {KEY}"}


def _post(url: str, *, stream: bool = False, timeout: float = 5) -> requests.Response:
    fields = body("Hi", stream=stream)
    return requests.post(f"{url}/chat/completions", json=fields, headers=HEADERS, timeout=timeout, stream=stream)


def _text(response: requests.Response) -> str:
    return str(response.json()["choices"][0]["message"]["content"])


def _gateway(text: str = "Hello!") -> Gateway:
    gateway = Gateway()
    gateway.model(MODEL).replies(text)
    return gateway


def _ends(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def _request(*, stream: bool, path: str = "/api/chat/completions") -> bytes:
    content = json.dumps(body("Hi", stream=stream)).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: here\r\nauthorization: Bearer any\r\ncontent-length: {len(content)}\r\n\r\n"
    return head.encode() + content


@contextmanager
def _thread() -> Iterator[ServerThread]:
    thread = ServerThread()
    try:
        yield thread
    finally:
        thread.stop()


def test_up_before_it_is_entered_and_gone_when_it_is_left() -> None:
    """The port answers from the first line within to the last, and nobody listens there afterwards."""
    with _gateway().serve() as server:
        with socket.create_connection(_ends(server.url), timeout=5):
            pass
        assert _text(_post(server.url)) == "Hello!"

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(_ends(server.url), timeout=5)


def test_its_thread_is_gone_too() -> None:
    """A server leaves no thread behind."""
    before = set(threading.enumerate())  # those that other tests have left may end at any moment

    with _gateway().serve():
        (own,) = set(threading.enumerate()) - before
        assert own.is_alive()

    assert not own.is_alive()


def test_a_port_of_ones_own_choice() -> None:
    """A port can be named, and can be used again at once after the server is gone."""
    with _gateway().serve() as server:
        _post(server.url)
        _, port = _ends(server.url)

    with _gateway("again").serve(port=port) as server:
        assert server.url == f"http://127.0.0.1:{port}/api"
        assert _text(_post(server.url)) == "again"


def test_a_port_that_is_taken() -> None:
    """A port somebody else listens on is an error before anything starts."""
    before = set(threading.enumerate())

    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="in use"),
        _gateway().serve(port=taken.getsockname()[1]),
    ):
        pass

    assert set(threading.enumerate()) <= before


def test_over_the_other_protocol() -> None:
    """The host can be an IPv6 address, which stands in brackets in the URL."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError as error:
        pytest.skip(f"this machine has no IPv6: {error}")

    with _gateway().serve(host="::1") as server:
        assert server.url.startswith("http://[::1]:")
        assert _text(_post(server.url)) == "Hello!"


def test_the_environment_leads_an_sdk_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process with the server's environment finds the server, without an argument."""
    with _gateway().serve() as server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        assert server.env["RESPAN_BASE_URL"] == server.url
        with openai.OpenAI(max_retries=0) as sdk:
            completion = sdk.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}])

    assert completion.choices[0].message.content == "Hello!"


def test_one_connection_for_many_calls() -> None:
    """A client that keeps its connection is answered on it again and again, streams among the rest."""
    gateway = _gateway("one two")
    headers = {"authorization": "Bearer any"}

    with gateway.serve() as server, closing(HTTPConnection(*_ends(server.url), timeout=5)) as connection:
        connection.connect()
        first = connection.sock
        for streamed in (False, True, False, True):
            fields = json.dumps(body("Hi", stream=streamed))
            connection.request("POST", "/api/chat/completions", fields, headers)
            assert b"one" in connection.getresponse().read()
            assert connection.sock is first

        assert [call.left_early for call in gateway.calls] == [False] * 4


def test_deliberate_failures_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A connection that is cut on purpose is no error of the server's, so its log has nothing to say."""
    gateway = Gateway()
    gateway.refuses(times=1)
    gateway.model(MODEL).hangs_up(after_chunks=1).stalls(after_chunks=1).replies("one two three")

    with caplog.at_level(logging.WARNING), gateway.serve() as server:
        with pytest.raises(requests.ConnectionError):
            _post(server.url)
        with _post(server.url, stream=True) as cut, pytest.raises(requests.exceptions.ChunkedEncodingError):
            cut.content  # noqa: B018 - reading it is what breaks
        with _post(server.url, stream=True, timeout=0.2) as stalled, pytest.raises(requests.ConnectionError):
            stalled.content  # noqa: B018
        with _post(server.url, stream=True) as left:
            next(left.iter_content(1))
        assert [call.left_early for call in gateway.calls] == [False, False, True, True]

    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_client_that_resets_its_connection_has_left() -> None:
    """A process that is killed in the middle of an answer has left early."""
    gateway = _gateway("one two three")

    with gateway.serve() as server:
        with socket.create_connection(_ends(server.url), timeout=5) as client:
            client.sendall(_request(stream=True))
            assert client.recv(20).startswith(b"HTTP/1.1 200 OK")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        assert gateway.calls.one().left_early


def test_a_client_that_does_not_read_has_not_read() -> None:
    """An answer that was sent to the end, and that nobody read, was left early."""
    gateway = Gateway()
    gateway.model(MODEL).replies("one two three")

    with gateway.serve() as server:
        with socket.create_connection(_ends(server.url), timeout=5) as client:
            client.sendall(_request(stream=True))
            client.recv(1)

        assert gateway.calls.one().left_early


def test_reading_the_calls_does_not_wait_for_those_still_open() -> None:
    """A stream somebody still reads does not hold up whoever looks at the calls."""
    gateway = _gateway("one two three")

    with gateway.serve() as server, _post(server.url, stream=True) as response:
        pieces = response.iter_content(1)
        next(pieces)
        assert not gateway.calls.one().left_early

        assert b"[DONE]" in b"".join(pieces)
        assert not gateway.calls.one().left_early


def test_a_stalled_call_does_not_keep_the_server_up() -> None:
    """A server stops at once, whoever still waits for an answer."""
    gateway = Gateway()
    gateway.model(MODEL).stalls(after_chunks=1)

    with gateway.serve() as server:
        waiting = _post(server.url, stream=True, timeout=60)
        began = time.monotonic()
    took = time.monotonic() - began

    assert took < 2
    with waiting, pytest.raises(requests.RequestException):
        waiting.content  # noqa: B018 - reading it is what breaks


def test_two_gateways_behind_one_port_stay_apart() -> None:
    """Each gateway answers below its own address, and has its own calls only."""
    first, second = _gateway("first"), _gateway("second")

    with (
        _thread() as thread,
        thread.serving(first, problems.over("one")) as one,
        thread.serving(second, problems.over("two")) as two,
    ):
        assert one.url != two.url
        answers = [_text(_post(url)) for url in (one.url, two.url, one.url)]
        assert [len(first.calls), len(second.calls)] == [2, 1]

    assert answers == ["first", "second", "first"]


def test_a_request_that_comes_too_late_is_told_so() -> None:
    """What still calls after its gateway is gone reads whose gateway it was, and is not to try again."""
    gateway = _gateway()

    with _thread() as thread:
        with thread.serving(gateway, problems.over("test_chat.py::test_hello")) as server:
            _post(server.url)
        late = _post(server.url)

    assert late.status_code == 410
    assert late.headers["x-should-retry"] == "false"
    assert late.json()["error"] == {
        "message": "The gateway of test_chat.py::test_hello is gone, since that test is over. "
        "Something it started is still calling.",
        "type": "respan_mock",
        "param": None,
        "code": "gateway_gone",
    }
    assert len(gateway.calls) == 1


def test_an_address_that_never_was() -> None:
    """Below a token nobody has, there is no gateway, and the answer names the path."""
    with _thread() as thread, thread.serving(_gateway(), problems.over("one")) as server:
        host, port = _ends(server.url)
        answer = _post(f"http://{host}:{port}/0000/api")

    assert answer.status_code == 410
    assert answer.json()["error"]["message"] == "No gateway is served at /0000/api/chat/completions."


def test_the_story_does_not_tell_where_it_was_served() -> None:
    """A token is no part of a call's path, so stories are the same behind every port."""
    gateway = _gateway()

    with _thread() as thread, thread.serving(gateway, problems.over("one")) as server:
        _post(server.url)

    assert gateway.calls.one().path == "/api/chat/completions"


def test_one_gateway_at_two_ports() -> None:
    """A gateway can be served twice at a time, and keeps one journal."""
    gateway = _gateway("one two three")

    with gateway.serve() as first, gateway.serve() as second:
        _post(first.url)
        with _post(second.url, stream=True) as response:
            next(response.iter_content(1))

        assert [call.left_early for call in gateway.calls] == [False, True]


def test_a_gateway_that_was_served_is_gone_as_soon_as_nobody_has_it() -> None:
    """Python need not look for it: a program that is reset for every test would keep them all until it does."""
    gateway = _gateway()
    with gateway.serve() as server:
        assert _text(_post(server.url)) == "Hello!"
    gc.collect()
    gone = weakref.ref(gateway)
    gc.disable()
    try:
        del gateway
        assert gone() is None
    finally:
        gc.enable()


def test_nonsense_does_not_harm_it() -> None:
    """After bytes that are no HTTP, the next client is answered as ever."""
    with _gateway().serve() as server:
        with socket.create_connection(_ends(server.url), timeout=5) as client:
            client.sendall(b"\x00\xff nonsense\r\n\r\n")
            with suppress(ConnectionResetError):
                while client.recv(1024):
                    pass

        assert _text(_post(server.url)) == "Hello!"


def test_requests_one_after_the_other_without_waiting() -> None:
    """A client that sends its second request before it has the first answer gets both, in order."""
    gateway = Gateway()
    gateway.model(MODEL).replies("first").replies("second")

    with gateway.serve() as server, socket.create_connection(_ends(server.url), timeout=5) as client:
        client.sendall(_request(stream=False) * 2)
        received = b""
        while b"second" not in received:
            part = client.recv(4096)
            assert part
            received += part

    assert received.index(b"first") < received.index(b"second")
