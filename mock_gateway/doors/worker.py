"""Taking steps on a worker thread, so that an event loop goes on while somebody else is really asked."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import anyio
from anyio import to_thread

T = TypeVar("T")


async def take(items: Iterator[T]) -> T | None:
    """The next item, or None after the last."""
    found: T | None = await to_thread.run_sync(next, items, None)
    return found


async def run(function: Callable[[], object]) -> None:
    """Do something that takes as long as it takes, also for somebody who is being cancelled."""
    with anyio.CancelScope(shield=True):
        await to_thread.run_sync(function)
