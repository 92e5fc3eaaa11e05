"""Processes that record until they are killed, at moments nobody has chosen: ``python -m tests.doubles.killed``.

After each of them every file in the folder is looked at. What is printed is how many were killed, how many files there
are, and each file that is no recording.
"""

import os
import random
import signal
import sys
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from mock_gateway import Gateway
from mock_gateway.cassettes.format import load
from mock_gateway.cassettes.mistake import CassetteMistake

from ..engine.dialogue import ask


def record_for_ever(folder: Path, upstream: str, longest: float) -> None:
    """Record old and new requests, whole and streamed, until the alarm goes off: it ends a process on the spot."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, random.uniform(0.001, longest))
    for number in count():
        gateway = Gateway(cassette=folder, record="all", upstream=upstream)
        ask(gateway, f"say {'word ' * 40}{number % 5}", stream=number % 2 == 0)


def main(folder: Path, upstream: str, times: int) -> None:
    with TemporaryDirectory() as other:  # what takes long is done once, for all
        ask(Gateway(cassette=other, record="all", upstream=upstream))
    killed, broken = 0, []
    for _ in range(times):
        child = os.fork()
        if not child:
            record_for_ever(folder, upstream, longest=0.15)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM
        for path in folder.iterdir() if folder.is_dir() else ():
            try:
                load(path.read_bytes())
            except CassetteMistake as mistake:
                broken.append(f"{path.name}: {mistake}")
    files = len(list(folder.glob("*.json")))
    print(f"killed {killed}, files {files}, broken {broken}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
