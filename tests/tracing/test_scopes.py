"""Whose a tracer is: of a test, of a fixture of any scope, of the application, or of nobody any more."""

import pytest

from mock_gateway import Gateway

from .application import ask, traced
from .suites import APPLICATION, KEPT, NO_NETWORK, run

ASKING = """
import pytest
from openai import OpenAI
from openai.resources.chat.completions import Completions
from opentelemetry import trace
from respan import Respan, task
from respan_instrumentation_openai import OpenAIInstrumentor

plain = Completions.create

def ask():
    OpenAI(base_url="https://api.respan.ai/api").chat.completions.create(model="gpt-4o", messages=[])

def seen(gateway):
    gateway.model("gpt-4o").replies("Hi")
    ask()
    return [span.customer_identifier for span in gateway.spans]

def tracer(**options):
    return Respan(instrumentations=[OpenAIInstrumentor()], **options)

@task(name="alone")
def alone():
    pass
"""


def test_plain_opentelemetry_of_the_application(pytester: pytest.Pytester) -> None:
    """What its exporter is given outside of tests with a gateway goes nowhere, not into the next test either."""
    pytester.makeconftest(NO_NETWORK)
    pytester.makepyfile(
        """
import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
exporter = OTLPSpanExporter(endpoint="https://api.respan.ai/api/v2/traces", headers={"authorization": "Bearer k"})
provider.add_span_processor(BatchSpanProcessor(exporter))
trace.set_tracer_provider(provider)

def work(name):
    with trace.get_tracer("application").start_as_current_span(name):
        pass

@pytest.fixture(scope="module", autouse=True)
def prepared():
    work("preparing")

def test_before():
    work("before")

@pytest.mark.parametrize("number", range(2))
def test_with(respan_gateway, number):
    work(f"with {number}")
    assert [span.name for span in respan_gateway.spans] == [f"with {number}"]
    work("late")

def test_after():
    work("after")
"""
    )
    result = run(pytester, "-s")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*nothing was sent*"])


def test_plain_opentelemetry_of_tests(pytester: pytest.Pytester) -> None:
    """Each test may set a provider of its own, or use one that is not set at all; none is left, nor is its thread."""
    pytester.makepyfile(
        """
import threading

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

@pytest.mark.parametrize("is_set", [True, False])
@pytest.mark.parametrize("number", range(2))
def test_it(respan_gateway, number, is_set):
    assert threading.active_count() == 1
    assert type(trace.get_tracer_provider()).__name__ == "ProxyTracerProvider"
    provider = TracerProvider()
    url, key = "https://api.respan.ai/api/v2/traces", {"authorization": "Bearer k"}
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url, headers=key)))
    if is_set:
        trace.set_tracer_provider(provider)
    with (trace if is_set else provider).get_tracer("test").start_as_current_span(f"span {number}"):
        pass
    assert respan_gateway.spans.one().name == f"span {number}"

def test_nothing_is_left():
    assert threading.active_count() == 1
    assert type(trace.get_tracer_provider()).__name__ == "ProxyTracerProvider"
"""
    )
    run(pytester).assert_outcomes(passed=5)


@pytest.mark.parametrize("order", ["tracing, respan_gateway", "respan_gateway, tracing"])
def test_a_tracer_of_a_fixture(pytester: pytest.Pytester, order: str) -> None:
    """Whichever is made first, the fixture or the gateway, the tracer is of this test."""
    pytester.makepyfile(
        ASKING
        + f"""
@pytest.fixture
def tracing():
    respan = tracer(customer_identifier="user_1")
    yield respan
    respan.shutdown()

def test_first({order}):
    assert seen(respan_gateway) == ["user_1"]

def test_none(respan_gateway):
    assert Completions.create is plain
    assert seen(respan_gateway) == []

def test_another(respan_gateway):
    tracer()
    assert seen(respan_gateway) == [None]

def test_at_last():
    assert type(trace.get_tracer_provider()).__name__ == "ProxyTracerProvider"
"""
    )
    run(pytester).assert_outcomes(passed=4)


def test_a_tracer_of_a_wider_fixture(pytester: pytest.Pytester) -> None:
    """What a fixture of a class makes is there for its tests, and gone after them."""
    pytester.makepyfile(
        ASKING
        + """
class TestTraced:
    @pytest.fixture(scope="class", autouse=True)
    def tracing(self):
        tracer(customer_identifier="user_1")

    @pytest.mark.parametrize("number", range(2))
    def test_it(self, respan_gateway, number):
        assert seen(respan_gateway) == ["user_1"]

def test_none(respan_gateway):
    assert Completions.create is plain
    assert seen(respan_gateway) == []

def test_another(respan_gateway):
    tracer()
    assert seen(respan_gateway) == [None]
"""
    )
    run(pytester).assert_outcomes(passed=4)


def test_a_tracer_on_top_of_the_applications(pytester: pytest.Pytester) -> None:
    """As in any process the application's stays; the instrumentation that came with the other one goes."""
    pytester.makepyfile(
        ASKING
        + """
own = Respan(instrumentations=[], customer_identifier="application")

def test_on_top(respan_gateway):
    tracer(customer_identifier="test")
    assert seen(respan_gateway) == ["test"]

def test_next(respan_gateway):
    assert Completions.create is plain
    assert seen(respan_gateway) == []
    alone()
    assert respan_gateway.spans.one().customer_identifier == "application"
"""
    )
    run(pytester).assert_outcomes(passed=2)


def test_a_wider_fixture_on_top_of_the_applications(pytester: pytest.Pytester) -> None:
    """Its instrumentation and its defaults are there for its tests; the application's tracer stays when they are over."""
    pytester.makepyfile(
        application="from respan import Respan\nown = Respan(instrumentations=[], customer_identifier='application')"
    )
    pytester.makepyfile(
        ASKING
        + """
import application

class TestTraced:
    @pytest.fixture(scope="class", autouse=True)
    def tracing(self):
        tracer(customer_identifier="wider")

    @pytest.mark.parametrize("number", range(2))
    def test_it(self, respan_gateway, number):
        assert seen(respan_gateway) == ["wider"]

@pytest.mark.parametrize("number", range(2))
def test_after(respan_gateway, number):
    assert Completions.create is plain
    alone()
    assert respan_gateway.spans.one().customer_identifier == "application"
"""
    )
    run(pytester).assert_outcomes(passed=4)


@pytest.mark.parametrize("own", ["", "own = Respan(instrumentations=[], customer_identifier='application')"])
def test_a_tracer_of_a_test_without_a_gateway(pytester: pytest.Pytester, own: str) -> None:
    """It is gone with its test, as any other is: neither it nor its defaults are there for the next."""
    expected = "application" if own else None
    pytester.makepyfile(
        ASKING
        + f"""
{own}

def test_without():
    tracer(customer_identifier="unit", metadata={{"a": "b"}})

def test_with(respan_gateway):
    assert Completions.create is plain
    tracer()
    assert seen(respan_gateway) == [{expected!r}]
    assert "a" not in respan_gateway.spans.one().metadata

def test_without_again():
    tracer(customer_identifier="unit")

def test_with_again(respan_gateway):
    alone()
    assert [span.customer_identifier for span in respan_gateway.spans] == [{expected!r}][:{len(own)}]
"""
    )
    run(pytester).assert_outcomes(passed=4)


def test_the_sdk_without_its_entry_point(pytester: pytest.Pytester) -> None:
    """An application that makes RespanTelemetry itself, imported by its first test."""
    pytester.makepyfile(
        application="""
from respan_tracing import RespanTelemetry, workflow

telemetry = RespanTelemetry(app_name="application", is_auto_instrument=False)

@workflow(name="work")
def work():
    return 1
"""
    )
    pytester.makepyfile(
        """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_it(respan_gateway, number):
    import application
    application.work()
    assert respan_gateway.traces.one().tree() == "workflow work"
"""
    )
    run(pytester).assert_outcomes(passed=3)


def test_before_the_first_test_with_a_gateway(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a real key in the environment, nothing is sent by tests without a gateway, nor by streams nobody has read."""
    monkeypatch.setenv("RESPAN_API_KEY", "sk-real-key-of-somebody")
    pytester.makeconftest(NO_NETWORK)
    pytester.makepyfile(application=APPLICATION.format(tracer=KEPT))
    pytester.makepyfile(
        ASKING
        + """
import application

left = []

def test_before():
    alone()

def test_with(respan_gateway):
    respan_gateway.model("gpt-4o").replies("Hi")
    client = OpenAI(base_url="https://api.respan.ai/api")
    left.append(client.chat.completions.create(model="gpt-4o", messages=[], stream=True))
"""
    )
    result = run(pytester, "-s")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*nothing was sent*"])


def test_processors_that_break(pytester: pytest.Pytester) -> None:
    """A processor or an instrumentation that raises is told of, and breaks neither the session nor what comes after."""
    pytester.makepyfile(
        ASKING
        + """
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from pytest_respan import assert_telemetry_agrees

class Breaking(SpanProcessor):
    def force_flush(self, timeout_millis=30000):
        raise RuntimeError("no")

class Stubborn:
    name = "stubborn"

    def activate(self):
        pass

    def deactivate(self):
        raise RuntimeError("never")

def test_processor(respan_gateway):
    provider = TracerProvider()
    provider.add_span_processor(Breaking())
    trace.set_tracer_provider(provider)
    with pytest.raises(AssertionError, match="a tracer could not send what it holds: RuntimeError: no"):
        assert_telemetry_agrees(respan_gateway)
    assert False

def test_instrumentation(respan_gateway):
    Respan(instrumentations=[Stubborn(), OpenAIInstrumentor()])
    assert seen(respan_gateway) == [None]

def test_next(respan_gateway):
    assert Completions.create is plain
    assert seen(respan_gateway) == []
"""
    )
    run(pytester).assert_outcomes(passed=2, failed=1)


def test_gateways_within_gateways(respan_gateway: Gateway) -> None:
    """Spans go to the gateway that answers while they end, whenever they are read."""
    traced()
    inner = Gateway()
    for gateway in (respan_gateway, inner):
        gateway.model("gpt-4o").replies("Hi")
    ask()
    with inner.intercept():
        ask()
    assert (len(inner.spans), len(respan_gateway.spans)) == (1, 1)
