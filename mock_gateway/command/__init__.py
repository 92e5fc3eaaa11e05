"""The command line: ``mock-gateway``, or ``python -m mock_gateway``. Each topic is a file here."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence

from ..cassettes.format import CassetteMistake
from . import cassettes, serving
from .outcome import Failed, Lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. 0: all is well; 1: it is not; 2: the command cannot be followed."""
    given = _parser().parse_args(arguments)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mock-gateway", description="A Respan AI gateway for tests.")
    topics = parser.add_subparsers(required=True, metavar="TOPIC")
    cassettes.add_to(topics)
    serving.add_to(topics)
    return parser
