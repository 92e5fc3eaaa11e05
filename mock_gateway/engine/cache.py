"""Answers kept for the next caller who asks the same."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from ..core.chat import Answer, ChatRequest
from ..core.contract import Contract
from ..core.directives import Directives
from ..core.fingerprint import TRANSPORT
from ..wires.wire import Envelope, Wire

CacheState = Literal["off", "miss", "hit", "expired"]

KEY_FIELDS: dict[str, tuple[str, ...] | None] = {
    "messages": ("messages", "untold", "input", "dimensions"),
    "request": None,
}
"""Which fields of a request make it another one, by the contract's word for it; None: all of them."""
_NEVER = TRANSPORT | {"model"}
"""No part of what is asked. The model counts where the caller says so."""
FOR_EVER = float("inf")


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer, and who gave it."""

    answer: Answer
    envelope: Envelope
    asked: Mapping[str, Any]
    """The request it was given to."""
    body: bytes | None = None
    """As it was given whole, if it was."""

    def bytes_for(self, request: ChatRequest) -> bytes | None:
        """The very bytes, for a request that asks for the answer in the same form."""
        return self.body if not request.stream and _form(request.body) == _form(self.asked) else None


def _form(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name not in _NEVER}


class Effort(NamedTuple):
    """What an answer took, and so what each hit saves."""

    cost: float = 0.0
    tokens: int = 0
    seconds: float = 0.0

    def plus(self, other: "Effort") -> "Effort":
        """Both together."""
        return Effort(self.cost + other.cost, self.tokens + other.tokens, self.seconds + other.seconds)


@dataclass(slots=True)
class Kept:
    """An entry of the cache, with what is told about it."""

    key: str
    entry: Entry
    end: float
    """Until when it is good, in seconds of the gateway's clock."""
    at: float
    updated_at: float
    effort: Effort
    messages: Sequence[Any]
    whole: Callable[[], bytes]
    """The answer in one piece, however it was given."""
    hits: int = 0


class Found(NamedTuple):
    """What a look into the cache brings."""

    state: CacheState
    entry: Entry | None = None


def cache_key(request: ChatRequest, wire: Wire, directives: Directives, contract: Contract) -> str:
    """What two requests share that are the same to the cache."""
    names = KEY_FIELDS[contract.cache_key]
    fields = request.body if names is None else request.chat
    asked = {name: value for name, value in fields.items() if name not in _NEVER and (names is None or name in names)}
    options = directives.cache_options
    scope = [
        directives.customer if options.cache_by_customer else None,
        request.model if options.is_cached_by_model else None,
        request.stream if not contract.cache_across_streams else None,
        wire.name,
    ]
    return sha256(json.dumps([asked, scope], sort_keys=True).encode()).hexdigest()[:32]


class Cache:
    """The organization's cache. Entries last from the moment they were made; being read does not make them last longer."""

    def __init__(self) -> None:
        self._entries: dict[str, Kept] = {}
        self.hits = 0
        """How often it was of use, to whichever entries."""
        self.saved = Effort()

    def __iter__(self) -> Iterator[Kept]:
        return iter(list(self._entries.values()))

    def look(self, key: str, now: float) -> Found:
        """The entry under this key, if it is still good."""
        kept = self._entries.get(key)
        if kept is None:
            return Found("miss")
        if now >= kept.end:
            return Found("expired")
        kept.hits += 1
        self.hits += 1
        self.saved = self.saved.plus(kept.effort)
        return Found("hit", kept.entry)

    def keep(self, kept: Kept) -> None:
        """Keep an answer."""
        self._entries.pop(kept.key, None)
        self._entries[kept.key] = kept

    def find(self, key: str) -> Kept | None:
        """The entry under this key, good or not."""
        return self._entries.get(key)

    def delete(self, key: str) -> bool:
        """Forget an entry, and say whether there was one."""
        return self._entries.pop(key, None) is not None
