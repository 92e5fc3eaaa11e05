"""Looking after recordings that are there: finding them, checking, changing and importing them."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .files import Folder, is_recording
from .format import LARGEST, CassetteMistake, Recording, load
from .texts import Spot, changed
from .vcr import LeftOut, interactions

Change = Callable[[Recording], Recording]


def files(places: Iterable[Path]) -> list[Path]:
    """The recordings in these places: files, and folders with all that is below them."""
    found: list[Path] = []
    for place in places:
        if not place.exists():
            raise CassetteMistake(f"{place} is not there")
        found += [place] if place.is_file() else sorted(path for path in place.rglob("*.json") if is_recording(path))
    return list(dict.fromkeys(found))


def read(path: Path) -> Recording:
    """A recording as it is, also one that nobody should play."""
    try:
        with path.open("rb") as file:
            return load(file.read(LARGEST + 1))
    except OSError as error:
        raise CassetteMistake(f"{path} cannot be read: {error.strerror}") from None
    except CassetteMistake as mistake:
        raise CassetteMistake(f"{path} is no recording: {mistake}") from None


def faults(path: Path, not_secret: Collection[str] = ()) -> Iterator[str]:
    """What is wrong with a file."""
    folder = Folder(path.parent, not_secret)
    try:
        recording = folder.read(path)
    except CassetteMistake as mistake:
        yield str(mistake)
        return
    if recording is not None and folder.place_of(recording) != path:
        yield f"{path} has the name of another request than the one it holds: that one's is {folder.place_of(recording).name}"


def older_than(path: Path, days: int) -> bool:
    """Whether all takes of a recording are older than so many days. Of one that does not say, nobody knows."""
    oldest = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    return all(take.recorded is not None and take.recorded < oldest for take in read(path).takes)


def rewritten(path: Path, change: Change, not_secret: Collection[str] = ()) -> Path | None:
    """Change a recording. Where it is now, or None if nothing changed: a request that reads otherwise has another name.

    What lands on a recording that is there already adds its takes to it.
    """
    before = read(path)
    after = change(before)
    folder = Folder(path.parent, not_secret)
    new = folder.place_of(after)
    if after == before and new == path:
        return None
    folder.write(_together(read(new), after) if new != path and new.exists() else after)
    if new != path:
        path.unlink()
    return new


def without_text(pattern: re.Pattern[str], placeholder: str, place: str | None) -> Change:
    """A change that puts a placeholder where a pattern is found: everywhere, or in one place."""

    def redact(spot: Spot, text: str) -> str:
        is_meant = place is None or place in (str(spot), _any(str(spot)))
        return pattern.sub(lambda _: placeholder, text) if is_meant else text

    return lambda recording: changed(recording, redact)


def ignoring(names: Iterable[str]) -> Change:
    """A change that has other things ignored."""
    ignored = tuple(names)
    return lambda recording: replace(recording, ignored=ignored)


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a cassette of another tool."""

    written: list[Path]
    left_out: list[LeftOut]
    refused: list[str]


def imported(source: Path, to: Path, not_secret: Collection[str] = ()) -> Imported:
    """Write the interactions of a cassette of vcrpy as recordings. Those of one request become its takes.

    What is there already stays: the same cassette read twice changes nothing.
    """
    folder = Folder(to, not_secret)
    requests: dict[Path, Recording] = {}
    left_out: list[LeftOut] = []
    for found in interactions(source):
        if isinstance(found, LeftOut):
            left_out.append(found)
            continue
        place = folder.place_of(found)
        there = requests.get(place) or folder.read(place)
        requests[place] = found if there is None else _together(there, found)
    written: list[Path] = []
    refused: list[str] = []
    for recording in requests.values():
        try:
            written.append(folder.write(recording))
        except CassetteMistake as mistake:
            refused.append(str(mistake))
    return Imported(written, left_out, refused)


def _together(one: Recording, other: Recording) -> Recording:
    """The takes of both; what is the same in both is there once."""
    return replace(one, takes=[*one.takes, *(take for take in other.takes if take not in one.takes)])


def _any(place: str) -> str:
    return re.sub(r"\[\d+\]", "[*]", place)
