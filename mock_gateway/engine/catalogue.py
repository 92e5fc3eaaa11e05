"""The models and providers an account has added to those of the gateway."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomProvider:
    """Somebody who serves models, as the account set them up."""

    provider_id: str
    provider_name: str
    created_at: datetime
    updated_at: datetime
    extra_kwargs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Where it is asked, and with which credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomModel:
    """A model by a name of the account's own. What is None is as with the model it is based on."""

    model_name: str
    created_at: datetime
    updated_at: datetime
    display_name: str | None = None
    base_model_name: str | None = None
    provider_id: str | None = None
    input_cost: float | None = None
    output_cost: float | None = None
    cache_hit_input_cost: float | None = None
    cache_creation_input_cost: float | None = None
    max_context_window: int | None = None
    streaming_support: int | None = None
    function_call: int | None = None
    image_support: int | None = None
    supported_params_override: Mapping[str, Any] | None = None

    @property
    def costs(self) -> tuple[float | None, ...]:
        """What a million tokens cost: asked, answered, read from the provider's cache, written to it."""
        return self.input_cost, self.output_cost, self.cache_hit_input_cost, self.cache_creation_input_cost


@dataclass(slots=True)
class Catalogue:
    """What an account has added, by name."""

    models: dict[str, CustomModel] = field(default_factory=dict)
    providers: dict[str, CustomProvider] = field(default_factory=dict)

    def line(self, model: str) -> list[str]:
        """The model, and those that it is based on, up to one that is no custom one."""
        found = [model]
        while (custom := self.models.get(found[-1])) is not None and custom.base_model_name is not None:
            found.append(custom.base_model_name)
        return found

    def root(self, model: str) -> str:
        """The model that this one is based on in the end."""
        return self.line(model)[-1]
