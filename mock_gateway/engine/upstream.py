"""Whatever answers an attempt. It yields the same steps to the engine that the engine yields to a door."""

from dataclasses import dataclass
from typing import NamedTuple

from ..core.chat import Answer, ChatRequest
from ..core.contract import Contract
from ..core.steps import Steps
from ..wires.wire import Envelope, Wire
from .calls import Source


class Question(NamedTuple):
    """One attempt, as an upstream is asked."""

    request: ChatRequest
    wire: Wire
    envelope: Envelope
    contract: Contract
    hurry: bool
    """Whether clients are told to retry at once, so that no test really waits for them."""


@dataclass(slots=True)
class Reply:
    """What an upstream is about to do."""

    source: Source
    steps: Steps
    answer: Answer | None = None
    """What the steps will say, where that is known before they are taken."""
    error: str | None = None
    """The word for the error in them, where there is one."""
