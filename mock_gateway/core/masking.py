"""Credentials as anything but the provider may see them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import from_json

_SECRET = re.compile(
    r"api[-_]?key|secret|password|private[-_]key|authorization|bearer|(^|[-_])(token|auth)$|access[-_]key|credentials?([-_]json)?$",
    re.IGNORECASE,
)
_VAULTS = frozenset({"credentials", "customer_credentials", "credential_override"})
"""Below these every text is a secret, but for the names that follow."""
_HARMLESS = frozenset(
    [
        "api_base",
        "api_version",
        "available_models",
        "base_url",
        "exclude_models",
        "location",
        "model",
        "project",
        "region",
    ]
)
_PASSWORD = re.compile(r"(://)[^/\s@]+@")
"""Who somebody is, in an address."""
_CONTAINERS = frozenset({"respan_params", "keywordsai_params"})
"""These may be JSON in a text."""


def is_secret(name: str) -> bool:
    """Whether what stands under this name is a secret, whatever it looks like."""
    return _SECRET.search(name) is not None


def mask(secret: str) -> str:
    """A secret, beyond recognition; enough of a long one is left to tell two apart."""
    return f"{secret[:3]}***" if len(secret) > 11 else "***"


def masked(value: Any, in_vault: bool = False) -> Any:
    """A copy of plain data in which every text under a name that promises a secret is masked."""
    if isinstance(value, Mapping):
        return {name: _masked_field(str(name), item, in_vault or name in _VAULTS) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [masked(item, in_vault) for item in value]
    return mask(value) if in_vault and isinstance(value, str) else value


def _masked_field(name: str, value: Any, in_vault: bool) -> Any:
    if name in _HARMLESS:
        return _PASSWORD.sub(r"\1***@", value) if isinstance(value, str) else masked(value)
    if not isinstance(value, str):
        return masked(value, in_vault)
    if name in _CONTAINERS:
        return _masked_text(value)
    return mask(value) if in_vault or is_secret(name) else value


def _masked_text(text: str) -> Any:
    try:
        return masked(from_json(text))
    except ValueError:
        return mask(text)
