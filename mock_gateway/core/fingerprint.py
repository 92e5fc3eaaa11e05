"""What makes two provider requests the same: all they ask, and nothing about how the answer travels."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from .paths import Path, without

TRANSPORT = frozenset({"stream", "stream_options"})
"""An answer recorded whole can be streamed, and the reverse."""


def canonical(body: Mapping[str, Any], ignored: Sequence[Path] = ()) -> dict[str, Any]:
    """The request as it is compared: without what only says how to answer, and without what is ignored."""
    kept: dict[str, Any] = without({name: body[name] for name in body if name not in TRANSPORT}, ignored)
    return kept


def fingerprint(wire: str, request: Mapping[str, Any]) -> str:
    """Sixteen hexadecimal digits for a canonical request. The order of fields does not matter, that of lists does."""
    text = json.dumps(request, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(f"{wire}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
