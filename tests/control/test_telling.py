"""Reading a gateway over the socket it is served on: its calls, its rows, its spans, its findings."""

import json

import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ..command.program import PATIENCE, Program, ask
from .own import Own


def test_a_call_as_data(own: Own) -> None:
    """What Python reads of a call: attempts, prompt, answer, story, and the request with its secrets masked."""
    own.tell(
        "POST",
        "/script",
        {
            "models": {
                "gpt-4o": {"fails": 503},
                "b": {"replies": {"tool_calls": [{"name": "look", "arguments": {"a": 1}}]}},
            },
            "prompts": [
                {
                    "prompt_id": "p",
                    "messages": [{"role": "system", "content": "You help {{ name }}."}],
                    "variables": {"name": "Sarah"},
                }
            ],
            "account": {"credentials": [{"provider": "openai"}]},
        },
    )
    credentials = {"openai": {"api_key": "sk-of-somebody"}}
    ask(
        own.url,
        prompt={"prompt_id": "p", "schema_version": 2},
        fallback_models=["b"],
        customer_identifier="u1",
        customer_credentials=credentials,
    )
    call = own.tell("GET", "/calls/1")
    assert [call] == own.tell("GET", "/calls")["calls"]
    assert (call["number"], call["status"], call["requested_model"], call["served_model"]) == (1, 200, "gpt-4o", "b")
    assert [(one["model"], one["status"], one["outcome"], one["source"]) for one in call["attempts"]] == [
        ("gpt-4o", 503, "overloaded", "script"),
        ("b", 200, "answered", "script"),
    ]
    assert call["attempts"][0]["credential"].startswith("customer's openai credentials")
    assert call["answer"]["tool_calls"][0]["name"] == "look"
    assert call["answer"]["tool_calls"][0]["arguments"] == {"a": 1}
    assert call["prompt"]["messages"][0] == {"role": "system", "content": "You help Sarah."}
    assert call["prompt"]["origin"]["messages"] == "prompt + body"
    assert call["customer"] == "u1"
    assert "sk-of-somebody" not in json.dumps(call)
    assert call["story"].splitlines()[0] == "call 1  POST /api/chat/completions  gpt-4o"
    assert own.tell("GET", "/story") == {"story": call["story"]}
    [log] = own.tell("GET", "/logs")["logs"]
    assert (log["unique_id"], log["customer_identifier"], log["model"]) == (call["log_id"], "u1", "b")
    assert own.complaint("GET", "/calls/7", status=404) == "There is no call 7: there are 1."


def test_a_client_that_left_is_seen_at_once(own: Own) -> None:
    """Reading the calls waits for what becomes of those whose client is gone."""
    own.tell("POST", "/script", {"models": {"gpt-4o": {"stalls": True, "after_chunks": 2}}})
    body = {"model": "gpt-4o", "messages": [], "stream": True}
    with requests.post(
        f"{own.url}/chat/completions", json=body, headers={"Authorization": "Bearer x"}, stream=True, timeout=PATIENCE
    ) as stream:
        next(stream.iter_lines())
    assert own.tell("GET", "/calls/1")["left_early"] is True


def test_spans_and_traces(own: Own) -> None:
    """What a tracing SDK in any language has sent, with its tree, and where it does not say what happened."""
    batch = ExportTraceServiceRequest()
    spans = batch.resource_spans.add().scope_spans.add().spans
    for number, name in enumerate(("support", "step")):
        span = spans.add(trace_id=b"t" * 16, span_id=bytes([number + 1] * 8), name=name)
        span.start_time_unix_nano, span.end_time_unix_nano = 10**18 + number, 10**18 + 9
        if number:
            span.parent_span_id = b"\x01" * 8
    sent = requests.post(
        f"{own.url}/v2/traces",
        data=batch.SerializeToString(),
        headers={"content-type": "application/x-protobuf", "authorization": "Bearer x"},
        timeout=PATIENCE,
    )
    assert sent.status_code == 200
    [trace] = own.tell("GET", "/traces")["traces"]
    assert [line.split()[-1] for line in trace["tree"].splitlines()] == ["support", "step"]
    assert [span["name"] for span in trace["spans"]] == ["support", "step"]
    assert own.tell("GET", "/spans")["spans"] == trace["spans"]
    own.tell("POST", "/script", {"models": {"gpt-4o": "x"}})
    ask(own.url)
    assert own.tell("GET", "/disagreements") == {"disagreements": ["call 1: gpt-4o answered, and no span tells of it."]}


def test_telemetry_is_a_finding_where_the_scenario_is_strict_about_it(running: Program) -> None:
    """As in pytest, it is no default."""
    own = Own.created(running.control, {"models": {"gpt-4o": "x"}, "strict": ["telemetry"]})
    ask(own.url)
    assert own.tell("GET", "/findings") == {
        "findings": [
            {
                "kind": "telemetry",
                "text": "call 1: gpt-4o answered, and no span tells of it.",
                "is_mistake": False,
            }
        ]
    }
