"""What a test says, and nobody could follow: refused where it is written."""

from math import inf, nan
from typing import Any

import pytest

from mock_gateway import Answer, Gateway, ToolCall, Usage

from .dialogue import ask


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (lambda m: m.replies(), "replies() needs something to say: a text, json, tool_calls, or a whole body."),
        (lambda m: m.replies(3), "replies() takes a text, an Answer or a function of the request, not 3."),
        (lambda m: m.replies("a", json={}), "replies() takes json, or a text, not both."),
        (lambda m: m.replies("a", body={}), "replies() takes body alone, without a text."),
        (lambda m: m.replies(body={}, json=1, usage={}), "replies() takes body alone, without json or usage."),
        (lambda m: m.replies(Answer("a"), reasoning="b"), "replies() takes an Answer alone, without reasoning."),
        (lambda m: m.replies(str, chunks=["b"]), "replies() takes a function alone, without chunks."),
        (lambda m: m.replies("ab", chunks=["a", "c"]), "the chunks join to 'ac', which is not the text 'ab'."),
        (lambda m: m.replies("a", delay=-1), "delay is a number from 0 on, not -1."),
        (lambda m: m.replies("a", times=0), "times is a number above 0, not 0."),
        (lambda m: m.replies("a", times=True), "times is a number above 0, not True."),
        (lambda m: m.stalls(after_chunks=-1), "after_chunks is a whole number from 0 on, not -1."),
        (lambda m: m.stalls(after_chunks=1.5), "after_chunks is a whole number from 0 on, not 1.5."),
        (lambda m: m.replies("a", delay=nan), "delay is a number from 0 on, not nan."),
        (lambda m: m.replies("a", reasoning=3), "reasoning is a text, not 3."),
        (lambda m: m.replies("a", finish_reason=3), "finish_reason is a text, not 3."),
        (lambda m: m.replies(body="x"), "body is a whole answer as a mapping, not 'x'."),
        (lambda m: m.replies("\ud83d"), r"'\ud83d' has half a character, which nobody can send."),
        (lambda m: m.replies(chunks=["\ud83d", "\ude00"]), r"'\ud83d\ude00' has half a character, which nobody"),
        (
            lambda m: m.replies(tool_calls=[ToolCall("f", {"a": "\ud83d"})]),
            r"""'f {"a": "\ud83d"}' has half a character, which nobody can send.""",
        ),
        (
            lambda m: m.replies(body={"choices": [{"message": {"content": "a \ud83d b"}}]}),
            r"""'ge": {"content": "a \ud83d b"}}]}' has half a character, which nobody can send.""",
        ),
        (lambda m: m.replies(Answer("a", others=(Answer("\ude00"),))), r"'\ude00' has half a character, which"),
        (lambda m: m.replies(chunks="abc"), "chunks is a list of texts, not 'abc'."),
        (lambda m: m.replies(chunks=[1]), "chunks is a list of texts, not [1]."),
        (lambda m: m.replies(tool_calls=ToolCall("a")), "tool_calls is a list of ToolCalls, not ToolCall("),
        (lambda m: m.replies(tool_calls={"name": "a"}), "tool_calls is a list of ToolCalls, not {'name': 'a'}."),
        (
            lambda m: m.replies(tool_calls=["a"]),
            'a tool call is a ToolCall, or {"name": ..., "arguments": ...}, not \'a\'.',
        ),
        (
            lambda m: m.replies(tool_calls=[{"nam": "a"}]),
            'a tool call is a ToolCall, or {"name": ..., "arguments": ...}, not',
        ),
        (lambda m: m.replies("a", usage=3), "usage is a Usage, or a mapping of its fields, not 3."),
        (
            lambda m: m.replies("a", usage={"total_tokens": 3}),
            "unknown field of usage 'total_tokens'. Did you mean 'prompt_tokens'? Known: prompt_tokens, completion_",
        ),
        (lambda m: m.replies("a", usage=Usage(-3)), "prompt_tokens is a whole number from 0 on, not -3."),
        (lambda m: m.sends(b"", status="200"), "status is a number from 200 to 599, not '200'."),
        (lambda m: m.sends(b"", status=0), "status is a number from 200 to 599, not 0."),
        (lambda m: m.sends(3), "sends() takes bytes, or a sequence of them, not 3."),
        (lambda m: m.when(contains=["a"]), "contains is a text, not ['a']."),
        (lambda m: m.when(tools="order"), "tools is a list of names, not 'order'."),
        (lambda m: m.when(matches="x"), "matches is a function of the request, not 'x'."),
        (lambda m: m.sends("text"), "sends() takes bytes, or a sequence of them, not 'text'."),
        (lambda m: m.sends([]), "sends() takes bytes, or a sequence of them, not []."),
        (lambda m: m.when(), "when() needs a condition: contains, system, tools, customer or matches."),
        (lambda m: m.fails(True), "a failure is a status from 400 to 599 or a name, not True. Names: provider_down,"),
        (lambda m: m.fails(200), "a failure is a status from 400 to 599 or a name, not 200. Names: provider_down,"),
        (
            lambda m: m.fails("provider_downs"),
            "unknown failure 'provider_downs'. Did you mean 'provider_down'? Known: ",
        ),
    ],
)
def test_a_bad_argument_is_refused_where_it_is_written(written: Any, complaint: str) -> None:
    """The error shows the value and says what is accepted."""
    with pytest.raises((TypeError, ValueError)) as caught:
        written(Gateway().model("gpt-4o"))
    assert str(caught.value).startswith(complaint)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"seed": "a"}, "seed is a whole number, not 'a'."),
        ({"log_id": "no"}, "log_id is True or False, not 'no'."),
        ({"keep_calls": 0}, "keep_calls is a number above 0, not 0."),
        ({"keep_calls": inf}, "keep_calls is a whole number from 0 on, not inf."),
        ({"keep_spans": -1}, "keep_spans is a number above 0, not -1."),
        ({"pace": "fast"}, "pace is 'instant', 'recorded' or a factor from 0 on, not 'fast'."),
        ({"pace": nan}, "pace is 'instant', 'recorded' or a factor from 0 on, not nan."),
        ({"after_last": "stop"}, "after_last is 'repeat' or 'miss', not 'stop'."),
        ({"direct": "maybe"}, "direct is 'refuse' or 'allow', not 'maybe'."),
        ({"contract": 3}, "contract is the name of a preset, a Contract, or changes to one, not 3."),
        ({"ignore": [3]}, "ignore is a list of names, not (3,)."),
        ({"ignore": 3}, "ignore is a list of names, not 3."),
        (
            {"not_secret": "request"},
            "not_secret is a list of places, such as request.messages[0].content, not 'request'.",
        ),
    ],
)
def test_a_setting_nobody_can_follow_is_refused(settings: dict[str, Any], complaint: str) -> None:
    """With a cassette or without."""
    with pytest.raises((TypeError, ValueError)) as caught:
        Gateway(**settings)
    assert str(caught.value) == complaint


@pytest.mark.parametrize(
    ("say", "complaint"),
    [
        (lambda one: one.price("m", prompt="2.50", completion=1), "prompt is a number from 0 on, not '2.50'."),
        (lambda one: one.price("m", prompt=1, completion=-1), "completion is a number from 0 on, not -1."),
        (
            lambda one: one.limit(requests=1, per="user"),
            "unknown per 'user'. Did you mean 'customer'? Known: key, organization, customer.",
        ),
        (lambda one: one.limit(requests=1, action="stop"), "unknown action 'stop'. Known: block, warn."),
        (lambda one: one.add_key(3), "key is a text, not 3."),
        (lambda one: one.price(5, prompt=1, completion=1), "model is a text, not 5."),
        (
            lambda one: one.price("gpt-*", prompt=1, completion=1),
            "price() takes the whole name of a model, not 'gpt-*'.",
        ),
        (
            lambda one: one.prompts.add("p", messages=[{"role": "user", "content": [{"text": "{{ x"}]}]),
            "messages[0] of prompt 'p' is no template: unexpected end of template, "
            "expected 'end of print statement' (line 1).",
        ),
        (
            lambda one: one.prompts.add("p", messages=[], variables="x"),
            "variables is a mapping of names to defaults, not 'x'.",
        ),
    ],
)
def test_an_account_nobody_can_have_is_refused(say: Any, complaint: str) -> None:
    """Where it is written, and not in the middle of a call."""
    with pytest.raises((TypeError, ValueError)) as caught:
        say(Gateway().account)
    assert str(caught.value) == complaint


def test_a_setting_the_account_does_not_have_is_refused() -> None:
    """It would have no effect, and whoever misspelt it would wait for one."""
    account: Any = Gateway().account
    with pytest.raises(AttributeError, match=r"unknown setting of the account 'limit'\."):
        account.limit = 3
    with pytest.raises(AttributeError, match=r"'fallback_model'\. Did you mean 'fallback_models'\? Known: credit, "):
        account.fallback_model = ["a"]


def test_a_condition_without_a_verb_is_a_finding() -> None:
    """Nothing was said of what the model does, so nothing will be done."""
    gateway = Gateway()
    waiting = gateway.model("gpt-4o").when(contains="weather")
    text = "model(\"gpt-4o\").when(contains='weather') says what fits, and not what the model does"
    assert [(finding.kind, finding.text) for finding in gateway.findings()] == [("rules", text)]
    waiting.replies("Rain.", optional=True)
    assert gateway.findings() == []


def test_what_lasts_for_ever_and_what_has_no_order_can_be_said() -> None:
    """A window and a delay without an end; a set of names."""
    gateway = Gateway()
    gateway.account.limit(requests=1, window=inf)
    gateway.account.models = {"gpt-4o"}  # type: ignore[assignment]
    gateway.model("gpt-4o").replies("Hi", delay=inf).replies("Hi", optional=True)
    assert [ask(gateway).status for _ in range(2)] == [504, 429]
    gateway.clock.advance(days=4000)
    assert ask(gateway).status == 429


def test_a_model_needs_a_name() -> None:
    """Neither nothing nor something else will do."""
    for name in ("", None):
        with pytest.raises(TypeError, match=r"model\(\) takes the name of a model or a glob"):
            Gateway().model(name)  # type: ignore[arg-type]
