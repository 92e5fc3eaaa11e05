"""What the terminal says about cassettes at the end of a session, and whether the session fails for it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from mock_gateway.cassettes.playback import seen
from mock_gateway.core.events import counted

from .session import Housekeeping, tally_of

_SHOWN = 12
"""How many files a line names, unless pytest is asked for more (-v)."""


def finish(session: pytest.Session) -> None:
    """The tests of this process are over: tell the process that controls it, or judge."""
    config = session.config
    tally = tally_of(config)
    output = getattr(config, "workeroutput", None)
    if output is not None or not tally.wanted:
        tally.collected(session)
    if output is not None:
        output["respan"] = tally.data()
        return
    found = Housekeeping(tally, config)
    unused = found.unused()
    cache = getattr(config, "cache", None)
    if cache is not None:  # for `mock-gateway cassettes prune`
        cache.set("respan/unused", [str(path) for path in unused])
    if found.drifted or (_mode(config) == "fail" and unused):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def tell(reporter: pytest.TerminalReporter) -> None:
    """The section of the terminal."""
    lines = list(_lines(Housekeeping(tally_of(reporter.config), reporter.config), reporter.config))
    if lines:
        reporter.write_sep("=", "respan: cassettes")
        for line in lines:
            reporter.write_line(line)


def _mode(config: pytest.Config) -> str:
    mode = str(config.getoption("--respan-unused") or config.getini("respan_unused"))
    if mode not in ("report", "fail"):
        raise pytest.UsageError(f"respan_unused is 'report' or 'fail', not {mode!r}.")
    return mode


def _lines(found: Housekeeping, config: pytest.Config) -> Iterator[str]:
    most = None if config.get_verbosity() > 0 else _SHOWN
    if found.recorded:
        yield from _listed("recorded", "take", [(note.path, "") for note in found.recorded], most)
    if found.not_kept:
        yield from _listed("not kept", "answer", [(note.path, note.text) for note in found.not_kept], most)
    if found.drifted:
        yield from _listed("drifted", "difference", [(note.path, note.text) for note in found.drifted], most)
    played, size = found.count()
    if size:
        yield f"played        {played} of {counted(size, 'recording')}"
    if unused := found.unused():
        yield from _listed("never played", "recording", [(path, "") for path in unused], most)
    days, stale = found.stale()
    if stale:
        yield from _listed(f"over {days} days", "recording", [(path, f"of {day}") for path, day in stale], most)
    if doubles := found.duplicates():
        shown = [(paths[0], f"and {counted(len(paths) - 1, 'more cassette')}") for paths in doubles]
        yield from _listed("duplicates", "request", shown, most)


def _listed(headline: str, noun: str, files: list[tuple[Path, str]], most: int | None) -> Iterator[str]:
    yield f"{headline:<13} {counted(len(files), noun)}"
    yield from _named(files[:most])
    if most is not None and len(files) > most:
        yield f"                and {len(files) - most} more (-v shows them)"


def _named(files: Iterable[tuple[Path, str]]) -> Iterator[str]:
    for path, text in files:
        yield f"                {seen(path)}{f'   {text}' if text else ''}"
