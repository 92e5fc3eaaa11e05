"""Looking after recordings that are there: finding them, checking, changing and importing them."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from ..core.advice import Advice
from .files import Folder, is_recording, stored
from .format import Recording
from .mistake import CassetteMistake
from .naming import own_name
from .texts import Spot, changed
from .vcr import LeftOut, interactions

Change = Callable[[Recording], Recording]
_ADVICE = Advice("respan_gateway", "@pytest.mark.respan({}), here: --not-secret; or mock-gateway cassettes redact")


def files(places: Iterable[Path]) -> list[Path]:
    """The recordings in these places: files, and folders with all that is below them."""
    found: list[Path] = []
    for place in places:
        if not place.exists():
            raise CassetteMistake(f"{place} is not there")
        inside = (
            [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.suffix.lower() == ".json")
        )
        if not inside:
            raise CassetteMistake(f"{place} holds no recordings")
        found += inside
    return list(dict.fromkeys(found))


def read(path: Path) -> Recording:
    """The recording in a file that is there, also one that nobody should play."""
    recording = stored(path)
    if recording is None:
        raise CassetteMistake(f"{path} is not there")
    return recording


def faults(path: Path, not_secret: Collection[str] = ()) -> Iterator[str]:
    """What is wrong with a file."""
    if not is_recording(path):
        yield f"{path} has the name of no recording, so it is never played"
        return
    folder = Folder(path.parent, not_secret, advice=_ADVICE)
    try:
        recording = folder.read(path)
    except CassetteMistake as mistake:
        yield str(mistake)
        return
    if recording is not None and (place := folder.place_of(recording)) != path:
        yield f"{path} has the name of another request than the one it holds: that one's is {place.name}"


def older_than(path: Path, days: int) -> bool:
    """Whether all takes of a recording are older than so many days. Of one that does not say, nobody knows."""
    oldest = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    return all(take.recorded is not None and take.recorded < oldest for take in read(path).takes)


class Rewritten(NamedTuple):
    """A recording that reads otherwise now: where it was, where it is, and whether another was there."""

    old: Path
    new: Path
    is_joined: bool


def rewrite(
    paths: Sequence[Path], change: Change, not_secret: Collection[str] = (), *, is_done: bool
) -> Iterator[Rewritten]:
    """Change recordings, or only say what would become of them. A request that reads otherwise has another name.

    Takes that come together stand in the order they were recorded.
    """
    moved: dict[Path, Recording] = {}
    for path in paths:
        before = read(path)
        after = change(before)
        folder = Folder(path.parent, not_secret, advice=_ADVICE)
        new = folder.place_of(after)
        if after == before and new == path:
            continue
        there = moved.get(new) or (read(new) if new != path and new.exists() else None)
        moved[new] = after if there is None else _together(there, after)
        if is_done:
            folder.write(moved[new])
            if new != path:
                path.unlink()
        yield Rewritten(path, new, there is not None)


def without_text(patterns: Sequence[re.Pattern[str]], placeholder: str, place: str | None) -> Change:
    """A change that puts a placeholder where a pattern is found: in all values, or in those of one place."""

    def redact(spot: Spot, text: str) -> str:
        if spot.is_name or not (place is None or place in (str(spot), _any(str(spot)))):
            return text
        for pattern in patterns:
            text = pattern.sub(lambda _: placeholder, text)
        return text

    return lambda recording: changed(recording, redact)


def spellings(text: str) -> list[re.Pattern[str]]:
    """Patterns for a text as it is, and as it stands in JSON that is itself a text: arguments and results of tools."""
    found = dict.fromkeys((text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]))
    return [re.compile(re.escape(one)) for one in sorted(found, key=len, reverse=True)]


def ignoring(names: Iterable[str]) -> Change:
    """A change that has other things ignored."""
    ignored = list(names)
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
    folder = Folder(to, not_secret, advice=_ADVICE)
    requests: dict[Path, Recording] = {}
    left_out: list[LeftOut] = []
    for found in interactions(source):
        if isinstance(found, LeftOut):
            left_out.append(found)
            continue
        place = folder.place_of(found)
        before = requests.get(place)
        requests[place] = found if before is None else replace(before, takes=[*before.takes, *found.takes])
    written: list[Path] = []
    refused: list[str] = []
    for place, recording in requests.items():
        try:
            there = folder.read(place)
            written.append(folder.write(recording if there is None else _added(there, recording)))
        except CassetteMistake as mistake:
            refused.append(str(mistake))
    return Imported(written, left_out, refused)


def sources(place: Path, to: Path) -> Iterator[tuple[Path, Path]]:
    """The cassettes of vcrpy in a place, each with where it belongs: below a folder, where a test will look for it."""
    if not place.is_dir():
        yield place, to
        return
    for path in sorted(path for path in place.rglob("*") if path.suffix in (".yaml", ".yml", ".json")):
        group, dot, test = path.stem.rpartition(".") if path.stem.startswith("Test") else ("", "", path.stem)
        name = f"{group}-{own_name(test)}" if dot else own_name(path.stem)
        yield path, to / path.parent.relative_to(place) / name


def _together(one: Recording, other: Recording) -> Recording:
    """The takes of both, in the order they were recorded."""
    return replace(one, takes=sorted([*one.takes, *other.takes], key=lambda take: take.recorded or ""))


def _added(there: Recording, found: Recording) -> Recording:
    """A recording with these takes behind its own, unless they are there already, one after the other."""
    length = len(found.takes)
    runs = (there.takes[at : at + length] for at in range(len(there.takes) - length + 1))
    return (
        there
        if any(list(run) == list(found.takes) for run in runs)
        else replace(there, takes=[*there.takes, *found.takes])
    )


def _any(place: str) -> str:
    return re.sub(r"\[\d+\]", "[*]", place)
