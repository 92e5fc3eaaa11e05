import time

import openai
import pytest
import requests

from mock_gateway import Gateway

from .clients import LEFT_TO_THE_LOOP, MODEL
from .doors import Door, every_door

PAUSE = 0.05

pytestmark = pytest.mark.filterwarnings(LEFT_TO_THE_LOOP)


@every_door
def test_a_delay_really_passes(door: Door) -> None:
    """On a real clock a scripted delay takes its time, through every door."""
    gateway = Gateway(clock="real")
    gateway.model(MODEL).replies("Hello!", delay=PAUSE)

    with door.open(gateway) as client:
        began = time.monotonic()
        assert client.ask() == "Hello!"
        took = time.monotonic() - began

    assert took >= PAUSE
    assert gateway.calls.one().seconds >= PAUSE


@every_door
def test_the_pace_of_a_stream_is_real(door: Door) -> None:
    """On a real clock the pauses between chunks take their time, through every door."""
    gateway = Gateway(clock="real")
    gateway.model(MODEL).replies(chunks=["a ", "b ", "c"], every=PAUSE)

    with door.open(gateway) as client:
        began = time.monotonic()
        assert client.stream().pieces == ["a ", "b ", "c"]
        took = time.monotonic() - began

    assert took >= 2 * PAUSE


@every_door
def test_a_clients_patience_is_real(door: Door) -> None:
    """On a real clock a client gives up after its own time-out, long before a slow model answers."""
    gateway = Gateway(clock="real")
    gateway.model(MODEL).replies("Hello!", delay=60)

    with door.open(gateway, timeout=4 * PAUSE) as client:
        began = time.monotonic()
        with pytest.raises((openai.APITimeoutError, requests.ReadTimeout)):
            client.ask()
        took = time.monotonic() - began

        assert gateway.calls.one().left_early
    assert 4 * PAUSE <= took < 30


@every_door
def test_a_client_leaves_between_chunks(door: Door) -> None:
    """On a real clock a client that leaves in a pause is seen to leave, without waiting for the pause to end."""
    gateway = Gateway(clock="real")
    gateway.model(MODEL).replies(chunks=["a ", "b ", "c"], every=60)

    with door.open(gateway) as client:
        began = time.monotonic()
        assert client.stream(leave_after=1).pieces == ["a "]
        assert gateway.calls.one().left_early
        took = time.monotonic() - began

    assert took < 30
