"""Whether the telemetry says what happened: what the gateway did, beside what the spans state about it.

Only what both sides state is compared. A span that merely points to the gateway's row states no tokens; an attribute
that was never sent to the gateway is nothing the gateway could contradict; the retries of a client are one span.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .cassettes.secrets import masked
from .core.chat import text_of
from .core.events import counted
from .doors.tracing import Tracing
from .engine.calls import Call
from .leaks import leaks
from .platform.lines import DOOR as LINE
from .telemetry import attributes as says
from .telemetry.span import Span
from .telemetry.trace import Trace
from .wires.wire import Wire

_VERSION = re.compile(r"([-@](\d[\d-]*|latest))?")
_REFUSALS = ("FinishReasonError", "ValidationError", "JSONDecodeError")
"""How the exceptions are called by which a client refuses an answer: cut short, filtered, or of another shape."""
BATCH = "batch_results"
"""The path of spans that tell of a batch's results, and the name of the one around them."""


@dataclass(slots=True)
class Telling:
    """A call, with the client's own retries of it, and the spans that tell of it."""

    calls: list[Call]
    spans: list[Span]

    @property
    def call(self) -> Call:
        """The one whose answer the application was given."""
        return self.calls[-1]

    def line(self, gateway: str, telemetry: str) -> str:
        """One disagreement."""
        return f"call {self.call.number}: {gateway}, {telemetry}."


def disagreements(calls: Sequence[Call], traces: Sequence[Trace], spans: Sequence[Span], tracing: Tracing) -> list[str]:
    """A line for each point on which the two differ."""
    tellings = _told(calls, [span for span in spans if span.is_model_call and span.twin is None])
    lines = [line for telling in tellings for line in _compare(telling)]
    lines += _untold(tellings, spans)
    lines += [line for trace in traces for line in _broken(trace, tracing.remote_parents)]
    lines += [f"{name}: it began, and never ended." for name in tracing.unended]
    lines += [line for span in spans for line in leaks(span, calls)]
    return [masked(line) for line in lines]


def _told(calls: Sequence[Call], spans: Sequence[Span]) -> list[Telling]:
    """Each call with its spans: those that name its row or its answer, else the one that fits best."""
    tellings = [Telling(group, []) for group in _groups(calls)]
    by_row = {call.log_id: telling for telling in tellings for call in telling.calls if call.log_id is not None}
    by_answer = {telling.call.response_id: telling for telling in tellings if telling.call.response_id is not None}
    free: list[Span] = []
    for span in spans:
        telling = by_row.get(span.log_id or "") or by_answer.get(str(says.said(span.attributes, "response_id")))
        if telling is not None and (span.log_id is not None or not telling.spans):
            telling.spans.append(span)
        elif not _is_of_batch(span):
            free.append(span)
    untold = [telling for telling in tellings if not telling.spans]
    said = [(span, _texts(says.decoded(says.said(span.attributes, "input")))) for span in free]
    asked = [(telling, _texts(_asked(telling.call))) for telling in untold]
    pairs = [
        (_fit(span, telling.call, is_same=texts == words), telling, span)
        for telling, words in asked
        for span, texts in said
        if _may_tell_of(span, telling.call)
    ]
    taken: set[int] = set()
    for _, telling, span in sorted(pairs, key=lambda pair: pair[0], reverse=True):
        if not telling.spans and id(span) not in taken:
            telling.spans.append(span)
            taken.add(id(span))
    return tellings


def _groups(calls: Sequence[Call]) -> Iterator[list[Call]]:
    """Calls, the retries of a client together with what they retry."""
    groups: list[list[Call]] = []
    for call in calls:
        if call.door == LINE:  # no client is there to tell of it
            continue
        last = next((group for group in reversed(groups) if _retries(call, group[-1])), None)
        if last is not None:
            last.append(call)
        else:
            groups.append([call])
    yield from groups


def _retries(call: Call, before: Call) -> bool:
    """Whether a client has sent this again because of what became of that."""
    is_next = call.client_retry == before.client_retry + 1 and _failed(before)
    return is_next and call.request == before.request and call.path == before.path


def _may_tell_of(span: Span, call: Call) -> bool:
    asked = says.said(span.attributes, "requested_model")
    return asked in (call.requested_model, call.served_model) or call.requested_model is None


def _fit(span: Span, call: Call, *, is_same: bool) -> tuple[bool, bool, int, int]:
    """How well a span tells of a call: it asks the same, ends the same, says the same of it."""
    about = span.attributes
    usage = call.answer.usage if call.answer is not None else None
    same = [
        says.said(about, "customer_identifier") == call.customer,
        says.said(about, "model") == call.served_model,
        usage is not None and span.stated_prompt_tokens == usage.prompt_tokens,
        usage is not None and says.number(about, "completion_tokens") == usage.completion_tokens,
    ]
    return is_same, _failed(call) == (span.status == "error"), sum(same), -span.start_nanoseconds


def _asked(call: Call) -> Sequence[Any]:
    """What the application asked, in the words of chat completions."""
    wire = Wire.known.get(call.wire)
    return wire.messages(call.request) if wire is not None else ()


def _texts(messages: Any) -> list[Any]:
    """Who says what. A message that has no text, such as a call of a tool, is one or two by the one that tells of it."""
    found = messages if isinstance(messages, Sequence) and not isinstance(messages, str) else ()
    said = ((one.get("role"), text_of(one)) for one in found if isinstance(one, Mapping))
    return [(role, text) for role, text in said if text]


def _compare(telling: Telling) -> Iterator[str]:
    call = telling.call
    if not telling.spans:
        yield telling.line(_outcome(call), "and no span tells of it")
        return
    if len(telling.spans) > 1:
        yield telling.line("one call", f"but {len(telling.spans)} spans tell of it: {_names(telling.spans)}")
    span = telling.spans[0]
    if not span.is_ended:
        yield telling.line(_outcome(call), "but its span never ended")
    yield from _compare_endings(telling, span)
    yield from _compare_weights(telling, span)
    yield from _compare_tags(telling, span)


def _compare_endings(telling: Telling, span: Span) -> Iterator[str]:
    call, status = telling.call, says.number(span.attributes, "status")
    if call.left_early:
        if span.status == "ok":
            yield telling.line(
                f"the application left after {counted(call.chunks or 0, 'chunk')} of the stream",
                "but its span ended ok",
            )
    elif _failed(call):
        if span.status == "ok":
            yield telling.line(_outcome(call), "but its span ended ok")
        elif call.status is not None and call.status >= 400 and status not in (None, call.status):
            yield telling.line(_outcome(call), f"but its span says {status}")
    elif span.status == "error":
        if not _was_refused_by_client(span):
            yield telling.line(_outcome(call), f"but its span ended in an error: {span.error}")
    elif call.served_model is not None:
        model = says.said(span.attributes, "model")
        if model is not None and not _is_same_model(str(model), call):
            yield telling.line(f"{call.served_model} answered", f"but its span says {model}")


def _compare_weights(telling: Telling, span: Span) -> Iterator[str]:
    call = telling.call
    billed = says.said(span.attributes, "cost")
    if call.cache == "hit" and billed:
        yield telling.line("it came from the cache and cost nothing", f"but its span says it cost {billed}")
    usage = call.answer.usage if call.answer is not None else None
    if span.log_id is not None or usage is None or _failed(call) or call.left_early:
        return
    stated = span.stated_prompt_tokens, says.number(span.attributes, "completion_tokens")
    wanted = (usage.prompt_tokens, usage.completion_tokens)
    if stated == (None, None):
        if call.streamed and not _includes_usage(call):
            told = "but its span states none: the stream was asked for without include_usage"
            yield telling.line(f"it took {wanted[0]} + {wanted[1]} tokens", told)
    elif any(one not in (None, other) for one, other in zip(stated, wanted, strict=True)):
        yield telling.line(f"it took {wanted[0]} + {wanted[1]} tokens", f"but its span says {stated[0]} + {stated[1]}")


def _compare_tags(telling: Telling, span: Span) -> Iterator[str]:
    sent = telling.call.directives
    pairs: list[tuple[str, Any]] = [
        ("customer_identifier", sent.customer),
        ("thread_identifier", sent.thread_identifier),
    ]
    for name, value in pairs:
        stated = says.said(span.attributes, name)
        if value is not None and stated is not None and str(stated) != str(value):
            yield telling.line(f"it was sent with {name} {str(value)!r}", f"but its span says {str(stated)!r}")
    stated_metadata = says.metadata(span.attributes)
    for name, value in sent.metadata.items():
        if name in stated_metadata and not _is_same(stated_metadata[name], value):
            told = f"but its span says {str(stated_metadata[name])!r}"
            yield telling.line(f"it was sent with metadata {name} {str(value)!r}", told)


def _untold(tellings: Sequence[Telling], spans: Sequence[Span]) -> Iterator[str]:
    """Spans of models that were asked through the gateway, and of no call that was made.

    One that ended in an error may tell of a call that never left the application.
    """
    told = {id(span) for telling in tellings for span in telling.spans}
    asked = [telling.call.requested_model for telling in tellings]
    for span in spans:
        is_of_a_call = span.is_model_call and span.status == "ok" and span.twin is None and not _is_of_batch(span)
        if is_of_a_call and id(span) not in told and says.said(span.attributes, "requested_model") in asked:
            yield f"{span.label}: a span tells of a call that the gateway has not seen."


def _broken(trace: Trace, elsewhere: Collection[str]) -> Iterator[str]:
    """What is wrong with the shape of a trace."""
    spans = [span for span in trace.spans if span.twin is None]
    roots = [span for span in spans if span.parent_id is None and not _is_of_batch(span)]
    orphans = [span for span in spans if span.is_orphan and span.parent_id not in elsewhere]
    for span in orphans:
        yield f"{span.label}: the span it is part of was never sent, so it may not have ended."
    if len(roots) > 1:
        yield f"{roots[0].label}: its trace has {len(roots)} roots: {_names(roots)}."
    if spans and not roots and not any(span.is_orphan or _is_of_batch(span) for span in spans):
        yield f"{spans[0].label}: its trace has no root, the spans are part of each other."
    for span in spans:
        if not span.is_ended and not span.is_model_call:
            yield f"{span.label}: it was sent before it had ended."


def _failed(call: Call) -> bool:
    return call.ending is not None or call.status is None or call.status >= 400


def _was_refused_by_client(span: Span) -> bool:
    """Whether an answer that came was not what the application had asked for: an error of the client's alone."""
    raised = [span.attributes.get("error.type"), *(event.attributes.get("exception.type") for event in span.events)]
    return any(str(one).endswith(_REFUSALS) for one in raised)


def _outcome(call: Call) -> str:
    if call.left_early:
        return f"the application left after {counted(call.chunks or 0, 'chunk')}"
    if call.ending is not None:
        return call.ending.text(0).splitlines()[0].rstrip(".")
    if call.status is None or call.status >= 400:
        why = f" {call.attempts[-1].outcome}" if call.attempts else ""
        return f"it was answered {call.status}{why}"
    return f"{call.served_model or 'the gateway'} answered"


def _is_of_batch(span: Span) -> bool:
    """Whether it tells of a batch's results, or holds them together. They join a trace that is over, as a second root."""
    return BATCH in (says.said(span.attributes, "path"), says.said(span.attributes, "name"))


def _is_same_model(stated: str, call: Call) -> bool:
    """Providers answer with the dated name of a model, and callers ask with or without the provider's name."""
    one, other = sorted((str(call.served_model).rpartition("/")[2], stated.rpartition("/")[2]), key=len)
    return other.startswith(one) and _VERSION.fullmatch(other.removeprefix(one)) is not None


def _is_same(stated: Any, sent: Any) -> bool:
    """The SDK writes values of metadata as texts, in Python's way."""
    if str(stated) == str(sent):
        return True
    with suppress(TypeError, ValueError):
        return float(stated) == float(sent)
    return False


def _includes_usage(call: Call) -> bool:
    """Whether a stream states what it weighs: because its wire always does, or because it was asked to."""
    wire = Wire.known.get(call.wire)
    if wire is not None and wire.states_usage:
        return True
    options = call.request.get("stream_options")
    return isinstance(options, Mapping) and options.get("include_usage") is True


def _names(spans: Sequence[Span]) -> str:
    return ", ".join(span.label for span in spans)
