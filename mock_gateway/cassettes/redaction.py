"""What is taken out of recordings: the keys in use, and whatever else a user wants out."""

import json
import os
import traceback
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ..core.requests import DUMMY_KEY
from .choices import Redact, check_redact
from .mistake import CassetteMistake
from .texts import Spot, changed_data

KEYS = (
    "RESPAN_API_KEY",
    "KEYWORDSAI_API_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
)
"""Where keys are in the environment."""
OTHER_NAMES = frozenset({"GOOGLE_API_KEY"})
"""Second names of a key. Google's SDK warns of the other one where both are set."""
_SHORTEST = 8
"""Letters a key has at least: what is shorter is a placeholder of somebody's, and may be a word."""


def keys_in_use() -> dict[str, str]:
    """The keys in the environment, each with what stands for it in a recording."""
    found = ((name, os.environ.get(name, "").strip()) for name in KEYS)
    return {key: f"<{name}>" for name, key in found if len(key) >= _SHORTEST and key != DUMMY_KEY}


def _spellings(key: str) -> Iterator[str]:
    """A key as it is, and as it stands in a URL, in base64, and in JSON that is itself a text."""
    yield key
    yield json.dumps(key)[1:-1]
    yield quote(key, safe="")
    yield b64encode(key.encode()).decode().rstrip("=")


class Redaction:
    """How texts are changed before they are compared or kept."""

    def __init__(self, known: Mapping[str, str], redact: Redact | None = None) -> None:
        if redact is not None:
            check_redact(redact)
        self._redact = redact
        self.known: dict[str, str] = {}
        if known:
            self.learn(known)

    def learn(self, known: Mapping[str, str]) -> None:
        """Take out these too. The longest first: a key may begin with another."""
        found = {**self.known, **{spelling: name for key, name in known.items() for spelling in _spellings(key)}}
        self.known = dict(sorted(found.items(), key=lambda one: -len(one[0])))

    def __bool__(self) -> bool:
        return bool(self.known) or self._redact is not None

    def __call__(self, spot: Spot, text: str) -> str:
        text = self.hide(text)
        if self._redact is None or spot.is_name:
            return text
        try:
            found = self._redact(text, str(spot))
        except Exception as error:
            [*_, last] = traceback.extract_tb(error.__traceback__)
            at = f"{last.filename}:{last.lineno}"  # what it says may quote what is to be taken out
            raise CassetteMistake(f"redact raised an exception for {spot}: {type(error).__name__}, at {at}") from error
        if not isinstance(found, str):
            raise CassetteMistake(
                f"redact returned {type(found).__name__} for {spot}: it returns what is to stand there"
            )
        return found

    def hide(self, text: str) -> str:
        """A text without the keys that are known."""
        for secret, placeholder in self.known.items():
            text = text.replace(secret, placeholder)
        return text

    def of_model(self, model: str) -> str:
        """A model's name as it is kept."""
        return self(Spot(("model",)), model)

    def of_request(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A request as it is kept."""
        found: dict[str, Any] = changed_data(request, ("request",), self)
        return found
