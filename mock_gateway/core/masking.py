"""Credentials as anything but the provider may see them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_SECRET = re.compile(
    r"api_?key|secret|password|private_key|authorization|bearer|(^|_)token$|credentials?_json", re.IGNORECASE
)


def mask(secret: str) -> str:
    """A secret, beyond recognition; enough of a long one is left to tell two apart."""
    return f"{secret[:3]}***" if len(secret) > 11 else "***"


def masked(value: Any) -> Any:
    """A copy of plain data in which every text under a name that promises a secret is masked."""
    if isinstance(value, Mapping):
        return {name: _masked_field(str(name), item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [masked(item) for item in value]
    return value


def _masked_field(name: str, value: Any) -> Any:
    if isinstance(value, str) and _SECRET.search(name):
        return mask(value)
    return masked(value)
