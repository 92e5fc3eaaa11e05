"""What is taken out of recordings: the keys in use, and whatever else a user wants out."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from ..core.requests import DUMMY_KEY
from .texts import Spot, changed_data

Redact = Callable[[str, str], str]
"""Given a text and its place in the file, such as ``request.messages[0].content``, what is to stand there."""

KEYS = (
    "RESPAN_API_KEY",
    "KEYWORDSAI_API_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
)
"""Where keys are in the environment."""
_SHORTEST = 8
"""Letters a key has at least: what is shorter is a placeholder of somebody's, and may be a word."""


def keys_in_use() -> dict[str, str]:
    """The keys in the environment, each with what stands for it in a recording."""
    found = ((name, os.environ.get(name, "").strip()) for name in KEYS)
    return {key: f"<{name}>" for name, key in found if len(key) >= _SHORTEST and key != DUMMY_KEY}


class Redaction:
    """How texts are changed before they are compared or kept."""

    def __init__(self, known: Mapping[str, str], redact: Redact | None = None) -> None:
        self.known = known
        self._redact = redact

    def __bool__(self) -> bool:
        return bool(self.known) or self._redact is not None

    def __call__(self, spot: Spot, text: str) -> str:
        for secret, placeholder in self.known.items():
            text = text.replace(secret, placeholder)
        return text if self._redact is None else self._redact(text, str(spot))

    def of_request(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A request as it is kept."""
        found: dict[str, Any] = changed_data(request, ("request",), self)
        return found
