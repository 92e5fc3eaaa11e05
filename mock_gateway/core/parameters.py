"""Finding the gateway's own fields in a request, and telling its author what became of each.

They can stand at the top level of the body, in `respan_params` (before: `keywordsai_params`), and in the header
X-Data-Respan-Params (before: X-Data-Keywordsai-Params). A mistake here is easily overlooked, since the hosted gateway
ignores what it cannot read; so each one leaves a warning in the story.
"""

from base64 import b64decode
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails, ValidationError, from_json

from . import problems
from .checked import Checked
from .contract import Contract
from .directives import CONTAINERS, HEADERS, NAMES, NOT_IMITATED, PLAIN, Directives
from .nearest import nearest

Fields = Mapping[str, Any]
_HEADERS = frozenset(HEADERS)


class Reading(NamedTuple):
    """A request taken apart: what it asks of the gateway, what is left for the model, and what its author should know."""

    directives: Directives
    left: Fields
    warnings: tuple[str, ...] = ()


def asks_nothing(body: Fields, headers: Mapping[str, str], known: frozenset[str]) -> bool:
    """Whether there is nothing in a request but the fields of its wire."""
    return known.issuperset(body) and _HEADERS.isdisjoint(headers)


def read(
    body: Fields, headers: Mapping[str, str], known: frozenset[str], contract: Contract, *, is_open: bool = True
) -> Reading:
    """Take a request apart. `known` are the fields of the wire itself, among which the gateway's stand if it `is_open`."""
    if asks_nothing(body, headers, known):
        return Reading(PLAIN, body)
    sent = [name for name in HEADERS if name in headers]
    warnings: list[str] = []
    top = {name: value for name, value in body.items() if is_open and name in NAMES}
    inner, is_sound = _containers(body, contract, warnings)
    outer = _header(headers, sent, contract, warnings) if is_sound else {}
    if sent and not is_sound:
        warnings.append("the parameters in the header are ignored too, because of that")
    merged = _merged(top, inner, outer, contract)
    directives = _validated(merged, contract, warnings)
    warnings += _oddities(body, known) if is_open else _strangers(body, known)
    warnings += _extras(directives, "")
    consumed = NAMES | NOT_IMITATED | set(CONTAINERS) if is_open else set(CONTAINERS)
    left = {name: value for name, value in body.items() if name not in consumed}
    return Reading(directives, left, tuple(warnings))


def _containers(body: Fields, contract: Contract, warnings: list[str]) -> tuple[dict[str, Any], bool]:
    found: dict[str, Any] = {}
    is_sound = True
    for container in CONTAINERS:
        value = body.get(container)
        if value is None:
            continue
        if isinstance(value, str):
            value = _json(value)
        if isinstance(value, Mapping):
            found |= _own(value, container, warnings)
            continue
        is_sound = False
        _malformed(container, "is no JSON object", contract, warnings)
    return found, is_sound


def _header(headers: Mapping[str, str], sent: list[str], contract: Contract, warnings: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in sent:
        value = _decoded(headers[name])
        if isinstance(value, Mapping):
            found |= _own(value, f"the header {name}", warnings)
        else:
            _malformed(f"the header {name}", "is not the base64 of a JSON object", contract, warnings)
    return found


def _malformed(where: str, what: str, contract: Contract, warnings: list[str]) -> None:
    if contract.malformed_parameters == "refused":
        raise problems.invalid_field(contract, where.rpartition(" ")[2], f"It {what}.")
    warnings.append(f"{where} {what}, so the gateway ignores it")


def _own(value: Fields, where: str, warnings: list[str]) -> dict[str, Any]:
    """The gateway's fields in a container: nothing else in it has a meaning."""
    for name in value:
        if name in NOT_IMITATED:
            warnings.append(f"{name} is not imitated by this mock")
        elif name not in NAMES:
            warnings.append(f"{name} in {where} is no parameter of the gateway{_meant(name)}")
    return {name: item for name, item in value.items() if name in NAMES}


def _merged(top: Fields, inner: Fields, outer: Fields, contract: Contract) -> dict[str, Any]:
    """The fields by precedence. None is the same as not sent."""
    layers = [outer, inner, top] if contract.parameter_precedence == "top_level" else [top, outer, inner]
    merged: dict[str, Any] = {}
    for layer in layers:
        merged |= {name: value for name, value in layer.items() if value is not None}
    stated = top.get("variables")
    if isinstance(stated, Mapping) and isinstance(merged.get("variables"), Mapping):
        merged["variables"] = {**merged["variables"], **stated}
    return merged


def _validated(merged: dict[str, Any], contract: Contract, warnings: list[str]) -> Directives:
    if isinstance(merged.get("prompt"), str):
        merged["prompt"] = {"prompt_id": merged["prompt"]}
    try:
        return Directives.of(merged)
    except ValidationError as error:
        mistakes = {_path(detail): _why(detail) for detail in error.errors(include_url=False, include_input=False)}
        if contract.invalid_parameters == "refused":
            raise problems.invalid_fields(contract, mistakes) from None
    for path, why in mistakes.items():
        name = path.partition(".")[0].partition("[")[0]
        merged.pop(name, None)
        warnings.append(f"{path}: {why} The gateway ignores {name}")
    return Directives.of(merged)


def _path(detail: ErrorDetails) -> str:
    """Where a mistake is, as JSON paths are written; the members of a union, which pydantic adds, left out."""
    path = ""
    for step in detail["loc"]:
        if isinstance(step, int):
            path += f"[{step}]"
        elif step.isidentifier() and step not in ("str", "int", "dict", "list"):
            path += f".{step}" if path else step
    return path


def _why(detail: ErrorDetails) -> str:
    return f"{detail['msg']}."


def _oddities(body: Fields, known: Collection[str]) -> Iterator[str]:
    for name in body:
        if name in NOT_IMITATED:
            yield f"{name} is not imitated by this mock"
        elif name not in known and name not in NAMES and name not in CONTAINERS:
            yield f"{name} is no known parameter, and is passed on to the model{_meant(name, {*known, *NAMES})}"


def unheard_of(names: Iterable[str], known: Collection[str], where: str) -> Iterator[str]:
    """What is to be said of stored parameters that neither the gateway nor a model is known to have."""
    for name in names:
        if name not in known and name not in NAMES:
            yield f"{name} of {where} is no known parameter, and is passed on to the model{_meant(name, {*known, *NAMES})}"


def _strangers(body: Fields, known: Collection[str]) -> Iterator[str]:
    for name in body:
        if name in known or name in CONTAINERS:
            continue
        if name in NAMES or name in NOT_IMITATED:
            yield f"{name} stands beside the fields of the model, and is passed on to it: put it under respan_params"
        else:
            yield f"{name} is no known parameter, and is passed on to the model{_meant(name, known)}"


def _extras(value: Checked, path: str) -> Iterator[str]:
    """What stands in nested parameters and is none of them."""
    for name in value.strangers:
        yield f"{path}{name} is no parameter of the gateway{_meant(name, list(value.fields))}"
    for name in value.sent:
        inner = getattr(value, name, None)
        if isinstance(inner, Checked):
            yield from _extras(inner, f"{path}{name}.")
        elif isinstance(inner, list):
            for at, item in enumerate(inner):
                if isinstance(item, Checked):
                    yield from _extras(item, f"{path}{name}[{at}].")


def _meant(name: str, known: Collection[str] = NAMES) -> str:
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else ""


def _decoded(text: str) -> Any:
    try:
        return from_json(b64decode(text, validate=True))
    except ValueError:
        return None


def _json(text: str) -> Any:
    try:
        return from_json(text)
    except ValueError:
        return None
