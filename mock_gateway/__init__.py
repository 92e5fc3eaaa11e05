"""A Respan AI gateway for tests: it runs in your process, on answers you have written."""

from .core.chat import Answer, ToolCall, Usage
from .core.contract import Contract
from .gateway import Gateway

__all__ = ["Answer", "Contract", "Gateway", "ToolCall", "Usage"]

for _public in (Answer, Contract, Gateway, ToolCall, Usage):
    _public.__module__ = __name__
