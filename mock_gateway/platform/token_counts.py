"""Counting what a request weighs without asking a model: Anthropic's count_tokens.

It is no call: it has no row, as it costs nothing. The count is the estimate that stands in answers which state no usage.
"""

from ..wires.messages import messages
from .desk import Desk, Reply, Visit


def of_messages(desk: Desk, visit: Visit) -> Reply:
    """The weight of a request for a message."""
    request = messages.request({"max_tokens": 1, **visit.fields}, None, desk.contract)
    return Reply(200, {"input_tokens": request.tokens})
