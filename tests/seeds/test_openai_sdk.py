"""The samples of Respan's page on the OpenAI SDK, word for word, each with the trace and the rows it leaves.

They are the files of the folder ``openai_sdk``, named after the page's sections.
"""

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mock_gateway import Answer, Gateway, ToolCall
from pytest_respan import assert_log, assert_span, assert_telemetry_agrees, assert_trace_tree

pytest.importorskip("openai")
pytest.importorskip("respan")

SAMPLES = Path(__file__).with_name("openai_sdk")
MODEL = "gpt-4.1-nano"


def run(name: str, **names: Any) -> dict[str, Any]:
    """Run a sample; `names` are those it expects to be there already."""
    return runpy.run_path(str(SAMPLES / f"{name}.py"), names, "sample")


def client() -> Any:
    """The client that the page makes once, and its later samples use."""
    from openai import OpenAI

    return OpenAI(base_url="https://api.respan.ai/api")


def test_initialize_and_run(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """A client, a tracer, one call: one span that is one with the call's row."""
    respan_gateway.model(MODEL).replies("Hello! Hola! Bonjour!")
    run("initialize_and_run")
    assert capsys.readouterr().out == "Hello! Hola! Bonjour!\n"
    assert_trace_tree(respan_gateway.traces.one(), "chat gpt-4.1-nano")
    span = respan_gateway.spans.one()
    assert span.name == "openai.chat"
    assert span.input == [{"role": "user", "content": "Say hello in three languages."}]
    assert span.output["content"] == "Hello! Hola! Bonjour!"
    log = respan_gateway.logs.one()
    assert span.log == log
    assert (log.trace_unique_id, log.span_unique_id) == (span.trace_id, span.id)
    assert log.cost is not None
    assert log.cost > 0
    assert_telemetry_agrees(respan_gateway)


def test_in_respan(respan_gateway: Gateway) -> None:
    """Defaults of the tracer are on every span, and on the row that a span belongs to."""
    respan_gateway.model(MODEL).replies("Hi")
    made = run("in_respan")
    client().chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}])
    made["respan"].flush()
    span = assert_span(respan_gateway, kind="chat", customer_identifier="user_123")
    assert span.metadata == {"service": "chat-api", "version": "1.0.0"}
    assert_log(respan_gateway, customer_identifier="user_123", metadata={"service": "chat-api"})
    assert_telemetry_agrees(respan_gateway)


def test_with_propagate_attributes(respan_gateway: Gateway) -> None:
    """Attributes of a scope are on the spans within it, metadata merged; the row has them from its span."""
    respan_gateway.model(MODEL).replies("Answered.")
    made = run("with_propagate_attributes", client=client())
    made["handle_request"]("user_7", "What is up?")
    assert_trace_tree(
        respan_gateway.traces.one(),
        """
        workflow handle_request
          chat gpt-4.1-nano
        """,
    )
    chat = assert_span(respan_gateway, kind="chat", customer_identifier="user_7", thread_identifier="conv_001")
    assert chat.metadata == {"service": "chat-api", "version": "1.0.0", "plan": "pro"}
    assert chat.workflow == "handle_request"
    log = assert_log(respan_gateway, customer_identifier="user_7", thread_identifier="conv_001")
    assert log.metadata == chat.metadata
    assert log.span_workflow_name == "handle_request"
    assert_telemetry_agrees(respan_gateway)


def test_decorators(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """A workflow with a task, each with a call of its own."""
    script = respan_gateway.model(MODEL)
    script.when(system="Create a brief outline.").replies("1. Why")
    script.when(system="Write content from this outline.").replies("Gateways are good.")
    run("decorators", client=client())
    assert capsys.readouterr().out == "Gateways are good.\n"
    assert_trace_tree(
        respan_gateway.traces.one(),
        """
        workflow content_pipeline
          task generate_outline
            chat gpt-4.1-nano
          chat gpt-4.1-nano
        """,
    )
    task = assert_span(respan_gateway, name="generate_outline", parent="content_pipeline")
    assert task.input == {"args": ["Benefits of API gateways"], "kwargs": {}}
    assert task.output == "1. Why"
    assert [log.span_workflow_name for log in respan_gateway.logs] == ["content_pipeline"] * 2
    assert_telemetry_agrees(respan_gateway)


def test_streaming(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """A stream read to its end is a span like any other."""
    respan_gateway.model(MODEL).replies("Snakes in the garden")
    run("streaming", os=__import__("os"))
    assert capsys.readouterr().out == "Snakes in the garden\n"
    assert_trace_tree(respan_gateway.traces.one(), "chat gpt-4.1-nano")
    assert respan_gateway.logs.one().stream is True
    assert respan_gateway.spans.one().output["content"] == "Snakes in the garden"
    assert_telemetry_agrees(respan_gateway)


@pytest.mark.respan(log_id=False)
def test_streaming_without_the_rows_id(respan_gateway: Gateway) -> None:
    """The page's stream states no tokens on its span, unless the gateway's row stands in for it."""
    respan_gateway.model(MODEL).replies("Snakes in the garden")
    run("streaming", os=__import__("os"))
    assert respan_gateway.spans.one().output["content"] == "Snakes in the garden"
    with pytest.raises(AssertionError, match="the stream was asked for without include_usage"):
        assert_telemetry_agrees(respan_gateway)


def test_tool_calls(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """The model asks for a tool, the tool is a task, and the answer comes after it."""
    script = respan_gateway.model(MODEL)
    script.replies(tool_calls=[ToolCall("get_weather", {"city": "Paris"})])
    script.replies("It is sunny in Paris.")
    run("tool_calls")
    assert capsys.readouterr().out == "Answer: It is sunny in Paris.\n"
    assert_trace_tree(
        respan_gateway.traces.one(),
        """
        workflow weather_assistant
          chat gpt-4.1-nano
          task get_weather
          chat gpt-4.1-nano
        """,
    )
    task = assert_span(respan_gateway, name="get_weather", kind="task")
    assert task.input == {"args": [], "kwargs": {"city": "Paris"}}
    assert task.output == "Sunny, 72F in Paris"
    asked, answered = respan_gateway.logs
    assert asked.has_tool_calls
    assert asked.tool_calls is not None
    assert asked.tool_calls[0]["function"]["name"] == "get_weather"
    assert answered.prompt_messages is not None
    assert answered.prompt_messages[-1]["content"] == "Sunny, 72F in Paris"
    assert_telemetry_agrees(respan_gateway)


def test_multi_turn_conversations(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """Each turn is a span of its own, and carries all turns before it."""
    respan_gateway.model(MODEL).replies("An omelette.").replies("Ten minutes.").replies("Beat it well.")
    run("multi_turn_conversations")
    assert capsys.readouterr().out.count("Bot:") == 3
    assert_trace_tree(
        respan_gateway.traces.one(),
        """
        workflow conversation
          chat gpt-4.1-nano
          chat gpt-4.1-nano
          chat gpt-4.1-nano
        """,
    )
    counts = [len(log.prompt_messages or ()) for log in respan_gateway.logs]
    assert counts == [2, 4, 6]
    assert_telemetry_agrees(respan_gateway)


REVIEW: Mapping[str, Any] = {
    "title": "The Matrix",
    "rating": 9,
    "summary": "Wake up.",
    "pros": ["bullets"],
    "cons": ["sequels"],
}


def test_structured_output(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """A parsed answer: the workflow's output is what it returns, the row has the schema that was asked for."""
    respan_gateway.model(MODEL).replies(json=REVIEW)
    run("structured_output")
    assert capsys.readouterr().out == "The Matrix9/10\nSummary: Wake up.\n"
    trace = respan_gateway.traces.one()
    assert_trace_tree(
        trace,
        """
        workflow movie_review
          chat gpt-4.1-nano
        """,
    )
    assert trace.root.output is not None
    log = respan_gateway.logs.one()
    assert log.response_format is not None
    assert log.response_format["json_schema"]["name"] == "MovieReview"
    assert_telemetry_agrees(respan_gateway)


def test_switch_models(respan_gateway: Gateway) -> None:
    """The same client asks models of three providers, and each span says which one answered."""
    models = ["gpt-4o", "claude-sonnet-4-5-20250929", "gemini-2.5-flash"]
    for model in models:
        respan_gateway.model(model).replies(model)
    run("in_respan")
    run("switch_models", client=client(), messages=[{"role": "user", "content": "Hi"}])
    assert [span.model for span in respan_gateway.spans] == models
    assert [log.model for log in respan_gateway.logs] == models
    assert_telemetry_agrees(respan_gateway)


def test_prompt_management(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """The span shows what the application asked, the row what the prompt made of it."""
    messages = [{"role": "system", "content": "You plan features: {{feature_request}}"}]
    respan_gateway.prompts.add("YOUR_PROMPT_ID", messages=messages, model=MODEL)
    respan_gateway.model(MODEL).replies("A plan.")
    run("in_respan")
    run("prompt_management_chat", client=client())
    assert capsys.readouterr().out == "A plan.\n"
    log = respan_gateway.logs.one(prompt_id="YOUR_PROMPT_ID", prompt_version_number=1)
    assert log.variables == {"feature_request": "Add dark mode support"}
    assert log.prompt_messages is not None
    assert log.prompt_messages[0]["content"] == "You plan features: Add dark mode support"
    assert_telemetry_agrees(respan_gateway)


@pytest.mark.parametrize("linked", [pytest.param(one, marks=pytest.mark.respan(log_id=one)) for one in (True, False)])
def test_prompt_management_responses_api(
    respan_gateway: Gateway, capsys: pytest.CaptureFixture[str], linked: bool
) -> None:
    """The template becomes the instructions, and the input is preserved."""
    messages = [{"role": "system", "content": "You plan features: {{feature_request}}"}]
    respan_gateway.prompts.add("YOUR_PROMPT_ID", messages=messages, model=MODEL, temperature=0.2)
    respan_gateway.model(MODEL).when(system="You plan features: Add dark mode support").replies("A plan.")
    run("in_respan")
    run("prompt_management_responses_api", client=client())
    assert capsys.readouterr().out == "A plan.\n"
    asked = [{"role": "user", "content": "Add dark mode support to the dashboard"}]
    assert respan_gateway.calls.one().effective_request == {
        "model": MODEL,
        "instructions": "You plan features: Add dark mode support",
        "input": asked,
        "temperature": 0.2,
    }
    log = respan_gateway.logs.one(prompt_id="YOUR_PROMPT_ID", prompt_version_number=1, log_type="response")
    assert log.variables == {"feature_request": "Add dark mode support"}
    span = respan_gateway.spans.one()
    assert (span.log is not None, span.output) == (
        linked,
        log.completion_message if linked else {"output_text": "A plan."},
    )
    assert_telemetry_agrees(respan_gateway)


def test_respan_parameters(respan_gateway: Gateway) -> None:
    """What is sent to the gateway is on the row, and the span that points to it has it from there."""
    respan_gateway.model(MODEL).fails(500)
    respan_gateway.model("gpt-3.5-turbo").replies("Hello!")
    from respan import Respan
    from respan_instrumentation_openai import OpenAIInstrumentor

    Respan(instrumentations=[OpenAIInstrumentor()])
    run("respan_parameters", client=client())
    log = respan_gateway.logs.one(customer_identifier="user_123", thread_identifier="conversation_456")
    assert log.metadata == {"session_id": "abc123"}
    assert log.warnings_dict == {MODEL: "server_error"}
    span = assert_span(respan_gateway, kind="chat", model="gpt-3.5-turbo", customer_identifier="user_123")
    assert span.thread_identifier == "conversation_456"
    assert_telemetry_agrees(respan_gateway)


def _explains(topic: str) -> Answer:
    return Answer(f"{topic} is a thing.")


LEFT_OPEN = pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"
)
"""The page's samples do not close the file they upload."""


@LEFT_OPEN
@pytest.mark.respan(direct="allow")
def test_batch_api(respan_gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    """Each result of a batch is a span below the task that fetched it."""
    respan_gateway.model(MODEL).replies(lambda request: _explains(request.text))
    run("batch_api")
    assert capsys.readouterr().out.splitlines()[0] == "topic-0: What is quantum computing? is a thing."
    assert_trace_tree(
        respan_gateway.traces.one(),
        """
        workflow batch_pipeline
          task create_batch_file
          task upload_and_submit
          task poll_batch
          task download_results   (any order)
            chat gpt-4.1-nano
            chat gpt-4.1-nano
            chat gpt-4.1-nano
        """,
    )
    results = respan_gateway.spans.where(kind="chat")
    assert results[0].input[-1]["content"] == "What is quantum computing?"
    assert {span.workflow for span in results} == {"batch_pipeline"}
    assert all(span.prompt_tokens for span in results)
    assert_telemetry_agrees(respan_gateway)


@LEFT_OPEN
@pytest.mark.respan(direct="allow")
def test_async_batch(respan_gateway: Gateway) -> None:
    """Results that are told of later land in the trace of the submission."""
    respan_gateway.model(MODEL).replies(lambda request: _explains(request.text))
    made = run("async_batch")
    submission = respan_gateway.traces.one(id=made["saved"]["trace_id"])
    assert submission.tree() == "\n".join(
        [
            "task batch_results",  # at the gateway's time, which begins before ours
            "  chat gpt-4.1-nano",
            "  chat gpt-4.1-nano",
            "  chat gpt-4.1-nano",
            "workflow batch_submit",
            "  task create_and_submit",
        ]
    )
    assert_telemetry_agrees(respan_gateway)
