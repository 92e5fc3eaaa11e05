"""What is made from the code: ``python -m tests.docs.generated`` writes it anew, and tests compare.

Each table of the documentation stands between ``<!-- name -->`` and ``<!-- end -->`` in the page it belongs to. The JSON
Schema of scenarios is beside the code that reads them.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any

from mock_gateway.core.alternatives import alternatives
from mock_gateway.core.contract import PRESETS, Contract
from mock_gateway.core.directives import NOT_IMITATED, Directives
from mock_gateway.core.policy import TRIGGERS, table
from mock_gateway.core.prompts import RULES
from mock_gateway.engine.cache import KEY_FIELDS
from mock_gateway.scenarios.format import schema as scenario_schema

from .pages import ROOT

DOCS = ROOT / "docs"
SCHEMA = ROOT / "mock_gateway" / "scenarios" / "scenario.schema.json"


def contract() -> Iterator[list[str]]:
    """Every field with its alternatives, its value in each preset, and its source."""
    yield ["field", "alternatives", *(f"`{name}`" for name in PRESETS), "source"]
    for choice in fields(Contract):
        others = " ".join(f"`{value!r}`" for value in alternatives(Contract)[choice.name]) or "any number"
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


def parameters() -> Iterator[list[str]]:
    """Every parameter, and what becomes of those that only look like one."""
    yield ["parameter", "type"]
    for name, schema in Directives.json_schema()["properties"].items():
        yield [f"`{name}`", " or ".join(dict.fromkeys(_kinds(schema)))]
    yield [", ".join(f"`{name}`" for name in sorted(NOT_IMITATED)), "accepted, not imitated, and named in a warning"]


def _kinds(schema: dict[str, Any]) -> Iterator[str]:
    for choice in schema.get("anyOf", [schema]):
        kind = choice.get("type", "object")
        if kind != "null":
            yield {"array": "list"}.get(kind, kind)


def merge() -> Iterator[list[str]]:
    """Which layer wins, for each way of using a prompt."""
    yield ["the prompt is used with", "parameters", "messages"]
    for name, rule in RULES.items():
        yield [name, ", then ".join(rule.parameters), rule.messages]


def cache() -> Iterator[list[str]]:
    """What makes two requests the same to the cache."""
    yield ["`cache_key`", "fields of the request, beside those the options add"]
    for name, names in KEY_FIELDS.items():
        yield [f"`{name!r}`", ", ".join(f"`{field}`" for field in names) if names else "all but `model` and `stream`"]


TABLES: dict[str, tuple[str, Callable[[], Iterable[list[str]]]]] = {
    "contract": ("contract.md", contract),
    "parameters": ("gateway.md", parameters),
    "policy": ("gateway.md", policy),
    "triggers": ("gateway.md", triggers),
    "cache": ("gateway.md", cache),
    "merge": ("gateway.md", merge),
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
    SCHEMA.write_text(json.dumps(scenario_schema(), indent=2) + "\n", encoding="utf-8")
