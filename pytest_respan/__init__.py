"""Test applications built on the Respan AI gateway, offline.

Installed, it gives a suite the fixtures `respan_gateway`, `respan_server` and others: see ``pytest --fixtures``. What a
test imports from here is loaded when it does, since every pytest run on the machine loads this package.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assertions import (
        assert_cached,
        assert_fell_back,
        assert_prompt_merged,
        assert_retried,
        assert_streamed,
    )
    from .mid_stream import Breakage, breakages

__all__ = [
    "Breakage",
    "assert_cached",
    "assert_fell_back",
    "assert_prompt_merged",
    "assert_retried",
    "assert_streamed",
    "breakages",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "mid_stream" if name in ("Breakage", "breakages") else "assertions"
    return getattr(import_module(f"{__name__}.{home}"), name)
