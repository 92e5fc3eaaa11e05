"""One HTTP request as a door hands it over, free of any HTTP library."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DUMMY_KEY = "test-key-of-no-account"
"""What clients are given where they insist on a key. It is nobody's."""


@dataclass(slots=True)
class HttpRequest:
    """What reached a door. Header names are in lower case."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    door: str
    query: str = ""
    """What stands behind the question mark, as it was sent."""
    origin: str = ""
    """What stands before the path, for whoever is to find the way back here: scheme and host, and a server's own prefix."""

    @property
    def key(self) -> str | None:
        """The API key the client showed, wherever its SDK puts it."""
        shown = self.headers.get("authorization", "")
        if shown[:7].lower() == "bearer " and shown[7:]:
            return shown[7:].strip()
        return self.headers.get("x-api-key") or self.headers.get("x-goog-api-key") or None

    @property
    def client_retry(self) -> int:
        """0, or which of the client's own retries this is, as the SDKs made by Stainless tell it."""
        count = self.headers.get("x-stainless-retry-count", "0")
        return int(count) if count != "0" and count.isdecimal() else 0
