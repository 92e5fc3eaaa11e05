"""Looking for one log, one span or one trace among many, and what a test reads when it is not there."""

from collections.abc import Callable

import pytest

from mock_gateway import Gateway
from mock_gateway.core.log import Log
from pytest_respan import assert_log, assert_span, assert_telemetry_agrees, assert_trace_tree

from .application import ask, ask_to_the_end, client, task, traced, workflow


@task(name="look_up")
def look_up(what: str) -> str:
    """A task that asks once."""
    return str(ask(what).choices[0].message.content)


@workflow(name="support")
def support(question: str) -> str:
    """A workflow of a task."""
    return look_up(question)


@pytest.fixture
def supported(respan_gateway: Gateway) -> Gateway:
    """A gateway that has seen one workflow."""
    traced(customer_identifier="user_1", metadata={"plan": "pro"})
    respan_gateway.model("gpt-4o").replies("In the drawer.")
    support("Where is it?")
    return respan_gateway


def test_what_is_found(supported: Gateway) -> None:
    """What is asked for by name, by kind, by parent and by part of the metadata is there."""
    chat = assert_span(supported, parent="look_up", kind="chat", model="gpt-4o", metadata={"plan": "pro"})
    trace = supported.traces.one()
    task = assert_span(trace, parent="support", name="look_up", output="In the drawer.")
    assert (chat.parent, task.parent) == (task, trace.root)
    assert list(trace.root.children) == [task]
    assert list(task.children) == [chat]
    assert {span.workflow for span in trace.spans} == {"support"}
    log = assert_log(supported, model="gpt-4o", customer_identifier="user_1", metadata={"plan": "pro"})
    assert chat.log == log
    assert list(log.spans) == [chat]
    assert chat.cost == log.cost


@pytest.mark.parametrize(
    "read",
    [
        lambda gateway: gateway.logs.one(),
        lambda gateway: gateway.calls.one().log,
        lambda gateway: assert_log(gateway, model="gpt-4o"),
    ],
    ids=["logs", "call.log", "assert_log"],
)
def test_a_row_knows_what_a_span_on_its_way_says(respan_gateway: Gateway, read: Callable[[Gateway], Log]) -> None:
    """However soon it is looked at: the SDK is made to send before."""
    traced(customer_identifier="user_1")
    respan_gateway.model("gpt-4o").replies("In the drawer.")
    ask("Where is it?")
    log = read(respan_gateway)
    assert (log.customer_identifier, len(log.spans)) == ("user_1", 1)


def test_what_the_gateway_was_sent_goes_over_what_a_span_says(respan_gateway: Gateway) -> None:
    """A span fills the gaps of its row, and no more."""
    traced(customer_identifier="of the span", thread_identifier="of the span")
    respan_gateway.model("gpt-4o").replies("In the drawer.")
    ask("Where is it?", extra_body={"customer_identifier": "of the request"})
    log = respan_gateway.logs.one()
    assert log.customer_identifier == "of the request", "the span's customer has replaced the request's"
    assert log.thread_identifier == "of the span", "the row has no thread, and the span that is about it has"


def test_a_span_that_is_not_there(supported: Gateway) -> None:
    """What comes nearest is shown with what differs, and the tree it stands in."""
    with pytest.raises(AssertionError) as raised:
        assert_span(supported, parent="support", kind="chat", customer_identifier="user_2")
    assert str(raised.value) == (
        """\
There is no such span.

  asked    kind='chat'
           customer_identifier='user_2'
           parent='support'

  nearest  <Span task 'look_up'>
             kind is 'task', not 'chat'
             customer_identifier is 'user_1', not 'user_2'

  then     <Span chat 'openai.chat' model='gpt-4o'>
             customer_identifier is 'user_1', not 'user_2'
             parent is 'look_up', not 'support'

  then     <Span workflow 'support'>
             kind is 'workflow', not 'chat'
             customer_identifier is 'user_1', not 'user_2'
             parent is nothing, not 'support'

  workflow support
    task look_up
      chat gpt-4o"""
    )


def test_a_log_that_is_not_there(supported: Gateway) -> None:
    """The row that comes nearest is shown with what differs, and the story of the call."""
    with pytest.raises(AssertionError) as raised:
        assert_log(supported, model="gpt-4o", customer_identifier="user_2")
    told = str(raised.value)
    assert told.startswith(
        "There is no such row of the log.\n\n  asked    model='gpt-4o'\n           customer_identifier='user_2'\n\n"
        "  nearest  Log(unique_id='log-000001', model='gpt-4o', "
    )
    assert "\n             customer_identifier is 'user_1', not 'user_2'\n" in told
    assert told.endswith("    log       log-000001")


def test_names_nobody_knows(supported: Gateway) -> None:
    """A misspelt field is a mistake of the test's, with the near one named."""
    with pytest.raises(TypeError, match="customer_identifier"):
        assert_log(supported, customer_identifer="user_1")
    with pytest.raises(TypeError, match="kind"):
        assert_span(supported, kin="chat")


def test_where_there_is_nothing(respan_gateway: Gateway) -> None:
    """A query of nothing fails, and says that there is nothing."""
    with pytest.raises(AssertionError, match=r"There is none at all\.\n\n  No tracing SDK is active in this process"):
        assert_span(respan_gateway, kind="chat")
    with pytest.raises(AssertionError, match=r"There is none at all\."):
        assert_log(respan_gateway)
    with pytest.raises(AssertionError, match="There is no trace: there are none at all"):
        respan_gateway.traces.one()


@pytest.mark.parametrize(
    "linked", [pytest.param(linked, marks=pytest.mark.respan(log_id=linked)) for linked in (True, False)]
)
def test_linked_or_not(respan_gateway: Gateway, linked: bool) -> None:
    """Read through its row or by itself, a span says the same; there is one row of it, or one beside the gateway's."""
    traced()
    respan_gateway.model("gpt-4o").replies("one two three")
    ask("Hi")
    ask_to_the_end("Hi", stream_options={"include_usage": True})
    for span in respan_gateway.spans:
        assert (span.log is not None) is linked
        assert ("gen_ai.usage.prompt_tokens" in span.attributes) is not linked
        assert span.input == [{"role": "user", "content": "Hi"}]
        assert span.output == {"role": "assistant", "content": "one two three"}
        assert (span.prompt_tokens, span.completion_tokens, span.model) == (4, 4, "gpt-4o")
        assert (span.name, span.status, span.error) == ("openai.chat", "ok", None)
    assert len(respan_gateway.logs) == 2
    rows = client().post("/request-logs/list/", body={}, cast_to=object)
    assert isinstance(rows, dict)
    assert rows["count"] == (2 if linked else 4)
    assert_telemetry_agrees(respan_gateway)


def test_a_span_of_a_row_nobody_knows(respan_gateway: Gateway) -> None:
    """A span that points to a row of another gateway stands by itself."""
    from opentelemetry import trace

    traced()
    told = {"respan.gateway.log_id": "log-of-another", "respan.entity.log_type": "chat"}
    with trace.get_tracer("application").start_as_current_span("ask", attributes=told):
        pass
    span = respan_gateway.spans.one()
    assert (span.log_id, span.log, span.input, span.metadata) == ("log-of-another", None, None, {})


def test_a_row_that_has_not_appeared_yet(respan_gateway: Gateway) -> None:
    """Logging takes its time in the real product: with `log_delay`, a row is there when that has passed."""
    gateway = Gateway(contract={"log_delay": 20})
    with gateway.intercept():
        gateway.model("gpt-4o").replies("Hi")
        ask()
        assert len(gateway.logs) == 0
        assert gateway.calls.one().log is None
        gateway.clock.advance(seconds=20)
        assert gateway.logs.one() == gateway.calls.one().log


def test_a_failing_test_shows_what_the_application_told(pytester: pytest.Pytester) -> None:
    """Beside the gateway's story stands the tree of the spans."""
    pytester.makepyfile(
        """
from respan import Respan, workflow

@workflow(name="support")
def support():
    pass

def test_it(respan_gateway):
    Respan(instrumentations=[])
    support()
    assert False
"""
    )
    result = pytester.runpytest_subprocess("-pno:cacheprovider")
    result.stdout.fnmatch_lines(["*- respan: what the application told -*", "workflow support"])


def test_agreement_after_every_test(pytester: pytest.Pytester) -> None:
    """With the ini value, each test fails whose telemetry does not agree, and one can be let off."""
    pytester.makeini("[pytest]\nrespan_telemetry = true")
    pytester.makepyfile(
        """
import pytest

def ask(client):
    client.chat.completions.create(model="gpt-4o", messages=[])

def test_untraced(respan_gateway, respan_openai):
    respan_gateway.model("gpt-4o").replies("Hi")
    ask(respan_openai)

@pytest.mark.respan(strict=("rules", "misses", "direct", "guard"))
def test_let_off(respan_gateway, respan_openai):
    respan_gateway.model("gpt-4o").replies("Hi")
    ask(respan_openai)

def test_without_calls(respan_gateway):
    pass
"""
    )
    result = pytester.runpytest_subprocess("-pno:cacheprovider")
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(
        [
            "The telemetry does not say what happened:",
            "",
            "  call 1: gpt-4o answered, and no span tells of it.",
            "",
            'To let it pass: @pytest.mark.respan(strict=("rules", "misses", "direct", "guard"))',
        ]
    )


def test_a_row_stands_in_its_trace_at_the_time_of_its_span(supported: Gateway) -> None:
    """The gateway's clock is virtual and the application's is not: a trace is dated by the application's."""
    trace = supported.traces.one()
    told = client().get(f"/traces/{trace.id}/", cast_to=object)
    assert isinstance(told, dict)
    assert told["duration"] < 60
    assert told["span_tree"][0]["children"][0]["children"][0]["log_type"] == "chat"
    assert told["start_time"] == f"{trace.root.start:%Y-%m-%dT%H:%M:%S.%f}Z"


def test_what_a_test_reads_that_is_too_early() -> None:
    """A row that has not appeared yet is not there, and it is said how it will be."""
    gateway = Gateway(contract={"log_delay": 20})
    with gateway.intercept():
        gateway.model("gpt-4o").replies("Hi")
        client(api_key="k").chat.completions.create(model="gpt-4o", messages=[])
        looks: list[Callable[[], Log]] = [gateway.logs.one, lambda: assert_log(gateway, model="gpt-4o")]
        for look in looks:
            with pytest.raises(AssertionError, match=r"log_delay is 20 s: gateway\.clock\.advance\(seconds=20\)"):
                look()


def test_what_is_no_trace(supported: Gateway) -> None:
    """What is handed over by mistake is named, with what was meant."""
    with pytest.raises(TypeError, match=r"assert_trace_tree takes a trace, such as gateway\.traces\.one\(\)"):
        assert_trace_tree(supported.traces, "workflow support")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="assert_span takes a gateway or a trace, not <Call 1"):
        assert_span(supported.calls.one())  # type: ignore[arg-type]


def test_long_values_are_shortened(respan_gateway: Gateway) -> None:
    """A failure shows the beginning of a long answer, not all of it."""
    traced()
    respan_gateway.model("gpt-4o").replies("word " * 10_000)
    ask()
    with pytest.raises(AssertionError) as raised:
        assert_log(respan_gateway, output="something else")
    assert len(str(raised.value)) < 3_000
