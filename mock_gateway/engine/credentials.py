"""On whose credentials a model is asked.

From the first that has any to the last: an override for this very model; those that came with its place in a load
balance group; those of the customer; those of the account. Where nobody has any, Respan's own credits pay.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.balance import share
from ..core.contract import Contract
from ..core.directives import Directives
from ..core.masking import mask
from ..core.providers import provider, provider_of


@dataclass(frozen=True, slots=True)
class Credential:
    """One set of credentials for a provider, without the secret: only what may be shown."""

    owner: str
    provider: str
    shown: str = ""
    weight: float = 1
    available_models: Sequence[str] = ()
    exclude_models: Sequence[str] = ()

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.owner}'s", self.provider, "credentials", self.shown) if part)

    def serves(self, model: str, contract: Contract) -> bool:
        """Whether this model may be asked on them."""
        if model in self.exclude_models:
            return False
        return not self.available_models or contract.available_models == "ignored" or model in self.available_models


@dataclass(slots=True)
class Wallet:
    """The credentials there are for one call."""

    directives: Directives
    own: Sequence[Credential]
    """Those of the account."""
    in_group: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    """By model, those that came with its place in a load balance group."""

    def choose(self, model: str, contract: Contract, point: float) -> Credential | None:
        """Those for this model. Several are shared out by weight."""
        for given, owner in ((self.directives.credential_override, "override"), (self.in_group, "group")):
            if model in given:
                return _shown(owner, provider_of(model) or "", given[model])
        of_model = provider_of(model)
        for several in (list(_of_customer(self.directives)), self.own):
            fitting = [one for one in several if one.provider == of_model and one.serves(model, contract)]
            if fitting:
                return fitting[share([one.weight for one in fitting], point)]
        return None


def _of_customer(directives: Directives) -> Iterator[Credential]:
    given = directives.customer_credentials
    if given is None:
        return
    if isinstance(given, list):
        for one in given:
            for name, fields in one.credentials.items():
                limits = {"available_models": one.available_models, "exclude_models": one.exclude_models}
                yield _shown("customer", name, fields, weight=one.weight, **limits)
        return
    for name, value in given.items():
        if isinstance(value, list):
            for several in value:
                yield _shown("customer", name, several.credentials, weight=several.weight)
        else:
            yield _shown("customer", name, value)


def _shown(owner: str, name: str, fields: Mapping[str, Any], **more: Any) -> Credential:
    key = fields.get("api_key")
    return Credential(owner, provider(name), mask(key) if isinstance(key, str) else "", **more)
