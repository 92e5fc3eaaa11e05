"""From what a client sent to what is to be done: the gateway's parameters read, the prompt merged, a model chosen."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from pydantic_core import ValidationError

from ..core import problems
from ..core.balance import share
from ..core.chat import ChatRequest
from ..core.contract import Contract
from ..core.directives import PLAIN, RELAYED, Directives, Retries, WeightedModel
from ..core.events import Balanced, Prompted
from ..core.parameters import asks_nothing, read, unheard_of
from ..core.past import Past
from ..core.policy import Plan, plan
from ..core.providers import provider_of
from ..wires.wire import Wire
from .account import Account
from .calls import Call
from .chance import Chance
from .credentials import Wallet
from .journal import Journal


@dataclass(slots=True)
class Order:
    """One call, ready to be carried out."""

    request: ChatRequest
    plan: Plan
    wallet: Wallet | None = None
    """The credentials there are for it, if any."""
    model_name_map: Mapping[str, str] | None = None


class Orders:
    """Takes orders, on behalf of an account."""

    def __init__(self, account: Account, journal: Journal, contract: Contract, chance: Chance, past: Past) -> None:
        self._account, self._journal, self._past = account, journal, past
        self._contract, self._chance = contract, chance
        self._admission = Lock()
        self._plans: dict[tuple[str, ...], Plan] = {}

    def take(self, call: Call, fields: Mapping[str, Any], headers: Mapping[str, str], wire: Wire) -> Order:
        """Read a request, or raise the problem."""
        if self._account.is_bare and asks_nothing(fields, headers, wire.parameters):
            call.is_admitted = True
            return self._simple(fields, wire)
        reading = read(fields, headers, wire.parameters, self._contract, is_open=wire.is_open)
        for warning in reading.warnings:
            call.warn(warning)
        sent = call.directives = reading.directives.relayed() if wire.is_relay else reading.directives
        if wire.is_relay:
            for name in sorted(reading.directives.sent - RELAYED):
                call.warn(f"{name} has no effect here: {call.path} is handed to its provider as it is")
        with self._admission:  # of two that come at once, the second is to see the first
            self._account.limits.check(call, sent.customer_params, self._journal.calls, self._contract)
            call.is_admitted = True
        body, brought = wire.continued(reading.left, self._past), PLAIN
        if sent.prompt is not None and wire.takes_prompts:
            body, brought = self._merge(call, body, wire)
        elif sent.prompt is not None:
            call.warn(f"prompt has no effect on {call.path}: prompts are merged into chat completions and responses")
        model, group = self._choose(call, body.get("model"), brought)
        if model is not None and model != body.get("model"):
            body = {**body, "model": model}
        request = wire.request(body, sent.customer, self._contract)
        self._account.require(request.model)
        models = (request.model,) if wire.is_relay else (request.model, *self._fallbacks(call, brought))
        wallet = self._wallet(sent, group)
        if wallet is None or wallet.choose(request.model, self._contract, 0) is None:
            self._account.limits.charge(self._journal.calls, self._account.credit)
        retries = None if wire.is_relay else self._retries(call, brought, wire)
        return Order(request, self._plan(models, retries), wallet, sent.model_name_map)

    def take_direct(self, fields: Mapping[str, Any], wire: Wire) -> Order:
        """The same for a call to a provider's own host, for which nothing is a parameter of the gateway."""
        return self._simple(fields, wire)

    def _simple(self, fields: Mapping[str, Any], wire: Wire) -> Order:
        """An order that asks for nothing but an answer."""
        if wire.keeps_answers:
            fields = wire.continued(fields, self._past)
        request = wire.request(fields, None, self._contract)
        models = (request.model,)
        return Order(request, self._plans.get(models) or self._plan(models, None))

    def _plan(self, models: tuple[str, ...], retries: Retries | None) -> Plan:
        """The plan, made once for those who ask alike."""
        if retries is not None:
            return plan(models, retries, self._contract)
        if models not in self._plans:
            self._plans[models] = plan(models, None, self._contract)
        return self._plans[models]

    def _merge(self, call: Call, body: Mapping[str, Any], wire: Wire) -> tuple[Mapping[str, Any], Directives]:
        """The body with the prompt merged in, and what the prompt asks of the gateway itself."""
        fields, settings, merged = self._account.prompts.merge(call.directives, wire.mergeable(body), self._contract)
        fields = wire.prompted(fields, body, self._contract)
        call.prompt = merged
        origin = tuple((name, merged.story_of(name)) for name in merged.origin)
        call.note(Prompted(merged.prompt_id, merged.version, merged.schema_version, origin))
        brought = [name for name, layer in merged.origin.items() if layer == "prompt" and name != "messages"]
        where = f"the prompt {merged.prompt_id}"
        for warning in (*merged.warnings, *unheard_of(brought, Wire.known["chat"].parameters, where)):
            call.warn(warning)
        try:
            return fields, Directives.of(settings) if settings else PLAIN
        except ValidationError as error:
            detail = error.errors(include_url=False, include_input=False)[0]
            path = f"prompt.prompt_id: {'.'.join(map(str, detail['loc']))}"
            raise problems.malformed_prompt(self._contract, path, f"{detail['msg']}.") from None

    def _choose(
        self, call: Call, model: Any, brought: Directives
    ) -> tuple[str | None, Mapping[str, Mapping[str, Any]]]:
        """The model to ask first, where there are several by weight, and the credentials that come with them."""
        sent = call.directives
        group = sent.load_balance_group
        if sent.balanced is not None:
            return self._balance(call, None, sent.balanced)
        if group is not None and (model is None or self._contract.model_and_group == "group"):
            models = group.models or self._account.group(group.group_id, self._contract)
            call.load_balance_group_id = group.group_id
            return self._balance(call, group.group_id, models)
        if group is not None:
            call.warn(f"model goes over the load balance group {group.group_id}, which is not used")
        if brought.balanced and call.prompt is not None and call.prompt.balances:
            return self._balance(call, None, brought.balanced)
        if model is None and sent.models:
            return self._routed(sent), {}
        return model if isinstance(model, str) else None, {}

    def _balance(
        self, call: Call, group: str | None, models: Sequence[WeightedModel]
    ) -> tuple[str, Mapping[str, Mapping[str, Any]]]:
        where = "load_balance_group.models" if group else "load_balance_models"
        if not models:
            raise problems.invalid_field(self._contract, where, "There is no model to choose from.")
        for at, one in enumerate(models):
            if self._contract.weights == "integers" and one.weight != int(one.weight):
                raise problems.invalid_field(
                    self._contract, f"{where}[{at}].weight", "Input should be a valid integer."
                )
        weights = [one.weight for one in models]
        chosen = models[share(weights, self._chance.point(call.number, "balance"))]
        call.note(Balanced(group, chosen.model, tuple((one.model, one.weight) for one in models)))
        return chosen.model, {one.model: one.credentials for one in models if one.credentials is not None}

    def _routed(self, sent: Directives) -> str:
        """The first of `models` that is not excluded: which one the hosted router takes depends on what it measures."""
        for model in sent.models or ():
            if model not in sent.exclude_models and provider_of(model) not in sent.exclude_providers:
                return model
        raise problems.invalid_field(self._contract, "models", "All of them are excluded.")

    def _fallbacks(self, call: Call, brought: Directives) -> Iterator[str]:
        sent = call.directives
        if sent.disable_fallback:
            return
        lists = [sent.fallback_models or sent.models or [], brought.fallback_models]
        if self._contract.fallback_models_of == "prompt":
            lists.reverse()
        for model in lists[0] or lists[1] or self._account.fallback_models:
            if self._account.has(model):
                yield model
            else:
                call.warn(f"the fallback {model} is not available to this account, and is passed over")

    def _retries(self, call: Call, brought: Directives, wire: Wire) -> Retries | None:
        if call.directives.retry_params is not None:
            if self._contract.request_retries == "honoured" or wire.honours_retries:
                return call.directives.retry_params
            call.warn("retry_params has no effect on chat completions: the organization's settings are used")
        return brought.retry_params or self._account.retry_settings

    def _wallet(self, sent: Directives, group: Mapping[str, Mapping[str, Any]]) -> Wallet | None:
        if sent.customer_credentials or sent.credential_override or group or self._account.credentials:
            return Wallet(sent, self._account.credentials, group)
        return None
