"""Chat completions handed to one provider and back, byte for byte: ``/api/{provider}/v1/chat/completions``.

The gateway knows the caller, counts the call and keeps a row, and does nothing else: a literal `extra_body` is merged into
the body, `respan_params` is taken out, and whatever else it says is the provider's business.
"""

from collections.abc import Mapping
from typing import Any

from ..core import problems
from ..core.chat import ChatRequest
from ..core.contract import Contract
from .chat import Chat


class Relay(Chat):
    """Chat completions as their provider has them. Recordings know them as such."""

    parameters = Chat.parameters | {"extra_body"}
    is_open = is_extended = takes_prompts = False
    is_relay = True

    def request(self, fields: Mapping[str, Any], customer: str | None, contract: Contract) -> ChatRequest:
        """The request with what a client could not put into its body."""
        extra = fields.get("extra_body")
        if extra is not None and not isinstance(extra, Mapping):
            raise problems.invalid_field(contract, "extra_body", "This field must be an object.")
        left = {name: value for name, value in fields.items() if name != "extra_body"}
        return super().request({**left, **(extra or {})}, customer, contract)


relay = Relay()
