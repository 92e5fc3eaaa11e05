"""Assertions about logs and spans, and about whether the telemetry says what happened."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mock_gateway.core.records import Records, shortened

if TYPE_CHECKING:
    from mock_gateway import Gateway
    from mock_gateway.core.log import Log
    from mock_gateway.telemetry.span import Span
    from mock_gateway.telemetry.trace import Trace

_SHOWN = 3
"""How many of those that nearly fit are shown."""


def assert_log(gateway: "Gateway", **fields: Any) -> "Log":
    """There is a row in the log with these fields: the first such."""
    __tracebackhide__ = True
    _check(gateway, "logs", "assert_log takes a gateway")
    logs = gateway.logs
    found = logs.where(**fields)
    if not found:
        raise AssertionError(_missing("row of the log", logs, fields, [str(gateway.story)], logs.note))
    return found[0]


def assert_span(within: "Gateway | Trace", *, parent: "str | Span | None" = None, **fields: Any) -> "Span":
    """There is a span with these fields, in a span called `parent` if that is said: the first such."""
    __tracebackhide__ = True
    _check(within, "spans", "assert_span takes a gateway or a trace")
    spans = within.spans
    found = spans.where(**fields)
    fitting = [span for span in found if parent is None or _is_called(span.parent, parent)]
    if not fitting:
        asked = fields if parent is None else {**fields, "parent": parent}
        near = list(found) or spans
        raise AssertionError(_missing("span", near, asked, [trace.tree() for trace in _traces(within)], spans.note))
    return fitting[0]


def assert_telemetry_agrees(gateway: "Gateway") -> None:
    """The application's spans say what the gateway did, as far as both of them say it."""
    __tracebackhide__ = True
    _check(gateway, "disagreements", "assert_telemetry_agrees takes a gateway")
    lines = gateway.disagreements()
    if not lines and not gateway.calls and not gateway.spans:
        raise AssertionError("There is nothing to compare: no call reached the gateway, and no span.")
    if lines:
        raise AssertionError(disagreement_text(lines, gateway))


def disagreement_text(lines: Sequence[str], gateway: "Gateway") -> str:
    """What a test reads whose telemetry does not say what happened."""
    told = ["The telemetry does not say what happened:", "", *(f"  {line}" for line in lines), "", str(gateway.story)]
    for trace in gateway.traces:
        told += ["", *(f"  {line}" for line in trace.tree().splitlines())]
    return "\n".join(told).rstrip()


def _missing(
    noun: str, records: Sequence[Any], fields: Mapping[str, Any], context: Iterable[str], note: str = ""
) -> str:
    """What was asked for, what comes nearest to it and how it differs, and all there is."""
    lines = [f"There is no such {noun}.", ""]
    lines += [
        f"  {'asked' if not at else '':<9}{name}={shortened(value)}" for at, (name, value) in enumerate(fields.items())
    ]
    differing = sorted(((_differences(one, fields), one) for one in records), key=lambda pair: len(pair[0]))
    for at, (differences, one) in enumerate(differing[:_SHOWN]):
        lines += ["", f"  {'nearest' if not at else 'then':<9}{one!r}", *(f"  {'':<9}  {line}" for line in differences)]
    if not differing:
        lines += ["", "  There is none at all."]
    if note:
        lines += ["", *(f"  {line}" for line in note.splitlines())]
    for text in context:
        if text:
            lines += ["", *(f"  {line}".rstrip() for line in text.splitlines())]
    return "\n".join(lines)


def _differences(record: Any, fields: Mapping[str, Any]) -> list[str]:
    told: list[str] = []
    for name, wanted in fields.items():
        actual = getattr(record, name)
        if name == "parent":
            if not _is_called(actual, wanted):
                shown = "nothing" if actual is None else repr(actual.name)
                told.append(f"parent is {shown}, not {wanted!r}")
        elif not Records([record], type(record)).where(**{name: wanted}):
            told.append(f"{name} is {shortened(actual)}, not {shortened(wanted)}")
    return told


def _is_called(span: "Span | None", wanted: "str | Span") -> bool:
    return span is not None and (span is wanted or span.name == wanted)


def _check(value: object, attribute: str, what: str) -> None:
    if not hasattr(value, attribute):
        raise TypeError(f"{what}, not {shortened(value)}.")


def _traces(within: "Gateway | Trace") -> "Sequence[Trace]":
    from mock_gateway.telemetry.trace import Trace

    return [within] if isinstance(within, Trace) else within.traces
