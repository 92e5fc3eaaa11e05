"""Values that are made dataclasses when the first of their kind is made."""

import copy
import pickle
import threading
from dataclasses import FrozenInstanceError, field, fields, is_dataclass, replace

import pytest

from mock_gateway.core.events import Event, FellBack, Missed
from mock_gateway.core.value import Value


def test_it_is_a_frozen_dataclass() -> None:
    """Made with its defaults, shown, compared, hashed and never changed."""

    class Point(Value):
        x: int
        tags: list[str] = field(default_factory=list)

    point = Point(1)
    assert repr(point).endswith("Point(x=1, tags=[])")
    assert (point, point) == (Point(x=1), Point(1, []))
    assert Point(1).tags is not Point(1).tags
    assert replace(point, x=2) == Point(2)
    with pytest.raises(FrozenInstanceError):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'x'"):
        Point()  # type: ignore[call-arg]


def test_its_fields_are_known_before_the_first_is_made() -> None:
    """Whoever asks for them finds a dataclass."""

    class Point(Value, kw_only=True):
        x: int = 0

    class Other(Value):
        y: int = 0

    assert [one.name for one in fields(Point)] == ["x"]
    assert Point(x=1).x == 1
    assert is_dataclass(Other)


def test_one_kind_of_another_has_the_fields_of_both() -> None:
    """Whichever is made first."""

    class Point(Value):
        x: int = 0

    class Named(Point):
        name: str = ""

    assert Point(1) == Point(1)
    assert Named(1, "a") == Named(x=1, name="a")
    assert Named(1, "a") != Named(1, "b")


def test_two_kinds_with_the_same_fields_are_not_the_same() -> None:
    """As they would be as tuples."""
    events: list[Event] = [FellBack("gpt-4o"), Missed("gpt-4o")]
    assert events[0] != events[1]
    assert len({FellBack("gpt-4o"), Missed("gpt-4o"), FellBack("gpt-4o")}) == 2


def test_it_can_be_copied_and_pickled() -> None:
    """And is the same then."""
    event = FellBack("gpt-4o")
    assert copy.deepcopy(event) == pickle.loads(pickle.dumps(event)) == event


def test_several_threads_may_make_the_first() -> None:
    """All of them have one of the same kind."""

    class Point(Value):
        x: int = 0

    made: list[Point] = []
    ready = threading.Barrier(8)

    def make(x: int) -> None:
        ready.wait()
        made.append(Point(x))

    threads = [threading.Thread(target=make, args=(x,)) for x in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(point.x for point in made) == list(range(8))
    assert {type(point) for point in made} == {Point}
