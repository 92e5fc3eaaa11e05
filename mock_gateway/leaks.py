"""Secrets in what an application's spans say."""

from collections.abc import Iterator, Sequence

from .cassettes.redaction import keys_in_use
from .cassettes.secrets import shape
from .core.masking import mask
from .engine.calls import Call
from .telemetry.span import Span

_KEY = 16
"""Letters a client's key has at least: a shorter one may be a word of its test's, and a word of the application's."""


def leaks(span: Span, calls: Sequence[Call]) -> Iterator[str]:
    """Secrets in what a span says."""
    keys = {call.key for call in calls if call.key is not None and len(call.key) >= _KEY} | set(keys_in_use())
    for name, text in _said_texts(span):
        known = next((key for key in keys if key in text), None)
        found = ("a key that is in use", mask(known)) if known is not None else shape(text)
        if found is not None:
            yield f"{span.label}: its {name} has {found[0]} ({found[1]})."


def _said_texts(span: Span) -> Iterator[tuple[str, str]]:
    yield "name", span.exported_name
    yield "status", span.status_message
    for name, value in span.attributes.items():
        yield f"attribute {name}", value if isinstance(value, str) else str(value)
    for name, value in span.resource.items():
        yield f"resource's attribute {name}", str(value)
    for event in span.events:
        yield "event's name", event.name
        for name, value in event.attributes.items():
            yield f"event {event.name}, its attribute {name},", str(value)
    for link in span.links:
        for name, value in link.attributes.items():
            yield f"link's attribute {name}", str(value)
    yield "attribute's name", " ".join(span.attributes)
