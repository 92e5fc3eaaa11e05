"""What is said of the format is so."""

import json
import re
from pathlib import Path

from mock_gateway.cassettes import format as format_module
from mock_gateway.cassettes.format import FORMAT, load, schema

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "cassettes" / "README.md").read_text(encoding="utf-8")


def example() -> bytes:
    found = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1].encode()


def test_the_example_is_a_recording() -> None:
    """Word for word."""
    recording = load(example())
    assert (recording.wire, recording.model, len(recording.takes)) == ("chat", "gpt-4o", 2)
    assert [one.at for one in recording.takes[1].chunks()] == [0.0, 0.2, 0.3]


def test_every_field_is_described() -> None:
    """Of the file, and of a take."""
    described = set(re.findall(r"`(\w+)`", PAGE))
    definitions = schema()["$defs"]
    for names in (schema()["properties"], definitions["Take"]["properties"], definitions["Piece"]["properties"]):
        assert set(names) <= described


def test_the_schema_that_is_shipped_is_the_one_files_are_read_by() -> None:
    """Else: python -m tests.cassettes.test_documents."""
    shipped = Path(format_module.__file__).with_name("recording.schema.json")
    assert json.loads(shipped.read_text(encoding="utf-8")) == schema()
    assert json.loads(example())["format"] == FORMAT


if __name__ == "__main__":
    Path(format_module.__file__).with_name("recording.schema.json").write_text(json.dumps(schema(), indent=2) + "\n")
