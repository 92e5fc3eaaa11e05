"""What is set for the customers of an account: who they are, and the budgets that hold for their calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

_DAY = 86400.0
PERIODS = {"daily": _DAY, "weekly": 7 * _DAY, "monthly": 30 * _DAY, "yearly": 365 * _DAY}
USUAL_PERIOD = "monthly"


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
        self.forgotten: set[str] = set()
        """The rows of customers who were deleted: they count for nobody."""

    def find(self, environment: str, customer: str) -> Profile:
        """What was set for this customer."""
        return self._profiles.get((environment, customer), NOBODY)

    def change(self, environment: str, customer: str, changes: Mapping[str, Any]) -> None:
        """Set something for this customer."""
        self._profiles[environment, customer] = replace(self.find(environment, customer), **changes)

    def delete(self, environment: str, customer: str, rows: Iterable[str]) -> None:
        """Forget a customer, to whom these rows belong."""
        self._profiles.pop((environment, customer), None)
        self.forgotten.update(rows)
