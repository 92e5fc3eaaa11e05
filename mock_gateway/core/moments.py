"""Moments as Respan writes them."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """A moment, in UTC, to the microsecond."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def minute(moment: datetime) -> str:
    """The minute it lies in."""
    return iso(moment.replace(second=0, microsecond=0))


def hour(moment: datetime) -> str:
    """The hour it lies in."""
    return iso(moment.replace(minute=0, second=0, microsecond=0))


def moment_of(text: str) -> datetime:
    """The moment written here, in UTC unless it says otherwise. Raises ValueError where there is none."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def from_nanoseconds(nanoseconds: int) -> datetime:
    """The moment at so many nanoseconds of the Unix epoch."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)
