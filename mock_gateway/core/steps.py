"""What an answer is made of.

Handling a call is an ordinary generator of these five steps, and so is asking an upstream. A door turns them into
its own protocol; nothing left of the doors knows what a socket, a client library or an event loop is.

Nobody changes a step that was made. They are not frozen, nor tuples, since these take three times as long to make, and
a stream is made of hundreds.
"""

from collections.abc import Generator
from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Wait:
    """Time passes before the next step. Whoever takes the step spends it on the call's timeline."""

    seconds: float


@dataclass(slots=True)
class Start:
    """The head of the answer."""

    status: int
    headers: Headers = ()
    is_whole: bool = False
    """Whether all the rest is there: chunks follow, and nothing between or after them."""


@dataclass(slots=True)
class Chunk:
    """Bytes of the body."""

    data: bytes
    counts: bool = True
    """Whether it is one of the answer's chunks as a user counts them, or framing around them."""
    last: bool = False
    """Whether a client may stop reading here with nothing missed (the OpenAI client leaves at ``[DONE]``)."""
    border: bool = False
    """Whether a door must hand it over alone, because the test is about where the bytes are cut."""


@dataclass(slots=True)
class HangUp:
    """The connection breaks. Before `Start`, `refused` tells a refused connection from a dropped one."""

    refused: bool = False


@dataclass(slots=True)
class Silence:
    """Nothing comes any more, and the connection stays open until the client leaves."""


Step = Wait | Start | Chunk | HangUp | Silence
Steps = Generator[Step, None, None]


class ClientLeft(GeneratorExit):
    """Thrown into the steps by a door that sees its client leave before it has read the last chunk.

    Whoever makes steps is closed by it as by any other end.
    """
