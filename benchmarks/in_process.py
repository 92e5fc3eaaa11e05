"""A call in this process, over one that is answered with constant bytes by httpx2's own MockTransport."""

from collections.abc import Iterator

import httpx2
from openai import DefaultHttpxClient, OpenAI

from . import payloads
from .memory import megabytes
from .rounds import Figure, ratio, timed

PREPARE = """
from benchmarks import payloads
gateway = payloads.gateway()
"""
WORK = "list(gateway.handle(payloads.request()))"
URL = "https://api.respan.ai/api/"


def floor_client() -> OpenAI:
    """The OpenAI client as it is, but for its transport."""
    whole, events = b"".join(payloads.chunks(stream=False)), payloads.chunks(stream=True)

    class Events(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield from events

    def answer(request: httpx2.Request) -> httpx2.Response:
        if b'"stream":true' in request.content:
            return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=Events())
        return httpx2.Response(200, headers={"content-type": "application/json"}, content=whole)

    return OpenAI(base_url=URL, api_key="any", http_client=DefaultHttpxClient(transport=httpx2.MockTransport(answer)))


def call(client: OpenAI) -> None:
    """One whole answer."""
    client.chat.completions.create(model="gpt-4o", messages=payloads.MESSAGES)


def stream(client: OpenAI) -> None:
    """One streamed answer, to its end."""
    for _ in client.chat.completions.create(model="gpt-4o", messages=payloads.MESSAGES, stream=True):
        pass


def whole_road(client: OpenAI) -> None:
    """One whole answer after a merged prompt, two retries and a fallback."""
    client.chat.completions.create(
        model="busy",
        messages=payloads.MESSAGES,
        extra_body={
            "prompt": {"prompt_id": "p", "schema_version": 2, "variables": {"name": "Sarah"}},
            "retry_params": {"num_retries": 2, "retry_after": 1},
            "fallback_models": ["gpt-4o"],
        },
    )


def first_event(client: OpenAI) -> None:
    """One streamed answer, up to its first event."""
    events = client.chat.completions.create(model="gpt-4o", messages=payloads.MESSAGES, stream=True)
    next(events)
    events.close()


def figures(rounds: int) -> Iterator[Figure]:
    """The lines of the table."""
    floor, gateway = floor_client(), payloads.gateway()
    for streamed, name in ((False, "a whole answer"), (True, "a stream of 200 events")):
        asked = payloads.request(stream=streamed)
        times = sorted(timed(lambda asked=asked: list(gateway.handle(asked))) for _ in range(rounds * 100))  # type: ignore[misc]
        yield Figure(f"the engine alone, {name}", times[len(times) // 2] * 1e6, "us")
    with payloads.gateway().intercept():
        ours = OpenAI(base_url=URL, api_key="any")
        yield ratio(
            "in-process, a scripted call", lambda: call(ours), lambda: call(floor), turns=60, rounds=rounds, goal=1.06
        )
        yield ratio(
            "the same with a prompt, two retries and a fallback, over it",
            lambda: whole_road(ours),
            lambda: call(ours),
            turns=40,
            rounds=rounds,
            goal=1.25,
        )
        yield ratio(
            "in-process, a stream of 200 events",
            lambda: stream(ours),
            lambda: stream(floor),
            turns=6,
            rounds=rounds,
            goal=1.02,
        )
        yield ratio(
            "in-process, to the first event",
            lambda: first_event(ours),
            lambda: first_event(floor),
            turns=40,
            rounds=rounds,
            goal=1.08,
        )
        ours.close()
    for calls in (10_000, 30_000):
        yield Figure(f"memory after {calls:,} calls", megabytes(PREPARE, WORK, calls), "MB")
