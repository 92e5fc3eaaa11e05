"""The recordings of this project itself, replayed for the application that made them."""

import os
from pathlib import Path

import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder
from mock_gateway.command import main
from pytest_respan import assert_fell_back

from ..doubles.provider import provider
from .own import FOLDER, SCENARIOS, prepare

ANSWERS = {
    "plain": "Yes, within 30 days, with the receipt.",
    "streamed": "Lamps, mostly: for desks, for walls and for gardens.",
    "tools": "It was shipped on Monday.",
    "structured": "shipping",
    "fallback": "Hello! What can I do for you?",
    "error": "context_length_exceeded",
}


@pytest.fixture(autouse=True)
def _a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESPAN_API_KEY", "any")


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_application_is_answered_as_when_it_was_recorded(name: str) -> None:
    """With nothing around it but the files."""
    gateway = Gateway(cassette=FOLDER)
    with gateway.intercept():
        assert SCENARIOS[name]() == ANSWERS[name]
    assert gateway.findings() == []
    assert {attempt.source for call in gateway.calls for attempt in call.attempts} == {"cassette"}
    if name == "fallback":
        assert_fell_back(gateway.calls.one(), "gpt-4o", "claude-sonnet-4-5")


def test_nothing_is_recorded_that_nobody_plays() -> None:
    """All scenarios together play every file."""
    gateway = Gateway(cassette=FOLDER)
    with gateway.intercept():
        for scenario in SCENARIOS.values():
            scenario()
    assert gateway.cassette is not None
    assert set(gateway.cassette.played) == set(Folder(FOLDER).names())


def test_they_are_sound(capsys: pytest.CaptureFixture[str]) -> None:
    """As the command line checks them, and still what the double says."""
    assert main(["cassettes", "check", str(FOLDER.parent)]) == 0
    assert capsys.readouterr().out.endswith(" recordings, nothing wrong\n")


def test_the_double_has_not_drifted_from_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Else: python -m tests.cassettes.own."""
    monkeypatch.setenv("OPENAI_API_KEY", "any-key")
    with provider() as double:
        prepare(double)
        gateway = Gateway(cassette=FOLDER, record="verify", upstream=double.url)
        with gateway.intercept():
            for name, scenario in SCENARIOS.items():
                assert scenario() == ANSWERS[name]
        assert len(double.asked) == len(list(Folder(FOLDER).names()))
    assert gateway.recorder is not None
    assert {note.kind for note in gateway.recorder.notes} == {"verified"}
    assert os.listdir(tmp_path) == []
