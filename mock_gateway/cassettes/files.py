"""Recordings in a folder: one small file for each provider request, found by its name."""

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from ..core.fingerprint import fingerprint
from .format import LARGEST, CassetteMistake, Recording, dump, load
from .secrets import leaks

_WAS_WRITTEN = "  Remove it   and revoke the key: it has been on disk"
_WOULD_BE = "  Remove it   from what the application sends"
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_NAME = re.compile(r"([A-Za-z0-9_-]+)\.([0-9a-f]{16})\.json")


class Folder:
    """A cassette."""

    def __init__(self, path: Path, not_secret: Collection[str] = ()) -> None:
        self.path = path
        self._not_secret = frozenset(not_secret)

    def __repr__(self) -> str:
        return f"<Folder {self.path}>"

    def place(self, model: str, print_: str) -> Path:
        """Where the recording of a request is, if there is one. No model's name leads out of the folder."""
        return self.path / f"{_plain(model)}.{print_}.json"

    def read(self, path: Path) -> Recording | None:
        """The recording in a file, or None if there is no such file."""
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CassetteMistake(f"{path} cannot be read: {error.strerror}") from None
        try:
            recording = load(data)
        except CassetteMistake as mistake:
            raise CassetteMistake(f"{path} is no recording: {mistake}") from None
        self._check(recording, f"{path} holds what looks like a secret", _WAS_WRITTEN)
        return recording

    def write(self, recording: Recording) -> Path:
        """Write a recording: afterwards the file is there with all of it, or it is as it was before."""
        path = self.place(recording.model, fingerprint(recording.wire, recording.request))
        self._check(recording, f"nothing was recorded: {path.name} would hold what looks like a secret", _WOULD_BE)
        self.path.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
        try:
            with draft.open("wb") as file:
                file.write(dump(recording))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return path

    def _check(self, recording: Recording, headline: str, advice: str) -> None:
        found = list(leaks(recording, self._not_secret))
        if found:
            places = ", ".join(f'"{leak.path}"' for leak in found)
            lines = [f"{headline}.", "", *(f"  {leak}" for leak in found)]
            lines += ["", advice, f"  Allow it    @pytest.mark.respan(not_secret=[{places}])"]
            raise CassetteMistake("\n".join(lines))

    def names(self, model: str | None = None) -> Iterator[Path]:
        """The files, of one model or of all, by name."""
        if not self.path.is_dir():
            return
        wanted = _plain(model) if model is not None else None
        for entry in sorted(os.scandir(self.path), key=lambda entry: entry.name):
            match = _NAME.fullmatch(entry.name)
            if match and (wanted is None or match[1] == wanted):
                yield Path(entry.path)


def _plain(model: str) -> str:
    """A model's name as part of a file's."""
    return _UNSAFE.sub("-", model).strip("-")[:80] or "model"
