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

Per = Literal["key", "organization", "customer"]
Action = Literal["block", "warn"]
_DAY = 86400.0
_PERIODS = {"daily": _DAY, "weekly": 7 * _DAY, "monthly": 30 * _DAY, "yearly": 365 * _DAY}
_EVER = float("inf")


@dataclass(frozen=True, slots=True)
class Limit:
    """So much of something in a window of time. Windows are fixed: they follow each other from the clock's beginning."""

    metric: Literal["requests", "tokens", "cost"]
    most: float
    per: Per = "organization"
    window: float = 60
    action: Action = "block"

    def __str__(self) -> str:
        amount = f"${self.most:g}" if self.metric == "cost" else counted(int(self.most), self.metric.removesuffix("s"))
        span = "" if self.window == _EVER else f" in {self.window:g} s"
        return f"{amount}{span} per {self.per}"

    def begins(self, now: float) -> float:
        """When the window began that this moment is in."""
        return 0.0 if self.window == _EVER else now - now % self.window

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
        self._limits: list[Limit] = []

    def add(self, limit: Limit) -> None:
        """Have one more."""
        self._limits.append(limit)

    def check(self, call: Call, customer: Customer, past: Sequence[Call], contract: Contract) -> None:
        """Let the call through, with a warning maybe, or raise the problem."""
        asked = self._limits
        if call.customer is not None:
            asked = [*asked, *_of_customer(customer, contract)]
        for limit in asked:
            if not _is_over(limit, call, past, contract):
                continue
            if limit.action == "warn":
                call.warn(f"over the limit of {limit}")
                continue
            left = limit.begins(call.began) + limit.window - call.began
            raise problems.limited(contract, str(limit), None if limit.window == _EVER else left)

    def charge(self, past: Iterable[Call], credit: float | None) -> None:
        """Raise the problem if a call that no other credentials pay for finds no credit left."""
        if credit is not None and sum(call.cost or 0 for call in past if not call.used_custom_credential) >= credit:
            raise problems.no_credits()


def _of_customer(customer: Customer, contract: Contract) -> Iterator[Limit]:
    if customer.rate_limit is not None:
        yield Limit("requests", customer.rate_limit, "customer")
    if contract.customer_budgets == "ignored":
        return
    if customer.period_budget is not None:
        yield Limit("cost", customer.period_budget, "customer", _PERIODS[customer.budget_duration or "monthly"])
    if customer.total_budget is not None:
        yield Limit("cost", customer.total_budget, "customer", _EVER)


def _is_over(limit: Limit, call: Call, past: Sequence[Call], contract: Contract) -> bool:
    owner = _owner(limit, call)
    if owner is None:
        return False
    begins = limit.begins(call.began)
    used = limit.used(one for one in past if one.is_admitted and one.began >= begins and _owner(limit, one) == owner)
    if limit.metric == "requests":
        used += 1  # this one
    return used >= limit.most if contract.limit_reached == "reached" else used > limit.most


def _owner(limit: Limit, call: Call) -> str | None:
    """Whose use of it counts together."""
    return {"key": call.key, "customer": call.customer, "organization": ""}[limit.per]
