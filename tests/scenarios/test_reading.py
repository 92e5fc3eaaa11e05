"""Scenarios come from files, and a file that cannot be read says which it is and why."""

import json
import sys
from pathlib import Path

import pytest

from mock_gateway import Gateway
from mock_gateway.scenarios.reading import read
from mock_gateway.scenarios.shape import ScenarioMistake

from ..cassettes.recordings import record
from ..engine.dialogue import ask

JSON = '{"models": {"gpt-4o": [{"when": {"contains": "refund"}, "replies": "Yes."}, "Hello!"]}}'
TOML = """
[[models.gpt-4o]]
when = {contains = "refund"}
replies = "Yes."

[[models.gpt-4o]]
replies = "Hello!"
"""
YAML = """
models:
  gpt-4o:
    - when: {contains: refund}
      replies: Yes.
    - Hello!
"""


@pytest.mark.parametrize(("name", "text"), [("a.json", JSON), ("a.toml", TOML), ("a.yaml", YAML), ("a.YML", YAML)])
def test_three_ways_to_write_one(tmp_path: Path, name: str, text: str) -> None:
    """JSON, TOML and YAML say the same."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    gateway = Gateway.from_scenario(path)
    assert [ask(gateway, said).text for said in ("Hi", "A refund!")] == ["Hello!", "Yes."]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.json", "{", "it cannot be read: Expecting property name enclosed in double quotes"),
        ("a.json", '{"seed": 1, "seed": 2}', "it cannot be read: a name stands twice in one object."),
        ("a.json", '{"models": {"a": "\\ud83d"}}', r"it cannot be read: '\ud83d' is half a character."),
        ("a.json", "[" * 100_000, "it cannot be read: it nests too deep."),
        ("a.json", '{"seed": "x"}', "seed: it should be a valid integer, not 'x'."),
        (
            "a.json",
            '{"contract": "doc"}',
            "contract: unknown contract 'doc'. Did you mean 'docs'? Known: docs, sdk-2026-10.",
        ),
        ("a.json", '{"models": {"a": {"breaks": "x"}}}', "models.a: unknown place for an answer to break 'x'."),
        ("a.json", "5", "a scenario is an object, with keys such as models and prompts, not 5."),
        ("a.toml", "a = ", "it cannot be read: Invalid value (at end of document)."),
        ("a.yaml", "a: [", "it cannot be read: while parsing a flow node"),
        ("a.yaml", "models:\n  a: x\n  a: y\n", "it cannot be read: a name stands twice in one object"),
        ("a.yaml", "!!python/object/apply:os.system ['touch hacked']", "it cannot be read: could not determine"),
        ("a.txt", "", "a scenario is a file that ends in one of .json, .toml, .yaml, .yml, which says how to read it."),
        ("nowhere/a.json", None, "it cannot be read: No such file or directory."),
    ],
)
def test_a_file_that_is_no_scenario(tmp_path: Path, name: str, text: str | None, why: str) -> None:
    """The file, and why; nothing in it is run."""
    path = tmp_path / name
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioMistake) as caught:
        Gateway.from_scenario(path)
    assert str(caught.value).startswith(f"{path}: {why}")
    assert "\n" not in str(caught.value)
    assert len(list(tmp_path.iterdir())) <= 1


def test_yaml_may_merge_what_stands_elsewhere(tmp_path: Path) -> None:
    """Anchors and merges are plain data too."""
    path = tmp_path / "a.yaml"
    path.write_text("models:\n  a: &a {replies: x, delay: 1}\n  b: {<<: *a, delay: 2}\n", encoding="utf-8")
    assert read(path).models["b"].delay == 2


def test_yaml_without_pyyaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The install command is told."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    path = tmp_path / "a.yaml"
    path.write_text(YAML, encoding="utf-8")
    with pytest.raises(ScenarioMistake) as caught:
        read(path)
    assert str(caught.value) == f"{path}: a scenario in YAML needs PyYAML: pip install PyYAML"


def test_a_cassette_is_found_from_the_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative to the folder of the file, whatever the working directory is."""
    record(tmp_path / "suite" / "tape")
    path = tmp_path / "suite" / "a.json"
    path.write_text(json.dumps({"cassette": "tape", "models": {"other": "x"}}), encoding="utf-8")
    monkeypatch.chdir("/")
    assert ask(Gateway.from_scenario(path)).text == "Hello there."


def test_a_scenario_that_comes_instead_of_another_keeps_the_seed() -> None:
    """What is left to chance is the gateway's, whenever a scenario comes."""
    pytest.importorskip("faker")
    scenario = {"models": {"gpt-4o": [{"improvises": True}]}}
    said = []
    for seed, instead in ((7, False), (7, True), (0, True)):
        gateway = Gateway(seed=seed)
        gateway.load(scenario, instead=instead)
        said.append(ask(gateway).text)
    assert said[0] == said[1] != said[2]
