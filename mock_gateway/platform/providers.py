"""Custom providers over REST. Their credentials are masked in every answer."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field

from ..core import problems
from ..core.masking import masked
from ..core.moments import iso
from ..engine.catalogue import CustomProvider
from .desk import GONE, Desk, Reply, Visit
from .fields import Fields, checked
from .listing import paged

Name = Annotated[str, Field(min_length=1)]


class ChangeFields(Fields):
    """What can be changed of a provider."""

    provider_name: Name | None = None
    extra_kwargs: dict[str, Any] | None = None


class ReplacementFields(ChangeFields):
    """A provider all of which is written anew."""

    provider_name: Name


class ProviderFields(ReplacementFields):
    """A new provider."""

    provider_id: Name


def create(desk: Desk, visit: Visit) -> Reply:
    """Have one more provider."""
    sent = checked(ProviderFields, visit.fields, desk.contract)
    known, now = desk.account.catalogue.providers, desk.clock.now()
    if sent.provider_id in known:
        raise problems.refused(f"There is a provider {sent.provider_id!r} already; PATCH it to change it.")
    known[sent.provider_id] = CustomProvider(
        provider_id=sent.provider_id,
        provider_name=sent.provider_name,
        created_at=now,
        updated_at=now,
        extra_kwargs=sent.extra_kwargs or {},
    )
    return Reply(201, shown(known[sent.provider_id]))


def list_all(desk: Desk, visit: Visit) -> Reply:
    """The page that was asked for, newest first."""
    records = [shown(provider) for provider in desk.account.catalogue.providers.values()]
    page = paged(desk, visit, records, frozenset({"provider_id", "provider_name"}), "-id")
    return Reply(200, {**page, "current_filters": {}})


def get(desk: Desk, visit: Visit) -> Reply:
    """One provider."""
    return Reply(200, shown(_of(desk, visit)))


def update(desk: Desk, visit: Visit) -> Reply:
    """Change what was sent."""
    sent = checked(ChangeFields, visit.fields, desk.contract)
    return _change(desk, _of(desk, visit), sent.given("provider_name", "extra_kwargs"))


def replace_all(desk: Desk, visit: Visit) -> Reply:
    """Write it anew; what is not sent is gone."""
    provider, sent = _of(desk, visit), checked(ReplacementFields, visit.fields, desk.contract)
    changes = {"provider_name": sent.provider_name, "extra_kwargs": sent.extra_kwargs or {}}
    return _change(desk, provider, changes)


def delete(desk: Desk, visit: Visit) -> Reply:
    """Forget it. Models that name it stay, without a provider."""
    del desk.account.catalogue.providers[_of(desk, visit).provider_id]
    return GONE


def shown(provider: CustomProvider) -> dict[str, Any]:
    """A provider as JSON has it."""
    return {
        "id": provider.provider_id,
        "provider_id": provider.provider_id,
        "provider_name": provider.provider_name,
        "extra_kwargs": masked(provider.extra_kwargs),
        "created_at": iso(provider.created_at),
        "updated_at": iso(provider.updated_at),
    }


def _change(desk: Desk, provider: CustomProvider, changes: Mapping[str, Any]) -> Reply:
    changed = replace(provider, **changes, updated_at=desk.clock.now())
    desk.account.catalogue.providers[provider.provider_id] = changed
    return Reply(200, shown(changed))


def _of(desk: Desk, visit: Visit) -> CustomProvider:
    provider = desk.account.catalogue.providers.get(visit.names["provider_id"])
    if provider is None:
        raise problems.not_found("Provider")
    return provider
