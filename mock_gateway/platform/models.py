"""Models over REST: which there are, for Respan's own client, for OpenAI's, and for everybody."""

import re
from collections.abc import Mapping
from typing import Any

from ..core import problems
from ..core.moments import iso
from ..core.providers import OWNERS, provider_of
from ..engine.catalogue import CustomModel
from ..engine.prices import Listed
from . import providers
from .desk import Desk, Reply, Visit
from .filters import Record, accepts
from .listing import paged

_NAMES = {"openai": "OpenAI", "xai": "xAI", "deepseek": "DeepSeek", "vertex_ai": "Vertex AI"}


def list_public(desk: Desk, visit: Visit) -> Reply:
    """The models that are not the account's own, for everybody."""
    models = [_public(desk, name) for name in _names(desk) if name not in desk.account.catalogue.models]
    return Reply(200, models if visit.query.get("unnest", "").lower() == "true" else {"models": models})


def list_all(desk: Desk, visit: Visit) -> Reply:
    """The page that was asked for. Custom models are there for those who show a key."""
    records = [_searched(record) for record in _records(desk, visit)]
    query = _loosely(visit)
    return Reply(200, paged(desk, query, records, FILTERED, "id", show=_without_search))


def summary(desk: Desk, visit: Visit) -> Reply:
    """How many models pass the filters."""
    query = _loosely(visit)
    passes = accepts(query.filters, FILTERED)
    found = [record for record in map(_searched, _records(desk, visit)) if passes(record)]
    custom = sum(record["affiliation_category"] == "custom" for record in found)
    counts = {"total_count": len(found), "global_count": len(found) - custom, "custom_count": custom}
    return Reply(200, {"summary": counts})


def list_for_clients(desk: Desk, visit: Visit) -> Reply:
    """The same in OpenAI's shape, with the account's own models beside it as Respan lists them."""
    data = [_for_clients(desk, name) for name in _names(desk)]
    custom = [shown(desk, name) for name in desk.account.catalogue.models]
    return Reply(200, {"object": "list", "data": data, **paged(desk, visit, custom, FILTERED, "id")})


def get(desk: Desk, visit: Visit) -> Reply:
    """One model, for either client."""
    name = visit.names["model_name"]
    is_known = name in _names(desk) or (desk.account.models is None and desk.account.prices.listed(name) is not None)
    if not is_known:
        raise problems.not_found("Model")
    return Reply(200, _for_clients(desk, name) | shown(desk, name))


def shown(desk: Desk, name: str) -> dict[str, Any]:
    """A model as JSON has it."""
    custom, price = desk.account.catalogue.models.get(name), desk.account.prices.listed(name) or Listed()
    own = [getattr(custom, field, None) for field in ("streaming_support", "function_call", "image_support")]
    return {
        "id": name,
        "model_name": name,
        "display_name": (custom.display_name if custom else None) or name,
        "base_model_name": custom.base_model_name if custom else None,
        "affiliation_category": "custom" if custom else "keywordsai",
        "is_called_by_custom_name": False,
        "input_cost": price.prompt,
        "output_cost": price.completion,
        "cache_hit_input_cost": price.cached,
        "cache_creation_input_cost": price.created,
        "max_context_window": price.context_window,
        "streaming_support": own[0],
        "function_call": own[1],
        "image_support": own[2],
        "model_type": "chat",
        "supported_params": _supported(custom),
        "provider": _provider(desk, name, custom),
        **({"created_at": iso(custom.created_at), "updated_at": iso(custom.updated_at)} if custom else {}),
    }


def _names(desk: Desk) -> list[str]:
    """The names of all models there are: those the account may use, or those that the test speaks of."""
    account = desk.account
    named = [*desk.scripted(), *account.prices.models] if account.models is None else account.models
    return list(dict.fromkeys([*named, *account.catalogue.models]))


def _supported(custom: CustomModel | None) -> dict[str, Any]:
    override = (custom.supported_params_override if custom else None) or {}
    return {name: definition for name, definition in override.items() if definition is not None}


def _provider(desk: Desk, name: str, custom: CustomModel | None) -> Mapping[str, Any] | None:
    provider_id = custom.provider_id if custom else None
    if provider_id is None:
        provider_id = provider_of(desk.account.catalogue.root(name))
    added = desk.account.catalogue.providers.get(provider_id or "")
    if added is not None:
        return providers.shown(added)
    if provider_id not in OWNERS:
        return None
    return {"id": provider_id, "provider_id": provider_id, "provider_name": _called(provider_id), "extra_kwargs": {}}


def _called(provider_id: str) -> str:
    return _NAMES.get(provider_id, provider_id.replace("_", " ").title())


def _public(desk: Desk, name: str) -> dict[str, Any]:
    price, provider_id = desk.account.prices.listed(name) or Listed(), provider_of(name)
    about = None
    if provider_id is not None:
        about = {"provider_name": _called(provider_id), "provider_id": provider_id, "credential_fields": ["api_key"]}
    return {
        "model_name": name,
        "max_context_window": price.context_window,
        "input_cost": price.prompt,
        "output_cost": price.completion,
        "prompt_cost": price.prompt,
        "completion_cost": price.completion,
        "provider": about,
    }


def _for_clients(desk: Desk, name: str) -> dict[str, Any]:
    custom = desk.account.catalogue.models.get(name)
    created = desk.clock.timestamp(0) if custom is None else int(custom.created_at.timestamp())
    owner = (custom.provider_id if custom else None) or provider_of(desk.account.catalogue.root(name))
    return {"id": name, "object": "model", "created": created, "owned_by": owner or "respan"}


_SEARCHED = ("provider__provider_id", "provider__provider_name", "is_managed", "status", "has_discount", "plain_name")
FILTERED = frozenset(
    {"model_name", "base_model_name", "affiliation_category", "model_type", "input_cost", "output_cost"}
    | {"max_context_window", "available_to_user", "display_name", *_SEARCHED}
)
"""The fields to filter and sort by."""


def _records(desk: Desk, visit: Visit) -> list[dict[str, Any]]:
    custom = desk.account.catalogue.models
    return [shown(desk, name) for name in _names(desk) if visit.request.key is not None or name not in custom]


def _searched(record: Mapping[str, Any]) -> dict[str, Any]:
    provider = record["provider"] or {}
    return {
        **record,
        **{f"provider__{name}": provider.get(name) for name in ("provider_id", "provider_name")},
        "is_managed": record["affiliation_category"] != "custom",
        "status": "active",
        "has_discount": False,
        "available_to_user": True,
        "plain_name": _plain(record["model_name"]),
    }


def _without_search(record: Record) -> Record:
    return {name: value for name, value in record.items() if name not in _SEARCHED}


def _loosely(visit: Visit) -> Visit:
    """The same request, in which `icontains` looks for the name of a model without its dots, dashes and blanks."""
    filters = visit.fields.get("filters")
    condition = filters.get("model_name") if isinstance(filters, Mapping) else None
    if (
        not isinstance(filters, Mapping)
        or not isinstance(condition, Mapping)
        or condition.get("operator") != "icontains"
    ):
        return visit
    value = condition.get("value")
    wanted = [_plain(str(one)) for one in (value if isinstance(value, list) else [value])]
    others = {name: one for name, one in filters.items() if name != "model_name"}
    return visit.asking({"filters": others | {"plain_name": {"operator": "icontains", "value": wanted}}})


def _plain(name: str) -> str:
    return re.sub(r"[-_.\s]", "", name)
