"""A thread that takes the steps of one answer, for an event loop that goes on while somebody else is really asked."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class Apart:
    """Does one thing after another on a thread of its own, and has the event loop go on with what came of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread = ThreadPoolExecutor(1, "mock-gateway-answer")

    def do(self, act: Callable[[], T], then: Callable[[T], object], fail: Callable[[BaseException], object]) -> None:
        """Do something that takes as long as it takes; then go on with its result, or with why there is none."""

        def go_on(done: Future[T]) -> None:
            try:
                then(done.result())
            except BaseException as error:  # noqa: BLE001 - of the thread, or of what follows here
                fail(error)

        def tell(done: Future[T]) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits for this any more
                self._loop.call_soon_threadsafe(go_on, done)

        self._thread.submit(act).add_done_callback(tell)

    def end(self) -> None:
        """There is nothing more to do."""
        self._thread.shutdown(wait=False)
