"""A call answered by a recording, over the floor, in cassettes of growing size; and a stream at its recorded pace."""

import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from openai import OpenAI

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.format import Arrival, Recording, dump, stream_take, whole_take
from mock_gateway.core.fingerprint import canonical, fingerprint

from . import payloads
from .in_process import URL, call, floor_client
from .rounds import Figure, ratio

SIZES = (1, 1_000, 10_000, 100_000)
GAP = 0.008
"""Seconds between the events of a recorded stream."""


def fill(folder: Folder, size: int) -> None:
    """So many recordings, the one that is asked for among them; written without waiting for the disk."""
    folder.path.mkdir(exist_ok=True)
    take = whole_take(b"".join(payloads.chunks(stream=False)), status=200, headers={"content-type": "application/json"})
    for number in range(size):
        messages = payloads.MESSAGES if not number else [{"role": "user", "content": f"question {number}"}]
        asked = canonical({"model": "gpt-4o", "messages": messages})
        data = dump(Recording("chat", "gpt-4o", asked, [take]))
        folder.place("gpt-4o", fingerprint("chat", asked)).write_bytes(data)


def figures(rounds: int) -> Iterator[Figure]:
    """The lines of the table."""
    floor = floor_client()
    with tempfile.TemporaryDirectory() as place:
        for size in SIZES:
            folder = Folder(Path(place) / str(size))
            fill(folder, size)
            asked = payloads.request()
            began = time.perf_counter()
            list(Gateway(cassette=folder.path).handle(asked))
            first = (time.perf_counter() - began) * 1e3
            yield Figure(f"replay, {size:,} recordings, the first of a test", first, "ms")
            with Gateway(cassette=folder.path).intercept():
                ours = OpenAI(base_url=URL, api_key="any")
                yield ratio(
                    f"replay, {size:,} recordings, bodies compared",
                    lambda ours=ours: call(ours),  # type: ignore[misc]
                    lambda: call(floor),
                    turns=40,
                    rounds=rounds,
                    goal=1.08,
                )
                if size == 10_000:
                    yield ratio(
                        f"replay, {size:,} recordings, another each time",
                        each_another(ours),
                        lambda: call(floor),
                        turns=200,
                        rounds=rounds,
                    )
                ours.close()
        yield pacing(Folder(Path(place) / "paced"))


def each_another(client: OpenAI) -> Callable[[], object]:
    """A call that nobody has made before, each time."""
    numbers = count(1)

    def ask() -> object:
        messages: Any = [{"role": "user", "content": f"question {next(numbers)}"}]
        return client.chat.completions.create(model="gpt-4o", messages=messages)

    return ask


def pacing(folder: Folder) -> Figure:
    """How many gaps between the events of a stream are as long as they were, but for 5 ms."""
    arrivals = [Arrival(at * GAP, data) for at, data in enumerate(payloads.chunks(stream=True))]
    take = stream_take(arrivals, status=200, headers={"content-type": "text/event-stream"})
    folder.write(Recording("chat", "gpt-4o", canonical({"model": "gpt-4o", "messages": payloads.MESSAGES}), [take]))
    with Gateway(cassette=folder.path, pace="recorded", clock="real").intercept():
        client = OpenAI(base_url=URL, api_key="any")
        events = client.chat.completions.create(model="gpt-4o", messages=payloads.MESSAGES, stream=True)
        moments = [time.perf_counter() for _ in events]
        client.close()
    gaps = [after - before for before, after in pairwise(moments)]
    exact = sum(abs(gap - GAP) <= 0.005 for gap in gaps)
    return Figure("recorded pace, gaps within 5 ms", 100 * exact / len(gaps), "%", goal=99, at_least=True)
