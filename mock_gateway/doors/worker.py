"""Taking steps on a worker thread, so that an event loop goes on while somebody else is really asked.

Each answer has a worker of its own, which does one thing at a time: a step that is under way when its client is
cancelled comes to its end before the answer is closed.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import anyio
from anyio import CapacityLimiter, to_thread


class Worker:
    """Whoever takes the steps of one answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    async def take(self, items: Iterator[Any]) -> Any:
        """The next item, or None after the last."""
        return await self._run(lambda: next(items, None))

    async def run(self, function: Callable[[], object]) -> None:
        """Do something that takes as long as it takes, also for somebody who is being cancelled."""
        with anyio.CancelScope(shield=True):
            await self._run(function)

    async def _run(self, function: Callable[[], Any]) -> Any:
        def alone() -> Any:
            with self._lock:
                return function()

        return await to_thread.run_sync(alone, limiter=CapacityLimiter(1))  # the application's threads are its own
