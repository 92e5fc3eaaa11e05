"""A call answered by a recording, over the floor, in cassettes of growing size."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from openai import OpenAI

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.format import Recording, dump, whole_take
from mock_gateway.core.fingerprint import canonical, fingerprint

from . import payloads
from .in_process import URL, call, floor_client
from .rounds import Figure, ratio

SIZES = (1, 1_000, 100_000)


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
                ours.close()
