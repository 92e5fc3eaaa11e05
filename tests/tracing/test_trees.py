"""Trees as tests write them, and what a test reads when a trace has another one."""

from collections.abc import Sequence
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
    ids=["another name", "another order", "any order", "dots", "nothing below"],
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
