"""Time, given instead of taken.

Virtual time stands still unless somebody spends it. Each call spends it on a timeline of its own, so that the waits of
calls that run side by side do not add up; when a call ends, the clock moves on to its end if that is later.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Literal

Mode = Literal["virtual", "real"]
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """The gateway's clock: virtual, or the machine's own."""

    def __init__(self, mode: Mode = "virtual") -> None:
        if mode not in ("virtual", "real"):
            raise ValueError(f"a clock is 'virtual' or 'real', not {mode!r}.")
        self.is_virtual = mode == "virtual"
        self._start = BEGINNING if self.is_virtual else datetime.now(UTC)
        self._epoch = self._start.timestamp()
        self._origin = time.monotonic()
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Clock {'virtual' if self.is_virtual else 'real'} {self.now():%Y-%m-%d %H:%M:%S}>"

    def now(self) -> datetime:
        """The latest end of all calls; of a real clock, the time."""
        return self.moment(self.elapsed())

    def advance(self, **amount: float) -> None:
        """Let time pass between calls: ``advance(days=31)``, with the names of `timedelta`."""
        seconds = timedelta(**amount).total_seconds()
        if seconds < 0:
            raise ValueError(f"a clock only goes forward, not by {seconds:g} seconds.")
        with self._lock:
            self._elapsed += seconds

    def timeline(self) -> "Timeline":
        """A timeline for one call, from now on."""
        return Timeline(self, self._elapsed) if self.is_virtual else RealTimeline(self, self.elapsed())

    def elapsed(self) -> float:
        """Seconds since the clock was made."""
        return self._elapsed if self.is_virtual else self._elapsed + time.monotonic() - self._origin

    def moment(self, elapsed: float) -> datetime:
        """The date and time at so many seconds since the clock was made; the last there is, where it would be later."""
        try:
            return self._start + timedelta(seconds=elapsed)
        except OverflowError:
            return datetime.max.replace(tzinfo=UTC)

    def since(self, moment: datetime) -> float:
        """How many seconds after the clock was made a moment is, in UTC unless it says otherwise."""
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return (moment - self._start).total_seconds()

    def timestamp(self, elapsed: float) -> int:
        """The same in whole seconds of the Unix epoch."""
        return int(self._epoch + elapsed)

    def reach(self, elapsed: float) -> None:
        """Move a virtual clock on to the end of a call."""
        if self.is_virtual:
            with self._lock:
                self._elapsed = max(self._elapsed, elapsed)


class Timeline:
    """The time of one call."""

    elapsed: float = 0.0
    """Seconds since the call began."""

    def __init__(self, clock: Clock, start: float) -> None:
        self._clock = clock
        self.start = start

    def spend(self, seconds: float) -> float:
        """Let time pass for this call, and say for how long to really sleep: not at all, where time is virtual."""
        self.elapsed += seconds
        return 0.0

    def moment(self, seconds: float) -> datetime:
        """The date and time at so many seconds after the call began."""
        return self._clock.moment(self.start + seconds)

    def end(self) -> None:
        """The call is over."""
        if self.elapsed:
            self._clock.reach(self.start + self.elapsed)


class RealTimeline(Timeline):
    """The same on the machine's own clock, where time passes by itself."""

    def spend(self, seconds: float) -> float:
        """Say for how long to really sleep."""
        return seconds

    @property
    def elapsed(self) -> float:  # type: ignore[override]
        """Seconds since the call began."""
        return self._clock.elapsed() - self.start
