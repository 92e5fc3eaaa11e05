"""From what a client sent to what is to be done: the gateway's parameters read, and whom to ask settled."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.chat import ChatRequest
from ..core.contract import Contract
from ..core.directives import PLAIN, Directives, Retries
from ..core.parameters import read
from ..core.policy import Plan, plan
from ..wires.wire import Wire
from .account import Account
from .calls import Call


@dataclass(slots=True)
class Order:
    """One call, ready to be carried out."""

    directives: Directives
    request: ChatRequest
    plan: Plan


class Orders:
    """Takes orders, on behalf of an account."""

    def __init__(self, account: Account, contract: Contract) -> None:
        self._account, self._contract = account, contract

    def take(self, call: Call, fields: Mapping[str, Any], headers: Mapping[str, str], wire: Wire) -> Order:
        """Read a request, or raise the problem."""
        reading = read(fields, headers, wire.parameters, self._contract)
        for warning in reading.warnings:
            call.warn(warning)
        directives = reading.directives
        request = wire.request(reading.left, directives.customer, self._contract)
        self._account.require(request.model)
        models = (request.model, *self._fallbacks(call, directives))
        return Order(directives, request, plan(models, self._retries(call, directives), self._contract))

    def take_direct(self, fields: Mapping[str, Any], wire: Wire) -> Order:
        """The same for a call to a provider's own host, for which nothing is a parameter of the gateway."""
        request = wire.request(fields, None, self._contract)
        return Order(PLAIN, request, plan([request.model], None, self._contract))

    def _fallbacks(self, call: Call, directives: Directives) -> Iterator[str]:
        if directives.disable_fallback:
            return
        for model in directives.fallback_models or directives.models or self._account.fallback_models:
            if self._account.has(model):
                yield model
            else:
                call.warn(f"the fallback {model} is not available to this account, and is passed over")

    def _retries(self, call: Call, directives: Directives) -> Retries | None:
        if directives.retry_params is not None:
            if self._contract.request_retries == "honoured":
                return directives.retry_params
            call.warn("retry_params has no effect on chat completions: the organization's settings are used")
        return self._account.retry_settings
