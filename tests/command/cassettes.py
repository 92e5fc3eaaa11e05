"""The command that looks after recordings: how it is run, and a recording it has to find fault with."""

from collections.abc import Callable
from pathlib import Path

from mock_gateway.cassettes.format import dump, load

from ..cassettes.recordings import record, whole

SECRET = "gsk_" + "aB3dE6gH9jK2mN5p"
Run = Callable[..., tuple[int, list[str]]]


def poisoned(folder: Path, text: str = f"It is {SECRET}.") -> Path:
    """A recording somebody wrote by hand, with a key in its answer."""
    path = record(folder)
    recording = load(path.read_bytes())
    recording = type(recording)(recording.wire, recording.model, recording.request, [whole(text)])
    path.write_bytes(dump(recording))
    return path
