"""What is set for the customers of an account: who they are, and the budgets that hold for their calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

_DAY = 86400.0
PERIODS = {"daily": _DAY, "weekly": 7 * _DAY, "monthly": 30 * _DAY, "yearly": 365 * _DAY}
USUAL_PERIOD = "monthly"
BUDGETS = ("period_budget", "budget_duration", "total_budget")
"""What a request may bring along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What was set for one customer. None: nothing was."""

    name: str | None = None
    email: str | None = None
    metadata: Mapping[str, Any] | None = None
    period_budget: float | None = None
    """Dollars in a period."""
    budget_duration: str | None = None
    total_budget: float | None = None
    """Dollars for ever."""
    markup_percentage: float | None = None
    period_start: float = 0.0
    """When the first period begins, in seconds of the gateway's clock. The others follow."""
    period_end: float | None = None
    """When the first period ends, where its length has no name."""
    updated_at: float | None = None

    @property
    def period(self) -> float:
        """How long a period is, in seconds."""
        if self.period_end is not None:
            return self.period_end - self.period_start
        return PERIODS[self.budget_duration or USUAL_PERIOD]


NOBODY = Profile()


class Customers:
    """The customers for whom anything was set. A customer is another one in another environment."""

    def __init__(self) -> None:
        self._profiles: dict[tuple[str, str], Profile] = {}
        self._budgets: dict[tuple[str, str], dict[str, Any]] = {}
        """Those that came with requests, the last ones."""
        self.forgotten: set[str] = set()
        """The rows of customers who were deleted: they count for nobody."""

    def find(self, environment: str, customer: str) -> Profile:
        """What was set for this customer."""
        return self._profiles.get((environment, customer), NOBODY)

    def in_force(self, environment: str, customer: str) -> Profile:
        """What holds for this customer: what was set, and where nothing was, what came with their requests."""
        profile = self.find(environment, customer)
        brought = self._budgets.get((environment, customer), {})
        return replace(profile, **{name: value for name, value in brought.items() if getattr(profile, name) is None})

    def hear(self, environment: str, customer: str, budgets: Mapping[str, Any]) -> None:
        """Keep the budgets that a request has brought for this customer."""
        said = {name: value for name, value in budgets.items() if value is not None}
        if said:
            self._budgets.setdefault((environment, customer), {}).update(said)

    def change(self, environment: str, customer: str, changes: Mapping[str, Any]) -> None:
        """Set something for this customer."""
        self._profiles[environment, customer] = replace(self.find(environment, customer), **changes)

    def delete(self, environment: str, customer: str, rows: Iterable[str]) -> None:
        """Forget a customer, to whom these rows belong."""
        self._profiles.pop((environment, customer), None)
        self._budgets.pop((environment, customer), None)
        self.forgotten.update(rows)
