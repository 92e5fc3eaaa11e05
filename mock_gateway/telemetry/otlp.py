"""Spans as OpenTelemetry sends them: OTLP, as JSON.

A batch is read span by span: one that cannot be read is refused by its place, and the others are taken.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic_core import from_json

from .batch import UNREADABLE, Batch, Stretch, Unreadable
from .otlp_span import attributes_of, list_of, span_of
from .pieces import cut
from .span import Surroundings


def read_json(body: bytes, around: Surroundings) -> Batch:
    """The spans in a body of JSON."""
    return _in_pieces(body, around) or _batch(_resources(body), lambda sent: [Stretch.of(sent, span_of, around)])


def _in_pieces(body: bytes, around: Surroundings) -> Batch | None:
    """The same, if the body can be cut, and each of its pieces is where spans are."""
    frame, pieces = cut(body, lambda sent: Stretch.of(sent, span_of, around))
    if not pieces:
        return None

    def stretches(sent: list[Any]) -> Iterator[Stretch]:
        for one in sent:  # a KeyError: a text that is no mark, or was met before
            yield pieces.pop(one) if isinstance(one, str) else Stretch.of([one], span_of, around)

    try:
        batch = _batch(_resources(frame), stretches)
    except (Unreadable, KeyError):
        return None
    return None if pieces else batch


def _resources(body: bytes) -> list[Any]:
    sent = json_of(body)
    if not isinstance(sent, dict) or not isinstance(sent.get("resourceSpans"), list):
        raise Unreadable("it has no list of resourceSpans")
    resources: list[Any] = sent["resourceSpans"]
    return resources


def json_of(body: bytes) -> Any:
    """What JSON says, where it can be read: slowly, if it nests deep or has half letters, which are no reason to refuse it."""
    try:
        return from_json(body)
    except ValueError as error:
        why = error
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable(f"it is not JSON: {why}") from None


def _batch(resources: list[Any], stretches: Callable[[list[Any]], Iterable[Stretch]]) -> Batch:
    batch = Batch()
    for place, resource, scope, sent in _scopes(resources, batch.refused):
        batch.take(stretches(sent), place, scope, resource)
    return batch


def _scopes(resources: list[Any], refused: list[str]) -> Iterator[tuple[str, Mapping[str, Any], str, list[Any]]]:
    """The spans of each scope, with its place, its resource's attributes and its name."""
    for at, resource in enumerate(resources):
        place = f"resourceSpans[{at}]"
        if not isinstance(resource, dict):
            refused.append(f"{place}: it is an object, not {resource!r}")
            continue
        try:
            attributes = attributes_of(_object(resource, "resource").get("attributes") or ())
        except UNREADABLE as error:
            refused.append(f"{place}: {error}")
            attributes = {}
        name = "scopeSpans" if resource.get("scopeSpans") else "instrumentationLibrarySpans"
        try:
            scopes = list_of(resource, name)
        except Unreadable as error:
            refused.append(f"{place}: {error}")
            continue
        for number, scope in enumerate(scopes):
            within = f"{place}.scopeSpans[{number}]"
            try:
                if not isinstance(scope, dict):
                    raise Unreadable(f"it is an object, not {scope!r}")
                yield within, attributes, str(_object(scope, "scope").get("name") or ""), list_of(scope, "spans")
            except Unreadable as error:
                refused.append(f"{within}: {error}")


def _object(sent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = sent.get(name) or {}
    if not isinstance(found, dict):
        raise Unreadable(f"{name} is an object, not {found!r}")
    return found
