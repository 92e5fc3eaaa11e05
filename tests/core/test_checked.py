"""Values whose fields are checked when they come from outside."""

import pickle
from copy import copy, deepcopy
from dataclasses import FrozenInstanceError, field
from typing import Annotated

import pytest
from pydantic import ValidationError

from mock_gateway.core.checked import Checked, Within


class Inner(Checked):
    name: Annotated[str, Within(min_length=1)]
    secret: str = field(default="none", repr=False)


class Outer(Checked, extra="forbid"):
    count: Annotated[int, Within(gt=0)] = 3
    inner: Inner | None = None
    many: list[Inner] = field(default_factory=list)


def test_what_is_sent_is_checked() -> None:
    """Strictly; each mistake is told with its place."""
    with pytest.raises(ValidationError) as caught:
        Outer.of({"count": 0, "inner": {"name": ""}, "many": [{}], "other": 1})
    assert {error["loc"]: error["type"] for error in caught.value.errors()} == {
        ("count",): "greater_than",
        ("inner", "name"): "string_too_short",
        ("many", 0, "name"): "missing",
        ("other",): "extra_forbidden",
    }
    with pytest.raises(ValidationError):
        Outer.of({"count": "1"})


def test_what_was_sent_is_told_from_what_is_so_anyway() -> None:
    """And from what is no field at all."""
    outer = Outer.of({"inner": {"name": "a", "other": 1}})
    assert outer.inner is not None
    assert (outer.sent, outer.inner.sent, dict(outer.inner.strangers)) == ({"inner"}, {"name"}, {"other": 1})
    assert outer.plain(Checked.is_sent) == {"inner": {"name": "a", "other": 1}}
    assert outer.plain(Checked.is_told) == outer.plain(Checked.is_sent)
    assert outer.plain() == {"count": 3, "inner": {"name": "a", "secret": "none", "other": 1}, "many": []}
    assert repr(outer.inner) == "Inner(name='a', other=1)"


def test_one_that_is_made_is_taken_at_its_word() -> None:
    """It lacks nothing, has no other fields, and does not change."""
    outer = Outer(count=1, many=[Inner(name="a")])
    assert outer == Outer.of({"count": 1, "many": [{"name": "a"}]})
    assert outer.but(count=2) == Outer(count=2, many=[Inner(name="a")])
    assert (outer.count, outer.but(inner=None).sent) == (1, {"count", "many", "inner"})
    assert Outer() != Inner(name="a")
    assert len({Inner(name="a"), Inner(name="a"), Inner(name="b")}) == 2
    assert Outer().many is not Outer().many
    with pytest.raises(TypeError, match="Inner lacks name"):
        Inner()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Inner has no nam"):
        Inner(nam="a")  # type: ignore[call-arg]
    with pytest.raises(FrozenInstanceError):
        outer.count = 2  # type: ignore[misc]


def test_a_value_can_be_copied_and_stored() -> None:
    """It is equal then, knows what was sent, and is as frozen as before."""
    outer = Outer.of({"inner": {"name": "a", "other": 1}})
    for twin in (copy(outer), deepcopy(outer), pickle.loads(pickle.dumps(outer))):
        assert (twin, twin.sent) == (outer, {"inner"})
        assert twin.inner is not None
        assert twin.inner.strangers == {"other": 1}
        with pytest.raises(FrozenInstanceError, match="count"):
            setattr(twin, "count", 4)  # noqa: B010 - as a plain assignment is refused by the types already
        with pytest.raises(FrozenInstanceError, match="count"):
            delattr(twin, "count")


def test_plain_data_in_a_field_stays_what_it_is() -> None:
    """However deep it is: nothing in it is a value of ours."""

    class Holder(Checked):
        body: object = None

    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert Holder(body=deep).plain()["body"] is deep
