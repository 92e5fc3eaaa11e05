"""What became of the cassettes in a session, over all its tests and all its processes."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mock_gateway.cassettes.files import Folder

from .fixtures import BEGAN, COLLECTED, PARTIAL, TALLY, UNFINISHED
from .places import home_of_module, place

if TYPE_CHECKING:
    from mock_gateway import Gateway


@dataclass
class Tally:
    """What the tests of a process did with their cassettes: plain data, so that processes can add theirs up."""

    played: dict[str, str] = field(default_factory=dict)
    """By file, when the latest take that played was recorded."""
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    """Kind, file and text of what became of live answers."""
    own: dict[str, bool] = field(default_factory=dict)
    """By folder of one test, whether that test has run to its end."""
    shared: list[str] = field(default_factory=list)
    """The folders that were named."""
    homes: list[str] = field(default_factory=list)
    """The folders that are, or would be, those of the collected tests, in modules whose tests have any."""
    modules: list[tuple[str, str]] = field(default_factory=list)
    """Of the collected modules, where the cassettes of their tests are, and the folder of the module itself."""
    unread: list[tuple[pytest.Item, str | None, bool]] = field(default_factory=list)
    """Tests that never looked into their cassettes, the names of these, and whether the test has run to its end."""
    is_partial: bool = False
    """Whether something was left out that could have been collected."""
    is_unfinished: bool = False
    """Whether a test has not run to its end."""

    def add(self, item: pytest.Item, name: str | None, gateway: "Gateway", *, is_complete: bool) -> None:
        """A test is over, whose cassette has this name, or is its own."""
        if gateway.recorder is not None:
            self.notes += [(note.kind, str(note.path), note.text) for note in gateway.recorder.notes]
        cassette = gateway.cassette
        if cassette is None or not cassette.is_open:
            self.unread.append((item, name, is_complete))
            return
        self._has_cassette(cassette.folder.path, name, is_complete=is_complete)
        for path, takes in cassette.played.items():
            recorded = max((take.recorded or "" for take in takes), default="")
            self.played[str(path)] = max(self.played.get(str(path), ""), recorded)

    def _has_cassette(self, folder: Path, name: str | None, *, is_complete: bool) -> None:
        if not folder.is_dir():
            return
        if name is not None:
            self.shared.append(str(folder))
        else:
            self.own[str(folder)] = self.own.get(str(folder), True) and is_complete

    def look_for_unread(self) -> None:
        """See which of the tests that never looked into their cassettes have one."""
        there = _with_cassettes(item for item, _, _ in self.unread)
        for item, is_complete in [(item, is_complete) for item, name, is_complete in self.unread if name is None]:
            if item.path in there:
                self._has_cassette(place(item, None), None, is_complete=is_complete)
        named = {(item.path, name): item for item, name, _ in self.unread if name is not None}
        for (_, name), item in named.items():
            self._has_cassette(place(item, name), name, is_complete=True)
        self.unread.clear()

    def collected(self, session: pytest.Session) -> None:
        """The tests of this process that have cassettes, or could."""
        stash = session.config.stash
        self.is_partial = stash.get(PARTIAL, False) or stash.get(COLLECTED, 0) > len(session.items)
        self.is_unfinished = stash.get(UNFINISHED, False)
        there = _with_cassettes(session.items)
        self.homes = [str(place(item, None)) for item in session.items if item.path in there]
        modules = {item.path: item for item in session.items}
        self.modules = sorted({(str(home_of_module(item)), str(path.parent)) for path, item in modules.items()})

    def merge(self, other: Mapping[str, Any]) -> None:
        """Add what another process has."""
        for file, recorded in other["played"].items():
            self.played[file] = max(self.played.get(file, ""), recorded)
        for folder, is_complete in other["own"].items():
            self.own[folder] = self.own.get(folder, True) and is_complete
        self.is_partial = self.is_partial or other["is_partial"]
        self.is_unfinished = self.is_unfinished or other["is_unfinished"]
        self.notes += [tuple(note) for note in other["notes"]]
        self.modules = sorted({*self.modules, *map(tuple, other["modules"])})
        for name in ("shared", "homes"):
            known = getattr(self, name)
            known += sorted(set(other[name]) - set(known))

    def data(self) -> dict[str, Any]:
        """What is told to another process, once all tests are looked up."""
        return asdict(self)


class Housekeeping:
    """What there is to say about the recordings of a session."""

    def __init__(self, tally: Tally, config: pytest.Config) -> None:
        self._tally, self._config = tally, config
        self._folders = [Path(folder) for folder in dict.fromkeys((*tally.own, *tally.shared))]

    def noted(self, kind: str) -> Counter[Path]:
        """The files of which this was noted, and how often."""
        return Counter(Path(file) for noted, file, _ in self._tally.notes if noted == kind)

    def texts(self, kind: str) -> dict[Path, list[str]]:
        """By file, what was noted of it."""
        found: dict[Path, list[str]] = {}
        for noted, file, text in self._tally.notes:
            if noted == kind and text not in found.setdefault(Path(file), []):
                found[Path(file)].append(text)
        return found

    def unused(self) -> list[Path]:
        """The recordings that no test asked for.

        Only what can be known: of a test that has run to its end; of a test that is gone from a module whose others are
        there, or that is gone with its module; of a cassette that several tests share, if all tests there are have run.
        """
        tally = self._tally
        known = {*tally.played, *(str(path) for path in self.noted("recorded"))}
        folders = [Path(folder) for folder, is_complete in tally.own.items() if is_complete]
        if not tally.is_partial:
            folders += self._left_behind()
            if self._is_whole():
                folders += map(Path, dict.fromkeys(tally.shared))
        began = self._config.stash[BEGAN]
        files = [path for folder in dict.fromkeys(folders) for path in Folder(folder).names() if str(path) not in known]
        return [path for path in files if path.stat().st_mtime < began]  # what is younger was written by this session

    def _left_behind(self) -> Iterator[Path]:
        """Cassettes of tests that are gone."""
        tally = self._tally
        known = {*tally.homes, *tally.shared, *tally.own}
        patterns = self._config.getini("python_files")
        beginnings = (*self._config.getini("python_functions"), *self._config.getini("python_classes"))
        modules = {Path(home) for home, _ in tally.modules}
        for base, source in sorted({(Path(home).parent, Path(source)) for home, source in tally.modules}):
            for module in sorted(path for path in _folders(base) if _is_module(path.name, patterns)):
                if module in modules or not (source / f"{module.name}.py").exists():
                    tests = (path for path in _folders(module) if path.name.startswith(beginnings))
                    yield from (path for path in tests if str(path) not in known)

    def _is_whole(self) -> bool:
        """Whether all tests there are have run to their end."""
        config = self._config
        if self._tally.is_unfinished:
            return False
        given = config.args_source is pytest.Config.ArgsSource.ARGS
        arguments = config.args if given else config.getini("testpaths") or [config.invocation_params.dir]
        base = config.invocation_params.dir if given else config.rootpath
        roots = {Path(os.path.normpath(base / argument)) for argument in arguments}
        paths = config.getini("testpaths")
        meant = [config.rootpath / path for path in paths] if paths else [config.rootpath]
        return all(any(path.is_relative_to(root) for root in roots) for path in meant)

    def stale(self) -> tuple[int, list[tuple[Path, str]]]:
        """How many days old a recording may be, and the recordings that played and are older."""
        days = int(self._config.getini("respan_stale_days") or 0)
        if not days:
            return 0, []
        oldest = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        found = [(Path(file), recorded[:10]) for file, recorded in self._tally.played.items() if "" < recorded < oldest]
        return days, sorted(found)

    def duplicates(self) -> list[list[Path]]:
        """The requests that are recorded in several of the cassettes that were used."""
        by_name: dict[str, list[Path]] = {}
        for folder in self._folders:
            for path in Folder(folder).names():
                by_name.setdefault(path.name, []).append(path)
        return [paths for _, paths in sorted(by_name.items()) if len(paths) > 1]

    def count(self) -> tuple[int, int]:
        """How many recordings were played, of how many in the cassettes that were used."""
        return len(self._tally.played), sum(1 for folder in self._folders for _ in Folder(folder).names())


def tally_of(config: pytest.Config) -> Tally:
    """The tally of this process."""
    return config.stash.setdefault(TALLY, Tally())


def _with_cassettes(items: Iterable[pytest.Item]) -> set[Path]:
    """The modules of these tests in whose place there are cassettes of their own."""
    modules = {item.path: item for item in items}
    return {path for path, item in modules.items() if home_of_module(item).is_dir()}


def _folders(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else []


def _is_module(name: str, patterns: list[str]) -> bool:
    """Whether a folder could be that of a test module: others are none of the plugin's business."""
    return any(fnmatch(f"{name}.py", pattern) for pattern in patterns)
