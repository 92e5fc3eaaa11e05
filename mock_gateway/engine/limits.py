"""Limits of keys, customers and the organization, and what has been used up of them.

What has been used is read from the calls themselves, so there is nothing to keep in step.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ..core import problems
from ..core.contract import Contract
from ..core.directives import Customer
from ..core.events import counted
from .calls import Call
from .customers import BUDGETS, PERIODS, USUAL_PERIOD, Customers

Per = Literal["key", "organization", "customer"]
Action = Literal["block", "warn"]
_EVER = float("inf")


@dataclass(frozen=True, slots=True)
class Limit:
    """So much of something in a window of time. Windows are fixed: they follow each other from one moment on."""

    metric: Literal["requests", "tokens", "cost"]
    most: float
    per: Per = "organization"
    window: float = 60
    action: Action = "block"
    since: float = 0
    """When the first window begins, in seconds of the gateway's clock."""
    environment: str | None = None
    """Where alone it holds, if not everywhere."""

    def __str__(self) -> str:
        amount = f"${self.most:g}" if self.metric == "cost" else counted(int(self.most), self.metric.removesuffix("s"))
        span = "" if self.window == _EVER else f" in {self.window:g} s"
        return f"{amount}{span} per {self.per}"

    def begins(self, now: float) -> float:
        """When the window began that this moment is in."""
        return 0.0 if self.window == _EVER else now - (now - self.since) % self.window

    def used(self, calls: Iterable[Call]) -> float:
        """How much these calls have used."""
        if self.metric == "requests":
            return sum(1 for _ in calls)
        if self.metric == "tokens":
            return sum(call.answer.usage.total_tokens for call in calls if call.answer and call.answer.usage)
        return sum(call.cost or 0 for call in calls)


class Limits:
    """The limits of an account."""

    def __init__(self) -> None:
        self.of_all: list[Limit] = []
        """Those that hold whoever the customer is."""
        self.customers = Customers()

    def add(self, limit: Limit) -> None:
        """Have one more."""
        self.of_all.append(limit)

    def check(self, call: Call, customer: Customer, past: Sequence[Call], contract: Contract) -> None:
        """Let the call through, with a warning maybe, or raise the problem."""
        asked = self.of_all
        if call.customer is not None:
            if contract.customer_budgets == "enforced":
                brought = {name: getattr(customer, name) for name in BUDGETS}
                self.customers.hear(call.environment, call.customer, brought)
            asked = [*asked, *_of_customer(customer, contract), *self._of_profile(call.environment, call.customer)]
        for limit in asked:
            if not self._is_over(limit, call, past, contract):
                continue
            if limit.action == "warn":
                call.warn(f"over the limit of {limit}")
                continue
            left = limit.begins(call.began) + limit.window - call.began
            raise problems.limited(contract, str(limit), None if limit.window == _EVER else left)

    def _of_profile(self, environment: str, customer: str) -> Iterator[Limit]:
        """What holds for this customer: what was set does, whatever the contract says of budgets in requests."""
        profile = self.customers.in_force(environment, customer)
        if profile.period_budget is not None:
            budget, since = profile.period_budget, profile.period_start
            yield Limit("cost", budget, "customer", profile.period, since=since, environment=environment)
        if profile.total_budget is not None:
            yield Limit("cost", profile.total_budget, "customer", _EVER, environment=environment)

    def _is_over(self, limit: Limit, call: Call, past: Sequence[Call], contract: Contract) -> bool:
        owner = _owner(limit, call)
        if owner is None:
            return False
        begins = limit.begins(call.began)
        used = limit.used(
            one
            for one in past
            if one.is_admitted
            and (contract.limit_counts == "let_in" or _may_be_answered(one))
            and one.began >= begins
            and _owner(limit, one) == owner
            and not self._is_forgotten(limit, one)
        )
        if limit.metric == "requests":
            used += 1  # this one
        return used >= limit.most if contract.limit_reached == "reached" else used > limit.most

    def _is_forgotten(self, limit: Limit, call: Call) -> bool:
        return limit.per == "customer" and call.log_id in self.customers.forgotten

    def charge(self, past: Iterable[Call], credit: float | None) -> None:
        """Raise the problem if a call that no other credentials pay for finds no credit left."""
        if credit is not None and sum(call.cost or 0 for call in past if not call.used_custom_credential) >= credit:
            raise problems.no_credits()


def _may_be_answered(call: Call) -> bool:
    """Whether it was, or still can be: some that are over have no status, since nobody answered."""
    return not call.is_over if call.status is None else call.status < 400


def _of_customer(customer: Customer, contract: Contract) -> Iterator[Limit]:
    if customer.rate_limit is not None:
        yield Limit("requests", customer.rate_limit, "customer")
    if contract.customer_budgets == "ignored":
        return
    if customer.period_budget is not None:
        yield Limit("cost", customer.period_budget, "customer", PERIODS[customer.budget_duration or USUAL_PERIOD])
    if customer.total_budget is not None:
        yield Limit("cost", customer.total_budget, "customer", _EVER)


def _owner(limit: Limit, call: Call) -> str | None:
    """Whose use of it counts together. None: it is none of this call's."""
    if limit.environment not in (None, call.environment):
        return None
    return {"key": call.key, "customer": call.customer, "organization": ""}[limit.per]
