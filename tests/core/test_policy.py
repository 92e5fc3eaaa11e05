"""The policy by tables: what has happened, and what is done now."""

from typing import Any

import pytest

from mock_gateway import Contract
from mock_gateway.core.directives import Retries
from mock_gateway.core.policy import Deliver, GiveUp, Tried, Try, next_move, plan
from mock_gateway.core.steps import Wait

TWICE = Retries(num_retries=2, retry_after=1)


def decide(past: list[Any], models: str = "a b", retries: Retries | None = TWICE, **contract: Any) -> Any:
    return next_move(plan(models.split(), retries, Contract(**contract)), past)


A429, A500, A400 = Tried("a", "rate_limited"), Tried("a", "failed"), Tried("a", "rejected")
B500 = Tried("b", "failed")


@pytest.mark.parametrize(
    ("past", "move"),
    [
        ([], Try("a")),
        ([Tried("a", "answered")], Deliver()),
        ([Tried("a", "stalled")], Deliver()),
        ([A429], Wait(1)),
        ([A429, Wait(1)], Try("a")),
        ([A429, Wait(1), Tried("a", "answered")], Deliver()),
        ([A429, Wait(1), A500], Wait(1)),
        ([A429, Wait(1), A500, Wait(1), A500], Try("b")),
        ([A400], Try("b")),
        ([A400, B500], Wait(1)),
        ([A400, B500, Wait(1), B500, Wait(1), B500], GiveUp()),
        ([A400, Tried("b", "rejected")], GiveUp()),
    ],
)
def test_a_call_is_led_from_one_attempt_to_the_next(past: list[Any], move: Any) -> None:
    """Retries of one model, then the next model; at the end an answer, or nothing."""
    assert decide(past) == move


@pytest.mark.parametrize(
    ("past", "changes", "move"),
    [
        ([A500], {"retry_on": "rate_limits"}, Try("b")),
        ([A400], {"retry_on": "any_error"}, Wait(1)),
        ([A400], {"fallback_on": "transient"}, GiveUp()),
        ([A429], {"retry_order": "fallbacks_first"}, Try("b")),
        ([A429, B500], {"retry_order": "fallbacks_first"}, Wait(1)),
        ([A429, Wait(1), A429], {"retry_wait": "doubling"}, Wait(2)),
        ([Tried("a", "timed_out")], {"fallback_after_timeout": False, "retry_on": "rate_limits"}, GiveUp()),
        ([Tried("a", "timed_out")], {"retry_on": "rate_limits"}, Try("b")),
        ([A500], {"retry_on": "rate_limits", "fallback_on": "rate_limits"}, GiveUp()),
    ],
)
def test_the_contract_decides_where_the_documentation_does_not(
    past: list[Any], changes: dict[str, Any], move: Any
) -> None:
    """Each choice about retries and fallbacks changes a move."""
    assert decide(past, **changes) == move


def test_without_retries_a_model_is_asked_once() -> None:
    """No settings, or settings that are off, mean one attempt for each model."""
    for retries in (None, Retries(retry_enabled=False)):
        assert decide([A429], retries=retries) == Try("b")
        assert decide([A429], models="a", retries=retries) == GiveUp()


def test_a_model_named_twice_is_asked_as_one() -> None:
    """A fallback that is the model itself adds nothing."""
    assert decide([A400], models="a a") == GiveUp()
