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
    tally.look_for_unread()
    output = getattr(config, "workeroutput", None)
    if output is not None or not tally.modules:
        tally.collected(session)
    if output is not None:
        output["respan"] = tally.data()
        return
    found = Housekeeping(tally, config)
    unused = found.unused()
    cache = getattr(config, "cache", None)
    if cache is not None:  # for `mock-gateway cassettes prune`
        cache.set("respan/unused", [str(path) for path in unused])
    if _verdict(found, config):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def tell(reporter: pytest.TerminalReporter) -> None:
    """The section of the terminal."""
    config = reporter.config
    found = Housekeeping(tally_of(config), config)
    lines = list(_lines(found, config))
    if lines:
        reporter.write_sep("=", "respan: cassettes")
        for line in lines:
            reporter.write_line(line)
        for line in _verdict(found, config):
            reporter.write_line(line, red=True)


def _verdict(found: Housekeeping, config: pytest.Config) -> list[str]:
    """What the session fails for."""
    lines: list[str] = []
    if drifted := found.texts("drifted"):
        lines.append(f"The session fails: {counted(len(drifted), 'recording')} drifted.")
    mode = config.getoption("--respan-unused") or config.getini("respan_unused")
    if mode == "fail" and (unused := found.unused()):
        text = f"The session fails: {counted(len(unused), 'recording')} never played (respan_unused is 'fail')."
        lines.append(f"{text} To delete: mock-gateway cassettes prune --yes")
    return lines


def _lines(found: Housekeeping, config: pytest.Config) -> Iterator[str]:
    most = None if config.get_verbosity() > 0 else _SHOWN
    recorded = found.noted("recorded")
    if recorded:
        files = [(path, f"{count} takes" if count > 1 else "") for path, count in sorted(recorded.items())]
        yield from _listed("recorded", recorded.total(), "take", files, most)
    if lost := found.texts("not kept"):
        files = [(path, text) for path, texts in sorted(lost.items()) for text in texts]
        yield from _listed("not kept", found.noted("not kept").total(), "answer", files, most)
    if verified := found.noted("verified"):
        drifted = found.texts("drifted")
        yield f"verified      {counted(len(verified), 'recording')}{'' if drifted else ', no drift'}"
        for path, texts in sorted(drifted.items()):
            yield from _listed("drifted", len(texts), "difference", [(path, "")], most)
            yield from (f"                  {text}" for text in texts)
    played, size = found.count()
    if size and (played or not recorded):
        yield f"played        {played} of {counted(size, 'recording')}"
    if unused := found.unused():
        yield from _listed("never played", len(unused), "recording", [(path, "") for path in unused], most)
    days, stale = found.stale()
    if stale:
        files = [(path, f"of {day}") for path, day in stale]
        yield from _listed(f"over {days} days", len(stale), "recording", files, most)
    if doubles := found.duplicates():
        files = [(paths[0], f"and {counted(len(paths) - 1, 'more cassette')}") for paths in doubles]
        yield from _listed("duplicates", len(doubles), "request", files, most)


def _listed(headline: str, number: int, noun: str, files: list[tuple[Path, str]], most: int | None) -> Iterator[str]:
    yield f"{headline:<13} {counted(number, noun)}"
    yield from _named(files[:most])
    if most is not None and len(files) > most:
        yield f"                and {len(files) - most} more (-v shows them)"


def _named(files: Iterable[tuple[Path, str]]) -> Iterator[str]:
    for path, text in files:
        yield f"                {seen(path)}{f'   {text}' if text else ''}"
