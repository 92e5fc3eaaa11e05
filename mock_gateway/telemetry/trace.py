"""Spans that belong together, and the tree they are."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..core.records import NotOne, Records
from .span import Span


class Trace:
    """Spans that belong together."""

    def __init__(self, trace_id: str, spans: Sequence[Span]) -> None:
        self._id = trace_id
        self._spans = sorted(spans, key=lambda span: span.start_nanoseconds)

    def __repr__(self) -> str:
        top = next(self.branches(), None)
        return f"<Trace {top.label if top else 'of nothing'}: {len(self._spans)} spans>"

    def __str__(self) -> str:
        return self.tree()

    def __eq__(self, other: object) -> bool:
        return self.id == other.id and self._spans == other._spans if isinstance(other, Trace) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def id(self) -> str:
        """What its spans say it is called."""
        return self._id

    @property
    def spans(self) -> Records[Span]:
        """All of them, in the order they began."""
        return Records(self._spans, Span)

    @property
    def roots(self) -> Sequence[Span]:
        """The spans that are part of no other, and those whose parent was never sent."""
        return [span for span in self._spans if span.parent is None and span.twin is None]

    @property
    def root(self) -> Span:
        """The span that all others are part of."""
        __tracebackhide__ = True
        roots = self.roots
        if len(roots) != 1:
            raise NotOne(f"The trace has {len(roots)} roots, and one was asked for:\n\n{indented(self.tree())}")
        return roots[0]

    @property
    def name(self) -> str:
        """The name of its root, or of the first of its roots."""
        return self.roots[0].name

    @property
    def input(self) -> Any:
        """What went into it."""
        return self.roots[0].input

    @property
    def output(self) -> Any:
        """What came out of it."""
        return self.roots[0].output

    @property
    def workflow(self) -> str | None:
        """The workflow it is of."""
        return self.roots[0].workflow

    def tree(self) -> str:
        """One line a span, indented: its kind, then its name (of a span that asks a model: the model)."""
        return "\n".join(f"{'  ' * branch.depth}{branch.label}" for branch in self.branches())

    def branches(self) -> "Iterator[Branch]":
        """Its spans from the root down, each with its place in the tree."""
        below: dict[str, list[Span]] = {}
        for span in self._spans:
            if span.twin is None and span.parent is not None:
                below.setdefault(span.parent.id, []).append(span)
        told: set[str] = set()
        for tops in (self.roots, self._spans):  # spans that are their own ancestors have no root
            ahead = [Branch(0, span) for span in reversed(tops) if span.twin is None]
            while ahead:
                branch = ahead.pop()
                if branch.span.id not in told:
                    told.add(branch.span.id)
                    yield branch
                    ahead += [Branch(branch.depth + 1, span) for span in reversed(below.get(branch.span.id, ()))]


class Branch(NamedTuple):
    """A span at its place in a tree."""

    depth: int
    span: Span

    @property
    def label(self) -> str:
        """Its line, without the indentation."""
        return f"{self.span.label} (parent never sent)" if self.span.is_orphan else self.span.label


def indented(text: str) -> str:
    """Lines, two spaces further in."""
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())
