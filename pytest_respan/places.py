"""Where the cassette of a test is."""

import os
from pathlib import Path

import pytest

from mock_gateway.cassettes.naming import own_name

_HOMES: pytest.StashKey[dict[Path, Path]] = pytest.StashKey()
"""On the configuration: where the cassettes of each module's tests are."""


class Place:
    """The folder of a test's recordings, which is looked for when it is needed: most tests that script need none."""

    def __init__(self, item: pytest.Item, name: str | None) -> None:
        self._item, self._name = item, name

    def __fspath__(self) -> str:
        return str(place(self._item, self._name))


def place(item: pytest.Item, name: str | None) -> Path:
    """The folder of a test's recordings: the one that is named, or one of its own."""
    if name is not None:
        return base_of(item) / name
    classes = [node.name for node in item.listchain() if isinstance(node, pytest.Class)]
    return home_of_module(item) / "-".join(map(own_name, (*classes, item.name)))


def home_of_module(item: pytest.Item) -> Path:
    """Where the cassettes of a module's tests are. In one place for all, modules keep the folders they are in."""
    homes = item.config.stash.setdefault(_HOMES, {})
    if item.path not in homes:
        homes[item.path] = _home_of_module(item)
    return homes[item.path]


def _home_of_module(item: pytest.Item) -> Path:
    base = base_of(item)
    if base == item.path.parent / "cassettes":
        return base / item.path.stem
    inner = Path(os.path.relpath(item.path.parent, item.config.rootpath))
    return base.joinpath(*("up" if part == ".." else part for part in inner.parts), item.path.stem)


def base_of(item: pytest.Item) -> Path:
    """Where all cassettes are: below the root directory if that is set, else beside the test's module."""
    option = item.config.getoption("--respan-cassettes")
    if option is not None:
        return item.config.invocation_params.dir / str(option)
    ini = item.config.getini("respan_cassettes")
    return item.config.rootpath / str(ini) if ini else item.path.parent / "cassettes"
