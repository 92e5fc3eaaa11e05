"""Respan's official REST client, which has an environment of its own: see the session `respan_api` in `noxfile.py`."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pytest

try:
    VERSION = version("respan-api")
except PackageNotFoundError:
    pytest.skip(
        "respan-api is not installed: it cannot be where respan-ai is, since both are the package respan. "
        "nox -s respan_api runs these tests.",
        allow_module_level=True,
    )


@contextmanager
def client(base_url: str, key: str = "any") -> Iterator[Any]:
    """A client of the gateway whose paths begin at this URL. It checks every answer against its types."""
    import httpx
    from respan.client import RespanClient  # type: ignore[attr-defined, unused-ignore]

    with httpx.Client() as own:
        yield RespanClient(authorization=f"Bearer {key}", base_url=base_url, httpx_client=own)


def errors() -> Any:
    """The exceptions of the client."""
    import respan.errors  # type: ignore[import-not-found, unused-ignore]

    return respan.errors


def api_error() -> Any:
    """The exception that all of them are."""
    from respan.core.api_error import ApiError  # type: ignore[import-not-found, unused-ignore]

    return ApiError
