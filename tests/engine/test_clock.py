from datetime import UTC, datetime

import pytest

from mock_gateway.engine.clock import Clock


def test_virtual_time_stands_still_until_it_is_spent() -> None:
    """Only advance and the ends of calls move it."""
    clock = Clock()
    assert clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    clock.advance(days=31, seconds=1)
    assert clock.now() == datetime(2026, 2, 1, 0, 0, 1, tzinfo=UTC)
    assert repr(clock) == "<Clock virtual 2026-02-01 00:00:01>"


def test_waits_of_calls_side_by_side_do_not_add_up() -> None:
    """Each call has a timeline of its own; the clock is where the latest of them ended."""
    clock = Clock()
    one, other = clock.timeline(), clock.timeline()
    assert one.spend(7) == other.spend(5) == 0
    assert clock.elapsed() == 0
    one.end()
    other.end()
    assert clock.elapsed() == 7
    assert clock.timeline().start == 7


def test_real_time_is_really_slept() -> None:
    """The timeline asks for the whole of it, and the clock follows the machine."""
    clock = Clock("real")
    timeline = clock.timeline()
    assert timeline.spend(3) == 3
    before = clock.now()
    clock.advance(hours=1)
    assert (clock.now() - before).total_seconds() >= 3600
    assert timeline.elapsed >= 3600
    timeline.end()


def test_a_clock_has_two_modes_and_one_direction() -> None:
    """Anything else is refused with the value."""
    with pytest.raises(ValueError, match="a clock is 'virtual' or 'real', not 'fast'"):
        Clock("fast")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a clock only goes forward, not by -1 seconds"):
        Clock().advance(seconds=-1)


def test_a_clock_that_was_spent_beyond_all_dates_can_still_be_read() -> None:
    """A wait of any length, as a request may ask for between retries, leaves the clock at the last date there is."""
    clock = Clock()
    timeline = clock.timeline()
    timeline.spend(1e300)
    timeline.end()
    assert (clock.now().year, clock.timeline().moment(5).year) == (9999, 9999)
