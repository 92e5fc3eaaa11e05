"""Spans as OpenTelemetry sends them: OTLP, as JSON.

A batch is read span by span: one that cannot be read is refused by its place, and the others are taken.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic_core import from_json

from .batch import UNREADABLE, Batch, Stretch, Unreadable
from .otlp_span import attributes_of, span_of
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
    try:
        sent = from_json(body)
    except ValueError as error:
        raise Unreadable(f"it is not JSON: {error}") from None
    if not isinstance(sent, dict) or not isinstance(sent.get("resourceSpans"), list):
        raise Unreadable("it has no list of resourceSpans")
    resources: list[Any] = sent["resourceSpans"]
    return resources


def _batch(resources: list[Any], stretches: Callable[[list[Any]], Iterable[Stretch]]) -> Batch:
    batch = Batch()
    for place, resource, scope, sent in _scopes(resources, batch.refused):
        batch.take(stretches(sent), place, scope, resource)
    return batch


def _scopes(resources: list[Any], refused: list[str]) -> Iterator[tuple[str, Mapping[str, Any], str, list[Any]]]:
    """The spans of each scope, with its place, its resource's attributes and its name."""
    for at, resource in enumerate(resources):
        place = f"resourceSpans[{at}]"
        try:
            attributes = attributes_of((resource.get("resource") or {}).get("attributes") or ())
            scopes = list(resource.get("scopeSpans") or resource.get("instrumentationLibrarySpans") or ())
        except UNREADABLE as error:
            refused.append(f"{place}: {error}")
            continue
        for number, scope in enumerate(scopes):
            try:
                name = str((scope.get("scope") or {}).get("name") or "")
                spans = list(scope.get("spans") or ())
            except (TypeError, AttributeError) as error:
                refused.append(f"{place}.scopeSpans[{number}]: {error}")
                continue
            yield f"{place}.scopeSpans[{number}]", attributes, name, spans
