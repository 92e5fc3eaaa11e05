"""The tables in the documentation that are made from the code: ``python -m tests.docs.generated`` writes them anew.

Each stands between ``<!-- name -->`` and ``<!-- end -->`` in the page it belongs to; a test compares.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields

from mock_gateway.core.contract import PRESETS, Contract, alternatives
from mock_gateway.core.policy import TRIGGERS, table

from .pages import ROOT

DOCS = ROOT / "docs"


def contract() -> Iterator[list[str]]:
    """Every field with its alternatives, its value in each preset, and its source."""
    yield ["field", "alternatives", *(f"`{name}`" for name in PRESETS), "source"]
    for choice in fields(Contract):
        others = " ".join(f"`{value!r}`" for value in alternatives()[choice.name]) or "any number"
        values = [f"`{getattr(preset, choice.name)!r}`" for preset in PRESETS.values()]
        yield [f"`{choice.name}`", others, *values, choice.metadata["source"]]


def policy() -> Iterator[list[str]]:
    """What follows each kind of outcome by default."""
    yield ["what came back", "with retries left", "with none left, but a fallback"]
    for kind, again, beyond in table(Contract()):
        yield [kind.replace("_", " "), again, beyond]


def triggers() -> Iterator[list[str]]:
    """What each word for a trigger means."""
    yield ["`retry_on`, `fallback_on`", "which outcomes"]
    for name, kinds in TRIGGERS.items():
        yield [f"`{name!r}`", ", ".join(sorted(kind.replace("_", " ") for kind in kinds))]


TABLES: dict[str, tuple[str, Callable[[], Iterable[list[str]]]]] = {
    "contract": ("contract.md", contract),
    "policy": ("routing.md", policy),
    "triggers": ("routing.md", triggers),
}


def text(name: str) -> str:
    """A table in Markdown."""
    head, *rows = TABLES[name][1]()
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def place(name: str) -> re.Pattern[str]:
    """Where it stands in its page."""
    return re.compile(rf"(?<=<!-- {name} -->\n).+?(?=\n<!-- end -->)", re.DOTALL)


if __name__ == "__main__":
    for table_name, (page, _) in TABLES.items():
        path = DOCS / page
        written = path.read_text(encoding="utf-8")
        path.write_text(place(table_name).sub(lambda _, name=table_name: text(name), written), encoding="utf-8")  # type: ignore[misc]
