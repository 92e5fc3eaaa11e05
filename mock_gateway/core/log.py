"""A row of the gateway's log, with Respan's own field names.

The fields are those of respan-sdk 2.9.0, `RespanFullLogParams`: what the list and detail endpoints return. A row is kept
for every call, for every log an application creates over REST, and for every span that stands alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from .records import Records

if TYPE_CHECKING:
    from ..engine.calls import Call
    from ..telemetry.span import Span

Message = Mapping[str, Any]
Messages = Sequence[Message]
Label = str | int


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Log:
    """One row. A field is None where there is nothing to say; with `disable_log` nothing that was said is kept."""

    # What it is
    unique_id: str
    id: str | None = None
    log_type: str = "chat"
    log_method: str = "inference"
    request_url_path: str | None = None
    response_id: str | None = None
    storage_object_key: str | None = None
    dataset_id: str | None = None
    ds_run_at: str | None = None
    original_copy_storage_object_key: str | None = None

    # What was asked, and who answered
    model: str = ""
    full_model_name: str | None = None
    deployment_name: str | None = None
    provider_id: str | None = None
    stream: bool | None = None
    stream_options: Mapping[str, Any] | None = None
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop: str | Sequence[str] | None = None
    n: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    logit_bias: Mapping[str, float] | None = None
    echo: bool | None = None
    tools: Sequence[Mapping[str, Any]] | None = None
    tool_choice: str | Mapping[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: Mapping[str, Any] | None = None
    reasoning_effort: str | None = None
    thinking: Mapping[str, Any] | None = None
    timeout: float | None = None
    encoding_format: str | None = None
    dimensions: int | None = None

    # What came of it
    status_code: int = 200
    status: str = "success"
    error_bit: int = 0
    error_message: str | None = None
    warnings: str = "{}"
    warnings_dict: Mapping[str, str] = field(default_factory=dict)
    has_warnings: bool = False
    recommendations: str | None = None
    recommendations_dict: Mapping[str, Any] | None = None
    blurred: bool | None = None

    # When, and how long
    start_time: str | None = None
    timestamp: str | None = None
    hour_group: str | None = None
    minute_group: str | None = None
    latency: float | None = None
    time_to_first_token: float | None = None
    tokens_per_second: float | None = None
    routing_time: float | None = None

    # What it cost
    cost: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_request_tokens: int | None = None
    prompt_cache_hit_tokens: int | None = None
    prompt_cache_creation_tokens: int | None = None
    reasoning_tokens: int | None = None
    usage: Mapping[str, Any] | None = None
    prompt_unit_price: float | None = None
    completion_unit_price: float | None = None
    evaluation_cost: float | None = None
    covered_by: str | None = None
    used_custom_credential: bool | None = None
    period_start: str | None = None
    period_end: str | None = None

    # What was said
    input: str | None = None
    output: str | None = None
    messages: Messages | None = None
    prompt_messages: Messages | None = None
    completion_message: Message | None = None
    completion_messages: Messages | None = None
    prompt_message_count: int | None = None
    completion_message_count: int | None = None
    system_text: str | None = None
    prompt_text: str | None = None
    completion_text: str | None = None
    full_text: str | None = None
    is_fts_enabled: bool | None = None
    input_array: Sequence[str] | None = None
    full_request: Mapping[str, Any] | None = None
    full_response: Mapping[str, Any] | None = None
    tool_calls: Sequence[Mapping[str, Any]] | None = None
    has_tool_calls: bool = False
    reasoning: Sequence[Mapping[str, Any]] | None = None
    embedding: Sequence[float] | str | None = None
    base64_embedding: str | None = None
    audio_input_file: str | None = None
    audio_output_file: str | None = None
    ideal_output: str | None = None

    # Whose it is
    customer_identifier: str | None = None
    customer_email: str | None = None
    customer_name: str | None = None
    customer_params: Mapping[str, Any] | None = None
    customer_user_unique_id: str | None = None
    custom_identifier: str | None = None
    thread_identifier: str | None = None
    thread_unique_id: str | None = None
    group_identifier: str | None = None
    session_identifier: str | None = None
    evaluation_identifier: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    metadata_indexed_string_1: str | None = None
    metadata_indexed_string_2: str | None = None
    metadata_indexed_numerical_1: float | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    positive_feedback: bool | None = None
    note: str | None = None
    is_pinned: bool | None = None
    category: str | None = None
    environment: str = "test"
    is_test: bool = True
    ip_address: str | None = None
    api_key: str | None = None
    user_id: Label | None = None
    user_email: str | None = None
    organization_id: Label | None = None
    organization_name: str | None = None
    unique_organization_id: str | None = None
    organization_key_id: str | None = None
    organization_key_name: str | None = None

    # What was asked of the gateway
    cache_enabled: bool = False
    cache_options: Mapping[str, Any] | None = None
    cache_ttl: float | None = None
    cache_hit: bool = False
    cache_bit: int = 0
    cache_miss_bit: int = 0
    cache_key: str | None = None
    cache_request_content: str | None = None
    redis_cache_ttl: int | None = None
    fallback_models: Sequence[str] | None = None
    disable_fallback: bool = False
    retry_params: Mapping[str, Any] | None = None
    first_token_timeout: float | None = None
    load_balance_group: Mapping[str, Any] | None = None
    load_balance_group_id: str | None = None
    load_balance_models: Sequence[Mapping[str, Any]] | None = None
    models: Sequence[str] | None = None
    exclude_models: Sequence[str] | None = None
    exclude_providers: Sequence[str] | None = None
    model_name_map: Mapping[str, str] | None = None
    credential_override: Mapping[str, Any] | None = None
    customer_credentials: Any = None
    respan_params: Mapping[str, Any] | None = None
    field_name: str | None = None
    delimiter: str | None = None
    disable_log: bool = False
    is_log_omitted: bool | None = None
    request_breakdown: bool = False
    is_token_breakdown_enabled: bool | None = None
    mock_response: str | None = None
    respan_api_controls: Mapping[str, Any] | None = None
    for_eval: bool | None = None
    eval_params: Mapping[str, Any] | None = None
    hyperspell_params: Mapping[str, Any] | None = None
    linkup_params: Mapping[str, Any] | None = None
    mem0_params: Mapping[str, Any] | None = None
    moda_params: Mapping[str, Any] | None = None

    # Which prompt
    prompt: Mapping[str, Any] | str | None = None
    prompt_id: str | None = None
    prompt_name: str | None = None
    prompt_version_number: int | None = None
    prompt_messages_template: Messages | None = None
    variables: Mapping[str, Any] | None = None

    # Where it stands in a trace
    trace_unique_id: str | None = None
    trace_name: str | None = None
    trace_group_identifier: str | None = None
    span_unique_id: str | None = None
    span_parent_id: str | None = None
    span_name: str | None = None
    span_workflow_name: str | None = None
    span_path: str | None = None
    span_tools: Sequence[str] | None = None
    span_handoffs: Sequence[str] | None = None

    call: "Call | None" = field(default=None, repr=False, compare=False)
    """The call it is the row of."""
    spans: "Records[Span]" = field(default_factory=lambda: Records[Any]((), object), repr=False, compare=False)
    """The spans that say it is theirs."""

    def __repr__(self) -> str:
        """What tells it from other rows: neither what is as always, nor what was said."""
        named = ((one, getattr(self, one.name)) for one in fields(self) if one.repr and one.name not in _UNSHOWN)
        shown = [f"{one.name}={value!r}" for one, value in named if value and value not in (one.default, "{}")]
        return f"Log({', '.join(shown)})"


NAMES = frozenset(one.name for one in fields(Log)) - {"call", "spans"}
"""The names of the fields that Respan has as well."""

LABELS = frozenset(
    [
        "custom_identifier",
        "thread_identifier",
        "group_identifier",
        "session_identifier",
        "trace_group_identifier",
        "evaluation_identifier",
    ]
)
"""Identifiers: numbers are taken as well, and kept as texts."""

SAID = frozenset(
    [
        "input",
        "output",
        "messages",
        "prompt_messages",
        "completion_message",
        "completion_messages",
        "system_text",
        "prompt_text",
        "completion_text",
        "full_text",
        "full_request",
        "full_response",
        "tools",
        "tool_calls",
        "reasoning",
        "prompt",
        "prompt_messages_template",
        "variables",
    ]
)
"""The fields that hold what was said."""

_UNSHOWN = SAID | {
    "id",
    "response_id",
    "properties",
    "usage",
    "start_time",
    "timestamp",
    "hour_group",
    "minute_group",
    "prompt_message_count",
    "completion_message_count",
    "full_model_name",
    "request_url_path",
    "respan_params",
    "customer_params",
    "api_key",
    "tokens_per_second",
    "stream_options",
}
