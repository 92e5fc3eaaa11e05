"""The command that looks after recordings."""

from pathlib import Path

import pytest

from mock_gateway.command import main

from .cassettes import Run


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The exit status and the lines of a command, run in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str | Path) -> tuple[int, list[str]]:
        status = main(["cassettes", *map(str, arguments)])
        printed = capsys.readouterr()
        return status, [*printed.out.splitlines(), *printed.err.splitlines()]

    return command
