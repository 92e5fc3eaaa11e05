"""Where the cassette of a test is."""

import re
from pathlib import Path

import pytest

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")


def place(item: pytest.Item, name: str | None) -> Path:
    """The folder of a test's recordings: the one that is named, or one of its own."""
    base = base_of(item)
    if name is not None:
        return base / name
    group = item.nodeid.rpartition("::")[0].partition("::")[2]
    return base / item.path.stem / "-".join(part for part in (_plain(group), _plain(item.name)) if part)


def base_of(item: pytest.Item) -> Path:
    """Where all cassettes are: below the root directory if that is set, else beside the test's module."""
    option = item.config.getoption("--respan-cassettes")
    if option is not None:
        return item.config.invocation_params.dir / str(option)
    ini = item.config.getini("respan_cassettes")
    return item.config.rootpath / str(ini) if ini else item.path.parent / "cassettes"


def _plain(text: str) -> str:
    """A name as part of a path, whatever is in its parameters."""
    return _UNSAFE.sub("-", text).strip("-.")[:120]
