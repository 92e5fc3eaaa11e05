"""Spans coming in, as the Respan SDK sends them; how much of them is kept; and tests that make a tracer each."""

import base64
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from itertools import count, cycle
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from mock_gateway import Gateway
from mock_gateway.core.requests import HttpRequest

from .memory import megabytes
from .payloads import HEADERS
from .rounds import Figure, ratio, timed

BATCH = 512
"""How many spans the SDK sends at once."""
MANY = 100_000
TESTS = 200
QUESTION = '[{"content":"Where is my order? It was to be here on Monday.","role":"user"}]'
ANSWER = '{"content":"It was shipped on Friday, and it should be with you tomorrow.","role":"assistant"}'

_numbers = count(1)


def batch() -> bytes:
    """A batch of spans of model calls, as large as they are with their messages."""
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [_span() for _ in range(BATCH)]}]}]}).encode()


def _span() -> dict[str, Any]:
    number = next(_numbers)
    texts = {
        "traceloop.entity.name": "openai.chat",
        "traceloop.entity.path": "openai.chat",
        "gen_ai.system": "openai",
        "llm.request.type": "chat",
        "respan.entity.log_type": "chat",
        "traceloop.entity.input": QUESTION,
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "Where is my order? It was to be here on Monday.",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o",
        "traceloop.entity.output": ANSWER,
        "respan.customer_params.customer_identifier": f"user_{number}",
    }
    numbers = {"gen_ai.usage.prompt_tokens": 21, "gen_ai.usage.completion_tokens": 14, "status_code": 200}
    attributes: list[dict[str, Any]] = [{"key": key, "value": {"stringValue": text}} for key, text in texts.items()]
    attributes += [{"key": key, "value": {"intValue": str(value)}} for key, value in numbers.items()]
    start = 1_795_216_058_000_000_000 + number * 1_000_000
    return {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "name": "llm.gpt-4o",
        "kind": 1,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 500_000),
        "attributes": attributes,
        "status": {"code": 1},
    }


def in_protobuf(body: bytes) -> bytes:
    """The same batch as protobuf, whose own JSON has ids in base64."""
    from google.protobuf.json_format import ParseDict
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    sent = from_json(body)
    for span in sent["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        for name in ("traceId", "spanId"):
            span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    written: bytes = ParseDict(sent, ExportTraceServiceRequest()).SerializeToString()
    return written


PREPARE = """
from benchmarks.traces import batch, send
from mock_gateway import Gateway
gateway = Gateway()
"""
WORK = "send(gateway, batch())"


PROTOBUF = {**HEADERS, "content-type": "application/x-protobuf"}


def send(gateway: Gateway, body: bytes, headers: Mapping[str, str] = HEADERS) -> None:
    """One batch, without a client."""
    request = HttpRequest("POST", "api.respan.ai", "/api/v2/traces", headers, body, "benchmark")
    for _ in gateway.handle(request):
        pass


def figures(rounds: int) -> Iterator[Figure]:
    """The lines of the table."""
    batches = [batch() for _ in range(10)]
    bodies, binaries = cycle(batches), cycle(map(in_protobuf, batches))
    gateway = Gateway()
    rates = [
        BATCH / statistics.median(timed(lambda: send(gateway, next(bodies))) for _ in range(20)) for _ in range(rounds)
    ]
    yield Figure("spans taken in, in batches of 512", statistics.median(rates), "/s", 50_000, at_least=True)
    yield ratio(
        "the same, over reading their JSON",
        lambda: send(gateway, next(bodies)),
        lambda: from_json(next(bodies)),
        turns=20,
        rounds=rounds,
    )
    yield ratio(
        "the same as protobuf, over reading their JSON",
        lambda: send(gateway, next(binaries), PROTOBUF),
        lambda: from_json(next(bodies)),
        turns=20,
        rounds=rounds,
    )
    for spans in (20_000, MANY):
        yield Figure(f"memory after {spans:,} spans", megabytes(PREPARE, WORK, spans // BATCH), "MB")
    slower = [_slowing() for _ in range(max(rounds // 3, 1))]
    name = f"{TESTS} tests with a tracer each, the last 50 over the first"
    yield Figure(name, statistics.median(slower), "x", low=min(slower), high=max(slower))


SUITE = """
import time
import openai, pytest
from respan import Respan
from respan_instrumentation_openai import OpenAIInstrumentor

began = []

@pytest.mark.parametrize("n", range({tests}))
def test_it(respan_gateway, n):
    began.append(time.perf_counter())
    Respan(instrumentations=[OpenAIInstrumentor()])
    respan_gateway.model("gpt-4o").replies("Hello!")
    client = openai.OpenAI(base_url="https://api.respan.ai/api")
    client.chat.completions.create(model="gpt-4o", messages=[])
    assert len(respan_gateway.spans) == 1

def test_last():
    with open("slower.txt", "w") as file:
        file.write(str((began[-1] - began[-51]) / (began[60] - began[10])))
"""


def _slowing() -> float:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "test_it.py").write_text(SUITE.format(tests=TESTS))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        subprocess.run(command, cwd=folder, capture_output=True, check=True)
        return float((folder / "slower.txt").read_text())
