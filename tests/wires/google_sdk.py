"""Google's SDK as applications use it: without it, the tests of it are skipped."""

from typing import Any

import pytest

genai = pytest.importorskip("google.genai")
httpx2 = pytest.importorskip("httpx2")
errors, types = genai.errors, genai.types

MODEL = "gemini-2.5-flash"
BASE = "https://api.respan.ai/api/google/gemini"


def asynchronous(**options: Any) -> Any:
    """A client whose asynchronous half speaks httpx2, too; by itself it takes aiohttp where that is installed."""
    return genai.Client(
        api_key="any",
        http_options={"base_url": BASE, "async_client_args": {"transport": httpx2.AsyncHTTPTransport()}, **options},
    )


def ask(client: Any, *, streamed: bool) -> str:
    """What the model says."""
    if not streamed:
        return str(client.models.generate_content(model=MODEL, contents="Hi").text)
    return "".join(piece.text or "" for piece in client.models.generate_content_stream(model=MODEL, contents="Hi"))
