"""``python -m benchmarks``: one table, with the goals, marking what falls short. ``--quick`` takes fewer rounds."""

import argparse
from importlib import import_module

PARTS = ("in_process", "cassettes", "traces", "server", "suites", "imports")


def main() -> None:
    """Print the table, a line as soon as it is measured."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"which of {', '.join(PARTS)}; all, if none is named")
    parser.add_argument("--quick", action="store_true", help="take fewer rounds")
    options = parser.parse_args()
    for name in options.parts or PARTS:
        if name not in PARTS:
            parser.error(f"unknown part {name!r}; known: {', '.join(PARTS)}")
        for figure in import_module(f"benchmarks.{name}").figures(3 if options.quick else 7):
            print(figure, flush=True)


if __name__ == "__main__":
    main()
