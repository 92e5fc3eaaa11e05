"""The row the gateway keeps for a call, with Respan's own field names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from ..core.masking import masked

if TYPE_CHECKING:
    from .calls import Call

CACHE_MODEL = "respan/cache"
"""The model of a row whose answer came from the cache."""


@dataclass(frozen=True, slots=True, repr=False)
class Log:
    """One row. A field is None where there is nothing to say; with `disable_log` nothing that was said is kept."""

    unique_id: str
    model: str
    status_code: int
    status: str
    cost: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_request_tokens: int | None = None
    prompt_cache_hit_tokens: int | None = None
    prompt_cache_creation_tokens: int | None = None
    reasoning_tokens: int | None = None
    latency: float = 0
    time_to_first_token: float | None = None
    stream: bool = False
    environment: str = "test"
    is_test: bool = True
    error_message: str | None = None
    warnings: str = "{}"
    warnings_dict: Mapping[str, str] = field(default_factory=dict)
    has_warnings: bool = False
    customer_identifier: str | None = None
    customer_email: str | None = None
    customer_name: str | None = None
    custom_identifier: str | int | None = None
    thread_identifier: str | int | None = None
    group_identifier: str | int | None = None
    session_identifier: str | int | None = None
    trace_group_identifier: str | int | None = None
    evaluation_identifier: str | int | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    positive_feedback: bool | None = None
    note: str | None = None
    category: str | None = None
    ideal_output: str | None = None
    prompt_messages: Sequence[Mapping[str, Any]] | None = None
    completion_message: Mapping[str, Any] | None = None
    full_request: Mapping[str, Any] | None = None
    tool_calls: Sequence[Mapping[str, Any]] | None = None
    has_tool_calls: bool = False
    cache_enabled: bool = False
    cache_hit: bool = False
    cache_bit: int = 0
    cache_miss_bit: int = 0
    cache_key: str | None = None
    load_balance_group_id: str | None = None
    deployment_name: str | None = None
    used_custom_credential: bool = False
    prompt_id: str | None = None
    prompt_name: str | None = None
    prompt_version_number: int | None = None
    prompt_messages_template: Sequence[Mapping[str, Any]] | None = None
    variables: Mapping[str, Any] | None = None
    trace_unique_id: str | None = None
    span_parent_id: str | None = None
    span_name: str | None = None
    span_workflow_name: str | None = None
    log_type: str = "chat"
    log_method: str = "inference"
    call: "Call | None" = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        """What tells it from other rows: neither what is as always, nor what was said."""
        named = ((one, getattr(self, one.name)) for one in fields(self) if one.repr and one.name not in _LONG)
        shown = [f"{one.name}={value!r}" for one, value in named if value not in (one.default, {}, "{}")]
        return f"Log({', '.join(shown)})"


_LONG = frozenset(
    [
        "prompt_messages",
        "completion_message",
        "full_request",
        "tool_calls",
        "prompt_messages_template",
        "variables",
        "properties",
    ]
)

_COPIED = [
    "custom_identifier",
    "thread_identifier",
    "group_identifier",
    "session_identifier",
    "trace_group_identifier",
    "evaluation_identifier",
    "properties",
    "positive_feedback",
    "note",
    "category",
    "ideal_output",
    "cache_enabled",
    "trace_unique_id",
    "span_parent_id",
    "span_name",
    "span_workflow_name",
]
"""The fields of a request that its row has as they came."""


def row(call: "Call") -> Log:
    """The row of a call that has one."""
    assert call.log_id is not None
    sent = call.directives
    usage = call.answer.usage if call.answer is not None else None
    is_hit = call.cache == "hit"
    filled: dict[str, Any] = {name: getattr(sent, name) for name in _COPIED}
    failed = {attempt.model: attempt.outcome for attempt in call.attempts[:-1]}
    status = call.status or 0
    error = call.ending.text(0) if call.ending is not None else None
    if error is None and status >= 400 and call.attempts:
        error = call.attempts[-1].outcome
    if usage is not None:
        filled |= {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_request_tokens": usage.total_tokens,
            "prompt_cache_hit_tokens": usage.cached_tokens,
            "prompt_cache_creation_tokens": usage.cache_creation_tokens,
            "reasoning_tokens": usage.reasoning_tokens,
        }
    filled["customer_email"] = sent.customer_email or sent.customer_params.email
    filled["customer_name"] = sent.customer_name or sent.customer_params.name
    if call.prompt is not None:
        filled["prompt_id"], filled["prompt_name"] = call.prompt.prompt_id, call.prompt.name
        filled["prompt_version_number"] = call.prompt.version
    if not sent.disable_log:
        filled |= _contents(call)
    return Log(
        unique_id=call.log_id,
        model=CACHE_MODEL if is_hit else call.served_model or call.requested_model or "",
        status_code=status,
        status="success" if 0 < status < 400 else "error",
        cost=call.cost,
        latency=call.seconds,
        time_to_first_token=call.first_chunk,
        stream=call.streamed,
        environment=call.environment,
        is_test=call.environment == "test",
        error_message=error,
        warnings_dict=failed,
        warnings=_json(failed),
        has_warnings=bool(failed),
        customer_identifier=call.customer,
        metadata={name: _text(value) for name, value in sent.metadata.items() if not name.startswith("_")},
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


def _contents(call: "Call") -> dict[str, Any]:
    """What was said."""
    fields: dict[str, Any] = {"full_request": call.request}
    asked = call.asked
    if asked is not None:
        fields["prompt_messages"] = masked(asked.messages)
    if call.answer is not None:
        fields["completion_message"] = call.answer.message
        fields["tool_calls"] = call.answer.message.get("tool_calls")
    if call.prompt is not None:
        fields["variables"] = masked(call.prompt.variables)
        fields["prompt_messages_template"] = list(call.prompt.template)
    return fields


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    from pydantic_core import to_json

    return to_json(value).decode()
