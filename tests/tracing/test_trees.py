"""Trees as tests write them, and what a test reads when a trace has another one."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import permutations
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_gateway import Gateway
from mock_gateway.telemetry.span import Span
from mock_gateway.telemetry.trace import Trace
from pytest_respan import assert_trace_tree

Tree = Sequence[tuple[int, str]]

WEATHER = """
workflow weather
  chat gpt-4o
  task look up
    tool get_weather
    tool get_time
  chat gpt-4o
"""


def trace_of(text: str) -> Trace:
    """A trace with the tree in a text, its spans one after the other."""
    gateway = Gateway()
    spans: list[Span] = []
    path: list[Span] = []
    for number, line in enumerate(dedent(text).strip().splitlines(), 1):
        depth = (len(line) - len(line.lstrip())) // 2
        kind, _, name = line.strip().partition(" ")
        del path[depth:]
        told = {"traceloop.span.kind": kind, "traceloop.entity.name": name, "gen_ai.request.model": name}
        parent = path[-1].id if path else None
        book = gateway._ledger.spans
        span = Span("t", f"{number:016x}", parent, name, number, number, 1, "", told, "", {}, (), (), book)
        path.append(span)
        spans.append(span)
    gateway._ledger.spans.add(spans, 0)
    return gateway.traces.one()


@pytest.mark.parametrize(
    "expected",
    [
        WEATHER,
        "workflow weather\n  ...",
        "workflow *\n\tchat *\n\ttask look*\n\t\t...\n\tchat gpt-4?",
        "workflow weather\n  ...\n  task look up\n    ...\n  ...",
        "*\n  ...\n  chat gpt-4o",
        "workflow weather  (any order)\n  task look up (any order)\n    tool get_time\n    tool get_weather\n  chat *\n  chat *",
        "workflow weather (any order)\n  ...\n  task look up\n    ...",
        "      workflow   weather\n          ...\n",
    ],
)
def test_what_fits(expected: str) -> None:
    """Names may be wild, spans may be left out where dots stand, siblings may come in any order where it is said."""
    assert_trace_tree(trace_of(WEATHER), expected)


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        (
            "workflow weather\n  chat gpt-4o\n  task look\n    tool get_weather\n  chat gpt-4o",
            """
                workflow weather
                  chat gpt-4o
              -   task look
              -     tool get_weather
              +   task look up
              +     tool get_weather
              +     tool get_time
                  chat gpt-4o
            """,
        ),
        (
            "workflow weather\n  chat gpt-4o\n  task look up\n    tool get_time\n    tool get_weather\n  chat gpt-4o",
            """
                workflow weather
                  chat gpt-4o
                  task look up
              -     tool get_time
                    tool get_weather
              +     tool get_time
                  chat gpt-4o
            """,
        ),
        (
            "workflow weather (any order)\n  task look up\n    ...\n  chat gpt-4o\n  chat gpt-5",
            """
                workflow weather
                  chat gpt-4o
                  task look up
                    tool get_weather
                    tool get_time
              +   chat gpt-4o
              -   chat gpt-5
            """,
        ),
        (
            "workflow weather\n  ...\n  agent nobody",
            """
                workflow weather
                  chat gpt-4o
                  task look up
                    tool get_weather
                    tool get_time
                  chat gpt-4o
              -   agent nobody
            """,
        ),
        (
            "workflow weather\n  ...\n  task look up\n    ...",
            """
                workflow weather
                  chat gpt-4o
                  task look up
                    tool get_weather
                    tool get_time
              +   chat gpt-4o
            """,
        ),
        (
            "workflow weather",
            """
                workflow weather
              +   chat gpt-4o
              +   task look up
              +     tool get_weather
              +     tool get_time
              +   chat gpt-4o
            """,
        ),
    ],
    ids=["another name", "another order", "any order", "dots", "more behind what dots lead to", "nothing below"],
)
def test_what_a_test_reads(expected: str, told: str) -> None:
    """The tree that came, with what is missing and what is too much marked where it stands."""
    with pytest.raises(AssertionError) as raised:
        assert_trace_tree(trace_of(WEATHER), expected)
    headline, _, tree = str(raised.value).partition("\n\n")
    assert headline == "The trace is not as expected (- expected, + came):"
    assert dedent(tree).rstrip() == dedent(told).strip("\n").rstrip()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "The expected tree has no lines."),
        ("    a b\n  c d", "A line of the expected tree stands further left than the first: 'c d'"),
        ("a b\n    c d\n  e f", "A line of the expected tree is indented like none above it: 'e f'"),
    ],
)
def test_what_is_no_tree(text: str, why: str) -> None:
    """A tree nobody can read is a mistake of the test's, and said to be one."""
    with pytest.raises(ValueError, match=why):
        assert_trace_tree(trace_of(WEATHER), text)


LABELS = st.sampled_from(["task a", "task b", "tool a", "chat m", "agent [x]"])
SHAPES = st.lists(st.tuples(st.integers(0, 3), LABELS), min_size=1, max_size=12)


def written(shape: Tree) -> str:
    """The text of a tree: no line is more than one step deeper than the one above it."""
    lines, depth = ["workflow root"], 0
    for wanted, label in shape:
        depth = min(wanted, depth) + 1
        lines.append(f"{'  ' * depth}{label}")
    return "\n".join(lines)


@given(SHAPES)
def test_a_tree_fits_itself(shape: Tree) -> None:
    """Whatever tree a trace has, its own text fits it, and so does its text with any line in any order."""
    trace = trace_of(written(shape))
    assert trace.tree() == written(shape)
    assert_trace_tree(trace, trace.tree())
    assert_trace_tree(trace, "\n".join(f"{line} (any order)" for line in trace.tree().splitlines()))


@given(SHAPES, SHAPES)
def test_another_tree_does_not_fit(one: Tree, other: Tree) -> None:
    """Two trees that differ do not fit, and the text has something marked."""
    if written(one) == written(other):
        return
    with pytest.raises(AssertionError) as raised:
        assert_trace_tree(trace_of(written(one)), written(other))
    marks = {line[2:3] for line in str(raised.value).splitlines()[2:]}
    assert marks & {"-", "+"}


@given(st.lists(st.sampled_from("ab."), max_size=8), st.lists(st.sampled_from("ab"), max_size=8))
def test_dots_stand_for_any_spans_or_none(expected: Sequence[str], came: Sequence[str]) -> None:
    """Wherever they stand and however many there are: as in a pattern of letters. What does not fit is marked."""
    text = "\n".join(["workflow root", *("  ..." if one == "." else f"  task {one}" for one in expected)])
    trace = trace_of("\n".join(["workflow root", *(f"  task {one}" for one in came)]))
    if re.fullmatch("".join(expected).replace(".", ".*"), "".join(came)):
        assert_trace_tree(trace, text)
        return
    with pytest.raises(AssertionError, match=r"\n  [-+]   task [ab]"):
        assert_trace_tree(trace, text)


@given(st.lists(st.sampled_from(["a", "b", "*", "a*", "?b"]), max_size=6), st.lists(st.sampled_from("ab"), max_size=6))
def test_in_any_order_each_has_one_of_its_own(expected: Sequence[str], came: Sequence[str]) -> None:
    """If there is any way to give each line a span of its own, it is found."""
    text = "\n".join(["workflow root (any order)", *(f"  task {one}" for one in expected)])
    trace = trace_of("\n".join(["workflow root", *(f"  task {one}" for one in came)]))
    ways = (zip(expected, order, strict=True) for order in permutations(came)) if len(came) == len(expected) else ()
    if any(all(fnmatchcase(one, pattern) for pattern, one in way) for way in ways):
        assert_trace_tree(trace, text)
        return
    with pytest.raises(AssertionError, match=r"\n  [-+]   task"):
        assert_trace_tree(trace, text)


@pytest.mark.parametrize("order", ["", " (any order)"])
def test_a_thousand_spans_in_one(order: str) -> None:
    """A workflow may have as many parts as it likes."""
    lines = [f"  task part {number}" for number in range(1000)]
    trace = trace_of("\n".join(["workflow root", *lines]))
    assert_trace_tree(trace, "\n".join([f"workflow root{order}", *(reversed(lines) if order else lines)]))


def test_a_thousand_spans_in_each_other() -> None:
    """So may spans that are part of each other be shown, as all traces are under a failing test."""
    trace = trace_of("\n".join(f"{'  ' * depth}task {depth}" for depth in range(1000)))
    assert trace.tree().splitlines()[-1].strip() == "task 999"
