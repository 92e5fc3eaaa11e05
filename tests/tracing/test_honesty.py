"""What is no disagreement, though it may look like one; and what is one, though it hardly shows."""

import threading

import openai
import pydantic
import pytest
import requests

from mock_gateway import Gateway
from pytest_respan import assert_telemetry_agrees

from .application import GATEWAY, ask, client, task, traced, workflow
from .test_agreement import LINKED_OR_NOT, disagreements, told

ONLY_FULL = pytest.mark.respan(log_id=False)


@pytest.mark.parametrize("linked", LINKED_OR_NOT)
def test_the_same_question_while_a_client_tries_again(respan_gateway: Gateway, linked: bool) -> None:
    """A call that was answered was not retried, however much it looks like the one that was."""
    traced()
    respan_gateway.model("gpt-4o").fails(500).replies("b").replies("a")
    first = threading.Thread(target=ask)
    first.start()
    while not respan_gateway.calls:
        first.join(0.001)
    ask()
    first.join()
    assert_telemetry_agrees(respan_gateway)
    assert linked is (respan_gateway.spans[0].log is not None)


@ONLY_FULL
def test_the_same_question_of_many_customers(respan_gateway: Gateway) -> None:
    """Spans that stand alone are matched with their calls by what they answered, for whom, at what length."""
    from respan import propagate_attributes

    traced()
    script = respan_gateway.model("gpt-4o")
    for number in range(8):
        script.when(customer=f"user_{number}").replies("word " * (number + 1))

    def asks(number: int) -> None:
        with propagate_attributes(customer_identifier=f"user_{number}"):
            ask("Same?", extra_body={"customer_identifier": f"user_{number}"})

    threads = [threading.Thread(target=asks, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_telemetry_agrees(respan_gateway)


@ONLY_FULL
def test_an_answer_of_which_the_span_says_less(respan_gateway: Gateway) -> None:
    """What a span does not state is compared with nothing: embeddings have no tokens that came out."""
    traced()
    respan_gateway.model("text-embedding-3-small").embeds()
    client().embeddings.create(model="text-embedding-3-small", input=["a", "b"])
    span = respan_gateway.spans.one(kind="embedding")
    assert (span.prompt_tokens, span.completion_tokens) == (2, None)
    assert_telemetry_agrees(respan_gateway)


@pytest.mark.parametrize("linked", LINKED_OR_NOT)
def test_an_answer_that_the_client_refuses(respan_gateway: Gateway, linked: bool) -> None:
    """It was cut short, or is of another shape than the application asked for: an error, and none of the gateway's."""

    class City(pydantic.BaseModel):
        name: str

    traced()
    respan_gateway.model("gpt-4o").replies('{"na', finish_reason="length").replies(json={"town": "Oslo"})
    for error in (openai.LengthFinishReasonError, pydantic.ValidationError):
        with pytest.raises(error):
            client().chat.completions.parse(
                model="gpt-4o", messages=[{"role": "user", "content": "Hi"}], response_format=City
            )
    assert [span.status for span in respan_gateway.spans] == ["error", "error"]
    assert_telemetry_agrees(respan_gateway)


def test_a_call_that_never_left(respan_gateway: Gateway) -> None:
    """A client that complains of its caller has a span, and the gateway has no call."""
    traced()
    respan_gateway.model("gpt-4o").replies("Hi")
    with pytest.raises(TypeError):
        client().chat.completions.create(model="gpt-4o")  # type: ignore[call-overload]
    with pytest.raises(openai.APIConnectionError):
        client(base_url="http://127.0.0.1:9/v1", max_retries=0).chat.completions.create(model="gpt-4o", messages=[])
    ask()
    assert_telemetry_agrees(respan_gateway)


def test_a_workflow_within_another_process(respan_gateway: Gateway) -> None:
    """A parent that a request brought along is sent by whoever has begun it."""
    from opentelemetry import context, trace

    @workflow(name="served")
    def served() -> None:
        ask()

    traced()
    respan_gateway.model("gpt-4o").replies("Hi")
    remote = trace.SpanContext(1, 2, is_remote=True, trace_flags=trace.TraceFlags(1))
    token = context.attach(trace.set_span_in_context(trace.NonRecordingSpan(remote)))
    served()
    context.detach(token)
    assert_telemetry_agrees(respan_gateway)


@ONLY_FULL
def test_words_that_mean_something_else(respan_gateway: Gateway) -> None:
    """Metadata about costs is no bill, a number is a number, and a short key of a test is a word."""
    from respan import propagate_attributes

    traced()
    respan_gateway.model("gpt-4o").replies("Hi")
    with propagate_attributes(metadata={"shipping_cost": 12, "share": 1.0}):
        for _ in range(2):
            sent = {"cache_enabled": True, "metadata": {"share": 1}}
            client(api_key="customer").chat.completions.create(
                model="gpt-4o", messages=[{"role": "user", "content": "Dear customer"}], extra_body=sent
            )
    assert_telemetry_agrees(respan_gateway)


@ONLY_FULL
def test_a_response_read_raw(respan_gateway: Gateway) -> None:
    """The instrumentation states no tokens of a raw response, and so there is nothing to compare."""
    traced()
    respan_gateway.model("gpt-4o").replies("Hi")
    client().chat.completions.with_raw_response.create(model="gpt-4o", messages=[])
    assert_telemetry_agrees(respan_gateway)


@ONLY_FULL
@pytest.mark.parametrize(
    ("stated", "is_same"),
    [
        ("gpt-4o", True),
        ("gpt-4o-2024-08-06", True),
        ("openai/gpt-4o", True),
        ("gpt-4o-latest", True),
        ("gpt-4o-mini", False),
        ("gpt-4", False),
    ],
)
def test_models_by_their_names(respan_gateway: Gateway, stated: str, is_same: bool) -> None:
    """The dated name of a model is its name, and that of a smaller sibling is not."""
    traced()
    respan_gateway.model("gpt-4o").replies("Hi")
    body = {"model": "gpt-4o", "messages": []}
    requests.post(f"{GATEWAY}/chat/completions", json=body, headers={"authorization": "Bearer k"}, timeout=5)
    told(respan__entity__log_type="chat", gen_ai__request__model="gpt-4o", gen_ai__response__model=stated)
    if is_same:
        assert_telemetry_agrees(respan_gateway)
    else:
        assert disagreements(respan_gateway) == [f"call 1: gpt-4o answered, but its span says {stated}."]


def test_secrets_wherever_a_span_says_them(respan_gateway: Gateway) -> None:
    """In its name, in what its resource says, in an exception."""
    key = "sk-proj-" + "a1B2" * 8

    @task(name="failing")
    def failing() -> None:
        raise ValueError(f"refused: {key}")

    traced(resource_attributes={"service.key": key})
    with pytest.raises(ValueError, match="refused"):
        failing()
    ids = {"traceId": "1" * 32, "spanId": "2" * 16, "startTimeUnixNano": "1", "endTimeUnixNano": "2"}
    sent = {"resourceSpans": [{"scopeSpans": [{"spans": [{**ids, "name": f"login with {key}"}]}]}]}
    requests.post(f"{GATEWAY}/v2/traces", json=sent, headers={"authorization": "Bearer k"}, timeout=5)
    found = disagreements(respan_gateway)
    assert key not in str(found)
    assert [line.partition(" has ")[0] for line in found] == [
        "span login with sk-***: its name",
        "task failing: its status",
        "task failing: its resource's attribute service.key",
        "task failing: its event exception, its attribute exception.message,",
        "task failing: its event exception, its attribute exception.stacktrace,",
    ]
