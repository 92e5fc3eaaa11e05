"""Spans come in: over OTLP, as JSON or protobuf, and in the older form, a list of flat logs."""

import gc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..core import problems
from ..core.problems import Problem
from ..telemetry.batch import Batch, Unreadable
from ..telemetry.flat import span_of
from ..telemetry.otlp import json_of, read_json
from ..telemetry.otlp_protobuf import read_protobuf
from .desk import Desk, Reply, Visit

PROTOBUF = "application/x-protobuf"
LARGEST = 64 * 1024 * 1024
"""How much a compressed body may hold."""


def otlp_spans(desk: Desk, visit: Visit) -> Reply:
    """Take in a batch of OpenTelemetry's."""
    is_protobuf = "protobuf" in visit.request.headers.get("content-type", "")
    read = read_protobuf if is_protobuf else read_json
    try:
        with _undisturbed():
            batch = read(_body(visit), desk.ledger.spans)
    except Unreadable as error:
        raise _refused(desk, visit, str(error)) from None
    _keep(desk, visit, batch)
    told = {"rejectedSpans": len(batch.refused), "errorMessage": "; ".join(batch.refused)}
    if batch.refused and desk.contract.bad_span == "refused":
        return Reply(400, {"detail": _summary(batch), "partialSuccess": told})
    return Reply(200, _written(told), PROTOBUF) if is_protobuf else Reply(200, {"partialSuccess": told})


def flat_logs(desk: Desk, visit: Visit) -> Reply:
    """Take in a list of logs, each of which is a span."""
    try:
        sent = json_of(_body(visit))
    except Unreadable as error:
        raise _refused(desk, visit, str(error)) from None
    if isinstance(sent, dict):
        sent = sent.get("logs") or sent.get("spans") or [sent]
    if not isinstance(sent, list):
        raise _refused(desk, visit, "it is no list of logs")
    batch = Batch()
    now = desk.clock.now()
    for at, one in enumerate(sent):
        try:
            batch.spans.append(span_of(one, desk.ledger.spans, now))
        except Unreadable as error:
            batch.refused.append(f"[{at}]: {error}")
    _keep(desk, visit, batch)
    traces = list(dict.fromkeys(span.trace_id for span in batch.spans))
    told = {
        "status": "error" if batch.refused else "ok",
        "message": _summary(batch) if batch.refused else "Trace ingested successfully",
        "ingested_spans": len(batch.spans),
        "created_traces": len(traces),
        "trace_ids": traces,
        "errors": batch.refused,
    }
    return Reply(400 if batch.refused and desk.contract.bad_span == "refused" else 200, told)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without Python's looking for garbage: of the many small things a batch is made of, none is a cycle.

    It would look through them dozens of times, which takes longer than reading the batch does.
    """
    is_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_enabled:
            gc.enable()


def _keep(desk: Desk, visit: Visit, batch: Batch) -> None:
    desk.ledger.spans.add(batch.spans, desk.clock.elapsed())
    for why in batch.refused:
        desk.ledger.spans.refuse(f"{visit.request.method} {visit.request.path}: {why}")


def _refused(desk: Desk, visit: Visit, why: str) -> Problem:
    """A batch that nobody can read."""
    desk.ledger.spans.refuse(f"{visit.request.method} {visit.request.path}: {why}")
    return problems.unreadable_batch(why)


def _summary(batch: Batch) -> str:
    first = batch.refused[0]
    rest = f" (and {len(batch.refused) - 1} more)" if len(batch.refused) > 1 else ""
    return f"{len(batch.refused)} spans refused, {len(batch.spans)} taken. {first}{rest}"


def _body(visit: Visit) -> bytes:
    encoding = visit.request.headers.get("content-encoding", "identity").lower()
    body = visit.request.body
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "deflate"):
        raise Unreadable(f"its content-encoding is {encoding!r}, which is neither gzip nor deflate")
    unpacked = b""
    while body:  # gzip may have several members
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16 if encoding == "gzip" else zlib.MAX_WBITS)
        try:
            unpacked += unpacker.decompress(body, LARGEST + 1 - len(unpacked))
        except zlib.error as error:
            raise Unreadable(f"it is not {encoding}: {error}") from None
        if len(unpacked) > LARGEST:
            raise Unreadable(f"it holds more than {LARGEST // 2**20} MiB")
        if not unpacker.eof:
            raise Unreadable(f"it is not {encoding}: it is cut short")
        body = unpacker.unused_data
    return unpacked


def _written(told: dict[str, Any]) -> bytes:
    """The answer as protobuf, which says nothing where there is nothing to say."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

    answer = ExportTraceServiceResponse()
    if told["rejectedSpans"]:
        answer.partial_success.rejected_spans = told["rejectedSpans"]
        answer.partial_success.error_message = told["errorMessage"]
    written: bytes = answer.SerializeToString()
    return written
