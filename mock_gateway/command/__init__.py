"""The command line: ``mock-gateway``, or ``python -m mock_gateway``. Each topic is a file here."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from ..cassettes.mistake import CassetteMistake
from .outcome import Failed, Lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. 0: all is well; 1: it is not; 2: the command cannot be followed."""
    given = _parser(sys.argv[1:] if arguments is None else arguments).parse_args(arguments)
    run: Callable[[argparse.Namespace], Lines] = given.run
    try:
        for line in run(given):
            print(line, flush=True)  # noqa: T201 - it is what a command line does, and somebody may wait for the line
    except Failed:
        return 1
    except (CassetteMistake, ValueError, re.error) as mistake:
        print(f"mock-gateway: {mistake}", file=sys.stderr)  # noqa: T201
        return 2
    except BrokenPipeError:  # the reader of a pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


class _Version(argparse.Action):
    """Says which version is installed, for whoever asks: to find out takes a while."""

    def __init__(self, option_strings: Sequence[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **more)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"mock-gateway {version('pytest-respan')}")  # noqa: T201 - as above
        parser.exit()


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """What reads these arguments. Only the topic that is asked for is loaded; all of them, if none is."""
    parser = argparse.ArgumentParser(prog="mock-gateway", description="A Respan AI gateway for tests.")
    parser.add_argument("--version", action=_Version, help="show which version this is")
    topics = parser.add_subparsers(required=True, metavar="TOPIC")
    asked = [name for name in _TOPICS if [name] == list(arguments[:1])]
    for name in asked or _TOPICS:
        import_module(f".{_TOPICS[name]}", __name__).add_to(topics)
    return parser


_TOPICS = {"cassettes": "cassettes", "serve": "serving"}
"""Each with the file it is in."""
