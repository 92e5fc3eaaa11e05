import pytest

from mock_gateway.doors.patience import ENDLESS, Patience, Pause
from mock_gateway.engine.clock import Clock


@pytest.mark.parametrize(
    ("limit", "waits", "gives_up", "elapsed"),
    [
        (None, [600, 600], False, 1200),
        (10, [3, 3], False, 6),
        (10, [10], False, 10),
        (10, [11], True, 10),
        (10, [6, 6], True, 10),
        (0.5, [0.25, 0.25, 0.25], True, 0.5),
        (0, [0], False, 0),
        (0, [1], True, 0),
    ],
)
def test_waits_against_a_limit(limit: float | None, waits: list[float], gives_up: bool, elapsed: float) -> None:
    """A client gives up when its waits exceed its limit, and has then waited for just that limit."""
    timeline = Clock().timeline()
    patience = Patience(timeline, limit)

    pauses = [patience.wait(seconds) for seconds in waits]

    assert [pause.is_last for pause in pauses] == [*[False] * (len(waits) - 1), gives_up]
    assert timeline.elapsed == elapsed


def test_bytes_renew_the_patience() -> None:
    """A limit is for the time between bytes, not for the whole answer."""
    timeline = Clock().timeline()
    patience = Patience(timeline, 10)

    for _ in range(3):
        assert not patience.wait(8).is_last
        patience.renew()

    assert timeline.elapsed == 24


@pytest.mark.parametrize(("limit", "elapsed"), [(10.0, 10), (None, 4)])
def test_silence_exhausts_what_is_left(limit: float | None, elapsed: float) -> None:
    """Whoever waits for nothing has waited for the limit; who has none does not wait for ever."""
    timeline = Clock().timeline()
    patience = Patience(timeline, limit)
    patience.wait(4)

    assert patience.exhaust() == Pause(0, is_last=True)

    assert timeline.elapsed == elapsed


def test_real_time_is_handed_to_the_door_to_sleep() -> None:
    """On a real clock each pause says how long to sleep, the last one what is left of the limit."""
    patience = Patience(Clock("real").timeline(), 10)

    assert patience.wait(7) == Pause(7, is_last=False)
    assert patience.wait(7) == Pause(3, is_last=True)


@pytest.mark.parametrize(("limit", "complaint"), [(2.5, "The read operation timed out after 2.5 s."), (None, ENDLESS)])
def test_the_complaint_says_how_long(limit: float | None, complaint: str) -> None:
    """The message of the time-out says which limit it was, or that there was none."""
    assert Patience(Clock().timeline(), limit).complaint == complaint
