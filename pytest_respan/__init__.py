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
    from .telemetry import assert_log, assert_span, assert_telemetry_agrees
    from .trees import assert_trace_tree

__all__ = [
    "Breakage",
    "assert_cached",
    "assert_fell_back",
    "assert_log",
    "assert_prompt_merged",
    "assert_retried",
    "assert_span",
    "assert_streamed",
    "assert_telemetry_agrees",
    "assert_trace_tree",
    "breakages",
]

_HOMES = {
    "Breakage": "mid_stream",
    "assert_log": "telemetry",
    "assert_span": "telemetry",
    "assert_telemetry_agrees": "telemetry",
    "assert_trace_tree": "trees",
    "breakages": "mid_stream",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'assertions')}"), name)
