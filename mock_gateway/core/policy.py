"""After this, what next? Retries and fallbacks as a table, without a clock or a model in sight.

`next_move` is told what has happened to a call so far, and says what the gateway does now.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from .contract import Contract
from .directives import Retries
from .steps import Wait

Kind = Literal["answered", "stalled", "rate_limited", "failed", "rejected", "timed_out", "slow", "hung_up"]
"""What came of an attempt: an answer; the beginning of one, and then nothing; a 429; a 408 or a status from 500 on; any
other error; no answer at all; no first token in time; a broken connection before any of the answer was passed on."""

PASSING: frozenset[Kind] = frozenset({"rate_limited", "failed", "timed_out", "slow", "hung_up"})
"""What may be gone a moment later."""

TRIGGERS: dict[str, frozenset[Kind]] = {
    "rate_limits": frozenset({"rate_limited"}),
    "transient": PASSING,
    "any_error": PASSING | {"rejected"},
}
"""What leads to a retry, and what to a fallback, by the contract's word for it."""


class Tried(NamedTuple):
    """A model was asked, and this came of it."""

    model: str
    kind: Kind


class Try(NamedTuple):
    """Ask this model."""

    model: str


class Deliver(NamedTuple):
    """Give the client what the last attempt has brought."""


class GiveUp(NamedTuple):
    """Everything failed."""


Move = Try | Wait | Deliver | GiveUp


_DOUBLINGS = 40
"""How often a wait is doubled at most: a second becomes thirty thousand years."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Whom to ask, how often, and after what."""

    models: tuple[str, ...]
    """The model that is asked first, and its fallbacks in order."""
    retries: int = 0
    """How often a model is asked again."""
    wait: float = 0
    """Seconds before that."""
    is_doubling: bool = False
    is_fallback_first: bool = False
    """Whether a model with fallbacks left is not asked again."""
    retry_on: frozenset[Kind] = PASSING
    fallback_on: frozenset[Kind] = TRIGGERS["any_error"]


def plan(models: Iterable[str], retries: Retries | None, contract: Contract) -> Plan:
    """The plan for a call: what was asked for, where the contract lets it."""
    if retries is None or not retries.retry_enabled:
        number, wait = 0, 0.0
    else:
        number, wait = retries.num_retries, retries.retry_after
    triggers = TRIGGERS[contract.fallback_on]
    return Plan(
        tuple(dict.fromkeys(models)),
        number,
        wait,
        is_doubling=contract.retry_wait == "doubling",
        is_fallback_first=contract.retry_order == "fallbacks_first",
        retry_on=TRIGGERS[contract.retry_on],
        fallback_on=triggers if contract.fallback_after_timeout else triggers - {"timed_out"},
    )


def next_move(plan: Plan, past: Sequence[Tried | Wait]) -> Move:
    """What to do after all this."""
    if not past:
        return Try(plan.models[0])
    last = past[-1]
    if isinstance(last, Tried) and last.kind in ("answered", "stalled"):
        return Deliver()
    tries = [event.model for event in past if isinstance(event, Tried)]
    if isinstance(last, Wait):
        return Try(tries[-1])
    done = tries.count(last.model) - 1  # nobody goes back to a model it has left
    left = plan.models[plan.models.index(last.model) + 1 :]
    if done < plan.retries and last.kind in plan.retry_on and not (plan.is_fallback_first and left):
        return Wait(plan.wait * 2 ** min(done, _DOUBLINGS) if plan.is_doubling else plan.wait)
    if left and last.kind in plan.fallback_on:
        return Try(left[0])
    return GiveUp()


def table(contract: Contract) -> Iterator[tuple[str, str, str]]:
    """Every kind of outcome with what follows it: with retries left, and with none left but a fallback."""
    for kind in get_args(Kind):
        again = next_move(plan(["a", "b"], Retries(), contract), [Tried("a", kind)])
        beyond = next_move(plan(["a", "b"], None, contract), [Tried("a", kind)])
        yield kind, _word(again), _word(beyond)


def _word(move: Move) -> str:
    if isinstance(move, Try):
        return "asks the fallback"
    return {Wait: "waits, asks again", Deliver: "delivers", GiveUp: "gives up"}[type(move)]
