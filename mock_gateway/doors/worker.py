"""Taking steps on a worker thread, so that an event loop goes on while somebody else is really asked.

Each answer has a worker of its own, which does one thing at a time: a step that is under way when its client is
cancelled comes to its end before the answer is closed.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

T = TypeVar("T")


class Worker:
    """Whoever takes the steps of one answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    async def take(self, items: Iterator[Any]) -> Any:
        """The next item, or None after the last."""
        return await self._run(lambda: next(items, None))

    async def run(self, function: Callable[[], T]) -> T:
        """Do something that takes as long as it takes, also for somebody who is being cancelled."""
        with anyio.CancelScope(shield=True):
            result = await self._run(function)
        return result  # noqa: RET504 - inside it, a scope might have swallowed something, for all a type checker knows

    async def _run(self, function: Callable[[], T]) -> T:
        def alone() -> T:
            with self._lock:
                return function()

        return await to_thread.run_sync(alone, limiter=CapacityLimiter(1))  # the application's threads are its own
