"""The files of a cassette: where they are, how they are written, and which are none."""

import os
from pathlib import Path
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.mistake import CassetteMistake
from mock_gateway.cassettes.upkeep import faults

from ..engine.dialogue import ask
from .recordings import record, whole

EMPTY = "it is no JSON: Expecting value: line 1 column 1 (char 0)"


@pytest.mark.parametrize("spoil", [lambda data: data[:-30], lambda data: data.replace(b'"Hi"', b'"Ho"')])
def test_a_file_that_is_no_recording_is_named(tmp_path: Path, spoil: Any) -> None:
    """Truncated, or edited without its name: the call ends, the test fails, and nothing of it is answered."""
    path = record(tmp_path)
    path.write_bytes(spoil(path.read_bytes()))
    gateway = Gateway(cassette=tmp_path)
    heard = ask(gateway)
    assert (heard.status, heard.headers["x-should-retry"]) == (500, "false")
    assert str(path) in heard.json["error"]["message"]
    assert [finding.kind for finding in gateway.findings()] == ["misses"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name on Windows")
def test_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Nobody will ever write to it."""
    path = record(tmp_path)
    path.unlink()
    os.mkfifo(path)
    assert ask(Gateway(cassette=tmp_path)).json["error"]["message"] == f"{path} is no recording: {EMPTY}"
    assert list(faults(path)) == [f"{path} is no recording: {EMPTY}"]


@pytest.mark.parametrize("model", ["../../etc/passwd", "a/b", "..", "\x00", "C:\\x", "a" * 500, "日本", "gpt 4"])
def test_no_name_of_a_model_leads_out_of_the_folder(tmp_path: Path, model: str) -> None:
    """The file is in the folder, and it is found again."""
    path = record(tmp_path / "inner", model=model)
    assert path.parent == tmp_path / "inner"
    assert ask(Gateway(cassette=tmp_path / "inner"), model=model).status == 200
    assert [entry.name for entry in tmp_path.iterdir()] == ["inner"]


def test_writing_leaves_a_whole_file_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full in the middle leaves what was there before."""
    path = record(tmp_path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CassetteMistake, match="nothing was recorded: .* cannot be written: No space left on device"):
        record(tmp_path, whole("another"))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_only_recordings_count_as_such(tmp_path: Path) -> None:
    """Other files in the folder are left alone."""
    path = record(tmp_path)
    (tmp_path / "README.md").write_text("notes")
    (tmp_path / f".{path.name}.1.draft").write_text("half")
    assert list(Folder(tmp_path).names()) == [path]
