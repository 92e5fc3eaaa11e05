"""Going out on purpose: while it is recorded, an upstream is asked for real.

Whatever leads traffic into a gateway or refuses it looks here first. It is a matter of the thread that asks, and only
for as long as it is asking.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Errand(threading.local):
    is_on: bool = False


_errand = _Errand()


@contextmanager
def outside() -> Iterator[None]:
    """While it is entered, this thread is let out."""
    before, _errand.is_on = _errand.is_on, True
    try:
        yield
    finally:
        _errand.is_on = before


def is_outside() -> bool:
    """Whether this thread is let out."""
    return _errand.is_on
