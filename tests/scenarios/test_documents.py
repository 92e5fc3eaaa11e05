"""What the page says of scenarios is so."""

import json
import re
from pathlib import Path

from mock_gateway import Gateway
from mock_gateway.scenarios.account import AccountPart
from mock_gateway.scenarios.answers import Reply
from mock_gateway.scenarios.format import Scenario
from mock_gateway.scenarios.rules import VERBS
from mock_gateway.scenarios.shape import Part

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "server.md").read_text(encoding="utf-8")


def test_the_example_is_a_scenario() -> None:
    """Word for word; and all its rules are there."""
    found = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    gateway = Gateway.from_scenario(json.loads(found[1]))
    assert len(gateway.findings()) == 5
    assert gateway.prompts.has("support")


def test_every_key_is_described() -> None:
    """Of a scenario, its account, its rules and its answers."""
    described = set(re.findall(r"`([$\w]+)`", PAGE))
    kinds: list[type[Part]] = [Scenario, AccountPart, Reply, *VERBS.values()]
    for kind in kinds:
        assert {field.alias or name for name, field in kind.model_fields.items()} <= described, kind
