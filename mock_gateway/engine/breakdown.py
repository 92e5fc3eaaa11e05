"""What the gateway adds to an answer of its own: the rendered prompt, and the breakdown of the request."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..core.contract import Contract
from ..core.masking import masked
from .calls import Call

Moment = Callable[[float], datetime]


def additions(call: Call, contract: Contract, moment: Moment) -> dict[str, Any]:
    """The fields to add, if the caller has asked for any. They are made when the answer is at its end."""
    added: dict[str, Any] = {}
    if call.prompt is not None and call.prompt.echo and _may_echo(call, contract):
        added["prompt_message"] = list(call.prompt.messages)
    if call.directives.request_breakdown:
        added["request_breakdown"] = _breakdown(call, moment)
    return added


def _may_echo(call: Call, contract: Contract) -> bool:
    return not call.streamed or contract.echo_in_streams == "last_event"


def _breakdown(call: Call, moment: Moment) -> dict[str, Any]:
    answer = call.answer
    usage = answer.usage if answer is not None else None
    return {
        "prompt_tokens": usage.prompt_tokens if usage is not None else None,
        "completion_tokens": usage.completion_tokens if usage is not None else None,
        "cost": call.cost,
        "prompt_messages": masked(call.asked.messages) if call.asked is not None else [],
        "completion_message": answer.message if answer is not None else None,
        "model": call.served_model,
        "cached": call.cache == "hit",
        "timestamp": f"{moment(call.began + call.seconds):%Y-%m-%dT%H:%M:%S.%fZ}",
        "status_code": call.status,
        "stream": call.streamed,
        "latency": call.seconds,
        "scores": {},
        "category": call.directives.category or "",
        "metadata": dict(call.directives.metadata),
        "routing_time": 0.0,
        "full_request": call.request,
        "sentiment_score": 0,
    }
