"""The sandbox templates run in. Imports Jinja2, so it is imported when the first template is rendered."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from functools import cache, wraps
from typing import Any, cast

import jinja2
from jinja2 import nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer
from pydantic_core import to_json

from .templates import SIZE, STEPS, Missing, TemplateMistake, budget

_NUMBER = 10_000
_BITS = 4096
_WIDE = re.compile(r"%(?:\([^)]*\))?[-+ #0-9.]*(?:\d{4,}|\*)")
_GLOBALS = ("dict", "namespace")
_CONTAINERS = (dict, list, tuple, Namespace)
_FORBIDDEN_METHODS = frozenset({"encode", "expandtabs", "from_bytes", "to_bytes", "translate"})
_SIZED = frozenset(["batch", "center", "indent", "ljust", "rjust", "slice", "tojson", "truncate", "zfill"])
"""Filters and methods whose numbers are sizes."""


@cache
def environment(missing: Missing) -> SandboxedEnvironment:
    """The sandbox, which makes of a missing variable what is asked."""
    undefined = {"empty": jinja2.ChainableUndefined, "kept": Kept, "refused": jinja2.StrictUndefined}[missing]
    sandbox = Sandbox(undefined=undefined, keep_trailing_newline=True, cache_size=0)
    sandbox.globals = {**{name: sandbox.globals[name] for name in _GLOBALS}, "range": _range}
    for name in ("random", "urlize", "wordwrap"):
        del sandbox.filters[name]
    sandbox.filters = {name: _guarded(name, function) for name, function in sandbox.filters.items()}
    sandbox.filters |= {"built": _built, "counted": _counted, "joined": _joined, "written": _written}
    return sandbox


class Kept(jinja2.Undefined):
    """A variable that is not there, and prints as it was written."""

    def __str__(self) -> str:
        return f"{{{{ {self._undefined_name} }}}}"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Kept(name=f"{self._undefined_name}.{name}")

    def __getitem__(self, name: Any) -> Any:
        return Kept(name=f"{self._undefined_name}[{name!r}]")


class Counting(NodeTransformer):
    """Puts a counter into every loop, and a measure at every place that writes or joins texts."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - the visitor's naming
        if node.recursive:
            raise TemplateMistake(f"recursive loops are not allowed (line {node.lineno})")
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "counted")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), "joined")

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node, "built")

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node, "built")

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node, "built") if node.ctx == "load" else node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        for operand in node.ops:
            operand.expr = _filtered(operand.expr, "built")
        return node

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        texts = (
            nodes.Const(one.data, lineno=one.lineno) if isinstance(one, nodes.TemplateData) else one
            for one in node.nodes
        )
        node.nodes = [_filtered(one, "written") for one in texts]
        return node


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's own sandbox, with counters in it."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template: nodes.Template = Counting().visit(super()._parse(source, name, filename))
        return template

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if attr in _FORBIDDEN_METHODS and not isinstance(obj, dict):
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Any:
        if super().wrap_str_format(value) is not None:
            self.unsafe_undefined(value, "format")

    def unsafe_undefined(self, obj: Any, attribute: str) -> Any:
        raise SecurityError(f"{attribute!r} is out of a template's reach")

    def call(self, context: Any, function: Any, *arguments: Any, **keywords: Any) -> Any:
        budget.get().step()
        owner = getattr(function, "__self__", None)
        if isinstance(owner, str):
            _measure(function.__name__, (owner, *arguments), keywords)
        for value in (*arguments, *keywords.values()):
            if isinstance(value, _CONTAINERS):
                _weigh(value)
        return super().call(context, function, *arguments, **keywords)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        _check_operation(operator, left, right)
        result = super().call_binop(context, operator, left, right)
        _weigh(result)
        return result


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(cast(nodes.Expr, node), name, [], [], None, None, lineno=node.lineno)


def _range(*bounds: int) -> range:
    """Numbers in a row, no more than a rendering has steps."""
    numbers = range(*bounds)
    if len(numbers) > STEPS:
        raise TemplateMistake(f"it takes more than {STEPS} iterations and calls")
    return numbers


def _weigh(value: Any) -> None:
    """Charge for a value with all that is in it, as often as it is in it; stops when the budget is used up."""
    if isinstance(value, str):
        budget.get().write(len(value))
    elif isinstance(value, dict):
        budget.get().write(1)
        for name, item in value.items():
            _weigh(name)
            _weigh(item)
    elif isinstance(value, Namespace):
        _weigh(object.__getattribute__(value, "_Namespace__attrs"))
    elif isinstance(value, list | tuple):
        budget.get().write(1)
        for item in value:
            _weigh(item)
    else:
        budget.get().write(1)


# They are given the context so that Jinja2 does not work them out once, when it compiles a template.


@jinja2.pass_context
def _built(context: Any, value: Any) -> Any:
    """A list, tuple or dict that a template writes out."""
    _weigh(value)
    return value


@jinja2.pass_context
def _counted(context: Any, values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        budget.get().step()
        yield value


@jinja2.pass_context
def _joined(context: Any, values: Iterable[Any]) -> str:
    return "".join(str(_written(context, value)) for value in values)


@jinja2.pass_context
def _written(context: Any, value: Any) -> Any:
    """A value on its way into the text: structures as JSON, and everything measured."""
    if isinstance(value, _CONTAINERS):
        _weigh(value)
    if isinstance(value, dict | list):
        value = to_json(value, fallback=str).decode()
    budget.get().write(len(value) if isinstance(value, str) else len(str(value)))
    return value


def _guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that is not let loose on sizes beyond reason."""

    @wraps(function)  # and with it the mark that tells Jinja2 to pass the context
    def guarded(*arguments: Any, **keywords: Any) -> Any:
        budget.get().step()
        value = arguments[1:] if getattr(function, "jinja_pass_arg", None) is not None else arguments
        for one in value:
            if isinstance(one, _CONTAINERS):
                _weigh(one)
        _measure(name, value, keywords)
        return function(*arguments, **keywords)

    return guarded


def _measure(name: str, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> None:
    """Refuse what would make too much of a text; `arguments` begins with the text."""
    value, *rest = arguments
    others = [*rest, *keywords.values()]
    if name in _SIZED:
        _check_numbers(others)
    texts = [other for other in others if isinstance(other, str)]
    size = len(value) if isinstance(value, Sized) else 1
    if name == "replace" and len(texts) > 1:
        _check_size((size + 1) * len(texts[1]))
    elif name == "join":
        longest = max([len(text) for text in (*texts, value if isinstance(value, str) else "")], default=0)
        items = [other for other in (*rest, value) if isinstance(other, list | tuple | str)]
        _check_size(longest * max(map(len, items), default=0))
        for item in items:
            _weigh(item)
    elif name in ("indent", "tojson"):
        _check_size(
            size
            * max(
                [len(other) if isinstance(other, str) else other for other in others if isinstance(other, int | str)],
                default=1,
            )
        )
    elif name == "format" and isinstance(value, str):
        _check_format(value, others)


def _check_numbers(values: Iterable[Any]) -> None:
    for value in values:
        if isinstance(value, int) and abs(value) > _NUMBER:
            raise TemplateMistake(f"{value} is too large for a size: at most {_NUMBER}")


def _check_size(size: int) -> None:
    if size > SIZE:
        raise TemplateMistake(f"it makes more than {SIZE} characters")


def _check_format(pattern: str, values: Iterable[Any]) -> None:
    """Refuse a format that makes wide fields, or repeats something large."""
    if _WIDE.search(pattern):
        raise TemplateMistake("a format with fields that wide is not allowed")
    before = budget.get().characters
    for value in values:
        _weigh(value)
    _check_size(pattern.count("%") * (before - budget.get().characters))


def _check_operation(operator: str, left: Any, right: Any) -> None:
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if numbers:
        if operator == "**" and isinstance(left, int) and isinstance(right, int):
            _check_bits(left.bit_length() * max(right, 0))
        elif operator == "*" and isinstance(left, int) and isinstance(right, int):
            _check_bits(left.bit_length() + right.bit_length())
    elif operator == "%" and isinstance(left, str):
        _check_format(left, [right])
    elif operator == "+" and isinstance(left, Sized) and isinstance(right, Sized):
        _check_size(len(left) + len(right))
    elif operator == "*":
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Sized) and isinstance(other, int):
                _check_size(len(one) * other)


def _check_bits(bits: int) -> None:
    if bits > _BITS:
        raise TemplateMistake("a number grows out of all proportion")
