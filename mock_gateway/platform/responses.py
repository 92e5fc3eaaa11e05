"""OpenAI's answers that were kept: look at, list what was asked, forget; and count what a question weighs."""

from collections.abc import Mapping
from typing import Any

from ..core import problems
from ..core.past import Item, Told
from ..wires.responses import responses
from . import refusals
from .desk import Desk, Reply, Visit
from .files import page

_LONGEST_LIST = 100
_OTHERS = {"function_call_output": "fco", "function_call": "fc", "custom_tool_call": "ctc", "reasoning": "rs"}
"""How the ids of items begin that are no messages."""


def get(desk: Desk, visit: Visit) -> Reply:
    """An answer as it was given."""
    if visit.query.get("stream", "false").lower() == "true":
        miss = problems.not_imitated_field("stream of an answer that was kept", "look at it without")
        desk.ledger.journal.misses.append(str(miss))
        raise miss
    return Reply(200, _told(desk, visit).body)


def delete(desk: Desk, visit: Visit) -> Reply:
    """Forget an answer. Nothing can go on from it any more."""
    told = _told(desk, visit)
    desk.past.forget(told)
    return Reply(200, {"id": told.id, "object": "response", "deleted": True})


def cancel(desk: Desk, visit: Visit) -> Reply:
    """Refuse to cancel: an answer that can be named here is over."""
    _told(desk, visit)
    raise refusals.synchronous()


def input_items(desk: Desk, visit: Visit) -> Reply:
    """What was asked for an answer: the whole conversation, the newest item first unless the query says otherwise."""
    told = _told(desk, visit)
    serial = told.id.rpartition("-")[2]
    rows = [_shown(item, f"{serial}_in_{at}") for at, item in enumerate(told.asked, 1)]
    return Reply(200, page(visit, rows, 20, _LONGEST_LIST))


def input_tokens(desk: Desk, visit: Visit) -> Reply:
    """What a question weighs, by the estimate that answers have which state no usage."""
    fields = responses.continued({"model": "any", **visit.fields}, desk.past)
    weight = responses.request(fields, None, desk.contract).tokens
    return Reply(200, {"object": "response.input_tokens", "input_tokens": weight})


def _told(desk: Desk, visit: Visit) -> Told:
    name = visit.names["response_id"]
    told = desk.past.find(responses.name, name)
    if told is None:
        raise refusals.no_response(name)
    return told


def _shown(item: Item, serial: str) -> dict[str, Any]:
    """An item as lists have it: with an id, with a status, and its content in parts."""
    kind = item.get("type") or "message"
    told = {"id": f"{_OTHERS.get(kind, 'msg')}_{serial}", "type": kind, **item}
    if kind == "message":
        told["content"] = _parts(item)
    return told if kind == "reasoning" else {"status": "completed", **told}


def _parts(item: Item) -> Any:
    said = item.get("content")
    if not isinstance(said, str):
        return said
    part: Mapping[str, Any] = {"type": "input_text", "text": said}
    return [part if item.get("role") != "assistant" else {"type": "output_text", "text": said, "annotations": []}]
