"""Recording a foreign server through every door, and replaying when it is gone."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import openai
import pytest
import requests

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder

from ..doubles.provider import KEY, Provider, provider
from .clients import LEFT_TO_THE_LOOP, RESPAN, body
from .doors import Door, every_door

T = TypeVar("T")

pytestmark = pytest.mark.filterwarnings(LEFT_TO_THE_LOOP)


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider, and a key for it in the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with provider() as running:
        yield running


@every_door
def test_what_is_recorded_is_replayed(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same text, the same events, the same usage; one word changed is a miss, and never the old answer."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with provider() as upstream:
        gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
        with door.open(gateway) as client:
            whole = client.ask("A question")
            streamed = client.stream("Another question", usage=True)
            raw = client.raw(stream=True)
            assert gateway.findings() == []
    assert whole == "You said: A question ✓ in 2 words."
    assert streamed.text == "You said: Another question ✓ in 2 words."
    lasting = [call.seconds for call in gateway.calls]
    replaying = Gateway(cassette=tmp_path, pace="recorded")
    with door.open(replaying) as client:
        assert client.ask("A question") == whole
        assert client.stream("Another question", usage=True) == streamed
        again = client.raw(stream=True)
        assert b"".join(again.pieces) == b"".join(raw.pieces)
        with pytest.raises((openai.NotFoundError, requests.HTTPError)):
            client.ask("A  question")
        assert [call.status for call in replaying.calls] == [200, 200, 200, 404]
        assert [call.seconds for call in replaying.calls][1:3] == pytest.approx(lasting[1:3], abs=0.01)


@every_door
def test_a_stream_is_live_while_it_is_recorded(door: Door, tmp_path: Path, upstream: Provider) -> None:
    """The upstream goes on only when the client has its first piece."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    with door.open(gateway) as client:
        text = client.stream("wait", at_first=upstream.gate.set).text
    assert text == "You said: wait ✓ in 1 words."
    assert upstream.was_read_live
    assert len(list(Folder(tmp_path).names())) == 1


@every_door
def test_the_rest_is_recorded_for_a_client_that_leaves(door: Door, tmp_path: Path, upstream: Provider) -> None:
    """The story says it left; the recording is whole, and it may leave again when that is replayed."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    with door.open(gateway) as client:
        first = client.stream("A question", leave_after=2)
        assert gateway.calls.one().left_early
    replaying = Gateway(cassette=tmp_path)
    with door.open(replaying) as client:
        assert client.stream("A question", leave_after=2) == first
        assert client.stream("A question").text == "You said: A question ✓ in 2 words."


@every_door
def test_many_at_once_are_recorded_each_with_its_own_answer(door: Door, tmp_path: Path, upstream: Provider) -> None:
    """Twenty, side by side."""
    prompts = [f"say {number}" for number in range(20)]
    texts = [str(number) for number in range(20)]
    gateway = Gateway(cassette=tmp_path, record="new_episodes", upstream=upstream.url)
    with door.open(gateway) as client:
        assert client.ask_at_once(prompts) == texts
    assert len(list(Folder(tmp_path).names())) == 20
    with door.open(Gateway(cassette=tmp_path)) as client:
        assert client.ask_at_once(prompts) == texts
    assert os.environ["OPENAI_API_KEY"] == KEY


@every_door
def test_what_cannot_be_reached_is_said(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that names the upstream, never retried; nothing is on disk."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with provider() as gone:
        pass
    gateway = Gateway(cassette=tmp_path, record="once", upstream=gone.url)
    with door.open(gateway) as client:
        with pytest.raises((openai.InternalServerError, requests.HTTPError)):
            client.ask()
        with pytest.raises((openai.InternalServerError, requests.HTTPError)):
            client.stream()
    assert [finding.text for finding in gateway.findings()] == [
        f"{gone.url} cannot be reached: [Errno 111] Connection refused"
    ] * 2
    assert list(tmp_path.iterdir()) == []


def test_a_task_that_is_cancelled_is_told_so(tmp_path: Path, upstream: Provider) -> None:
    """In the middle of a stream, by asyncio itself: a time-out is a time-out, and the recording is whole."""

    async def ask() -> None:
        client = openai.AsyncOpenAI(base_url=RESPAN, api_key="any", max_retries=0)
        async with client, asyncio.timeout(0.2):
            async for _ in await client.chat.completions.create(**body("wait", stream=True)):
                pass

    with Gateway(cassette=tmp_path, record="once", upstream=upstream.url).intercept() as gateway:
        opener = threading.Timer(0.5, upstream.gate.set)
        opener.start()
        with pytest.raises(TimeoutError):
            asyncio.run(ask())
        opener.join()
        assert gateway.findings() == []
        assert gateway.calls.one().left_early
    assert len(list(Folder(tmp_path).names())) == 1


def test_who_has_left_is_waited_for_once(tmp_path: Path, upstream: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The upstream says nothing more: the first look at the calls is patient, and the next ones tell what there is."""
    waits: list[float | None] = []

    class Counted(threading.Condition):
        def wait_for(self, predicate: Callable[[], T], timeout: float | None = None) -> T:
            waits.append(timeout)
            return super().wait_for(predicate, timeout and 0.05)

    with monkeypatch.context() as patch:
        patch.setattr("mock_gateway.doors.server.threading.Condition", Counted)
        gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
        with gateway.serve() as server, openai.OpenAI(base_url=server.url, api_key="any", max_retries=0) as client:
            with client.chat.completions.create(**body("wait", stream=True)) as stream:
                next(stream)
            client.close()
            assert [gateway.calls.one().is_over for _ in range(3)] == [False] * 3
            assert waits == [5.0]
            upstream.gate.set()


def test_an_event_loop_goes_on_while_somebody_is_asked(tmp_path: Path, upstream: Provider) -> None:
    """Another task opens the gate the stream waits at, in the same loop; forty answers at once leave it its threads."""

    async def ask() -> list[str]:
        client = openai.AsyncOpenAI(base_url=RESPAN, api_key="any", max_retries=0)
        async with client:
            streams = [client.chat.completions.create(**body("wait", stream=True)) for _ in range(41)]
            opened = await asyncio.gather(*streams)
            await asyncio.to_thread(upstream.gate.set)
            texts = []
            for stream in opened:
                pieces = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
                texts.append("".join(pieces))
            return texts

    with Gateway(cassette=tmp_path, record="once", upstream=upstream.url).intercept():
        assert set(asyncio.run(ask())) == {"You said: wait ✓ in 1 words."}
    assert upstream.was_read_live
