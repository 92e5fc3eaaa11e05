"""What is contested or unknown about the hosted gateway, as named choices with their sources.

Respan's documentation contradicts itself in places, and is silent in others. Nothing is decided in silence here: each
such point is a field of `Contract`. ``docs`` follows the documentation pages, ``sdk-2026-10`` the October 2026 official
REST client (respan-api 0.1.49), which corrects them. ``docs/contract.md`` is checked against these fields.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from .nearest import unknown


def _choice(default: Any, *, source: str) -> Any:
    return field(default=default, metadata={"source": source})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The choices. Take a preset and change what you know better: ``Contract.preset("docs", hung_up="cut")``."""

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
    broken_stream: Literal["cut", "error_event"] = _choice(
        "cut",
        source="Not stated. The open source gateway, another product, sends a last event {'error': ...} and no [DONE].",
    )
    streamed_reasoning: Literal["reasoning_content", "reasoning"] = _choice(
        "reasoning_content",
        source="Documented for whole answers (reasoning_content, thinking_blocks); the streamed field is not stated.",
    )

    @classmethod
    def preset(cls, name: str, **changes: Any) -> "Contract":
        """A preset by name, with changes."""
        if name not in PRESETS:
            raise ValueError(unknown("contract", name, PRESETS))
        names = [choice.name for choice in fields(cls)]
        for change in changes:
            if change not in names:
                raise TypeError(unknown("field of Contract", change, names))
        return replace(PRESETS[name], **changes)


PRESETS: dict[str, Contract] = {
    "docs": Contract(),
    "sdk-2026-10": Contract(error_shape="openai", invalid_field_status=400),
}
