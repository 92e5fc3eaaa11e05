"""The cassette of a gateway, and the real provider that is asked for what it does not have: both loaded only if wanted."""

import os
from collections.abc import Sequence
from time import time
from typing import TYPE_CHECKING

from .cassettes.choices import (
    MODES,
    AfterLast,
    Mode,
    Pace,
    Redact,
    check_after_last,
    check_not_secret,
    check_pace,
)
from .core.advice import Advice
from .core.ignoring import Ignored
from .core.nearest import unknown

if TYPE_CHECKING:
    from .cassettes.playback import Cassette
    from .cassettes.recorder import Recorder


def check(
    record: Mode,
    cassette: object,
    *,
    pace: Pace,
    after_last: AfterLast,
    ignore: Sequence[str],
    not_secret: Sequence[str],
) -> None:
    """Refuse choices that nobody could follow, whether there is a cassette or not."""
    check_pace(pace)
    check_after_last(after_last)
    if ignore != ():
        Ignored.of(ignore)
    if not_secret != ():
        check_not_secret(not_secret)
    if record not in MODES:
        raise ValueError(unknown("record mode", record, MODES))
    if record != "none" and cassette is None:
        raise ValueError(f"record={record!r} needs a cassette to record to.")
    if cassette is not None and not isinstance(cassette, str | os.PathLike):
        raise TypeError(f"cassette is the path of a folder, not {cassette!r}.")


def opened(
    path: str | os.PathLike[str],
    *,
    pace: Pace,
    ignore: Sequence[str],
    after_last: AfterLast,
    not_secret: Sequence[str],
    redact: Redact | None,
    advice: Advice,
    is_recording: bool,
) -> "Cassette":
    """The cassette in a folder. Who records knows the keys in the environment, to take them out."""
    from .cassettes.playback import Cassette
    from .cassettes.redaction import Redaction, keys_in_use

    redaction = Redaction(keys_in_use() if is_recording else {}, redact)
    return Cassette(
        path,
        pace=pace,
        ignore=ignore,
        after_last=after_last,
        not_secret=not_secret,
        redaction=redaction,
        advice=advice,
    )


def recorder(
    cassette: "Cassette", upstream: str, mode: Mode, *, began: float | None, keep_failures: bool
) -> "Recorder":
    """Who asks the upstream, and adds to the cassette."""
    from .cassettes.recorder import Recorder
    from .doors.live import LiveProvider

    since = time() if began is None else began
    return Recorder(cassette, LiveProvider(upstream), mode, began=since, keep_failures=keep_failures)
