"""What does not count when two requests are compared."""

from typing import Any

import pytest

from mock_gateway.core.fingerprint import canonical, fingerprint
from mock_gateway.core.ignoring import KINDS, Ignored


def same(one: Any, other: Any, *ignored: str) -> bool:
    """Whether two requests with these contents have the same fingerprint."""
    prints = {
        fingerprint("chat", canonical({"messages": [{"role": "user", "content": content}]}, Ignored.of(ignored)))
        for content in (one, other)
    }
    return len(prints) == 1


ONE = "6f1c1f5a-9f3e-4c4e-8f4b-2a1d3c5e7f90"
OTHER = "00000000-0000-4000-8000-00000000000A"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (f"Order {ONE}, please", f"Order {OTHER}, please", True),
        ([{"type": "text", "text": ONE}], [{"type": "text", "text": OTHER}], True),
        (f"{ONE} {ONE}", f"{OTHER} {ONE}", True),
        (f"Order {ONE}, please", f"Order {OTHER}. Please", False),
        (ONE, ONE[:-1], False),
        (f"x{ONE}", f"x{OTHER}", False),
    ],
)
def test_uuids(one: Any, other: Any, is_same: bool) -> None:
    """Wherever they stand in a text, and nothing but them."""
    assert same(one, other, "uuids") is is_same
    assert not same(one, other)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Today is 2026-11-21.", "Today is 2027-01-02.", True),
        ("At 2026-11-21T10:00:00Z", "At 2026-11-21T10:00:00.123456+02:00", True),
        ("At 2026-11-21 10:00", "At 2026-11-22 23:59", True),
        ("At 2026-11-21T10:00:00Z", "At 2026-11-21", True),
        ("Version 2026-13-41", "Version 2026-14-42", False),
        ("No. 12026-11-210", "No. 12026-11-220", False),
        ("2026-11-21: tea", "2026-11-21: coffee", False),
    ],
)
def test_dates(one: str, other: str, is_same: bool) -> None:
    """Dates and times as ISO 8601 writes them."""
    assert same(one, other, "dates") is is_same
    assert not same(one, other)


def conversation(first: str, second: str, answered: str) -> dict[str, Any]:
    calls = [
        {"id": id_, "type": "function", "function": {"name": "look", "arguments": "{}"}} for id_ in (first, second)
    ]
    return {
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "tool_calls": calls},
            {"role": "tool", "tool_call_id": answered, "content": "found"},
        ]
    }


def test_ids_of_tool_calls() -> None:
    """Whatever they are; which call a result belongs to still counts."""

    def printed(*ids: str) -> str:
        return fingerprint("chat", canonical(conversation(*ids), Ignored.of(["tool_call_ids"])))

    assert printed("a", "b", "a") == printed("x", "y", "x")
    assert printed("a", "b", "a") != printed("a", "b", "b")
    assert printed("a", "b", "a") != printed("a", "b", "c")
    assert printed("a", "a", "a") != printed("a", "b", "a")


def test_ids_of_tool_calls_among_items() -> None:
    """As the Responses API has them."""

    def printed(first: str, second: str) -> str:
        items = [
            {"type": "function_call", "call_id": first, "name": "look", "arguments": "{}"},
            {"type": "function_call_output", "call_id": second, "output": "found"},
        ]
        return fingerprint("responses", canonical({"input": items}, Ignored.of(["tool_call_ids"])))

    assert printed("a", "a") == printed("b", "b")
    assert printed("a", "a") != printed("a", "b")


@pytest.mark.parametrize(
    "messages", ["x", [], [1], [{"tool_calls": 1}], [{"tool_calls": [1, {}]}], [{"tool_call_id": 1}]]
)
def test_odd_requests_are_left_alone(messages: Any) -> None:
    """What is no message is no message."""
    assert canonical({"messages": messages}, Ignored.of(["tool_call_ids"])).keys() == {"messages"}


def test_kinds_and_places_go_together() -> None:
    """One after the other; a name that is no kind is a place."""
    ignored = Ignored.of(["uuids", "dates", "messages[0].role", "user"])
    assert len(ignored.changes) == 2
    assert ignored.paths == (("messages", 0, "role"), ("user",))
    request = {"user": "u", "messages": [{"role": "user", "content": f"{ONE} on 2026-11-21"}]}
    assert canonical(request, ignored) == {"messages": [{"content": "<uuid> on <date>"}]}


def test_the_kinds_are_documented() -> None:
    """By their names."""
    from pathlib import Path

    page = (Path(__file__).resolve().parents[2] / "docs" / "cassettes.md").read_text(encoding="utf-8")
    for name in KINDS:
        assert f"`{name}`" in page
