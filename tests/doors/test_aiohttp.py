"""aiohttp in the same process: streams, breaks, several gateways, and nothing left over."""

import asyncio
import socket
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
import pytest

from mock_gateway import Gateway

from .clients import KEY, MODEL, RESPAN, body

T = TypeVar("T")
URL = f"{RESPAN}/chat/completions"


def run(do: Callable[[aiohttp.ClientSession], Awaitable[T]]) -> T:
    """What comes of it, with a session."""

    async def within() -> T:
        async with aiohttp.ClientSession(headers={"authorization": f"Bearer {KEY}"}) as session:
            return await do(session)

    return asyncio.run(within())


async def said(session: aiohttp.ClientSession, **fields: Any) -> str:
    """The whole of what is answered."""
    async with session.post(URL, json=body("Hi", **fields)) as answer:
        return await answer.text()


def test_a_stream_is_read_line_by_line(respan_gateway: Gateway) -> None:
    """And the call knows its host, its path and its key."""
    respan_gateway.model(MODEL).replies(chunks=["Hello ", "there."])

    async def lines(session: aiohttp.ClientSession) -> list[bytes]:
        async with session.post(URL, json=body("Hi", stream=True)) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            return [line async for line in answer.content if line.strip()]

    found = run(lines)
    assert found[-1] == b"data: [DONE]\n"
    call = respan_gateway.calls.one()
    assert (call.path, call.direct, call.key, call.chunks) == ("/api/chat/completions", False, KEY, 2)


def test_a_stream_that_breaks(respan_gateway: Gateway) -> None:
    """Is aiohttp's own exception."""
    respan_gateway.model(MODEL).breaks("mid_word")
    with pytest.raises(aiohttp.ClientPayloadError):
        run(lambda session: said(session, stream=True))


@pytest.mark.respan(strict=("rules", "misses", "direct"))
def test_a_providers_own_host_is_for_the_guard(respan_gateway: Gateway) -> None:
    """Which names it, and says what to do, unless the test allows for it."""

    async def ask(session: aiohttp.ClientSession) -> None:
        await session.post("https://api.openai.com/v1/chat/completions", json=body("Hi"))

    with pytest.raises(Exception, match="api.openai.com") as refused:
        run(ask)
    assert "respan_server" in str(refused.value)
    assert [finding.kind for finding in respan_gateway.findings()] == ["guard"]


@pytest.mark.respan(direct="allow")
def test_a_providers_own_host_is_answered_where_that_is_allowed(respan_gateway: Gateway) -> None:
    """By the same script, and the call knows where it went."""
    respan_gateway.model(MODEL).replies("Hello!")

    async def ask(session: aiohttp.ClientSession) -> int:
        async with session.post("https://api.openai.com/v1/chat/completions", json=body("Hi")) as answer:
            return answer.status

    assert run(ask) == 200
    assert respan_gateway.calls.one().direct


def test_a_connection_that_is_kept_finds_the_newest_gateway() -> None:
    """Which may be another than the one it was made for; with the last gateway, the port is closed."""
    outer, inner = Gateway(), Gateway()
    outer.model(MODEL).replies("From the outer one.")
    inner.model(MODEL).replies("From the inner one.")

    async def talk(session: aiohttp.ClientSession) -> list[str]:
        with outer.intercept():
            first = await said(session)
            with inner.intercept():
                second = await said(session)
            third = await said(session)
        return [first, second, third]

    first, second, third = run(talk)
    assert "From the outer one." in first
    assert "From the inner one." in second
    assert "From the outer one." in third


def test_other_hosts_are_asked_for_real(respan_gateway: Gateway) -> None:
    """A server of this machine, for one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        port = server.getsockname()[1]

        async def ask(session: aiohttp.ClientSession) -> bytes:
            asking = asyncio.ensure_future(session.get(f"http://127.0.0.1:{port}/"))
            there, _ = await asyncio.to_thread(server.accept)
            with there:
                await asyncio.to_thread(there.recv, 65536)
                there.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nHi")
            async with await asking as answer:
                return await answer.read()

        assert run(ask) == b"Hi"
    assert not respan_gateway.calls


def test_it_is_led_in_when_it_is_imported_late() -> None:
    """And is not imported, nor a port opened, where nobody uses it."""
    program = f"""
        import asyncio, sys, threading
        from mock_gateway import Gateway

        gateway = Gateway()
        gateway.model("{MODEL}").replies("Hello!")

        async def ask():
            import aiohttp
            async with aiohttp.ClientSession() as session:
                async with session.post("{URL}", json={body("Hi")!r}, headers={{"authorization": "Bearer any"}}) as answer:
                    return await answer.text()

        with gateway.intercept():
            assert "aiohttp" not in sys.modules
            assert threading.active_count() == 1
            assert "Hello!" in asyncio.run(ask())
        assert not [thread for thread in threading.enumerate() if thread.name == "mock-gateway"]
        with gateway.intercept():
            assert "Hello!" in asyncio.run(ask())
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
