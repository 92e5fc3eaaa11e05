"""What the gateway adds to an answer, and what it keeps of a call."""

from datetime import datetime, tzinfo
from typing import Any, Self

import pytest

from mock_gateway import Gateway, ToolCall, Usage
from mock_gateway.engine.prices import _known

from .dialogue import ask

SENT: dict[str, Any] = {
    "customer_identifier": "user_123",
    "custom_identifier": "feature-x",
    "thread_identifier": "conversation_456",
    "group_identifier": "team_alpha",
    "metadata": {"team": "ml", "n": 3, "_hidden": "x"},
    "properties": {"n": 3},
    "positive_feedback": True,
    "note": "a note",
    "category": "Questions",
}


def gateway() -> Gateway:
    made = Gateway()
    made.model("gpt-4o").replies("Well, thank you.", usage=Usage(6, 9), delay=1.5, optional=True)
    return made


def test_a_breakdown_stands_in_a_whole_answer() -> None:
    """As documented: tokens, cost, latency, what was asked and answered."""
    made = gateway()
    heard = ask(made, "How are you?", request_breakdown=True, metadata={"a": "b"}, category="Questions")
    assert heard.json["choices"][0]["message"]["content"] == "Well, thank you."
    assert heard.headers["content-length"] == str(len(heard.body))
    assert heard.json["request_breakdown"] == {
        "prompt_tokens": 6,
        "completion_tokens": 9,
        "cost": pytest.approx(0.000105),
        "prompt_messages": [{"role": "user", "content": "How are you?"}],
        "completion_message": {"role": "assistant", "content": "Well, thank you."},
        "model": "gpt-4o",
        "cached": False,
        "timestamp": "2026-01-01T00:00:01.500000Z",
        "status_code": 200,
        "stream": False,
        "latency": 1.5,
        "scores": {},
        "category": "Questions",
        "metadata": {"a": "b"},
        "routing_time": 0.0,
        "full_request": made.calls.one().request,
        "sentiment_score": 0,
    }


def test_a_breakdown_is_the_last_chunk_of_a_stream() -> None:
    """After the usage, before the end, in the odd shape the documentation shows."""
    heard = ask(gateway(), request_breakdown=True, stream=True, stream_options={"include_usage": True})
    assert heard.text == "Well, thank you."
    assert heard.events[-2]["usage"]["prompt_tokens"] == 6
    last = heard.events[-1]
    assert (last["id"], last["model"]) == ("request_breakdown", "extra_parameter")
    assert last["choices"][0]["request_breakdown"]["completion_tokens"] == 9
    assert heard.body.endswith(b"data: [DONE]\n\n")


def test_an_error_has_no_breakdown() -> None:
    """There is nothing to break down."""
    made = Gateway()
    made.model("gpt-4o").fails(500)
    assert list(ask(made, request_breakdown=True).json) == ["error"]


def test_a_stream_can_be_framed_as_the_caller_likes() -> None:
    """`field_name` and `delimiter` replace what stands before and after each event."""
    heard = ask(gateway(), stream=True, field_name="", delimiter="---")
    frames = heard.body.split(b"---")
    assert frames[0].startswith(b'{"id":')
    assert frames[-2:] == [b"[DONE]", b""]
    assert b"data: " not in heard.body


@pytest.mark.parametrize(
    ("changes", "framed"),
    [({"field_name": ""}, b'{"id"'), ({"delimiter": "---"}, b'data: {"id"'), ({}, b'data: {"id"')],
)
def test_either_may_be_changed_alone(changes: dict[str, Any], framed: bytes) -> None:
    """The other stays as it is."""
    heard = ask(gateway(), stream=True, **changes)
    first, *_, last = heard.body.split(changes.get("delimiter", "\n\n").encode())
    assert first.startswith(framed)
    assert last == b""


def test_what_customer_params_say_of_the_customer_is_in_the_row() -> None:
    """The customer in it goes first."""
    made = gateway()
    params = {"customer_identifier": "u1", "name": "N", "email": "n@x.io"}
    ask(made, customer_params=params, customer_identifier="u2")
    log = made.logs.one()
    assert (log.customer_identifier, log.customer_name, log.customer_email) == ("u1", "N", "n@x.io")


def test_a_row_has_what_the_request_said_of_itself() -> None:
    """Metadata as texts, without what begins with an underscore; properties as they are."""
    made = gateway()
    ask(made, **SENT)
    log = made.logs.one(customer_identifier="user_123")
    expected = {**SENT, "metadata": {"team": "ml", "n": "3"}}
    assert {name: getattr(log, name) for name in expected} == expected
    assert (log.unique_id, log.status_code, log.status, log.latency) == ("log-000001", 200, "success", 1.5)
    assert (log.prompt_tokens, log.completion_tokens, log.total_request_tokens) == (6, 9, 15)
    assert log.cost == pytest.approx(0.000105)
    assert log.call is made.calls.one()
    assert log.prompt_messages == [{"role": "user", "content": "Hi"}]
    assert log.completion_message == {"role": "assistant", "content": "Well, thank you."}


def test_without_the_contents_only_metrics_are_kept() -> None:
    """`disable_log` leaves out all that was said, on either side."""
    made = Gateway()
    made.model("gpt-4o").replies(tool_calls=[ToolCall("f", {"secret": 1})])
    ask(made, "my secret", disable_log=True, tools=[{"type": "function", "function": {"name": "f"}}])
    log = made.logs.one()
    said = (log.prompt_messages, log.completion_message, log.full_request, log.tools, log.tool_calls)
    assert said == (None, None, None, None, None)
    assert (log.has_tool_calls, log.total_request_tokens is not None) == (True, True)
    assert "my secret" not in repr(log)


def test_the_repr_of_a_row_tells_it_from_others() -> None:
    """What is as always is left out, and so is what was said."""
    made = gateway()
    ask(made, "a long story", customer_identifier="u1", metadata={"plan": "pro"})
    assert repr(made.logs.one()) == (
        "Log(unique_id='log-000001', model='gpt-4o', latency=1.5, cost=0.000105, prompt_tokens=6, "
        "completion_tokens=9, total_request_tokens=15, customer_identifier='u1', metadata={'plan': 'pro'})"
    )


def test_attempts_that_failed_are_warnings_of_the_one_row() -> None:
    """One row for one call: the model that served it, and a warning for each that did not."""
    made = Gateway()
    made.model("a").fails(429)
    made.model("b").replies("b")
    ask(made, model="a", fallback_models=["b"])
    log = made.logs.one()
    assert (log.model, log.status, log.warnings_dict) == ("b", "success", {"a": "rate_limit_exceeded"})
    assert (log.warnings, log.has_warnings) == ('{"a":"rate_limit_exceeded"}', True)


@pytest.mark.parametrize(
    ("script", "status", "message"),
    [
        (lambda model: model.fails(500, message="The lava is hot."), 500, "The lava is hot."),
        (lambda model: model.sends(b"no JSON", status=500), 500, "error"),
        (lambda model: model.times_out(), 504, "gpt-4o did not answer within 600 seconds."),
    ],
)
def test_a_call_that_failed_has_a_row_too(script: Any, status: int, message: str | None) -> None:
    """With its status, and what the client was told; else with the story's word for it."""
    made = Gateway()
    script(made.model("gpt-4o"))
    ask(made)
    log = made.logs.one()
    assert (log.status_code, log.status, log.error_message, log.cost) == (status, "error", message, None)


def test_the_time_to_the_first_token_is_kept_of_streams() -> None:
    """In virtual time; a whole answer has none."""
    made = Gateway()
    made.model("gpt-4o").replies("one two", delay=2, every=1)
    ask(made, stream=True)
    ask(made)
    assert [(log.time_to_first_token, log.latency, log.stream) for log in made.logs] == [(2, 3, True), (None, 2, False)]


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        ({}, 0.000105),
        ({"prompt_unit_price": 1_000_000, "completion_unit_price": 0}, 6),
        ({"model": "of-nobody"}, None),
        ({"model": "mine"}, 3),
        ({"model": "azure/gpt-4o"}, 0.000105),
    ],
)
def test_what_a_call_costs(fields: dict[str, Any], cost: float | None) -> None:
    """The price of the request, of the account, of everybody; None for a model nobody knows."""
    made = Gateway()
    made.model("*").replies("x", usage=Usage(6, 9))
    made.account.price("mine", prompt=500_000, completion=0)
    ask(made, **fields)
    assert made.calls.one().cost == (None if cost is None else pytest.approx(cost))


def test_what_a_call_costs_is_the_same_on_every_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some models are cheaper at night, and some cost another price from a date on: one weighs the same at any time."""

    class Today(datetime):
        is_: tuple[int, int, int, int]

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls(*cls.is_, tzinfo=tz)

    monkeypatch.setattr("genai_prices.data_snapshot.datetime", Today)
    costs: list[float | None] = []
    for Today.is_ in ((2025, 12, 31, 3), (2026, 6, 1, 12), (2027, 2, 1, 20)):
        _known.cache_clear()
        made = Gateway()
        made.model("*").replies("x", usage=Usage(250_000, 1000))
        for model in ("deepseek-chat", "claude-sonnet-4-6", "gpt-4o"):
            ask(made, model=model)
        costs += [call.cost for call in made.calls]
    assert None not in costs
    assert costs[3:] == costs[:3] * 2


@pytest.mark.parametrize("contents", ["cached", "unknown model", "limited"])
def test_a_row_has_its_messages_whoever_answers(contents: str) -> None:
    """From the cache, or not at all: what was asked is there."""
    made = Gateway()
    made.model("gpt-4o").replies("Hi")
    ask(made, cache_enabled=True)
    if contents == "unknown model":
        made.account.models = []
    if contents == "limited":
        made.account.limit(requests=1)
    ask(made, cache_enabled=True)
    log = made.logs.last
    assert log.prompt_messages == [{"role": "user", "content": "Hi"}]
    assert log.prompt_message_count == 1


def test_a_broken_stream_is_no_success() -> None:
    """Its status is what the client was told first, and the row tells it from one that came to its end."""
    made = Gateway()
    made.model("gpt-4o").hangs_up(after_chunks=2)
    ask(made, stream=True)
    log = made.logs.one()
    assert (log.status_code, log.status, log.error_bit) == (200, "error", 1)
    assert log.error_message == "the connection broke after 2 chunks"


def test_secrets_among_metadata() -> None:
    """What has the name of a secret is masked wherever it stands."""
    made = Gateway()
    made.model("gpt-4o").replies("Hi")
    ask(made, metadata={"api_key": "sk-very-secret-key", "plan": "pro"}, properties={"password": "hunter2"})
    log = made.logs.one()
    assert log.metadata == {"api_key": "sk-***", "plan": "pro"}
    assert log.properties == {"password": "***"}
