"""What makes two provider requests the same: all they ask, and nothing about how the answer travels."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from .ignoring import NOTHING, Ignored

TRANSPORT = frozenset({"stream", "stream_options", "previous_response_id", "thread"})
"""An answer recorded whole can be streamed, and the reverse; and what a request names of the past stands in it."""
_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def canonical(body: Mapping[str, Any], ignored: Ignored = NOTHING) -> dict[str, Any]:
    """The request as it is compared: without what only says how to answer, and without what is ignored."""
    kept = {name: body[name] for name in body if name not in TRANSPORT}
    return ignored.left_of(kept) if ignored else kept


def fingerprint(wire: str, request: Mapping[str, Any]) -> str:
    """Sixteen hexadecimal digits for a canonical request. The order of fields does not matter, that of lists does."""
    text = _ENCODE(request)
    return sha256(f"{wire}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
