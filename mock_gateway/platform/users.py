"""Users over REST: the customers in the log, what they have used, and the budgets set for them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from ..core import problems
from ..core.log import Log
from ..core.masking import masked
from ..core.moments import iso
from ..engine.customers import USUAL_PERIOD, Profile
from ..telemetry.ledger import Row
from .desk import GONE, Desk, Reply, Visit
from .fields import Fields, checked
from .figures import average
from .listing import paged

Dollars = Annotated[float, Field(ge=0)]
_MONTH = 30 * 86400.0


class UserFields(Fields):
    """What can be set for a user."""

    name: str | None = None
    email: str | None = None
    metadata: dict[str, Any] | None = None
    period_budget: Dollars | None = None
    budget_duration: Literal["daily", "weekly", "monthly", "yearly"] | None = None
    total_budget: Dollars | None = None
    period_start: datetime | None = None
    period_end: datetime | None = None
    markup_percentage: float | None = None


class User(NamedTuple):
    """A customer, with the rows that are about them."""

    environment: str
    identifier: str
    rows: Sequence[Row]

    @property
    def logs(self) -> list[Log]:
        """The rows alone."""
        return [log for _, log in self.rows]


def list_all(desk: Desk, visit: Visit) -> Reply:
    """The page of the users that was asked for: those of the environment of the key, if no other is named."""
    records = [_shown(desk, user) for user in _users(desk, visit)]
    return Reply(200, paged(desk, visit, records, FILTERED, "-id"), after=desk.patience())


def get(desk: Desk, visit: Visit) -> Reply:
    """One user."""
    user = _find(desk, visit)
    if user is None:
        trouble = problems.not_found("User")
        return Reply(trouble.status, trouble.body(desk.contract), after=desk.patience())
    return Reply(200, _shown(desk, user))


def update(desk: Desk, visit: Visit) -> Reply:
    """Set budgets, or say who it is. Null takes away what was set."""
    user = _require(desk, visit)
    sent = checked(UserFields, visit.fields, desk.contract)
    changes = {name: getattr(sent, name) for name in sent.model_fields_set}
    customers = desk.account.limits.customers
    profile = customers.find(user.environment, user.identifier)
    changes |= _period(desk, profile, changes)
    customers.change(user.environment, user.identifier, changes | {"updated_at": desk.clock.elapsed()})
    return Reply(200, _shown(desk, user))


def delete(desk: Desk, visit: Visit) -> Reply:
    """Forget a user, and what was set for them. Their rows stay in the log."""
    user = _require(desk, visit)
    rows = [log.unique_id for log in user.logs]
    desk.account.limits.customers.delete(user.environment, user.identifier, rows)
    return GONE


FILTERED = frozenset(
    {"customer_identifier", "name", "email", "environment", "first_seen", "last_active_timeframe", "active_days"}
    | {"number_of_requests", "total_requests", "total_cost", "cost", "total_tokens", "tokens", "total_cache_hits"}
    | {"total_prompt_tokens", "total_completion_tokens", "average_latency", "average_ttft", "average_monthly_cost"}
    | {"period_budget", "total_budget", "budget_duration", "last_active", "created_at", "updated_at"}
)
"""The fields to filter and sort by."""


def _users(desk: Desk, visit: Visit) -> list[User]:
    """The users of an environment, in the order they were first seen."""
    environment = visit.query.get("environment") or visit.environment
    forgotten, by_name = desk.account.limits.customers.forgotten, dict[str, list[Row]]()
    for row in desk.ledger.rows():
        who = row[1].customer_identifier
        if who is not None and row[1].environment == environment and row[1].unique_id not in forgotten:
            by_name.setdefault(who, []).append(row)
    return [User(environment, who, rows) for who, rows in by_name.items()]


def _find(desk: Desk, visit: Visit) -> User | None:
    who = visit.names["customer_identifier"]
    return next((user for user in _users(desk, visit) if user.identifier == who), None)


def _require(desk: Desk, visit: Visit) -> User:
    user = _find(desk, visit)
    if user is None:
        raise problems.not_found("User")
    return user


def _period(desk: Desk, profile: Profile, changes: Mapping[str, Any]) -> dict[str, Any]:
    """When the first period begins and ends: with today, where a budget is set and nothing is said of it."""
    told: dict[str, Any] = {}
    for name in ("period_start", "period_end"):
        if changes.get(name) is not None:
            told[name] = desk.clock.since(changes[name])
    is_new = profile.period_budget is None and changes.get("period_budget") is not None
    if "period_start" not in told and (is_new or "period_start" in changes):
        today = desk.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        told["period_start"] = desk.clock.since(today)
    if "period_end" not in told and "budget_duration" in changes:
        told["period_end"] = None
    begin, end = told.get("period_start", profile.period_start), told.get("period_end", profile.period_end)
    if end is not None and end <= begin:
        raise problems.invalid_field(desk.contract, "period_end", "It comes after period_start.")
    return told


def _shown(desk: Desk, user: User) -> dict[str, Any]:
    """A user as JSON has it: the fields of the list and those of the page on one user."""
    profile, logs = _profile(desk, user), user.logs
    begins = (now := desk.clock.elapsed()) - (now - profile.period_start) % profile.period
    last, updated = logs[-1].timestamp, profile.updated_at
    return {
        "id": user.identifier,
        "customer_identifier": user.identifier,
        "environment": user.environment,
        "is_test": user.environment == "test",
        "name": profile.name,
        "email": profile.email,
        "metadata": masked(profile.metadata),
        "markup_percentage": profile.markup_percentage or 0.0,
        "organization_name": None,
        "unique_organization_id": None,
        "period_budget": profile.period_budget,
        "budget_duration": profile.budget_duration or USUAL_PERIOD,
        "total_budget": profile.total_budget,
        "period_start": iso(desk.clock.moment(begins)),
        "period_end": iso(desk.clock.moment(begins + profile.period)),
        "total_period_usage": sum(log.cost or 0.0 for came_in, log in user.rows if came_in >= begins),
        **_totals(logs, now - user.rows[0][0]),
        "first_seen": logs[0].start_time,
        "created_at": logs[0].start_time,
        "last_active": last,
        "last_active_timeframe": last,
        "updated_at": last if updated is None else iso(desk.clock.moment(updated)),
    }


def _totals(logs: Sequence[Log], known_for: float) -> dict[str, Any]:
    cost = sum(log.cost or 0.0 for log in logs)
    prompt, completion = sum(log.prompt_tokens or 0 for log in logs), sum(log.completion_tokens or 0 for log in logs)
    models = Counter(log.model for log in logs if log.model and not log.cache_hit)
    return {
        "number_of_requests": len(logs),
        "total_requests": len(logs),
        "total_cost": cost,
        "cost": cost,
        "total_usage": cost,
        "average_monthly_cost": cost / max(known_for / _MONTH, 1.0),
        "total_prompt_tokens": prompt,
        "total_completion_tokens": completion,
        "total_tokens": prompt + completion,
        "tokens": prompt + completion,
        "total_cache_hits": sum(log.cache_bit for log in logs),
        "average_latency": average(log.latency for log in logs),
        "average_ttft": average(log.time_to_first_token for log in logs),
        "top_models": dict(models.most_common()),
        "active_days": len({(log.timestamp or "")[:10] for log in logs}),
    }


_SAVED = ("period_budget", "total_budget", "budget_duration", "metadata")
"""What `customer_params` set as well, where the contract says that they are heeded."""


def _profile(desk: Desk, user: User) -> Profile:
    """What was set for a user; where nothing was, what their calls and logs last said of them."""
    profile = desk.account.limits.customers.find(user.environment, user.identifier)
    said: dict[str, Any] = {}
    for log in user.logs:
        said |= {"name": log.customer_name} if log.customer_name else {}
        said |= {"email": log.customer_email} if log.customer_email else {}
        if desk.contract.customer_budgets == "enforced":
            params = log.customer_params or {}
            said |= {name: params[name] for name in _SAVED if params.get(name) is not None}
    return replace(profile, **{name: value for name, value in said.items() if getattr(profile, name) is None})
