"""The life of tracers in a suite: whoever makes them, whenever, spans land in the gateway of the test that runs."""

import pytest

from .suites import APPLICATION, KEPT, NO_NETWORK, UNASSIGNED, run

THREE_TESTS = """
import pytest
{top}

@pytest.mark.parametrize("number", range(3))
def test_it(respan_gateway, number):
    {within}
    respan_gateway.model("gpt-4o").replies(str(number))
    assert application.answer(f"question {{number}}") == str(number)
    assert respan_gateway.traces.one().tree() == "workflow support\\n  chat gpt-4o"
    assert respan_gateway.traces.one().root.output == str(number)
    assert {{span.metadata["service"] for span in respan_gateway.spans}} == {{"support"}}
    assert respan_gateway.logs.one().span_workflow_name == "support"
"""


@pytest.mark.parametrize("key", ["", "sk-real-key-of-somebody"], ids=["without a key", "with a key"])
@pytest.mark.parametrize("tracer", [KEPT, UNASSIGNED], ids=["assigned", "unassigned"])
@pytest.mark.parametrize("is_early", [True, False], ids=["imported with the tests", "imported by the first test"])
def test_a_tracer_of_the_application(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, key: str, tracer: str, is_early: bool
) -> None:
    """A tracer made while the application is imported serves every test that follows, and a key is not needed."""
    monkeypatch.setenv("RESPAN_API_KEY", key)
    pytester.makepyfile(application=APPLICATION.format(tracer=tracer))
    top, within = ("import application", "pass") if is_early else ("", "import application")
    pytester.makepyfile(THREE_TESTS.format(top=top, within=within))
    run(pytester).assert_outcomes(passed=3)


def test_tracers_of_tests_and_of_the_application(pytester: pytest.Pytester) -> None:
    """Each test has what it has made, the next has none, and the application's is there again when it is asked for."""
    pytester.makepyfile(application=APPLICATION.format(tracer=KEPT))
    pytester.makepyfile(
        """
import threading

import pytest
from openai import OpenAI
from respan import Respan, propagate_attributes, workflow
from respan_instrumentation_openai import OpenAIInstrumentor

def ask():
    client = OpenAI(base_url="https://api.respan.ai/api")
    client.chat.completions.create(model="gpt-4o", messages=[])

def threads():
    return [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]

@pytest.mark.parametrize("number", range(3))
def test_its_own(respan_gateway, number):
    assert threads() == []
    Respan(instrumentations=[OpenAIInstrumentor()], customer_identifier=f"user_{number}", thread_identifier=f"t{number}")
    respan_gateway.model("gpt-4o").replies("Hi")
    ask()
    span = respan_gateway.spans.one()
    assert (span.customer_identifier, span.thread_identifier) == (f"user_{number}", f"t{number}")

def test_none(respan_gateway):
    respan_gateway.model("gpt-4o").replies("Hi")
    ask()
    assert not respan_gateway.spans
    assert threads() == []

def test_without_defaults(respan_gateway):
    Respan(instrumentations=[OpenAIInstrumentor()])
    respan_gateway.model("gpt-4o").replies("Hi")
    ask()
    assert respan_gateway.spans.one().customer_identifier is None

def test_the_applications(respan_gateway):
    import application
    respan_gateway.model("gpt-4o").replies("Hi")
    application.answer("?")
    assert respan_gateway.traces.one().root.metadata == {"service": "support"}

def test_its_own_is_the_applications_as_in_any_process(respan_gateway):
    Respan(instrumentations=[OpenAIInstrumentor()], metadata={"service": "mine"})
    respan_gateway.model("gpt-4o").replies("Hi")
    ask()
    assert respan_gateway.spans.one().metadata == {"service": "mine"}

def test_the_applications_again(respan_gateway):
    import application
    respan_gateway.model("gpt-4o").replies("Hi")
    application.answer("?")
    assert respan_gateway.traces.one().root.metadata == {"service": "support"}
"""
    )
    run(pytester, "-p", "no:randomly").assert_outcomes(passed=8)


def test_what_a_test_leaves_behind(pytester: pytest.Pytester) -> None:
    """A scope that is never left, a generator nobody finishes, a stream nobody reads: the next test begins afresh."""
    pytester.makepyfile(
        """
from openai import OpenAI
from respan import Respan, propagate_attributes, workflow
from respan_instrumentation_openai import OpenAIInstrumentor

def ask(**options):
    client = OpenAI(base_url="https://api.respan.ai/api")
    return client.chat.completions.create(model="gpt-4o", messages=[], **options)

left = []

def test_first(respan_gateway):
    respan = Respan(instrumentations=[OpenAIInstrumentor()])

    @workflow(name="endless")
    def endless():
        yield 1

    scope = propagate_attributes(customer_identifier="user_1")
    scope.__enter__()
    left.extend([endless(), scope])
    respan_gateway.model("gpt-4o").replies("Hi")
    left.append(ask(stream=True))

def test_next(respan_gateway):
    respan = Respan(instrumentations=[OpenAIInstrumentor()])
    respan_gateway.model("gpt-4o").replies("Hi")
    ask()
    span = respan_gateway.spans.one()
    assert span.parent_id is None
    assert span.customer_identifier is None
"""
    )
    run(pytester).assert_outcomes(passed=2)


def test_spans_that_are_sent_by_and_by(pytester: pytest.Pytester) -> None:
    """Reading traces makes the tracer send what it holds, whatever its own plan; what is left is sent to its own test."""
    pytester.makepyfile(
        """
import pytest
from openai import OpenAI
from respan import Respan, task
from respan_instrumentation_openai import OpenAIInstrumentor

gateways = []

@pytest.mark.parametrize("auto_flush", ["off", "root", "always"])
@pytest.mark.parametrize("is_batching_enabled", [True, False])
def test_it(respan_gateway, auto_flush, is_batching_enabled):
    Respan(instrumentations=[OpenAIInstrumentor()], auto_flush=auto_flush, is_batching_enabled=is_batching_enabled)
    respan_gateway.model("gpt-4o").replies("Hi")
    client = OpenAI(base_url="https://api.respan.ai/api")
    client.chat.completions.create(model="gpt-4o", messages=[])
    assert len(respan_gateway.spans) == 1

    @task(name="later")
    def later():
        pass

    later()
    gateways.append(respan_gateway)

def test_all_came():
    assert [len(gateway.spans) for gateway in gateways] == [2] * 6
"""
    )
    run(pytester).assert_outcomes(passed=7)


def test_nothing_is_sent_outside_of_tests_that_use_the_gateway(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between tests, and when the process ends, the application's tracer has nowhere to send to."""
    monkeypatch.setenv("RESPAN_API_KEY", "sk-real-key-of-somebody")
    pytester.makepyfile(application=APPLICATION.format(tracer=KEPT))
    pytester.makeconftest(NO_NETWORK)
    pytester.makepyfile(
        """
import application
from respan import task

@task(name="alone")
def alone():
    pass

def test_with(respan_gateway):
    alone()
    assert len(respan_gateway.spans) == 1
    alone()

def test_without():
    alone()
    application.respan.flush()
"""
    )
    run(pytester, "-s").stdout.fnmatch_lines(["*nothing was sent*"])


def test_an_application_on_opentelemetry_alone(pytester: pytest.Pytester) -> None:
    """Spans of plain OpenTelemetry come as protobuf, compressed or not, through the exporter everybody uses."""
    pytester.makepyfile(
        """
import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider()
for path, compression in (("v2/traces", Compression.Gzip), ("v1/traces", Compression.NoCompression)):
    url, key = f"https://api.respan.ai/api/{path}", {"authorization": "Bearer key"}
    exporter = OTLPSpanExporter(endpoint=url, headers=key, compression=compression)
    provider.add_span_processor(BatchSpanProcessor(exporter))
trace.set_tracer_provider(provider)

@pytest.mark.parametrize("number", range(2))
def test_it(respan_gateway, number):
    tracer = trace.get_tracer("application")
    told = {"respan.customer.identifier": f"user_{number}", "gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    with tracer.start_as_current_span("outer"):
        with tracer.start_as_current_span("ask", attributes=told):
            pass
    assert respan_gateway.traces.one().tree() == "span outer\\n  chat m"
    assert respan_gateway.spans.one(kind="chat").customer_identifier == f"user_{number}"
"""
    )
    run(pytester).assert_outcomes(passed=2)


def test_a_tracer_that_is_told_of_the_server(pytester: pytest.Pytester) -> None:
    """Spans come over the socket, those that are sent at the very end of the test as well."""
    pytester.makepyfile(
        """
from openai import OpenAI
from respan import Respan, task
from respan_instrumentation_openai import OpenAIInstrumentor

gateways = []

def test_it(respan_gateway, respan_server):
    Respan(base_url=respan_server.url, instrumentations=[OpenAIInstrumentor()], auto_flush="off")
    respan_gateway.model("gpt-4o").replies("Hi")
    OpenAI(base_url=respan_server.url).chat.completions.create(model="gpt-4o", messages=[])
    assert respan_gateway.traces.one().tree() == "chat gpt-4o"
    assert respan_gateway.calls.one().door == "server"

    @task(name="later")
    def later():
        pass

    later()
    gateways.append(respan_gateway)

def test_all_came():
    assert len(gateways[0].spans) == 2
"""
    )
    run(pytester).assert_outcomes(passed=2)


TWO_HUNDRED = """
import threading
import gc
import pytest
from openai import OpenAI
from respan import Respan, workflow
from respan_instrumentation_openai import OpenAIInstrumentor

@pytest.mark.parametrize("number", range(200))
def test_it(respan_gateway, number):
    assert threading.active_count() == 1
    respan = Respan(instrumentations=[OpenAIInstrumentor()], customer_identifier=str(number))
    respan_gateway.model("gpt-4o").replies(str(number))

    @workflow(name="w")
    def answer():
        client = OpenAI(base_url="https://api.respan.ai/api")
        return client.chat.completions.create(model="gpt-4o", messages=[]).choices[0].message.content

    assert answer() == str(number)
    assert {span.customer_identifier for span in respan_gateway.spans} == {str(number)}
    assert respan_gateway.traces.one().root.output == str(number)

def test_nothing_is_left():
    from opentelemetry.sdk.trace import TracerProvider
    from respan_instrumentation_openai import _instrumentation

    assert threading.active_count() == 1
    gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, (TracerProvider, Respan))]
    assert _instrumentation._REFCOUNT == 0
"""


def test_two_hundred_tests_with_a_tracer_each(pytester: pytest.Pytester) -> None:
    """No span, no thread, no tracer and no instrumentation of one test is there in the next."""
    pytester.makepyfile(TWO_HUNDRED)
    run(pytester).assert_outcomes(passed=201)


def test_the_applications_tests_may_fail(pytester: pytest.Pytester) -> None:
    """A test that fails leaves its tracer in the traceback, and the next test has none all the same."""
    pytester.makepyfile(
        """
from openai import OpenAI
from respan import Respan
from respan_instrumentation_openai import OpenAIInstrumentor

def ask():
    OpenAI(base_url="https://api.respan.ai/api").chat.completions.create(model="gpt-4o", messages=[])

def test_fails(respan_gateway):
    respan = Respan(instrumentations=[OpenAIInstrumentor()])
    respan_gateway.model("gpt-4o").replies("Hi")
    ask()
    assert respan_gateway.traces.one().tree() == "something else"

def test_next(respan_gateway):
    respan_gateway.model("gpt-4o").replies("Hi")
    ask()
    assert not respan_gateway.spans
"""
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=1)
    told = result.stdout.str()
    assert "respan: what the gateway did" in told
    assert "+ chat gpt-4o" in told
