"""What is contested or unknown about the hosted gateway, as named choices with their sources.

Respan's documentation contradicts itself in places, and is silent in others. Nothing is decided in silence here: each
such point is a field of `Contract`. ``docs`` follows the documentation pages, ``sdk-2026-10`` the October 2026 official
REST client (respan-api 0.1.49), which corrects them. ``docs/contract.md`` is checked against these fields.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from .alternatives import check_values
from .nearest import unknown


def _choice(default: Any, *, source: str) -> Any:
    return field(default=default, metadata={"source": source})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The choices. Take a preset and change what you know better: ``Contract.preset("docs", hung_up="cut")``."""

    # Errors
    error_shape: Literal["detail", "openai"] = _choice(
        "detail",
        source="Error handling page: the gateway's own errors are {'detail': ...}. respan-api 0.1.49 types the "
        "gateway's 400, 401, 404 and 422 as {'error': {message, type, param, code}}.",
    )
    refused_key_status: int = _choice(
        401,
        source="Error handling page, and seen on the live gateway: 401. respan-api 0.1.49 lists 403 beside it.",
    )
    missing_key: Literal["not_provided", "invalid"] = _choice(
        "not_provided",
        source="'Authentication credentials were not provided.' is documented for files and batches; for the gateway "
        "only the text for an invalid key is.",
    )
    invalid_field_status: int = _choice(
        422,
        source="Error handling page: 422 with 'errors' by field. respan-api 0.1.49 lists 400, not 422, for chat completions.",
    )
    provider_error: Literal["as_is", "failed_dependency"] = _choice(
        "as_is",
        source="Error handling page: provider errors are surfaced as they came. respan-api 0.1.49 also lists 424, "
        "without saying when.",
    )
    upstream_timeout: float = _choice(
        600.0,
        source="respan-api 0.1.49 states 600 s for the provider relay; nothing is stated for chat completions.",
    )
    timed_out_status: int = _choice(
        504, source="Old error pages: 504 under overload. Nothing is stated about a provider that never answers."
    )
    hung_up: Literal["bad_gateway", "cut"] = _choice(
        "bad_gateway",
        source="Not stated: what a client gets when the provider's connection breaks before the first byte.",
    )
    hung_up_status: int = _choice(
        502, source="Not stated: the status of that answer, if there is one. 502 is HTTP's own word for a bad gateway."
    )
    broken_stream: Literal["cut", "error_event"] = _choice(
        "cut",
        source="Not stated. The open source gateway, another product, sends a last event {'error': ...} and no [DONE].",
    )
    streamed_reasoning: Literal["reasoning_content", "reasoning"] = _choice(
        "reasoning_content",
        source="Documented for whole answers (reasoning_content, thinking_blocks); the streamed field is not stated.",
    )
    streamed_thinking_blocks: Literal["deltas", "omitted"] = _choice(
        "deltas",
        source="Documented for whole answers only. LiteLLM, on which the hosted gateway stood for years, streams a part of "
        "the block in each delta. The index of each part is of this mock: OpenAI's streaming helper cannot join them without.",
    )

    # Parameters of the gateway's own
    parameter_precedence: Literal["top_level", "respan_params"] = _choice(
        "top_level",
        source="respan-api 0.1.40 and 0.1.45: top level over respan_params over the header. 0.1.49: respan_params over "
        "the header over the top level, but for `variables`, which merge key by key.",
    )
    malformed_parameters: Literal["ignored", "refused"] = _choice(
        "ignored",
        source="respan-api 0.1.49: a container that is no JSON object is silently ignored, and then the header's "
        "parameters are too; the request is served.",
    )
    invalid_parameters: Literal["refused", "ignored"] = _choice(
        "refused", source="Not stated for chat completions. respan-sdk 2.9.0 refuses them by type on the client's side."
    )

    # Retries and fallbacks
    request_retries: Literal["honoured", "ignored"] = _choice(
        "honoured",
        source="Gateway overview: retry_params configures retries. respan-api 0.1.49: no effect on chat completions, "
        "the organization's settings are always used; on the Responses API they have an effect.",
    )
    retry_on: Literal["transient", "rate_limits", "any_error"] = _choice(
        "transient",
        source="Retries page: 'when an LLM call fails' in prose, only rate limits in its code. Read as: what may pass.",
    )
    retry_wait: Literal["constant", "doubling"] = _choice(
        "constant",
        source="Retries page: retry_after is the time to wait; its automatic retries wait 2 ** i seconds.",
    )
    retry_order: Literal["retries_first", "fallbacks_first"] = _choice(
        "retries_first",
        source="Fallbacks page: each model is tried so many times. Retries page: fallbacks at once, retries only where "
        "there are none.",
    )
    fallback_on: Literal["any_error", "transient", "rate_limits"] = _choice(
        "any_error", source="Fallbacks page: 'any errors occurring in a request'. Retries page: only rate limits."
    )
    fallback_after_timeout: bool = _choice(
        True, source="Fallbacks page: any errors. An old page: not when the provider never answers."
    )
    fallback_models_of: Literal["request", "prompt"] = _choice(
        "request", source="Not stated: whose fallback models count where both the request and its prompt have some."
    )
    all_failed: Literal["last", "first", "aggregate"] = _choice(
        "last",
        source="Not stated. An old page: 'All models failed', with a warning for each. The open source gateway, another "
        "product: the last error.",
    )
    first_token_timeout: Literal["fails", "ignored"] = _choice(
        "fails", source="Typed in respan-sdk 2.9.0, not explained: read as a failed attempt."
    )

    # Load balancing
    model_and_group: Literal["group", "model"] = _choice(
        "group",
        source="Chat completions page: the group overrides model, in a note; 'model will overwrite the group', in a "
        "comment. Deprecated loadbalance_models always override it.",
    )
    weights: Literal["numbers", "integers"] = _choice(
        "numbers", source="respan-sdk 2.9.0 types integers above 0; prompt versions are documented with 0.7 and 0.3."
    )
    available_models: Literal["strict", "ignored"] = _choice(
        "strict",
        source="Load balancing page: a deployment serves its available_models; its worked case has all other models "
        "split evenly all the same.",
    )

    # Cache
    cache_lifetime: float = _choice(
        30 * 86400.0, source="Gateway overview: 30 days. respan-api 0.1.49: at most 30 minutes."
    )
    cache_key: Literal["messages", "request"] = _choice(
        "messages",
        source="Caches page: the whole conversation. Whether temperature, tools or response_format count is not stated.",
    )
    cached_answer: Literal["replayed", "renewed"] = _choice(
        "replayed", source="Not stated. The caches endpoint keeps the full response: read as the same id and usage."
    )
    cache_across_streams: bool = _choice(
        True, source="Not stated: whether an answer cached whole is streamed to the next caller, and the reverse."
    )

    # Prompts
    override_default: bool = _choice(
        False, source="Manage prompts page and respan-sdk 2.9.0: false. Chat completions page: true."
    )
    override_params_alone: Literal["applied", "ignored"] = _choice(
        "applied",
        source="Chat completions page: 'only if override is true'; its examples for messages set no override.",
    )
    echo_default: bool = _choice(
        False, source="Manage prompts page: false. Chat completions page and respan-sdk 2.9.0: true."
    )
    echo_in_streams: Literal["last_event", "omitted"] = _choice(
        "last_event", source="Not stated: documented for whole answers only."
    )
    missing_variable: Literal["empty", "kept", "refused"] = _choice(
        "empty", source="Not stated. Templates are Jinja2, whose default is an empty text."
    )
    undeployed_prompt: Literal["refused", "latest"] = _choice(
        "refused", source="Not stated for the gateway. Respan's own tools say 'Prompt version X not found'."
    )
    prompt_and_instructions: Literal["prompt", "body", "both"] = _choice(
        "prompt",
        source="OpenAI SDK page: on the Responses API the template becomes the instructions. Not stated: what becomes of "
        "instructions in the body. Read as in schema 2, where the prompt goes over the body.",
    )
    prompt_instructions: Literal["all_messages", "system_messages"] = _choice(
        "all_messages",
        source="OpenAI SDK page: 'the prompt template becomes instructions'. Not stated: how several messages become one "
        "text (here with a blank line between them), and whether those of other roles go before the input instead.",
    )
    draft_after_commit: bool = _choice(
        True,
        source="Commit page: a readonly snapshot, and the draft's number goes up by one. respan-api 0.1.49: no new draft is "
        "created.",
    )
    patch_messages: Literal["refused", "ignored"] = _choice(
        "refused", source="OpenAI SDK page: patch cannot include messages or input; what happens is not stated."
    )

    # Limits
    limit_reached: Literal["exceeded", "reached"] = _choice(
        "exceeded",
        source="Limits page: blocks above the limit. respan-api 0.1.49: when the counter reaches it, so that 3 allows two.",
    )
    limit_counts: Literal["let_in", "answered"] = _choice(
        "let_in",
        source="Not stated: whether a limit of requests counts those that were let in and came to nothing, because of what "
        "they ask or because their provider failed. Limits page: requests are checked before the call.",
    )
    limit_retry_after: bool = _choice(
        True, source="Error handling page: a 429 has retry_after. Not stated for limits of keys, customers and budgets."
    )
    customer_budgets: Literal["enforced", "of_request", "ignored"] = _choice(
        "enforced",
        source="Chat completions page: customer_params sets budgets; so they hold for the customer's later requests as "
        "well, and are shown. Or they hold for the request that brings them. respan-api 0.1.49: not saved, not enforced.",
    )

    # Logs and traces
    log_delay: float = _choice(
        0.0,
        source="Logging is asynchronous: a row is 404 until it is ingested, and one user polls for up to 20 seconds. "
        "How long it takes is not stated.",
    )
    log_status: Literal["error", "failed"] = _choice(
        "error",
        source="Documentation pages: success and error. respan-api 0.1.49: success, warning, failed, pending and running; "
        "error is stored as failed.",
    )
    list_count: Literal["total", "page"] = _choice(
        "total", source="Log list page: the total (1250). respan-api 0.1.49: the number of results on this page."
    )
    list_window: float = _choice(
        3600.0, source="Log list page: without start_time, the last hour. Here counted from when a row came in."
    )
    refused_management_key_status: int = _choice(
        401,
        source="Error handling page: 401 everywhere. respan-api 0.1.49: 403 for all but the gateway, files and batches.",
    )
    stored_span_name: Literal["exported", "entity"] = _choice(
        "exported",
        source="Not stated. The SDK writes names anew for the traces page when it exports ('llm.gpt-4o'), and sends the real "
        "one as traceloop.entity.name.",
    )
    unknown_log_prompt: Literal["accepted", "rejected"] = _choice(
        "accepted",
        source="Log pages: a custom prompt id is logged as sent. respan-api 0.1.49: a log with an unknown prompt.prompt_id is "
        "rejected unless prompt.is_custom_prompt is true.",
    )
    repeated_span: Literal["first", "last"] = _choice(
        "first",
        source="A review note in Respan's own repository: spans with the same id are silently deduplicated. Which is kept "
        "is not stated.",
    )
    native_span: Literal["stored", "left_out"] = _choice(
        "stored",
        source="Not stated: what becomes of the span that Anthropic's own client makes of a call which the instrumentation "
        "tells of as well. Respan's own verifier counts a row for each span that was sent, so it is stored, with its tokens "
        "and its cost; left out, each call has one row.",
    )
    bad_span: Literal["refused", "partial_success"] = _choice(
        "refused",
        source="Not stated for Respan. OTLP has 200 with partialSuccess, which Respan's exporter does not read; a 4xx is logged "
        "by every exporter. The good spans of the batch are kept either way.",
    )

    left_stream: Literal["forgotten", "finished"] = _choice(
        "forgotten",
        source="Not stated: what becomes of a stream whose client leaves early. Its row has no answer, no tokens and no cost; "
        "or the gateway reads it to its end, and it is logged, and paid for, as any other.",
    )

    # Batches
    batch_delay: float = _choice(
        0.0,
        source="Batch page: within 24 hours. How long it really takes is not stated; one that takes longer expires. Without a "
        "delay a batch is completed when it is first looked at.",
    )

    @classmethod
    def preset(cls, name: str, **changes: Any) -> "Contract":
        """A preset by name, with changes."""
        if name not in PRESETS:
            raise ValueError(unknown("contract", name, PRESETS))
        _check_names(changes)
        return replace(PRESETS[name], **changes) if changes else PRESETS[name]

    def status_word(self, is_error: bool, has_warnings: bool = False) -> str:
        """The word a row has for how it went."""
        if is_error:
            return self.log_status
        return "warning" if has_warnings and self.log_status == "failed" else "success"

    @classmethod
    def of(cls, chosen: "str | Contract | Mapping[str, Any]", base: "str | Contract" = "docs") -> "Contract":
        """A contract however it is written: a preset by name, a contract, or changes to another one."""
        if isinstance(chosen, str):
            return cls.preset(chosen)
        if isinstance(chosen, Contract):
            return chosen
        if not isinstance(chosen, Mapping):
            raise TypeError(f"contract is the name of a preset, a Contract, or changes to one, not {chosen!r}.")
        changed = cls.of(base)
        _check_names(chosen)
        return replace(changed, **chosen)

    def __post_init__(self) -> None:
        check_values(self)


def _check_names(changes: Collection[str]) -> None:
    if not changes:
        return
    names = [choice.name for choice in fields(Contract)]
    for change in changes:
        if change not in names:
            raise TypeError(unknown("field of Contract", change, names))


PRESETS: dict[str, Contract] = {
    "docs": Contract(),
    "sdk-2026-10": Contract(
        error_shape="openai",
        invalid_field_status=400,
        parameter_precedence="respan_params",
        request_retries="ignored",
        weights="integers",
        cache_lifetime=30 * 60.0,
        echo_default=True,
        draft_after_commit=False,
        limit_reached="reached",
        customer_budgets="ignored",
        log_status="failed",
        list_count="page",
        refused_management_key_status=403,
        unknown_log_prompt="rejected",
    ),
}
