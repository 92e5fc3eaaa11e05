"""Clients that already point at the gateway."""

import os
from importlib.util import find_spec
from typing import Any

import pytest

BASE_URL = "https://api.respan.ai/api/"


def openai_client(kind: str) -> Any:
    """An OpenAI client of this kind, or a failure that says how to get the package."""
    if find_spec("openai") is None:
        fixture = "respan_openai" if kind == "OpenAI" else "respan_async_openai"
        pytest.fail(f"{fixture} needs the openai package: pip install openai", pytrace=False)
    import openai

    return getattr(openai, kind)(base_url=BASE_URL, api_key=os.environ["RESPAN_API_KEY"])
