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
    wanted = parse(expected)
    came = _nodes((branch.depth, branch.label) for branch in trace.branches())
    if not _match(tuple(wanted), tuple(came), is_ordered=True):
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


def _match(wanted: tuple[Node, ...], came: tuple[Node, ...], *, is_ordered: bool) -> bool:
    return _in_order(wanted, came) if is_ordered else _in_any_order(wanted, came)


@lru_cache(maxsize=4096)
def _in_order(wanted: tuple[Node, ...], came: tuple[Node, ...]) -> bool:
    if not wanted:
        return not came
    if wanted[0].is_gap:
        return any(_in_order(wanted[1:], came[at:]) for at in range(len(came) + 1))
    return bool(came) and _fits(wanted[0], came[0]) and _in_order(wanted[1:], came[1:])


def _in_any_order(wanted: tuple[Node, ...], came: tuple[Node, ...]) -> bool:
    """Whether each of the wanted has one of its own; the rest may only be there where a gap is."""
    named = [node for node in wanted if not node.is_gap]
    if len(named) > len(came) or (len(named) == len(wanted) and len(came) != len(named)):
        return False
    taken: dict[int, int] = {}

    def find(at: int, tried: set[int]) -> bool:
        for place, node in enumerate(came):
            if place not in tried and _fits(named[at], node):
                tried.add(place)
                if place not in taken or find(taken[place], tried):
                    taken[place] = at
                    return True
        return False

    return all(find(at, set()) for at in range(len(named)))


def _fits(wanted: Node, came: Node) -> bool:
    return _is_named(wanted, came) and _match(
        tuple(wanted.children), tuple(came.children), is_ordered=wanted.is_ordered
    )


def _is_named(wanted: Node, came: Node) -> bool:
    """Brackets are nothing special here: names may have them."""
    pattern = wanted.label.replace("[", "[[]")
    return wanted.label == came.label or fnmatchcase(came.label, pattern)


def _compare(wanted: Sequence[Node], came: Sequence[Node], depth: int, *, is_ordered: bool) -> Iterator[Line]:
    """The lines of both trees, those that belong together on one line."""
    pairs = _aligned(wanted, came) if is_ordered else _paired(wanted, came)
    for one, other in pairs:
        if one is not None and other is not None:
            yield Line(" ", depth, other.label)
            yield from _compare(one.children, other.children, depth + 1, is_ordered=one.is_ordered)
        elif one is not None:
            yield from _marked("-", one, depth)
        elif other is not None:
            is_covered = any(node.is_gap for node in wanted)
            yield from _marked(" " if is_covered else "+", other, depth)


Pairs = list[tuple[Node | None, Node | None]]


def _aligned(wanted: Sequence[Node], came: Sequence[Node]) -> Pairs:
    """The longest way to pair nodes of the same name that keeps their order."""
    named = [node for node in wanted if not node.is_gap]
    has_gap = len(named) < len(wanted)
    best: list[list[int]] = [[0] * (len(came) + 1) for _ in range(len(named) + 1)]
    for i in reversed(range(len(named))):
        for j in reversed(range(len(came))):
            score = (2 if _fits(named[i], came[j]) else 1) if _is_named(named[i], came[j]) else 0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], score + best[i + 1][j + 1] if score else 0)
    pairs: Pairs = []
    i = j = 0
    while i < len(named) or j < len(came):
        if i < len(named) and j < len(came) and _is_named(named[i], came[j]):
            score = 2 if _fits(named[i], came[j]) else 1
            if best[i][j] == score + best[i + 1][j + 1]:
                pairs.append((named[i], came[j]))
                i, j = i + 1, j + 1
                continue
        goes_first = j == len(came) or best[i + 1 if i < len(named) else i][j] > best[i][j + 1] - (not has_gap)
        if i < len(named) and goes_first:
            pairs.append((named[i], None))
            i += 1
        else:
            pairs.append((None, came[j]))
            j += 1
    return pairs


def _paired(wanted: Sequence[Node], came: Sequence[Node]) -> Pairs:
    """Nodes of the same name, those first that are the same all the way down."""
    left = [node for node in wanted if not node.is_gap]
    found: dict[int, Node] = {}
    for test in (_fits, _is_named):
        for other in came:
            one = next((node for node in left if id(other) not in found and test(node, other)), None)
            if one is not None:
                found[id(other)] = one
                left.remove(one)
    return [*((found.get(id(other)), other) for other in came), *((one, None) for one in left)]


def _marked(mark: str, node: Node, depth: int) -> Iterator[Line]:
    yield Line(mark, depth, node.label)
    for child in node.children:
        yield from _marked(mark, child, depth + 1)


def _text(lines: Sequence[Line]) -> str:
    shown = [f"  {line.mark} {'  ' * line.depth}{line.label}".rstrip() for line in lines]
    if not any(line.mark != " " for line in lines):
        shown.append("  (the same spans, in another order)")
    return "\n".join(["The trace is not as expected (- expected, + came):", "", *shown])
