"""The account's own models over REST. As long as they are there, calls may use them."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field

from ..core import problems
from ..core.providers import OWNERS
from ..engine.catalogue import CustomModel
from .desk import GONE, Desk, Reply, Visit
from .fields import Fields, checked
from .models import shown

Dollars = Annotated[float, Field(ge=0)]
YesOrNo = Literal[0, 1]


class ChangeFields(Fields):
    """What can be changed of a model."""

    display_name: str | None = None
    base_model_name: str | None = None
    custom_provider_id: str | None = None
    provider_id: str | None = None
    input_cost: Dollars | None = None
    output_cost: Dollars | None = None
    cache_hit_input_cost: Dollars | None = None
    cache_creation_input_cost: Dollars | None = None
    max_context_window: Annotated[int, Field(gt=0)] | None = None
    streaming_support: YesOrNo | None = None
    function_call: YesOrNo | None = None
    image_support: YesOrNo | None = None
    supported_params_override: dict[str, Any] | None = None


class ModelFields(ChangeFields):
    """A new model."""

    model_name: Annotated[str, Field(min_length=1)]


def create(desk: Desk, visit: Visit) -> Reply:
    """Have one more model, or change the one of this name."""
    sent = checked(ModelFields, visit.fields, desk.contract)
    found = desk.account.catalogue.models.get(sent.model_name)
    return _keep(desk, sent.model_name, found, sent, 201 if found is None else 200)


def update(desk: Desk, visit: Visit) -> Reply:
    """Change what was sent."""
    found = _of(desk, visit)
    return _keep(desk, found.model_name, found, checked(ChangeFields, visit.fields, desk.contract), 200)


def replace_all(desk: Desk, visit: Visit) -> Reply:
    """Write it anew; what is not sent is gone."""
    found, now = _of(desk, visit), desk.clock.now()
    empty = CustomModel(model_name=found.model_name, created_at=found.created_at, updated_at=now)
    return _keep(desk, found.model_name, empty, checked(ChangeFields, visit.fields, desk.contract), 200)


def delete(desk: Desk, visit: Visit) -> Reply:
    """Forget it: where the account's models are counted, calls for it are refused from now on."""
    del desk.account.catalogue.models[_of(desk, visit).model_name]
    return GONE


def _of(desk: Desk, visit: Visit) -> CustomModel:
    name = visit.names["model_name"]
    found = desk.account.catalogue.models.get(name)
    if found is None:
        raise problems.not_found("Custom model")
    return found


def _keep(desk: Desk, name: str, found: CustomModel | None, sent: ChangeFields, status: int) -> Reply:
    now = desk.clock.now()
    model = found or CustomModel(model_name=name, created_at=now, updated_at=now)
    changes: dict[str, Any] = {field: getattr(sent, field) for field in sent.model_fields_set & _FIELDS}
    if {"custom_provider_id", "provider_id"} & sent.model_fields_set:
        changes["provider_id"] = sent.custom_provider_id or sent.provider_id
    _check(desk, name, changes)
    desk.account.catalogue.models[name] = replace(model, **changes, updated_at=now)
    return Reply(status, shown(desk, name))


_FIELDS = set(ChangeFields.model_fields) - {"custom_provider_id", "provider_id"}


def _check(desk: Desk, name: str, changes: dict[str, Any]) -> None:
    """Raise the problem if what the model leans on is not there."""
    catalogue, base, provider = desk.account.catalogue, changes.get("base_model_name"), changes.get("provider_id")
    if provider is not None and provider not in catalogue.providers and provider not in OWNERS:
        raise problems.not_found("Provider")
    if base is None:
        return
    if not desk.account.has(base):
        raise problems.not_found("Base model")
    if name in catalogue.line(base):
        raise problems.invalid_field(desk.contract, "base_model_name", "It leads back to the model itself.")
