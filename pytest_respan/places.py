"""Where the cassette of a test is."""

from pathlib import Path

import pytest

from mock_gateway.cassettes.upkeep import own_name


def place(item: pytest.Item, name: str | None) -> Path:
    """The folder of a test's recordings: the one that is named, or one of its own."""
    if name is not None:
        return base_of(item) / name
    group = item.nodeid.rpartition("::")[0].partition("::")[2]
    parts = (group.replace("::", "-"), own_name(item.name))
    return home_of_module(item) / "-".join(part for part in parts if part)


def home_of_module(item: pytest.Item) -> Path:
    """Where the cassettes of a module's tests are. In one place for all, modules keep the folders they are in."""
    base = base_of(item)
    if base == item.path.parent / "cassettes":
        return base / item.path.stem
    root = item.config.rootpath
    inner = item.path.parent.relative_to(root) if item.path.is_relative_to(root) else Path()
    return base / inner / item.path.stem


def base_of(item: pytest.Item) -> Path:
    """Where all cassettes are: below the root directory if that is set, else beside the test's module."""
    option = item.config.getoption("--respan-cassettes")
    if option is not None:
        return item.config.invocation_params.dir / str(option)
    ini = item.config.getini("respan_cassettes")
    return item.config.rootpath / str(ini) if ini else item.path.parent / "cassettes"
