"""What the tests of recording share: odd answers, and a look at what is on disk."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.recorder import Recorder

from .recordings import completion, event

DONE = b"data: [DONE]\n\n"


OTHER = "gsk_" + "aB3dE6gH9jK2mN5p"


def takes(folder: Path) -> list[list[Any]]:
    """The takes of all recordings, as they are on disk."""
    return [json.loads(path.read_bytes())["takes"] for path in Folder(folder).names()]


def recorder(gateway: Gateway) -> Recorder:
    assert gateway.recorder is not None
    return gateway.recorder


def texts(folder: Path) -> list[list[str]]:
    """What the takes of all recordings say."""
    return sorted([take["body"]["choices"][0]["message"]["content"] for take in found] for found in takes(folder))


def grown_old(folder: Path) -> None:
    """As if the recordings had been made an hour ago."""
    for path in Folder(folder).names():
        moment = path.stat().st_mtime - 3600
        os.utime(path, (moment, moment))


EVENT = event({"content": "Gr--e"}).replace(b"--", "üß".encode())


CUT = EVENT.index("ü".encode()) + 1


ANSWERS: dict[str, tuple[int, str, bytes, dict[str, str]]] = {
    "packed": (200, "application/json", gzip.compress(completion()), {"content_encoding": "gzip"}),
    "spaced": (200, "application/json", completion().replace(b'"', b'"', 1), {}),
    "tabs": (200, "application/json", json.dumps(json.loads(completion()), indent="\t").encode(), {}),
    "numbers": (200, "application/json", completion().replace(b"1763000000", b"1.763e9"), {}),
    "escapes": (200, "application/json", completion("a/b").replace(b"a/b", rb"a\/b"), {}),
    "a mark": (200, "application/json", b"\xef\xbb\xbf" + completion(), {}),
    "nonsense": (200, "application/json", b'{"choices": 3}', {}),
    "a list": (200, "application/json", b"[1, 2]", {}),
    "empty": (200, "application/json", b"", {}),
    "a page": (404, "text/html", "<h1>Nö</h1>".encode(), {}),
    "no text": (200, "application/octet-stream", b"\x00\xff\xfe", {}),
    "an odd error": (400, "application/json", b'{"detail": ["no"]}', {}),
    "null": (400, "application/json", b"null", {}),
}


def said_in(events: list[Any]) -> list[str]:
    """What each choice says."""
    found: dict[int, str] = {}
    for choice in (choice for one in events for choice in one["choices"]):
        found[choice["index"]] = found.get(choice["index"], "") + (choice["delta"].get("content") or "")
    return [found[index] for index in sorted(found)]
