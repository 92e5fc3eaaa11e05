"""What the author of a test is told: of a call that nothing answers, and of a function that does not."""

import json
from typing import Any

import pytest

from mock_gateway import Gateway

from .steps import ask, question, request

MISS = """\
Nothing answers attempt 1 of this call: gpt-4o was asked something no script covers.

  call      POST /api/chat/completions   gpt-4o   2 messages   streamed
  asked     'I have a very long question about the invoice of last mon...'
  nearest   model("gpt-4o").when(contains='refund').replies('Sure.')   'refund' is not in the last user message
            model("gpt-4o").fails(429)   has played 1 of 1 time
            model("gpt-*").when(customer='c-1').replies(json={'a': 1})   the customer is None, not 'c-1'
  others    scripted are claude-4, gemini-*

  Script it   gateway.model("gpt-4o").replies(...)"""


def test_a_miss_says_what_came_nearest() -> None:
    """Each rule that might have answered gives its reason, line by line; the client is told not to try again."""
    gateway = Gateway()
    gateway.model("gpt-4o").when(contains="refund").replies("Sure.")
    gateway.model("gpt-4o").fails(429, times=1)
    gateway.model("gpt-*").when(customer="c-1").replies(json={"a": 1})
    gateway.model("claude-4").replies("x")
    gateway.model("gemini-*").replies("x")
    ask(gateway)

    text = "I have a very long question about the invoice of last month, and of this one."
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]
    status, headers, body = ask(gateway, request(question(messages=messages, stream=True)))

    assert (status, headers["x-should-retry"]) == (404, "false")
    assert json.loads(body)["error"]["message"] == MISS
    assert [finding.text for finding in gateway.findings() if finding.kind == "misses"] == [MISS]
    assert "miss      nothing answers gpt-4o" in str(gateway.calls.last.story)


def test_a_name_that_was_nearly_right_is_pointed_out() -> None:
    """A script for a model of nearly that name is the likeliest mistake."""
    gateway = Gateway()
    gateway.model("gpt-4o-mini").replies("x", optional=True)
    ask(gateway)
    assert "  others    scripted is gpt-4o-mini   nearest name: gpt-4o-mini" in gateway.findings()[0].text


@pytest.mark.parametrize("place", ["answer", "condition"])
def test_a_function_that_raises_is_its_authors_mistake(place: str) -> None:
    """It does not look like a miss: the rule, the line and the exception are named."""
    gateway = Gateway()

    def broken(asked: Any) -> Any:
        return asked["no such field"]

    if place == "answer":
        gateway.model("gpt-4o").replies(broken)
    else:
        gateway.model("gpt-4o").when(matches=broken).replies("x")
    status, headers, body = ask(gateway)

    assert (status, headers["x-should-retry"]) == (500, "false")
    message = json.loads(body)["error"]["message"]
    assert "broken" in message.splitlines()[0]
    assert message.splitlines()[0].endswith("raised an exception.")
    assert "KeyError: 'no such field'" in message
    assert message.splitlines()[2].startswith(f"  {__file__}:")
    assert message in [finding.text for finding in gateway.findings()]


def test_a_function_that_says_it_is_closed_is_no_client_that_leaves() -> None:
    """Whatever it raises was raised by its author."""
    gateway = Gateway()

    def closed(_: Any) -> str:
        raise GeneratorExit

    gateway.model("gpt-4o").replies(closed)
    status, _, body = ask(gateway)
    assert (status, gateway.calls.one().left_early) == (500, False)
    assert "GeneratorExit" in json.loads(body)["error"]["message"]


def test_what_nobody_has_reckoned_with_fails_the_test() -> None:
    """Where the application swallows it, too: a finding says what it was."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies(body={"a": object()})
    with pytest.raises(ValueError, match="Unable to serialize"):
        ask(gateway)
    [finding] = gateway.findings()
    assert (finding.kind, finding.is_mistake) == ("misses", True)
    expected = "POST /api/chat/completions could not be answered: PydanticSerializationError: Unable to serialize"
    assert finding.text.startswith(expected)


def test_a_function_must_return_an_answer() -> None:
    """What it returns instead is shown."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies(lambda asked: 3)  # type: ignore[arg-type, return-value]
    assert "it returned 3, which is neither a text nor an Answer" in str(ask(gateway)[2])
