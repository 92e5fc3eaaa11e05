"""What is said where no recording answers: the nearest one, and what would help."""

import json
from pathlib import Path

import pytest

from mock_gateway import Gateway

from ..engine.dialogue import ask
from .recordings import record, whole

UUID = "6f1c1f5a-9f3e-4c4e-8f4b-2a1d3c5e7f90"
OTHER = "7a2d2e6b-0a4f-4d5f-9a5c-3b2e4d6f8a01"


def test_a_miss_shows_the_nearest_recording(tmp_path: Path) -> None:
    """Where it differs, what was recorded, and what was asked."""
    far = record(tmp_path, messages=[{"role": "user", "content": "Bye"}], temperature=1)
    near = record(tmp_path, messages=[{"role": "user", "content": "Hi there"}])
    record(tmp_path, model="gpt-4o-mini")
    assert far != near
    heard = ask(Gateway(cassette=tmp_path), "Hi, there")
    assert heard.json["error"]["message"] == (
        "Nothing answers attempt 1 of this call: gpt-4o was asked something no take and no script covers.\n"
        "\n"
        "  call      POST /api/chat/completions   gpt-4o   1 message\n"
        "  asked     'Hi, there'\n"
        f"  nearest   {near} differs in\n"
        "              messages[0].content   recorded 'Hi there'   asked 'Hi, there'\n"
        "  others    1 of gpt-4o-mini\n"
        "\n"
        '  Record it   Gateway(cassette=..., record="new_episodes")\n'
        '  Script it   gateway.model("gpt-4o").replies(...)\n'
        '  Relax it    Gateway(ignore=["messages[0].content"])  # whatever is asked'
    )


def test_a_miss_in_an_empty_cassette_says_so(tmp_path: Path) -> None:
    """A folder that is not there is one with nothing in it."""
    heard = ask(Gateway(cassette=tmp_path / "nowhere"))
    assert f"  cassette  there is nothing in {tmp_path / 'nowhere'}" in heard.json["error"]["message"]


@pytest.mark.parametrize(
    ("recorded", "asked", "ignored", "advice"),
    [
        ("On 2026-01-01", "On 2026-01-02", [], '["dates"]'),
        (f"{UUID} on 2026-01-01", f"{OTHER} on 2026-01-02", [], '["uuids", "dates"]'),
        ("On 2026-01-01, tea", "On 2026-01-02, coffee", [], '["messages[0].content"]'),
        ("On 2026-01-01", "On 2026-01-02", ["user"], '["user", "dates"]'),
        (f"{UUID} and tea", f"{OTHER} and coffee", ["uuids"], '["uuids", "messages[0].content"]'),
    ],
)
def test_a_miss_advises_the_narrowest_that_helps(
    tmp_path: Path, recorded: str, asked: str, ignored: list[str], advice: str
) -> None:
    """A kind of words rather than a whole place, and what is ignored already stays so; following it helps."""
    record(tmp_path, messages=[{"role": "user", "content": recorded}])
    missed = ask(Gateway(cassette=tmp_path, ignore=ignored), asked).json["error"]["message"]
    warned = "  # whatever is asked" if "messages[0]" in advice else ""
    assert missed.endswith(f"Relax it    Gateway(ignore={advice}){warned}")
    assert ask(Gateway(cassette=tmp_path, ignore=json.loads(advice)), asked).status == 200


def test_a_miss_advises_to_record_where_the_others_were_recorded(tmp_path: Path) -> None:
    """From the upstream of the nearest recording."""
    record(tmp_path, whole(upstream="https://models.example/v1"))
    missed = ask(Gateway(cassette=tmp_path), "Ho").json["error"]["message"]
    assert 'Record it   Gateway(cassette=..., record="new_episodes", upstream="https://models.example/v1")' in missed
