"""What the attributes of a span mean: by which keys each thing is said, the one that counts most first.

The keys are those the Respan SDK sends, those of the page on OTLP ingestion (which names some of them otherwise), and
those of OpenTelemetry's conventions for generative AI.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic_core import from_json

Attributes = Mapping[str, Any]

LOG_ID = "respan.gateway.log_id"
STATUS = "status_code"

KEYS: dict[str, tuple[str, ...]] = {
    "name": ("traceloop.entity.name", "gen_ai.tool.name", "gen_ai.agent.name"),
    "path": ("traceloop.entity.path",),
    "workflow": ("traceloop.workflow.name",),
    "kind": ("respan.entity.log_type", "traceloop.span.kind", "llm.request.type"),
    "method": ("respan.entity.log_method",),
    "model": ("gen_ai.response.model", "gen_ai.request.model"),
    "requested_model": ("gen_ai.request.model", "gen_ai.response.model"),
    "response_id": ("gen_ai.response.id",),
    "input": ("traceloop.entity.input", "gen_ai.input.messages", "input.value"),
    "output": ("traceloop.entity.output", "gen_ai.output.messages", "output.value"),
    "prompt_tokens": ("gen_ai.usage.prompt_tokens", "gen_ai.usage.input_tokens"),
    "completion_tokens": ("gen_ai.usage.completion_tokens", "gen_ai.usage.output_tokens"),
    "total_tokens": ("llm.usage.total_tokens", "gen_ai.usage.total_tokens"),
    "cache_hit_tokens": (
        "prompt_cache_hit_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cache_read.input_tokens",
    ),
    "cache_creation_tokens": (
        "prompt_cache_creation_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.cache_write.input_tokens",
    ),
    "reasoning_tokens": ("llm.usage.reasoning_tokens",),
    "stream": ("gen_ai.is_streaming", "llm.is_streaming", "gen_ai.request.stream"),
    "temperature": ("gen_ai.request.temperature",),
    "max_tokens": ("gen_ai.request.max_tokens",),
    "top_p": ("gen_ai.request.top_p",),
    "frequency_penalty": ("gen_ai.request.frequency_penalty", "llm.frequency_penalty"),
    "presence_penalty": ("gen_ai.request.presence_penalty", "llm.presence_penalty"),
    "tools": ("llm.request.functions",),
    "tool_calls": ("gen_ai.completion.0.tool_calls",),
    "cost": ("gen_ai.usage.cost", "gen_ai.cost", "llm.usage.cost", "llm.usage.total_cost", "respan.cost", "cost"),
    "status": (STATUS, "http.response.status_code", "http.status_code"),
    "error": ("error.message",),
    "customer_identifier": ("respan.customer_params.customer_identifier", "respan.customer.identifier"),
    "customer_email": ("respan.customer_params.email", "respan.customer.email"),
    "customer_name": ("respan.customer_params.name", "respan.customer.name"),
    "thread_identifier": ("respan.threads.thread_identifier", "respan.thread.id"),
    "session_identifier": ("respan.sessions.session_identifier", "respan.session.id"),
    "trace_group_identifier": ("respan.trace.trace_group_identifier", "respan.trace_group.id"),
    "custom_identifier": ("respan.span_params.custom_identifier",),
    "evaluation_identifier": ("respan.evaluation_params.evaluation_identifier",),
    "environment": ("respan.environment",),
    "properties": ("respan.properties",),
    "prompt": ("respan.prompt",),
    "log_id": (LOG_ID,),
}

_OPERATIONS = {
    "chat": "chat",
    "generate_content": "chat",
    "text_completion": "text",
    "embeddings": "embedding",
    "execute_tool": "tool",
    "invoke_agent": "agent",
    "create_agent": "agent",
}
"""OpenTelemetry's names of operations, by Respan's names of kinds."""

_ALIASES = {"llm": "generation", "model": "generation", "trace": "workflow", "step": "task"}
"""Names of kinds that Respan's SDK has as well."""

_METADATA = "respan.metadata"
_TOO_MANY = 2**63
_DIGITS = 9

MODEL_KINDS = frozenset(
    {"chat", "text", "completion", "response", "embedding", "transcription", "speech", "generation"}
)
"""The kinds of spans in which a model is asked."""


def said(attributes: Attributes, name: str) -> Any:
    """What is said of this, by the first of its keys that is there. None where it is not said."""
    for key in KEYS[name]:
        if key in attributes:
            return attributes[key]
    return None


def decoded(value: Any) -> Any:
    """What stands in a text that may be JSON; other values as they are."""
    if not isinstance(value, str):
        return value
    try:
        return from_json(value)
    except ValueError:
        return value


def kind(attributes: Attributes) -> str:
    """The kind of a span: what it says of itself, or "span"."""
    told = said(attributes, "kind") or _OPERATIONS.get(str(attributes.get("gen_ai.operation.name")))
    if told is None and said(attributes, "model") is not None:
        told = "generation"
    name = str(told or "span").lower()
    return _ALIASES.get(name, name)


def number(attributes: Attributes, name: str) -> int | None:
    """A whole number that is said, if it is one."""
    value = said(attributes, name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    with suppress(ValueError, OverflowError):  # a text of something else; infinity
        found = int(value)
        return found if abs(found) < _TOO_MANY else None
    return None


def metadata(attributes: Attributes) -> dict[str, Any]:
    """The metadata in these attributes, one by one or all in one; names that begin with _ are the SDK's own."""
    whole = decoded(attributes.get(_METADATA))
    found: dict[str, Any] = dict(whole) if isinstance(whole, Mapping) else {}
    prefix = f"{_METADATA}."
    found |= {key.removeprefix(prefix): value for key, value in attributes.items() if key.startswith(prefix)}
    return {name: value for name, value in found.items() if not name.startswith("_")}


def messages(attributes: Attributes, prefix: str) -> list[dict[str, Any]]:
    """The messages that are spelled out as ``gen_ai.prompt.0.role`` and so on."""
    found: dict[int, dict[str, Any]] = {}
    for key, value in attributes.items():
        if key.startswith(prefix):
            number_, _, field = key.removeprefix(prefix).partition(".")
            if number_.isdecimal() and len(number_) < _DIGITS and field in ("role", "content", "tool_calls"):
                found.setdefault(int(number_), {})[field] = decoded(value) if field == "tool_calls" else value
    return [found[at] for at in sorted(found)]
