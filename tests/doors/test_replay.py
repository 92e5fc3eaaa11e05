"""Replaying through every door: the same bytes as were recorded, and never the answer to another question."""

from pathlib import Path

import openai
import pytest
import requests

from mock_gateway import Gateway

from ..cassettes.recordings import completion, record, stream, streamed
from .clients import LEFT_TO_THE_LOOP
from .doors import DOORS, Door

pytestmark = [pytest.mark.filterwarnings(LEFT_TO_THE_LOOP), pytest.mark.parametrize("door", DOORS, ids=str)]


def test_a_recording_is_replayed_through_every_door(door: Door, tmp_path: Path) -> None:
    """Whole and streamed, byte for byte, chunk by chunk."""
    record(tmp_path)
    with door.open(Gateway(cassette=tmp_path)) as client:
        assert b"".join(client.raw(stream=False).pieces) == completion()
        assert client.ask() == "Hello there."
    record(tmp_path, stream("Hello ", "there."))
    with door.open(Gateway(cassette=tmp_path)) as client:
        assert b"".join(client.raw(stream=True).pieces) == b"".join(one.data for one in streamed("Hello ", "there."))
        assert client.stream().pieces == ["Hello ", "there."]


def test_another_prompt_is_a_miss_through_every_door(door: Door, tmp_path: Path) -> None:
    """One word changed: an error, and not the old answer."""
    record(tmp_path)
    gateway = Gateway(cassette=tmp_path)
    with door.open(gateway) as client:
        with pytest.raises((openai.NotFoundError, requests.HTTPError)):
            client.ask("Hi!")
        assert [call.status for call in gateway.calls] == [404]
