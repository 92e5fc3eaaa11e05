"""Recordings in a folder: one small file for each provider request, found by its name."""

import os
import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from ..core.advice import PLAIN, Advice
from ..core.fingerprint import canonical, fingerprint
from ..core.ignoring import Ignored
from .format import LARGEST, Recording, dump, load
from .mistake import CassetteMistake
from .secrets import leaks, masked

try:
    from fcntl import LOCK_EX, flock
except ImportError:  # on Windows the processes of one machine are not kept apart, the threads of one process are
    flock = None  # type: ignore[assignment]

_WAS_WRITTEN = "  Remove it   and revoke the key: it has been on disk"
_WOULD_BE = "  Remove it   from what the application sends\n  Redact it   redact= in respan_config, or in Gateway()"
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
_NAME = re.compile(r"([A-Za-z0-9_-]+)\.([0-9a-f]{16})\.json")
_DRAFT = ".draft"
_threads = threading.Lock()


class Folder:
    """A cassette. `not_secret` are places that look like a secret and are none, `known` the secrets that are known."""

    def __init__(
        self,
        path: Path,
        not_secret: Collection[str] = (),
        known: Mapping[str, str] | None = None,
        advice: Advice = PLAIN,
    ) -> None:
        self.path = path
        self._advice = advice
        self._not_secret = tuple(not_secret)
        self.known: Mapping[str, str] = known or {}

    def __repr__(self) -> str:
        return f"<Folder {self.path}>"

    def place(self, model: str, print_: str) -> Path:
        """Where the recording of a request is, if there is one. No model's name leads out of the folder."""
        return self.path / f"{_plain(model)}.{print_}.json"

    def place_of(self, recording: Recording) -> Path:
        """Where a recording belongs."""
        asked = canonical(recording.request, Ignored.of(recording.ignored))
        return self.place(recording.model, fingerprint(recording.wire, asked))

    def read(self, path: Path) -> Recording | None:
        """The recording in a file, or None if there is no such file."""
        wait_for(self.path)
        return self._read(path)

    def _read(self, path: Path) -> Recording | None:
        recording = stored(path)
        if recording is not None:
            self._check(recording, f"{path} holds what looks like a secret", _WAS_WRITTEN)
        return recording

    def write(self, recording: Recording) -> Path:
        """Write a recording: afterwards the file is there with all of it, or it is as it was before."""
        with self._locked():
            return self._write(recording)

    def add(self, recording: Recording, at: int, *, before: int = 0, over: float | None = None) -> Path | None:
        """Add one take to a recording, as number `at`: None if somebody else has one there.

        `before` is how many of the last takes it goes before: those that were asked for later and are there already. A
        file older than `over` goes.
        """
        with self._locked():
            path = self.place_of(recording)
            there = None if over is not None and self._is_older(path, over) else self._read(path)
            self._keep_apart(path, recording)
            takes = [] if there is None else list(there.takes)
            end = max(len(takes) - before, 0)
            if at < end:
                return None
            return self._write(replace(recording, takes=[*takes[:end], *recording.takes, *takes[end:]]))

    def _keep_apart(self, path: Path, recording: Recording) -> None:
        """Refuse to mix two requests that have one name, since something was ignored when the other was recorded."""
        try:
            there = self._read(path)
        except CassetteMistake:
            return  # it is no recording, and about to be replaced by one
        if there is not None and list(there.ignored) != list(recording.ignored) and there.request != recording.request:
            names = ", ".join(there.ignored) or "nothing"
            raise CassetteMistake(
                f"nothing was recorded: {path} holds another request, recorded with {names} ignored. "
                "Ignore the same here, or name it anew: mock-gateway cassettes rekey"
            )

    def was_there_before(self, moment: float) -> bool:
        """Whether it held a recording before a moment, in seconds of the Unix epoch."""
        return any(self._is_older(path, moment) for path in self.names())

    def _is_older(self, path: Path, moment: float) -> bool:
        try:
            return path.stat().st_mtime < moment
        except FileNotFoundError:
            return False

    def _write(self, recording: Recording) -> Path:
        path = self.place_of(recording)
        self._check(
            recording, f"nothing was recorded: {masked(path.name)} would hold what looks like a secret", _WOULD_BE
        )
        data = dump(recording)
        if len(data) > LARGEST:
            raise CassetteMistake(f"nothing was recorded: {path.name} would be larger than {LARGEST // 1024**2} MiB.")
        for secret, placeholder in self.known.items():
            if secret.encode() in data:
                raise CassetteMistake(f"nothing was recorded: {path.name} would hold the key {placeholder}.")
        try:
            _put(data, path)
        except OSError as error:
            raise CassetteMistake(f"nothing was recorded: {path} cannot be written: {error.strerror}.") from None
        return path

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """While it is entered, nobody else writes here. A process that is killed holds nothing."""
        with _threads:
            try:
                self.path.mkdir(parents=True, exist_ok=True)
                handle = os.open(self.path, os.O_RDONLY) if flock is not None else None
            except OSError as error:
                raise CassetteMistake(f"nothing was recorded: {self.path} cannot be made: {error.strerror}.") from None
            if handle is None:
                yield
                return
            try:
                flock(handle, LOCK_EX)
                for draft in self.path.glob(f".*{_DRAFT}"):  # of somebody who was killed
                    draft.unlink(missing_ok=True)
                yield
            finally:
                os.close(handle)

    def names(self, model: str | None = None) -> Iterator[Path]:
        """The files, of one model or of all, by name."""
        wait_for(self.path)
        if not self.path.is_dir():
            return
        wanted = _plain(model) if model is not None else None
        for entry in sorted(os.scandir(self.path), key=lambda entry: entry.name):
            match = _NAME.fullmatch(entry.name)
            if match and (wanted is None or match[1] == wanted):
                yield Path(entry.path)

    def _check(self, recording: Recording, headline: str, advice: str) -> None:
        found = leaks(recording, self._not_secret)
        if found:
            allow = self._advice.listed("not_secret", [*self._not_secret, *(leak.path for leak in found)])
            lines = [f"{headline}.", "", *(f"  {leak}" for leak in found)]
            lines += ["", advice, f"  Allow it    {allow}"]
            raise CassetteMistake("\n".join(lines))


def stored(path: Path) -> Recording | None:
    """The recording in a file as it is, also one that nobody should play. None if there is no such file."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CassetteMistake(f"{path} cannot be read: {error.strerror}") from None
    try:
        return load(data)
    except CassetteMistake as mistake:
        raise CassetteMistake(f"{path} is no recording: {mistake}") from None


def _at_once(path: str, flags: int) -> int:
    """Open what is no file too: a pipe would keep its reader waiting until somebody writes."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def wait_for(folder: Path) -> None:
    """Wait for what is still on its way to a folder, in this process."""
    for thread in [thread for thread, place in list(_on_their_way.items()) if place == folder]:
        if thread is not threading.current_thread():
            thread.join()


def on_its_way(folder: Path, work: Callable[[], None]) -> None:
    """Let something be written while others go on. Whoever reads the folder in this process waits for it."""

    def run() -> None:
        try:
            work()
        finally:
            _on_their_way.pop(thread, None)

    thread = threading.Thread(target=run, name=f"recording to {folder.name}")
    _on_their_way[thread] = folder
    thread.start()


_on_their_way: dict[threading.Thread, Path] = {}


def is_recording(path: Path) -> bool:
    """Whether a file has the name of a recording."""
    return _NAME.fullmatch(path.name) is not None


def _plain(model: str) -> str:
    """A model's name as part of a file's."""
    return _UNSAFE.sub("-", model).strip("-")[:80] or "model"


def _put(data: bytes, path: Path) -> None:
    """Let the file have these bytes. Whoever is killed on the way leaves no half of them under any name."""
    draft = path.with_name(f".{path.name}.{os.getpid()}{_DRAFT}")
    try:
        handle = _nameless(path.parent)
        with os.fdopen(handle, "wb") if handle is not None else draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if handle is not None:
                os.link(f"/proc/self/fd/{handle}", draft, src_dir_fd=handle, follow_symlinks=True)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _nameless(folder: Path) -> int | None:
    """A file without a name, where the system has such."""
    flags = getattr(os, "O_TMPFILE", None)
    if flags is not None and os.path.isdir("/proc/self/fd"):
        with suppress(OSError):  # not every file system can
            return os.open(folder, flags | os.O_WRONLY, 0o666)
    return None
