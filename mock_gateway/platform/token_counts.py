"""Counting what a request weighs without asking a model: Anthropic's count_tokens, Google's countTokens.

It is no call: it has no row, as it costs nothing. The count is the estimate that stands in answers which state no usage.
"""

from collections.abc import Mapping

from ..wires.gemini import gemini, place_of
from ..wires.gemini_asking import said
from ..wires.messages import messages
from .desk import Desk, Reply, Visit


def of_messages(desk: Desk, visit: Visit) -> Reply:
    """The weight of a request for a message."""
    request = messages.request({"max_tokens": 1, **visit.fields}, None, desk.contract)
    return Reply(200, {"input_tokens": request.tokens})


def of_contents(desk: Desk, visit: Visit) -> Reply:
    """The weight of a request for content: of its contents, or of all of it where it stands there as a whole."""
    whole = said(visit.fields, "generateContentRequest")
    fields = whole if isinstance(whole, Mapping) else visit.fields
    model, _ = place_of(visit.request)
    request = gemini.request({**fields, "model": model}, None, desk.contract)
    return Reply(200, {"totalTokens": request.tokens})
