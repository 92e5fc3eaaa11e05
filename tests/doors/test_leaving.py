"""Clients that leave before the end, through every door."""

import pytest

from mock_gateway import Gateway
from mock_gateway.core.events import Left

from .clients import LEFT_TO_THE_LOOP, MODEL
from .doors import Door, every_door

pytestmark = pytest.mark.filterwarnings(LEFT_TO_THE_LOOP)


@every_door
@pytest.mark.parametrize("every", [0, 0.5], ids=["at once", "paced"])
@pytest.mark.parametrize("pieces", [["a ", "b ", "c ", "d "], ["x" * 100] * 5000], ids=["short", "long"])
def test_a_client_that_closes_early_has_left_early(door: Door, every: float, pieces: list[str]) -> None:
    """The call says that its client left before the end, as soon as anybody looks."""
    gateway = Gateway()
    gateway.model(MODEL).replies(chunks=pieces, every=every)

    with door.open(gateway) as client:
        assert client.stream(leave_after=2).pieces == pieces[:2]

        call = gateway.calls.one()
        assert call.left_early
        assert call.answer is None
        assert [type(event) for event in call.story].count(Left) == 1
        assert "\n  left      the client left after" in str(call.story)


@every_door
def test_a_client_that_leaves_before_the_last_event_has_left_early(door: Door) -> None:
    """Having read all the text is not having read the answer: how it ended is still to come."""
    gateway = Gateway()
    gateway.model(MODEL).replies(chunks=["a ", "b"])

    with door.open(gateway) as client:
        client.stream(leave_after=2)

        assert gateway.calls.one().left_early


@every_door
def test_leaving_and_staying_are_told_apart_call_by_call(door: Door) -> None:
    """One client that leaves early says nothing about the others at the same gateway."""
    gateway = Gateway()
    gateway.model(MODEL).replies(chunks=["a ", "b ", "c"])

    with door.open(gateway) as client:
        client.stream()
        client.stream(leave_after=1)
        client.ask()
        client.stream()

        assert [call.left_early for call in gateway.calls] == [False, True, False, False]
