"""Spans on their way in."""

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from mock_gateway import Gateway
from mock_gateway.core.requests import HttpRequest

from ..engine.dialogue import KEY, Heard, hear

CAPTURES = Path(__file__).parent / "captures"
NAMES = sorted(path.stem for path in CAPTURES.glob("*.json"))
TRACE, ROOT = "a" * 32, "1" * 16
PROTOBUF = {"content-type": "application/x-protobuf"}


def capture(name: str) -> list[Any]:
    """The batches that the Respan SDK really sent."""
    batches: list[Any] = json.loads((CAPTURES / f"{name}.json").read_text(encoding="utf-8"))
    return batches


def send(gateway: Gateway, sent: Any, path: str = "/api/v2/traces", headers: Mapping[str, str] | None = None) -> Heard:
    """What is answered to a batch, or to a body."""
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return hear(gateway, HttpRequest("POST", "api.respan.ai", path, {**KEY, **(headers or {})}, body, "t"))


def sent(*batches: Any, **options: Any) -> Gateway:
    """A gateway that was sent these batches, and took them."""
    gateway = Gateway(**options)
    for batch in batches:
        heard = send(gateway, batch)
        assert heard.status == 200, heard.body
    return gateway


def get(gateway: Gateway, path: str) -> Heard:
    """What is answered at a path."""
    return hear(gateway, HttpRequest("GET", "api.respan.ai", f"/api/{path}", KEY, b"", "t"))


def attribute(key: str, value: Any) -> Any:
    """An attribute as it is sent."""
    kinds: dict[type, str] = {str: "stringValue", int: "intValue", float: "doubleValue", bool: "boolValue"}
    return {"key": key, "value": {kinds[type(value)]: value}}


def span(span_id: str = ROOT, parent: str | None = None, says: Mapping[str, Any] | None = None, **fields: Any) -> Any:
    """A span as it is sent."""
    made: dict[str, Any] = {
        "traceId": TRACE,
        "spanId": span_id,
        "name": f"span {span_id[0]}",
        "startTimeUnixNano": str(10**18 + int(span_id[0], 16) * 10**9),
        "endTimeUnixNano": str(10**18 + 20 * 10**9),
        "attributes": [attribute(key, value) for key, value in (says or {}).items()],
    }
    if parent is not None:
        made["parentSpanId"] = parent
    return {name: value for name, value in (made | fields).items() if value is not ...}


def batch(*spans: Any) -> Any:
    """Spans sent at once."""
    return {"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}


def spans_of(batches: Sequence[Any]) -> list[Any]:
    """The spans in batches, in order."""
    return [
        one
        for each in batches
        for resource in each["resourceSpans"]
        for scope in resource["scopeSpans"]
        for one in scope["spans"]
    ]


def in_protobuf(sent: Any) -> bytes:
    """The same batch as protobuf, whose own JSON has ids in base64."""
    copy = json.loads(json.dumps(sent))
    for one in spans_of([copy]):
        for holder in (one, *one.get("links", ())):
            for name in ("traceId", "spanId", "parentSpanId"):
                if name in holder:
                    holder[name] = base64.b64encode(bytes.fromhex(holder[name])).decode()
    written: bytes = ParseDict(copy, ExportTraceServiceRequest()).SerializeToString()
    return written


def zipped(sent: Any) -> bytes:
    """The same batch, compressed."""
    return gzip.compress(json.dumps(sent).encode())


def told(gateway: Gateway) -> list[Any]:
    """All that can be told of the spans of a gateway."""
    names = (
        *("trace_id", "id", "parent_id", "exported_name", "start_nanoseconds", "end_nanoseconds", "status_code"),
        *("status_message", "attributes", "scope", "resource", "events", "links", "label", "status", "error"),
        *("input", "output", "prompt_tokens", "completion_tokens", "workflow", "seconds", "metadata"),
    )
    return [{name: getattr(one, name) for name in names} for one in gateway.spans]
