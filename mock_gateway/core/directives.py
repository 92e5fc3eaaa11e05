"""What a caller asks of the gateway itself: its own request fields, by the names and types Respan documents.

The types are those of Respan's SDK (respan-sdk 2.9.0, `respan_types.param_types`). Where a field is sent that only
the log keeps, that is all it does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Annotated, Any, Literal

from .checked import Checked, Within

Name = Annotated[str, Within(min_length=1)]
Label = str | int
Positive = Annotated[float, Within(gt=0)]


class Parameters(Checked):
    """A group of request fields. What is none of them is kept, so that it can be named in a warning."""


class Retries(Parameters, extra="forbid"):
    """`retry_params`. An empty object means the defaults, and so that retries are on."""

    retry_enabled: bool = True
    num_retries: Annotated[int, Within(gt=0)] = 3
    retry_after: Positive = 0.2


class WeightedModel(Parameters):
    """A model in a load balance group. Of those in a group each is asked in proportion to its weight."""

    model: Name
    weight: Positive
    credentials: Mapping[str, Any] | None = field(default=None, repr=False)


class LoadBalanceGroup(Parameters):
    """`load_balance_group`. Models given here are used in place of those stored for the group."""

    group_id: Name
    models: list[WeightedModel] | None = None


class CacheOptions(Parameters):
    """`cache_options`: what makes two requests differ for the cache, and whether a hit is logged."""

    cache_by_customer: bool = False
    is_cached_by_model: bool = False
    omit_log: bool = False


class Customer(Parameters):
    """`customer_params`."""

    customer_identifier: Label | None = None
    name: str | None = None
    email: str | None = None
    period_start: str | None = None
    period_end: str | None = None
    budget_duration: Literal["daily", "weekly", "monthly", "yearly"] | None = None
    period_budget: Annotated[float, Within(ge=0)] | None = None
    total_budget: Annotated[float, Within(ge=0)] | None = None
    markup_percentage: float | None = None
    metadata: Mapping[str, Any] | None = None
    rate_limit: Annotated[int, Within(gt=0)] | None = None
    """Requests a minute."""


class Deployment(Parameters):
    """One set of credentials among several, which serves some models."""

    credentials: Mapping[str, Mapping[str, Any]] = field(repr=False)
    weight: Positive = 1
    available_models: list[str] = field(default_factory=list)
    exclude_models: list[str] = field(default_factory=list)


class WeightedCredential(Parameters):
    """One of several sets of credentials for one provider."""

    credentials: Mapping[str, Any] = field(repr=False)
    weight: Positive = 1


class OverrideConfig(Parameters):
    """`prompt.override_config`."""

    messages_override_mode: Literal["override", "append"] = "override"


class PromptUse(Parameters):
    """`prompt`: which stored prompt to use, and how to merge it with the body."""

    prompt_id: Name
    version: int | Literal["latest"] | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    echo: bool | None = None
    schema_version: Literal[1, 2] = 1
    patch: Mapping[str, Any] | None = None
    override: bool | None = None
    override_params: Mapping[str, Any] | None = None
    override_config: OverrideConfig = OverrideConfig()
    is_custom_prompt: bool = False
    prompt_slug: str | None = None


class Directives(Parameters):
    """All of them."""

    # Reliability
    fallback_models: list[Name] = field(default_factory=list)
    disable_fallback: bool = False
    retry_params: Retries | None = None
    first_token_timeout: Positive | None = None
    load_balance_group: LoadBalanceGroup | None = None
    load_balance_models: list[WeightedModel] | None = None
    loadbalance_models: list[WeightedModel] | None = None
    models: list[Name] | None = None
    exclude_models: list[str] = field(default_factory=list)
    exclude_providers: list[str] = field(default_factory=list)

    # Caching
    cache_enabled: bool = False
    cache_ttl: Positive | None = None
    cache_options: CacheOptions = CacheOptions()

    # Credentials
    customer_credentials: Mapping[str, Mapping[str, Any] | list[WeightedCredential]] | list[Deployment] | None = field(
        default=None, repr=False
    )
    credential_override: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    model_name_map: Mapping[str, str] = field(default_factory=dict)

    # Prompts
    prompt: PromptUse | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)

    # The answer
    request_breakdown: bool = False
    field_name: str | None = None
    delimiter: str | None = None

    # The log
    disable_log: bool = False
    customer_identifier: Label | None = None
    customer_email: str | None = None
    customer_name: str | None = None
    customer_params: Customer = Customer()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    custom_identifier: Label | None = None
    thread_identifier: Label | None = None
    group_identifier: Label | None = None
    session_identifier: Label | None = None
    trace_group_identifier: Label | None = None
    evaluation_identifier: Label | None = None
    positive_feedback: bool | None = None
    note: str | None = None
    category: str | None = None
    ideal_output: str | None = None
    provider_id: str | None = None
    prompt_unit_price: Annotated[float, Within(ge=0)] | None = None
    completion_unit_price: Annotated[float, Within(ge=0)] | None = None
    trace_unique_id: str | None = None
    trace_name: str | None = None
    span_unique_id: str | None = None
    span_parent_id: str | None = None
    span_name: str | None = None
    span_path: str | None = None
    span_workflow_name: str | None = None
    span_handoffs: list[str] | None = None
    span_tools: list[str] | None = None

    def relayed(self) -> "Directives":
        """Those of a call that is only handed on."""
        return PLAIN.but(**{name: getattr(self, name) for name in self.sent & RELAYED})

    @property
    def customer(self) -> str | None:
        """The customer on whose behalf the application asks: the one in `customer_params` goes first."""
        stated = self.customer_params.customer_identifier
        found = self.customer_identifier if stated is None else stated
        return None if found is None else str(found)

    @property
    def balanced(self) -> Sequence[WeightedModel] | None:
        """Models to choose from that are listed without a group; they go over `model`."""
        return self.load_balance_models or self.loadbalance_models


PLAIN = Directives()
"""What a request asks that asks nothing of the gateway."""

RELAYED = frozenset(
    {"disable_log", "customer_identifier", "customer_email", "customer_name", "customer_params", "metadata"}
    | {"properties", "custom_identifier", "thread_identifier", "group_identifier", "session_identifier"}
    | {"trace_group_identifier", "evaluation_identifier", "positive_feedback", "note", "category", "ideal_output"}
    | {"provider_id", "prompt_unit_price", "completion_unit_price", "trace_unique_id", "trace_name", "span_unique_id"}
    | {"span_parent_id", "span_name", "span_path", "span_workflow_name", "span_handoffs", "span_tools"}
)
"""Those that also count for a call that is only handed on: all are about its row, or its limits."""

NAMES = frozenset(Directives.fields)
CONTAINERS = ("keywordsai_params", "respan_params")
"""Where the fields may stand in the body, apart from its top level; the later goes over the earlier."""
HEADERS = ("x-data-keywordsai-params", "x-data-respan-params")
"""The same for headers: base64 of a JSON object."""

NOT_IMITATED = frozenset(
    {"eval_params", "hyperspell_params", "linkup_params", "mem0_params", "moda_params", "mock_response"}
    | {"respan_api_controls", "for_eval", "audio_input_file", "audio_output_file"}
)
"""Fields of the gateway that this mock accepts and does nothing about."""
