"""A Respan AI gateway for tests: it runs in your process, on answers you have written."""

from .core.chat import Answer, ToolCall, Usage
from .core.contract import Contract
from .core.log import Log
from .engine.calls import Call
from .gateway import Gateway
from .telemetry.span import Span
from .telemetry.trace import Trace

__all__ = ["Answer", "Call", "Contract", "Gateway", "Log", "Span", "ToolCall", "Trace", "Usage"]

for _public in (Answer, Call, Contract, Gateway, Log, Span, ToolCall, Trace, Usage):
    _public.__module__ = __name__
