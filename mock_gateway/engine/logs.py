"""What the gateway writes about a call into its log."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from ..core.checked import Checked
from ..core.contract import Contract
from ..core.log import LABELS, NAMES, SAID, Log
from ..core.masking import mask, masked
from ..core.moments import hour, iso, minute
from ..wires.wire import Wire

if TYPE_CHECKING:
    from .calls import Call

CACHE_MODEL = "respan/cache"
"""The model of a row whose answer came from the cache."""

_MODEL_FIELDS = NAMES & {
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "frequency_penalty",
    "presence_penalty",
    "stop",
    "n",
    "logprobs",
    "top_logprobs",
    "logit_bias",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
    "reasoning_effort",
    "thinking",
    "stream_options",
    "dimensions",
    "encoding_format",
}
"""The parameters of a model that its row has as it was asked with them."""

_COPIED = [
    *sorted(LABELS),
    "properties",
    "positive_feedback",
    "note",
    "category",
    "ideal_output",
    "provider_id",
    "prompt_unit_price",
    "completion_unit_price",
    "cache_enabled",
    "cache_ttl",
    "disable_fallback",
    "disable_log",
    "request_breakdown",
    "first_token_timeout",
    "field_name",
    "delimiter",
    "trace_unique_id",
    "trace_name",
    "span_unique_id",
    "span_parent_id",
    "span_name",
    "span_path",
    "span_workflow_name",
    "span_handoffs",
    "span_tools",
]
"""The fields of a request that its row has as they came."""

_STATED = [
    "cache_options",
    "customer_params",
    "fallback_models",
    "retry_params",
    "load_balance_group",
    "load_balance_models",
    "models",
    "exclude_models",
    "exclude_providers",
    "model_name_map",
    "credential_override",
    "customer_credentials",
]
"""Those that it has only where they were sent, without their secrets."""


def row(call: "Call", contract: Contract) -> Log:
    """The row of a call that has one."""
    assert call.log_id is not None
    sent = call.directives
    is_hit = call.cache == "hit"
    failed = {attempt.model: attempt.outcome for attempt in call.attempts[:-1]}
    filled = _sent(call) | _measured(call) | _prompt(call)
    filled |= _contents(call)
    if sent.disable_log:
        filled = {name: value for name, value in filled.items() if name not in SAID}
    status = call.status or 0
    is_error = not 0 < status < 400 or call.ending is not None
    return Log(
        unique_id=call.log_id,
        id=call.log_id,
        log_type=call.log_type,
        request_url_path=call.path,
        response_id=call.response_id,
        model=CACHE_MODEL if is_hit else call.served_model or call.requested_model or "",
        status_code=status,
        status=contract.status_word(is_error, bool(failed)),
        error_bit=int(is_error),
        error_message=_error(call),
        warnings_dict=failed,
        warnings=_json(failed),
        has_warnings=bool(failed),
        stream=call.streamed,
        environment=call.environment,
        is_test=call.environment == "test",
        api_key=None if call.key is None else mask(call.key),
        customer_identifier=call.customer,
        metadata={name: text(value) for name, value in masked(sent.metadata).items() if not name.startswith("_")},
        cache_hit=is_hit,
        cache_bit=int(is_hit),
        cache_miss_bit=int(call.cache in ("miss", "expired")),
        cache_key=call.cache_key,
        load_balance_group_id=call.load_balance_group_id,
        deployment_name=call.attempts[-1].deployment if call.attempts else None,
        used_custom_credential=call.used_custom_credential,
        has_tool_calls=bool(call.answer is not None and call.answer.tool_calls),
        call=call,
        **filled,
    )


def _error(call: "Call") -> str | None:
    if call.error is not None:
        return call.error
    if call.ending is not None:
        return call.ending.text(0)
    return call.attempts[-1].outcome if (call.status or 0) >= 400 and call.attempts else None


def _sent(call: "Call") -> dict[str, Any]:
    """What the application asked of the gateway, and of the model."""
    sent = call.directives
    filled: dict[str, Any] = {name: getattr(sent, name) for name in _COPIED}
    filled |= {name: None if filled[name] is None else str(filled[name]) for name in LABELS}
    filled["properties"] = masked(filled["properties"])
    stated = sent.plain(Checked.is_sent)
    filled |= masked({name: stated[name] for name in _STATED if name in stated})
    filled["customer_email"] = sent.customer_email or sent.customer_params.email
    filled["customer_name"] = sent.customer_name or sent.customer_params.name
    if call.asked is not None:
        asked = {**call.asked.body, **call.asked.chat}
        filled |= {name: asked[name] for name in _MODEL_FIELDS if asked.get(name) is not None}
    return filled


def _measured(call: "Call") -> dict[str, Any]:
    """When it was, how long it took, what it weighs and costs."""
    began, ended = call.started_at, call.ended_at
    filled: dict[str, Any] = {
        "start_time": iso(began),
        "timestamp": iso(ended),
        "hour_group": hour(began),
        "minute_group": minute(began),
        "latency": call.seconds,
        "time_to_first_token": call.first_chunk,
        "routing_time": 0.0,
        "cost": call.cost,
    }
    usage = call.answer.usage if call.answer is not None else None
    if usage is not None:
        filled |= {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_request_tokens": usage.total_tokens,
            "prompt_cache_hit_tokens": usage.cached_tokens,
            "prompt_cache_creation_tokens": usage.cache_creation_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
        }
        if call.seconds:
            filled["tokens_per_second"] = round(usage.completion_tokens / call.seconds, 6)
    return filled


def _prompt(call: "Call") -> dict[str, Any]:
    prompt = call.prompt
    if prompt is None:
        return {}
    return {"prompt_id": prompt.prompt_id, "prompt_name": prompt.name, "prompt_version_number": prompt.version}


def _told(call: "Call") -> Any:
    """What a client said whose call never came to a model, in the words of chat completions."""
    wire = Wire.known.get(call.wire)
    return (wire.messages(call.request) if wire is not None else ()) or call.request.get("messages")


def _contents(call: "Call") -> dict[str, Any]:
    """What was said."""
    fields: dict[str, Any] = {"full_request": call.request}
    messages = call.asked.messages if call.asked is not None else _told(call)
    if isinstance(messages, Sequence) and not isinstance(messages, str):
        messages = masked(messages)
        fields |= {"prompt_messages": messages, "messages": messages, "prompt_message_count": len(messages)}
        fields["input"] = _json(messages)
    if call.asked is not None:
        fields["system_text"] = call.asked.system or None
        fields["prompt_text"] = call.asked.text or None
    vectors = call.answer.vectors if call.answer is not None else None
    if vectors is not None:
        fields |= {"embedding": vectors[0] if len(vectors) == 1 else None, "output": _json(vectors)}
    elif call.answer is not None:
        message = call.answer.message
        fields |= {"completion_message": message, "tool_calls": message.get("tool_calls")}
        fields["completion_message_count"] = 1 + len(call.answer.others)
        fields["completion_text"] = call.answer.text
        fields["output"] = _json(message)
        if call.answer.others:
            fields["completion_messages"] = [message, *(other.message for other in call.answer.others)]
    if call.prompt is not None:
        fields["variables"] = masked(call.prompt.variables)
        fields["prompt_messages_template"] = list(call.prompt.template)
    return fields


def text(value: Any) -> str:
    """A value of metadata as it is stored: everything is a text."""
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return to_json(value).decode()
