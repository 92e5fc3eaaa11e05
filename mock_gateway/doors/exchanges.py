"""One request and its answer on a connection of HTTP/1.1.

==================  ==============================================
step                what becomes of it
==================  ==============================================
Start, Chunk        bytes, which are held until there is something to wait for, or many of them
Wait                a timer of the event loop, where time is real
HangUp              the connection is closed
Silence             nothing, until the client has left
the last Chunk      is sent when the client has read all before it: a client that leaves earlier is seen to leave
==================  ==============================================

Steps are taken as they come, with no task of the event loop's: most answers are complete within the turn that has read
their request, and are one write. Each write wakes the client, and a client in this process then contends with the
server for the interpreter.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeVar

from ..core.steps import Chunk, ClientLeft, HangUp, Start, Step, Steps, Wait
from .framing import Framing
from .loopback import State
from .outbox import ENOUGH, Outbox
from .watch import Fate

if TYPE_CHECKING:
    from .apart import Apart

T = TypeVar("T")

Pause = Literal["time", "room", "silence"]
"""What is waited for: an end of waiting, a client that catches up, nothing any more."""

_LOG = logging.getLogger(__name__)
_BROKEN = b"The server failed: its log says why."
_BROKEN_HEADERS = (("content-type", "text/plain"), ("content-length", str(len(_BROKEN))))


class Connection(Protocol):
    """What an exchange needs of the connection it is on."""

    has_ended: bool
    is_writable: bool
    """Whether the client keeps up with what it is sent."""

    def write(self, data: bytes) -> None:
        """Send it soon."""
        ...

    def send(self) -> None:
        """Send now what was written."""
        ...

    def look(self) -> State:
        """What has become of what was written."""
        ...

    def watch(self, then: Callable[[Fate], None]) -> None:
        """Go on when it is clear what becomes of all that was written."""
        ...

    def done(self, *, keeps: bool) -> None:
        """The answer is over; the next may be asked for on the same connection, or no more."""
        ...


class Answer(NamedTuple):
    """What an exchange brings to its client."""

    steps: Steps
    spend: Callable[[float], float]
    """Lets time pass for the answer, and says for how long to really sleep."""
    over: Callable[[], None] | None = None
    """Whoever is to be told when it is over."""
    waits_for_others: bool = False
    """Whether a step may really take time: a thread takes them then."""


class Exchange:
    """One request and its answer."""

    __slots__ = (
        "_apart",
        "_framing",
        "_has_begun",
        "_link",
        "_loop",
        "_out",
        "_over",
        "_pause",
        "_spend",
        "_steps",
        "_timer",
        "is_all_sent",
    )

    def __init__(self, link: Connection, framing: Framing, loop: asyncio.AbstractEventLoop) -> None:
        self._link, self._framing, self._loop = link, framing, loop
        self._out = Outbox(framing, link.write)
        self._steps: Steps
        self._spend: Callable[[float], float]
        self._over: Callable[[], None] | None = None
        self._apart: Apart | None = None
        self._pause: Pause | None = None
        self._timer: asyncio.Handle | None = None
        self._has_begun = False
        self.is_all_sent = False
        """Whether the client has only to read what it was sent."""

    def begin(self, find: Callable[[], Answer]) -> None:
        """Bring the answer that is found."""
        try:
            self._steps, self._spend, self._over, waits_for_others = find()
            if waits_for_others:
                from .apart import Apart

                self._apart = Apart(self._loop)
        except BaseException as error:  # noqa: BLE001 - the client is told that, the log what: see _fail
            self._fail(error)
        else:
            self._go_on()

    def look(self) -> State:
        """What has become of what was sent."""
        return self._link.look()

    # What the connection says

    def resume(self) -> None:
        """The client has caught up."""
        if self._pause == "room":
            self._go_on()

    def leave(self) -> None:
        """The client has left. Where steps are being taken, that is seen when there is something to wait for."""
        if self._pause is not None:
            self._leave()

    # Taking steps

    def _go_on(self) -> None:
        """Take steps until there is something to wait for."""
        self._pause = self._timer = None
        out = self._out
        if self._apart is not None:
            out.write()
            self._do(partial(next, self._steps, None), self._take_one)
            return
        join, size = out.joined.append, out.size
        try:
            for step in self._steps:
                # so are most steps of a stream, and there are hundreds of them
                if type(step) is Chunk and size < ENOUGH and not step.last and not step.border:
                    join(step.data)
                    size += len(step.data)
                    continue
                out.size = size
                if not self._take(step):
                    return
                size = out.size
        except BaseException as error:  # noqa: BLE001 - as above
            self._fail(error)
        else:
            self._end(keeps=False)

    def _take_one(self, step: Step | None) -> None:
        if step is None:
            self._end(keeps=False)
        elif self._take(step):
            self._go_on()

    def _take(self, step: Step) -> bool:
        """Do what a step says, and tell whether to go on at once."""
        if isinstance(step, Chunk):
            return self._add(step) if not step.last else self._hold_back(step)
        if isinstance(step, Start):
            return self._start(step)
        if isinstance(step, Wait):
            return self._wait(step)
        self._out.flush()
        if isinstance(step, HangUp):
            self._do(self._steps.close, self._break_off)
        else:
            self._rest("silence")
        return False

    def _start(self, start: Start) -> bool:
        if start.is_whole:
            self._do(partial(list, self._steps), partial(self._send_whole, start))
            return False
        self._out.begin(start.status, start.headers)
        self._has_begun = True
        return True

    def _send_whole(self, start: Start, rest: list[Step]) -> None:
        """Send what is all there. The story is complete before the client has the answer."""
        self._out.begin(start.status, start.headers)
        self._has_begun = True
        self._out.joined.extend([step.data for step in rest if isinstance(step, Chunk)])
        self._complete()

    def _add(self, chunk: Chunk) -> bool:
        self._out.add(chunk.data, alone=chunk.border)
        if self._out.size < ENOUGH:
            return True
        self._out.flush()
        if self._link.is_writable:
            self._loop.call_soon(self._go_on)
        else:
            self._pause = "room"
        return False

    def _wait(self, wait: Wait) -> bool:
        seconds = self._spend(wait.seconds)
        if not seconds:
            return True
        self._out.flush()
        self._timer = self._loop.call_later(seconds, self._go_on)
        self._rest("time")
        return False

    def _rest(self, pause: Pause) -> None:
        """Wait for something, or until the client has left."""
        self._pause = pause
        if self._link.has_ended:
            self._leave()

    # How it ends

    def _hold_back(self, last: Chunk) -> bool:
        """See that the client reads all that is before the last chunk."""
        self._send()
        self._link.watch(partial(self._send_last, last.data))
        return False

    def _send_last(self, data: bytes, fate: Fate) -> None:
        """Send the last chunk, and see whether the client reads it."""
        if fate in ("closed", "reset"):
            self._leave()
            return
        self._out.joined.append(data)
        self._send()
        self.is_all_sent = True
        self._link.watch(self._close)

    def _send(self) -> None:
        """Send what there is at once: somebody will look what becomes of it."""
        self._out.flush()
        self._link.send()

    def _close(self, fate: Fate) -> None:
        """End the story, and then the answer."""
        if fate == "reset":
            self._leave()
        else:
            self._do(self._steps.close, self._complete)

    def _complete(self, _: None = None) -> None:
        self._out.end()
        self._end(keeps=self._framing.keeps)

    def _break_off(self, _: None = None) -> None:
        self._end(keeps=False)

    def _leave(self) -> None:
        """Tell the engine that the client has left; it ends the story."""
        self._pause = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._do(self._tell_left, self._break_off)

    def _tell_left(self) -> None:
        with suppress(StopIteration):
            self._steps.throw(ClientLeft())
        self._steps.close()

    def _fail(self, error: BaseException) -> None:
        """Whatever it is, `pytest.fail` or `sys.exit` among the rest, it must not end a server."""
        _LOG.error("an answer failed", exc_info=error)
        if not self._has_begun:
            self._framing.keeps = False
            self._out.joined.clear()
            self._out.begin(500, _BROKEN_HEADERS)
            self._out.add(_BROKEN)
        self._out.flush()
        self._end(keeps=False)

    def _end(self, *, keeps: bool) -> None:
        if self._apart is not None:
            self._apart.end()
        over, self._over = self._over, None  # it knows this exchange: no cycle is left for the garbage collector
        if over is not None:
            over()
        self._link.done(keeps=keeps)

    def _do(self, act: Callable[[], T], then: Callable[[T], object]) -> None:
        """Have steps taken where it disturbs nobody, and go on."""
        if self._apart is not None:
            self._apart.do(act, then, self._fail)
            return
        try:
            done = act()
        except BaseException as error:  # noqa: BLE001 - as above
            self._fail(error)
        else:
            then(done)
