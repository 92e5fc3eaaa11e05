"""Knowing when a module is imported that is not there yet."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from mock_gateway.doors.importing import Awaiting

NAME = "a_module_that_is_awaited"


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    (tmp_path / f"{NAME}.py").write_text("HERE = True")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, NAME, raising=False)
    return []


def awaiting(seen: list[str], name: str) -> Awaiting:
    def tell(module: ModuleType) -> None:
        assert module.HERE
        seen.append(name)

    return Awaiting({NAME: tell})


def test_several_wait_for_one_module(seen: list[str]) -> None:
    """Each is told of it, once."""
    several = [awaiting(seen, name) for name in ("a", "b", "c")]
    for one in several:
        one.begin()
    try:
        __import__(NAME)
    finally:
        for one in several:
            one.end()
    assert sorted(seen) == ["a", "b", "c"]


def test_one_that_has_ended_is_told_nothing(seen: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if somebody puts the list of finders back as it was."""
    one = awaiting(seen, "a")
    one.begin()
    before = list(sys.meta_path)
    one.end()
    one.end()
    monkeypatch.setattr(sys, "meta_path", before)
    __import__(NAME)
    assert seen == []
