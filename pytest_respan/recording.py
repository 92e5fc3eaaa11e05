"""Whether a test records, and what it would take to record it."""

import os
import shlex
from typing import cast

import pytest

from mock_gateway.cassettes.recorder import MODES, Mode
from mock_gateway.doors.live import check

from .settings import Settings


def mode_of(item: pytest.Item, settings: Settings) -> Mode:
    """The record mode of a test: the command line's, or what the test or the ini file says where that may count.

    Where CI is set, only the command line counts: a pipeline that records is one that cannot fail.
    """
    option = item.config.getoption("--respan-record")
    if option is not None:
        return cast("Mode", option)
    if os.environ.get("CI", "").lower() not in ("", "0", "false"):
        return "none"
    return cast("Mode", settings.record or _ini(item.config, "respan_record", MODES) or "none")


def upstream_of(item: pytest.Item, settings: Settings) -> str:
    """Who is asked when a test records."""
    config = item.config
    name = str(config.getoption("--respan-upstream") or settings.upstream or config.getini("respan_upstream"))
    try:
        check(name)
    except ValueError as error:
        mistake = str(error)
    else:
        return name
    return pytest.fail(f"respan: {mistake}", pytrace=False)


def how_to_record(item: pytest.Item) -> str:
    """The command that records what a test asks for in vain."""
    return f"pytest --respan-record=new_episodes {shlex.quote(item.nodeid)}"


def _ini(config: pytest.Config, name: str, choices: tuple[str, ...]) -> str | None:
    value = str(config.getini(name))
    if value and value not in choices:
        raise pytest.UsageError(f"{name} is one of {', '.join(choices)}, not {value!r}.")
    return value or None
