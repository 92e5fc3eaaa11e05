"""An interception, from its first call to its last: what it replaces, whom it leads in, and what it leaves behind."""

import asyncio
import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partialmethod
from typing import Any

import aiohttp
import httpx
import httpx2
import openai
import pytest
import requests
from httpx import _transports as httpx_transports
from httpx2 import _transports as httpx2_transports
from requests.adapters import HTTPAdapter

from mock_gateway import Gateway
from mock_gateway.doors.interception import Forked

from .clients import KEY, MODEL, RESPAN, body
from .libraries import HEADERS, POSTS, answering, every_getter, every_poster, said


def _replaced() -> dict[str, Any]:
    """Everything an interception replaces, as it is now."""
    return {
        "httpx2": vars(httpx2.HTTPTransport)["handle_request"],
        "httpx2, async": vars(httpx2.AsyncHTTPTransport)["handle_async_request"],
        "httpx2, TLS": vars(httpx2_transports.default)["create_ssl_context"],
        "httpx": vars(httpx.HTTPTransport)["handle_request"],
        "httpx, async": vars(httpx.AsyncHTTPTransport)["handle_async_request"],
        "httpx, TLS": vars(httpx_transports.default)["create_ssl_context"],
        "requests": vars(HTTPAdapter)["send"],
        "aiohttp": vars(aiohttp.TCPConnector)["_create_connection"],
    }


def test_clients_made_before_are_led_in() -> None:
    """A client that an application made at import time is led in like any other."""
    with (
        openai.OpenAI(base_url=RESPAN, api_key=KEY, max_retries=0) as sdk,
        httpx.Client() as legacy,
        requests.Session() as session,
        answering().intercept() as gateway,
    ):
        completion = sdk.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}])
        assert completion.choices[0].message.content == "Hello!"
        assert said(legacy.post(f"{RESPAN}/chat/completions", json=body("Hi"), headers=HEADERS)) == "Hello!"
        assert said(session.post(f"{RESPAN}/chat/completions", json=body("Hi"), headers=HEADERS)) == "Hello!"

    assert [call.door for call in gateway.calls] == ["httpx2", "httpx", "requests"]


@every_poster
def test_of_nested_interceptions_the_newest_answers(post: Callable[[str, object], Any]) -> None:
    """An inner interception answers until it is over, and then the outer one does again."""
    url = f"{RESPAN}/chat/completions"

    with answering("outer").intercept():
        with answering("inner").intercept():
            assert said(post(url, body("Hi"))) == "inner"
        assert said(post(url, body("Hi"))) == "outer"


def test_interceptions_may_end_in_any_order() -> None:
    """An interception that ends under a newer one leaves the newer one answering."""
    outer, inner = answering("outer").intercept(), answering("inner").intercept()
    before = _replaced()

    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    try:
        assert said(httpx2.post(f"{RESPAN}/chat/completions", json=body("Hi"), headers=HEADERS)) == "inner"
    finally:
        inner.__exit__(None, None, None)

    assert _replaced() == before


def test_the_same_gateway_can_be_entered_twice() -> None:
    """A gateway that intercepts already can be asked to again, and answers until the last of them is over."""
    gateway = answering()
    before = _replaced()

    with gateway.intercept():
        with gateway.intercept():
            pass
        assert said(httpx2.post(f"{RESPAN}/chat/completions", json=body("Hi"), headers=HEADERS)) == "Hello!"

    assert _replaced() == before


def test_the_libraries_are_as_they_were_afterwards() -> None:
    """All that was replaced is the original again, the very same object, also after an exception."""
    before = _replaced()

    interception = Gateway().intercept()
    interception.__enter__()
    during = _replaced()
    interception.__exit__(ZeroDivisionError, ZeroDivisionError(), None)

    assert all(during[name] is not before[name] for name in before)
    assert all(after is before[name] for name, after in _replaced().items())


def test_the_libraries_are_as_they_were_after_an_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who loses patience while the last spans are sent leaves no gateway behind that answers the next test."""

    def interrupted(self: Gateway) -> None:
        raise KeyboardInterrupt

    before = _replaced()
    interception = Gateway().intercept()
    interception.__enter__()
    monkeypatch.setattr(Gateway, "flush", interrupted)
    with pytest.raises(KeyboardInterrupt):
        interception.__exit__(None, None, None)

    assert all(after is before[name] for name, after in _replaced().items())


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_call_that_is_cancelled_is_over(library: Any) -> None:
    """Also where somebody keeps the exception, and with it all that was under way."""
    gateway = Gateway(clock="real")
    gateway.model(MODEL).replies("Hello!", delay=60)
    kept: list[BaseException] = []

    async def ask() -> None:
        async with library.AsyncClient() as client:
            try:
                async with asyncio.timeout(0.01):
                    await client.post(f"{RESPAN}/chat/completions", json=body("Hi"), headers=HEADERS)
            except TimeoutError as error:
                kept.append(error)

    with gateway.intercept():
        asyncio.run(ask())
        call = gateway.calls.one()
        assert (len(kept), call.is_over, call.left_early) == (1, True, True)


@every_getter
def test_what_others_put_on_top_stays_and_works(
    get: Callable[[str], Any], elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever replaces a function over the interception keeps it when the interception ends under them."""
    seen: list[str] = []

    def watch(owner: Any, name: str) -> None:
        ours = getattr(owner, name)

        def watched(self: Any, request: Any, *rest: Any, **options: Any) -> Any:
            seen.append(str(request.url))
            return ours(self, request, *rest, **options)

        monkeypatch.setattr(owner, name, watched)

    before = _replaced()
    with Gateway().intercept():
        for library in (httpx, httpx2):
            watch(library.HTTPTransport, "handle_request")
            watch(library.AsyncHTTPTransport, "handle_async_request")
        watch(HTTPAdapter, "send")
        watch(aiohttp.TCPConnector, "_create_connection")

    try:
        assert get(f"{elsewhere}/page").text == "elsewhere, at /page"
        assert seen == [f"{elsewhere}/page"]
        with answering().intercept() as again:
            assert said(POSTS["httpx2"](f"{RESPAN}/chat/completions", body("Hi"))) == "Hello!"
            assert len(again.calls) == 1
    finally:
        monkeypatch.undo()
        _put_back(before)


def test_what_others_put_back_late_is_no_new_original(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who replaced a function over the interception, and puts ours back after its end, leaves nothing for good."""
    before = _replaced()
    with Gateway().intercept():
        for owner, name in (
            (httpx2.HTTPTransport, "handle_request"),
            (httpx2.AsyncHTTPTransport, "handle_async_request"),
            (httpx.HTTPTransport, "handle_request"),
            (httpx.AsyncHTTPTransport, "handle_async_request"),
            (HTTPAdapter, "send"),
            (aiohttp.TCPConnector, "_create_connection"),
        ):
            monkeypatch.setattr(owner, name, partialmethod(getattr(owner, name)))
    monkeypatch.undo()

    with answering().intercept() as gateway:
        assert said(POSTS["httpx2"](f"{RESPAN}/chat/completions", body("Hi"))) == "Hello!"
        assert len(gateway.calls) == 1
    assert _replaced() == before


def _put_back(before: dict[str, Any]) -> None:
    for library in (httpx, httpx2):
        name = library.__name__
        library.HTTPTransport.handle_request = before[name]
        library.AsyncHTTPTransport.handle_async_request = before[f"{name}, async"]
    HTTPAdapter.send = before["requests"]  # type: ignore[method-assign]
    setattr(aiohttp.TCPConnector, "_create_connection", before["aiohttp"])  # noqa: B010 - it is none of ours


def test_threads_are_led_in() -> None:
    """A background thread of the application meets the same gateway."""
    answers: list[str] = []

    def ask() -> None:
        answers.append(said(requests.post(f"{RESPAN}/chat/completions", json=body("Hi"), headers=HEADERS, timeout=5)))

    with answering().intercept():
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()

    assert answers == ["Hello!"]


def test_a_stream_that_is_dropped_has_been_left() -> None:
    """A client that forgets a stream without closing it has left early, as soon as the calls are read."""
    with answering("one two three").intercept() as gateway, openai.OpenAI(base_url=RESPAN, api_key=KEY) as sdk:
        question: Any = body("Hi", stream=True)
        events = iter(sdk.chat.completions.create(**question))
        next(events)
        del events

        assert gateway.calls.one().left_early


def test_a_stream_under_way_has_not_been_left() -> None:
    """A client that still reads has not left, whoever looks at the calls in between."""
    with answering("one two three").intercept() as gateway, openai.OpenAI(base_url=RESPAN, api_key=KEY) as sdk:
        question: Any = body("Hi", stream=True)
        with sdk.chat.completions.create(**question) as events:
            next(iter(events))
            assert not gateway.calls.one().left_early
            assert sum(1 for _ in events) > 1

        assert not gateway.calls.one().left_early


@pytest.mark.parametrize("missing", ["httpx2", "httpx", "requests"])
def test_a_missing_library_has_no_door_and_the_others_have_theirs(missing: str) -> None:
    """Each library is led in whether or not the others are installed."""
    present = [name for name in ("httpx2", "httpx", "requests") if name != missing]
    script = f"""
        import sys
        sys.modules[{missing!r}] = None
        from mock_gateway import Gateway

        gateway = Gateway()
        gateway.model("gpt-4o").replies("Hello!", times=2)
        body = {{"model": "gpt-4o", "messages": [{{"role": "user", "content": "Hi"}}]}}
        with gateway.intercept():
            for name in {present!r}:
                url, headers = "{RESPAN}/chat/completions", {{"Authorization": "Bearer any"}}
                answer = __import__(name).post(url, json=body, headers=headers, timeout=5)
                assert answer.status_code == 200, answer.text
        assert [call.door for call in gateway.calls] == {present!r}
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=60)


def test_nothing_is_imported_for_a_gateway_that_does_not_intercept() -> None:
    """No HTTP library is loaded before somebody wants to intercept or serve."""
    script = """
        import sys
        from mock_gateway import Gateway

        Gateway().model("gpt-4o").replies("Hello!")
        assert not {"httpx", "httpx2", "requests", "httptools", "respx", "anyio"} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=60)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process is forked on Windows")
def test_a_forked_process_has_no_gateway() -> None:
    """It has a copy, which nobody looks at: it is told so, and not answered."""
    context = multiprocessing.get_context("fork")
    with answering().intercept() as gateway:
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            assert pool.submit(_asked_by_its_own).result() == "Its own."
            with pytest.raises(Forked, match="ask for the fixture resp"):
                pool.submit(_asked_by_httpx).result()
        assert _asked_by_httpx() == "Hello!"
    assert len(gateway.calls) == 1


def _asked_by_its_own() -> str:
    with answering("Its own.").intercept():
        return _asked_by_httpx()


def _asked_by_httpx() -> str:
    return said(httpx2.post(f"{RESPAN}/chat/completions", json=body("Hi"), headers=HEADERS))
