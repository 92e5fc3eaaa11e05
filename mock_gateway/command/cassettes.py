"""``mock-gateway cassettes``: looking after recordings."""

import argparse
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

from ..cassettes import upkeep
from ..cassettes.files import is_recording
from ..cassettes.mistake import CassetteMistake
from ..cassettes.playback import seen
from ..cassettes.review import compared, shown
from ..core.events import counted
from ..core.ignoring import check_ignored
from ..core.paths import is_path
from .outcome import Failed, Lines

UNUSED = ".pytest_cache/v/respan/unused"
"""Where pytest leaves the names of the recordings that no test asked for."""
_PLACES = ("model", "request", "takes")
"""What places in a recording begin with."""


def add_to(topics: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the topic, with its commands."""
    cassettes = topics.add_parser("cassettes", help="look after recordings")
    commands = cassettes.add_subparsers(required=True, metavar="COMMAND")

    def command(run: Callable[[argparse.Namespace], Lines], name: str) -> argparse.ArgumentParser:
        text = (run.__doc__ or "").strip()
        found = commands.add_parser(name, help=text.splitlines()[0].rstrip("."), description=text)
        found.set_defaults(run=run)
        return found

    show = command(_show, "show")
    show.add_argument("--full", action="store_true", help="with all that was asked and answered")
    check = command(_check, "check")
    diff = command(_diff, "diff")
    diff.add_argument("one", type=Path, metavar="ONE")
    diff.add_argument("other", type=Path, metavar="OTHER")
    prune = command(_prune, "prune")
    prune.add_argument("--older-than", type=_days, metavar="DAYS", help="those recorded before so many days")
    prune.add_argument(
        "--unused", type=Path, metavar="FILE", help=f"those named in this file of pytest's, or in {UNUSED}"
    )
    prune.add_argument("--yes", action="store_true", help="do it, instead of only naming the files")
    redact = command(_redact, "redact")
    what = redact.add_mutually_exclusive_group(required=True)
    what.add_argument("--text", help="this very text")
    what.add_argument("--pattern", help="what fits this regular expression")
    what.add_argument("--env", metavar="NAME", help="the value of this variable of the environment")
    redact.add_argument("--yes", action="store_true", help="do it, instead of only naming the files")
    redact.add_argument("--place", help="only there, such as request.messages[*].content")
    redact.add_argument("--with", dest="placeholder", metavar="PLACEHOLDER", help="what is put there instead")
    rekey = command(_rekey, "rekey")
    rekey.add_argument(
        "--ignore", action="append", default=[], metavar="NAME", help="a place, uuids, dates or tool_call_ids"
    )
    rekey.add_argument("--yes", action="store_true", help="do it, instead of only naming the files")
    import_ = command(_import, "import")
    import_.add_argument("--to", type=Path, required=True, metavar="DIR", help="the cassette to write to")
    for one in (show, check, redact, rekey):
        one.add_argument(
            "places", nargs="+", type=Path, metavar="PATH", help="a recording, or a folder with recordings"
        )
    prune.add_argument("places", nargs="*", type=Path, metavar="PATH", help="only those that are in these folders")
    import_.add_argument(
        "places", nargs="+", type=Path, metavar="FILE", help="a cassette of vcrpy in YAML or JSON, or a folder of them"
    )
    for one in (check, redact, rekey, import_):
        one.add_argument(
            "--not-secret", action="append", default=[], metavar="PLACE", help="a place that holds no secret"
        )


def _show(given: argparse.Namespace) -> Lines:
    """Show what is in recordings."""
    for path in upkeep.files(given.places):
        yield seen(path)
        yield from shown(upkeep.read(path), full=given.full)


def _check(given: argparse.Namespace) -> Lines:
    """Check that recordings can be read, have their right names, and hold no secrets."""
    paths = upkeep.files(given.places)
    found = [fault for path in paths for fault in upkeep.faults(path, given.not_secret)]
    yield from found
    if found:
        yield f"{counted(len(found), 'fault')} in {counted(len(paths), 'recording')}"
        raise Failed
    yield f"{counted(len(paths), 'recording')}, nothing wrong"


def _diff(given: argparse.Namespace) -> Lines:
    """Compare two recordings, or two cassettes file by file. The exit status is 1 if they differ."""
    one, other = given.one, given.other
    if one.is_file() and other.is_file():
        pairs, differ = {one.name: (one, other)}, False
    else:
        places: list[dict[str, Path]] = [
            {str(path.relative_to(place)): path for path in upkeep.files([place])} for place in (one, other)
        ]
        for name in sorted(places[0].keys() ^ places[1].keys()):
            yield f"{name}   only in {one if name in places[0] else other}"
        pairs = {name: (places[0][name], places[1][name]) for name in sorted(places[0].keys() & places[1].keys())}
        differ = places[0].keys() != places[1].keys()
    for name, (before, after) in pairs.items():
        lines = list(compared(upkeep.read(before), upkeep.read(after)))
        if lines:
            yield name
            yield from lines
            differ = True
    if differ:
        raise Failed


def _prune(given: argparse.Namespace) -> Lines:
    """Delete recordings that no test asked for in the last run of pytest, or that are old."""
    if given.older_than is not None:
        if not given.places:
            raise CassetteMistake("--older-than takes a PATH to look in")
        paths = [path for path in upkeep.files(given.places) if upkeep.older_than(path, given.older_than)]
    else:
        paths = _unused(given.unused or Path(UNUSED))
        if given.places:
            paths = [path for path in paths if any(path.resolve().is_relative_to(at.resolve()) for at in given.places)]
    for path in paths:
        yield seen(path)
        if given.yes:
            path.unlink()
            if not any(path.parent.iterdir()):  # it was the last of its cassette
                path.parent.rmdir()
    done = "deleted" if given.yes else "to delete: with --yes they are"
    yield f"{counted(len(paths), 'recording')} {done}" if paths else "nothing to delete"


def _unused(file: Path) -> list[Path]:
    try:
        names = json.loads(file.read_text(encoding="utf-8"))
        written = file.stat().st_mtime
    except (OSError, ValueError):
        raise CassetteMistake(f"{file} is not there. A run of pytest over all tests writes it.") from None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise CassetteMistake(f"{file} is no list of recordings")
    paths = [Path(name) for name in names if is_recording(Path(name))]
    return [path for path in paths if path.is_file() and path.stat().st_mtime <= written]  # what is newer, is in use


def _redact(given: argparse.Namespace) -> Lines:
    """Put a placeholder where a text stands in the values of recordings. It may have to be revoked all the same."""
    text, placeholder = given.text, "<REDACTED>"
    if given.env is not None:
        text, placeholder = os.environ.get(given.env), f"<{given.env}>"
        if not text:
            raise CassetteMistake(f"{given.env} is not set in the environment")
    patterns = [re.compile(given.pattern)] if text is None else upkeep.spellings(text)
    if any(pattern.search("") for pattern in patterns):
        raise CassetteMistake("what is looked for is found in every text, since it may be empty")
    if given.place is not None and not (is_path(given.place) and given.place.startswith(_PLACES)):
        raise CassetteMistake(f"{given.place!r} is no place in a file, such as request.messages[*].content")
    placeholder = placeholder if given.placeholder is None else given.placeholder
    change = upkeep.without_text(patterns, placeholder, given.place)
    yield from _rewrite(given, change, "redacted")


def _rekey(given: argparse.Namespace) -> Lines:
    """Name recordings anew, as if certain things had been ignored when they were recorded: none, if none is given."""
    for name in given.ignore:
        check_ignored(name)
    yield from _rewrite(given, upkeep.ignoring(given.ignore), "changed")


def _rewrite(given: argparse.Namespace, change: upkeep.Change, done: str) -> Lines:
    paths = upkeep.files(given.places)
    count = 0
    for one in upkeep.rewrite(paths, change, given.not_secret, is_done=given.yes):
        count += 1
        arrow = "" if one.new == one.old else f" -> {one.new.name}"
        yield f"{seen(one.old)}{arrow}{', together with what is there' if one.is_joined else ''}"
    total = counted(len(paths), "recording")
    yield f"{count} of {total} {done}" if given.yes else f"{count} of {total} to be {done}: with --yes they are"


def _import(given: argparse.Namespace) -> Lines:
    """Read cassettes of vcrpy or pytest-recording, and write their model calls as recordings.

    A folder of them becomes a folder of cassettes, where the tests of the same names look for them.
    """
    is_refused = False
    for source, to in (found for place in given.places for found in upkeep.sources(place, given.to)):
        found = upkeep.imported(source, to, given.not_secret)
        yield from (seen(path) for path in found.written)
        yield from (f"{source}: interaction {number} is left out: {why}" for number, why in found.left_out)
        yield from (f"{source}: {text}" for text in found.refused)
        yield f"{source}: {counted(len(found.written), 'recording')}"
        is_refused = is_refused or bool(found.refused)
    if is_refused:
        raise Failed


def _days(text: str) -> int:
    if not text.isdecimal() or not int(text) < 100_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days")
    return int(text)
