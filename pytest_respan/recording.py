"""Whether a test records, and what it would take to record it."""

import os
import shlex
from typing import cast

import pytest

from mock_gateway.cassettes.choices import Mode
from mock_gateway.core.advice import Advice
from mock_gateway.doors.live import check, name_of

from .settings import Settings


def mode_of(item: pytest.Item, settings: Settings) -> Mode:
    """The record mode of a test: the command line's, or what the test or the ini file says where that may count.

    Where CI is set, only the command line counts: a pipeline that records is one that cannot fail.
    """
    option = item.config.getoption("--respan-record")
    if option is not None:
        return cast("Mode", option)
    wanted = cast("Mode", settings.record or item.config.getini("respan_record") or "none")
    return wanted if wanted == "none" or not _is_pipeline() else "none"


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


def advice_for(item: pytest.Item, settings: Settings) -> Advice:
    """What can be done about a mistake, in the words of a suite."""

    def record(url: str | None) -> str:
        usual = upstream_of(item, settings)
        meant = usual if url is None else name_of(url)
        asked = "" if meant == usual else f" --respan-upstream={shlex.quote(meant)}"
        file = os.path.relpath(item.path, item.config.invocation_params.dir)
        where = shlex.quote("::".join((file, *item.nodeid.split("::")[1:])))
        disabled = _disabled(item, settings)
        return f"pytest --respan-record=new_episodes{asked} {where}{disabled}"

    return Advice("respan_gateway", "@pytest.mark.respan({})", record)


def _disabled(item: pytest.Item, settings: Settings) -> str:
    """A word about a mode that is set and does not count."""
    mode = settings.record or item.config.getini("respan_record")
    return f"   (record={mode!r} does not count where CI is set)" if mode and _is_pipeline() else ""


def _is_pipeline() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")
