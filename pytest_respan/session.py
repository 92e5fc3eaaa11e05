"""What became of the cassettes in a session, over all its tests and all its processes."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.recorder import Note

from .fixtures import PARTIAL, TALLY
from .places import base_of, place

if TYPE_CHECKING:
    from mock_gateway import Gateway

FIXTURE = "respan_gateway"


@dataclass
class Tally:
    """What the tests of a process did with their cassettes: plain data, so that processes can add theirs up."""

    played: dict[str, str] = field(default_factory=dict)
    """By file, when the latest take that played was recorded."""
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    own: dict[str, bool] = field(default_factory=dict)
    """By folder of one test, whether that test has run to its end."""
    shared: list[str] = field(default_factory=list)
    """The folders that were named."""
    bases: list[str] = field(default_factory=list)
    """Where the cassettes of the collected tests are."""
    homes: list[str] = field(default_factory=list)
    """The folders that would be those of the collected tests."""
    wanted: list[str] = field(default_factory=list)
    """The collected tests that use a gateway."""
    is_partial: bool = False
    """Whether some tests were deselected."""
    complete: list[str] = field(default_factory=list)
    """Those of them that have run to their end."""

    def add(self, item: pytest.Item, gateway: "Gateway", *, is_shared: bool, is_complete: bool) -> None:
        """A test is over."""
        if is_complete:
            self.complete.append(item.nodeid)
        if gateway.recorder is not None:
            self.notes += [(note.kind, str(note.path), note.text) for note in gateway.recorder.notes]
        cassette = gateway.cassette
        if cassette is None or not cassette.folder.path.is_dir():
            return
        folder = str(cassette.folder.path)
        if is_shared:
            self.shared.append(folder)
        else:
            self.own[folder] = self.own.get(folder, True) and is_complete
        for path, takes in cassette.played.items():
            recorded = max((take.recorded or "" for take in takes), default="")
            self.played[str(path)] = max(self.played.get(str(path), ""), recorded)

    def collected(self, session: pytest.Session) -> None:
        """The tests of this process that could have cassettes."""
        users = [item for item in session.items if FIXTURE in getattr(item, "fixturenames", ())]
        self.is_partial = session.config.stash.get(PARTIAL, False)
        self.wanted = [item.nodeid for item in users]
        self.bases = sorted({str(base_of(item)) for item in users})
        self.homes = [str(place(item, None)) for item in users]

    def merge(self, other: Mapping[str, Any]) -> None:
        """Add what another process has."""
        for file, recorded in other["played"].items():
            self.played[file] = max(self.played.get(file, ""), recorded)
        for folder, is_complete in other["own"].items():
            self.own[folder] = self.own.get(folder, True) and is_complete
        self.is_partial = self.is_partial or other["is_partial"]
        self.notes += [tuple(note) for note in other["notes"]]
        for name in ("shared", "bases", "homes", "wanted", "complete"):
            known = getattr(self, name)
            known += [value for value in other[name] if value not in set(known)]

    def data(self) -> dict[str, Any]:
        """What is told to another process."""
        return asdict(self)


class Housekeeping:
    """What there is to say about the recordings of a session."""

    def __init__(self, tally: Tally, config: pytest.Config) -> None:
        self._tally = tally
        self._is_whole = not tally.is_partial and set(tally.wanted) <= set(tally.complete)
        self._config = config
        self.recorded = self._notes("recorded")
        self.not_kept = self._notes("not kept")
        self.drifted = self._notes("drifted")

    def _notes(self, kind: str) -> list[Note]:
        found = sorted({note for note in self._tally.notes if note[0] == kind})
        return [Note(kind, Path(path), text) for _, path, text in found]  # type: ignore[arg-type]

    def unused(self) -> list[Path]:
        """The recordings that no test asked for, of those tests that have run to their end.

        A cassette that several tests share is looked at where all of them have run, and so is one whose test is gone.
        """
        tally = self._tally
        known = {*tally.played, *(str(note.path) for note in self.recorded)}
        folders = [folder for folder, is_complete in tally.own.items() if is_complete]
        if self._is_whole:
            folders += [folder for folder in dict.fromkeys(tally.shared) if self._is_covered(Path(folder))]
            folders += self._orphans()
        return [path for folder in folders for path in Folder(Path(folder)).names() if str(path) not in known]

    def _orphans(self) -> Iterator[str]:
        """Cassettes below the tests' own place that no test names and no test's name leads to."""
        tally = self._tally
        known = {*tally.homes, *tally.shared, *tally.own}
        for base in map(Path, tally.bases):
            if self._is_covered(base):
                folders = (path for path in base.glob("*/*") if path.is_dir())
                yield from (str(path) for path in sorted(folders) if str(path) not in known)

    def _is_covered(self, place: Path) -> bool:
        """Whether this run has had to do with all tests that could use a cassette in this place."""
        config = self._config
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            return True
        roots = [config.invocation_params.dir / argument for argument in config.args]
        return any(root.is_dir() and place.is_relative_to(root) for root in roots)

    def stale(self) -> tuple[int, list[tuple[Path, str]]]:
        """The recordings that played and are older than the ini file allows, and how many days that is."""
        days = _days(self._config)
        if not days:
            return 0, []
        oldest = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        found = [(Path(file), recorded[:10]) for file, recorded in self._tally.played.items() if "" < recorded < oldest]
        return days, sorted(found)

    def duplicates(self) -> list[list[Path]]:
        """The requests that are recorded in several of the cassettes that were used."""
        folders = dict.fromkeys((*self._tally.own, *self._tally.shared))
        by_name: dict[str, list[Path]] = {}
        for folder in folders:
            for path in Folder(Path(folder)).names():
                by_name.setdefault(path.name, []).append(path)
        return [paths for _, paths in sorted(by_name.items()) if len(paths) > 1]

    def count(self) -> tuple[int, int]:
        """How many recordings were played, of how many in the cassettes that were used."""
        folders = dict.fromkeys((*self._tally.own, *self._tally.shared))
        return len(self._tally.played), sum(1 for folder in folders for _ in Folder(Path(folder)).names())


def tally_of(config: pytest.Config) -> Tally:
    """The tally of this process."""
    return config.stash.setdefault(TALLY, Tally())


def _days(config: pytest.Config) -> int:
    value = str(config.getini("respan_stale_days"))
    if value and not value.isdecimal():
        raise pytest.UsageError(f"respan_stale_days is a number of days, not {value!r}.")
    return int(value or 0)
