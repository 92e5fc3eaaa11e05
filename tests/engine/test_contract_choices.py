"""Each alternative of each choice of the contract, by a scenario in which it can be told from the others.

There is one scenario for each field. A field without one fails, and so does one whose alternatives all look alike.
"""

from dataclasses import fields
from math import nan
from typing import Any

import pytest

from mock_gateway import Contract, Gateway
from mock_gateway.core.alternatives import alternatives

from .contract_scenarios import SCENARIOS

NUMBERS = {
    "refused_key_status": (401, 403),
    "invalid_field_status": (422, 400),
    "timed_out_status": (504, 503),
    "hung_up_status": (502, 500),
    "upstream_timeout": (600.0, 5.0),
    "cache_lifetime": (2592000.0, 1800.0),
    "log_delay": (0.0, 5.0),
    "batch_delay": (0.0, 60.0),
    "list_window": (3600.0, 60.0),
    "refused_management_key_status": (401, 403),
}


def test_every_choice_has_a_scenario() -> None:
    """A new field of the contract is not finished without one."""
    assert set(SCENARIOS) == {choice.name for choice in fields(Contract)}


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_alternative_makes_a_difference(name: str) -> None:
    """The same calls, with nothing but this one choice changed: no two alternatives give the same."""
    values = alternatives(Contract)[name] or NUMBERS[name]
    seen = []
    for value in values:
        found = SCENARIOS[name](Gateway(contract=Contract(**{name: value})))
        assert found not in seen, (name, value, found)
        seen.append(found)


@pytest.mark.parametrize("name", alternatives(Contract))
@pytest.mark.parametrize("value", ["nonsense", "5", True, -1, nan])
def test_a_value_nobody_knows_is_refused(name: str, value: Any) -> None:
    """With those there are."""
    if value in alternatives(Contract)[name]:
        return
    changes: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=f"{name} of a Contract is "):
        Contract(**changes)
