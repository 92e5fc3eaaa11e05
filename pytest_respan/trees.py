"""Trees of spans as a test writes them, and how a trace differs from one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mock_gateway.telemetry.trace import Trace

ANY = "..."
ANY_ORDER = "(any order)"


@dataclass(eq=False, slots=True)
class Node:
    """A line with what stands below it."""

    label: str
    children: "list[Node]" = field(default_factory=list)
    is_ordered: bool = True
    """Whether what stands below it has an order."""

    @property
    def is_gap(self) -> bool:
        """Whether it stands for any spans, or none."""
        return self.label == ANY


class Line(NamedTuple):
    """A line of a comparison: as expected and as it came, or only one of them."""

    mark: str
    depth: int
    label: str


def assert_trace_tree(trace: "Trace", expected: str) -> None:
    """The trace has this tree: a line a span, indented; its kind, then its name (of a span that asks a model: the model).

    ``*`` stands for any name or any part of one, a line ``...`` for any spans, or none. The spans under a line that ends
    in ``(any order)`` may come in any order.
    """
    __tracebackhide__ = True
    if not hasattr(trace, "branches"):
        raise TypeError(f"assert_trace_tree takes a trace, such as gateway.traces.one(), not {trace!r}.")
    if not isinstance(expected, str):
        raise TypeError(f"assert_trace_tree takes a tree as text, a line a span, not {expected!r}.")
    wanted = parse(expected)
    came = _nodes((branch.depth, branch.label) for branch in trace.branches())
    if not _in_order(wanted, came):
        raise AssertionError(_text(list(_compare(wanted, came, 0, is_ordered=True))))


def parse(text: str) -> list[Node]:
    """The tree in a text. Only how lines are indented against each other counts."""
    lines = [line for line in text.expandtabs(4).splitlines() if line.strip()]
    if not lines:
        raise ValueError("The expected tree has no lines.")
    depths: list[int] = []
    rows: list[tuple[int, str]] = []
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if not depths or indent > depths[-1]:
            depths.append(indent)
        else:
            if indent < depths[0]:
                raise ValueError(f"A line of the expected tree stands further left than the first: {line.strip()!r}")
            while indent < depths[-1]:
                depths.pop()
            if indent != depths[-1]:
                raise ValueError(f"A line of the expected tree is indented like none above it: {line.strip()!r}")
        rows.append((len(depths) - 1, line.strip()))
    return _nodes(rows)


def _nodes(rows: Iterator[tuple[int, str]] | Sequence[tuple[int, str]]) -> list[Node]:
    top = Node("")
    path = [top]
    for depth, told in rows:
        label, is_ordered = (told.removesuffix(ANY_ORDER).rstrip(), False) if told.endswith(ANY_ORDER) else (told, True)
        node = Node(" ".join(label.split()), is_ordered=is_ordered)
        del path[depth + 1 :]
        path[-1].children.append(node)
        path.append(node)
    return top.children


def _in_order(wanted: Sequence[Node], came: Sequence[Node]) -> bool:
    """Whether each fits the next. A gap takes as few as it can; what does not fit then, it takes as well."""
    at, place = 0, 0
    gap: tuple[int, int] | None = None
    while place < len(came):
        if at < len(wanted) and wanted[at].is_gap:
            at += 1
            gap = at, place
        elif at < len(wanted) and _fits(wanted[at], came[place]):
            at, place = at + 1, place + 1
        elif gap is not None:
            gap = gap[0], gap[1] + 1
            at, place = gap
        else:
            return False
    return all(node.is_gap for node in wanted[at:])


def _in_any_order(wanted: Sequence[Node], came: Sequence[Node]) -> bool:
    """Whether each of the wanted has one of its own; the rest may only be there where a gap is."""
    named = [node for node in wanted if not node.is_gap]
    if len(named) > len(came) or (len(named) == len(wanted) and len(came) != len(named)):
        return False
    return len(_own(named, came)) == len(named)


def _own(named: Sequence[Node], came: Sequence[Node]) -> dict[int, int]:
    """Who has whom, by their places, so that as many as can be have one: a free one, or one whose holder finds another."""
    holders: dict[int, int] = {}
    for first in range(len(named)):
        asked_by: dict[int, int] = {}
        asking = [first]
        for one in asking:  # it grows meanwhile
            free = None
            for place, node in enumerate(came):
                if place not in asked_by and _fits(named[one], node):
                    asked_by[place] = one
                    if place not in holders:
                        free = place
                        break
                    asking.append(holders[place])
            if free is not None:
                _hand_over(holders, asked_by, free)
                break
    return {holder: place for place, holder in holders.items()}


def _hand_over(holders: dict[int, int], asked_by: dict[int, int], free: int) -> None:
    """Give a free place to who asked for it, what they had to who asked for that, and so on."""
    had = {holder: place for place, holder in holders.items()}
    place: int | None = free
    while place is not None:
        one = asked_by[place]
        before = had.get(one)
        holders[place] = one
        place = before


@lru_cache(maxsize=1 << 16)
def _fits(wanted: Node, came: Node) -> bool:
    fit = _in_order if wanted.is_ordered else _in_any_order
    return _is_named(wanted, came) and fit(wanted.children, came.children)


def _is_named(wanted: Node, came: Node) -> bool:
    """Brackets are nothing special here: names may have them."""
    pattern = wanted.label.replace("[", "[[]")
    return wanted.label == came.label or fnmatchcase(came.label, pattern)


def _compare(wanted: Sequence[Node], came: Sequence[Node], depth: int, *, is_ordered: bool) -> Iterator[Line]:
    """The lines of both trees, those that belong together on one line."""
    for one, other in _aligned(wanted, came) if is_ordered else _paired(wanted, came):
        if other is None:
            assert one is not None
            yield from _marked("-", one, depth)
        elif one is None:
            yield from _marked("+", other, depth)
        elif one.is_gap:
            yield from _marked(" ", other, depth)
        else:
            yield Line(" ", depth, other.label)
            yield from _compare(one.children, other.children, depth + 1, is_ordered=one.is_ordered)


Pairs = list[tuple[Node | None, Node | None]]
"""Nodes that belong together. What a gap stands for is paired with the gap."""

_DIFFERS, _ALONE, _MISSING = 1, 2, 3
"""What it costs that two of the same name differ below, that one came alone, that one is missing."""


def _aligned(wanted: Sequence[Node], came: Sequence[Node]) -> Pairs:
    """The pairing that keeps the order and leaves the least alone."""
    costs = [[0] * (len(came) + 1) for _ in range(len(wanted) + 1)]
    for i in reversed(range(len(wanted) + 1)):
        for j in reversed(range(len(came) + 1)):
            costs[i][j] = min((cost for cost, *_ in _steps(wanted, came, i, j, costs)), default=0)
    pairs: Pairs = []
    i = j = 0
    while i < len(wanted) or j < len(came):
        _, i_next, j_next = min(_steps(wanted, came, i, j, costs), key=lambda step: step[0])
        one = wanted[i] if i_next > i or (i < len(wanted) and wanted[i].is_gap) else None
        other = came[j] if j_next > j else None
        if other is not None or (one is not None and not one.is_gap):
            pairs.append((one, other))
        i, j = i_next, j_next
    return pairs


def _steps(
    wanted: Sequence[Node], came: Sequence[Node], i: int, j: int, costs: Sequence[Sequence[int]]
) -> Iterator[tuple[int, int, int]]:
    """What can be done next with the rest of both: what it costs in all, and what is left then."""
    one, other = wanted[i] if i < len(wanted) else None, came[j] if j < len(came) else None
    if one is not None and one.is_gap:
        if other is not None:
            yield costs[i][j + 1], i, j + 1
        yield costs[i + 1][j], i + 1, j
        return
    if one is not None and other is not None and _is_named(one, other):
        yield costs[i + 1][j + 1] + (0 if _fits(one, other) else _DIFFERS), i + 1, j + 1
    if one is not None:
        yield costs[i + 1][j] + _MISSING, i + 1, j
    if other is not None:
        yield costs[i][j + 1] + _ALONE, i, j + 1


def _paired(wanted: Sequence[Node], came: Sequence[Node]) -> Pairs:
    """Nodes of the same name, those first that are the same all the way down."""
    named = [node for node in wanted if not node.is_gap]
    gap = next((node for node in wanted if node.is_gap), None)
    own = _own(named, came)
    found = {place: named[at] for at, place in own.items()}
    left = [node for at, node in enumerate(named) if at not in own]
    for place, other in enumerate(came):
        if place not in found:
            one = next((node for node in left if _is_named(node, other)), None)
            if one is not None:
                found[place] = one
                left.remove(one)
    return [*((found.get(place, gap), other) for place, other in enumerate(came)), *((one, None) for one in left)]


def _marked(mark: str, node: Node, depth: int) -> Iterator[Line]:
    yield Line(mark, depth, node.label)
    for child in node.children:
        yield from _marked(mark, child, depth + 1)


def _text(lines: Sequence[Line]) -> str:
    shown = [f"  {line.mark} {'  ' * line.depth}{line.label}".rstrip() for line in lines]
    return "\n".join(["The trace is not as expected (- expected, + came):", "", *shown])
