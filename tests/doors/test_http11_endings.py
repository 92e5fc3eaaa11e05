"""How it ends between a client and the server, when not by an answer that was read: somebody leaves, fails or stops."""

import asyncio
import logging
import socket
import sys
import threading
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.core.steps import Steps
from mock_gateway.doors.http11 import Listener
from mock_gateway.doors.server import Switchboard

from .raw_http import PATIENCE, answers, asking, body, connected, heard


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


def test_a_client_that_stops_speaking_before_it_has_read_the_end() -> None:
    """It takes its leave in two steps, as asynchronous clients do: what then lies unread before it, it has not read."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("Hi")
    with gateway.serve() as server, connected(server) as link:
        link.sendall(asking(body(stream=True)))
        told = b""
        while b'"finish_reason":"stop"' not in told:
            told += link.recv(65536)
        assert b"[DONE]" in link.recv(65536, socket.MSG_PEEK)
        link.shutdown(socket.SHUT_WR)

        assert gateway.calls.one().left_early


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
