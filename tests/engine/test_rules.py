import json
from typing import Any

import pytest

from mock_gateway import Answer, Gateway, ToolCall, Usage
from mock_gateway.core.requests import HttpRequest
from mock_gateway.core.steps import Chunk, Start, Wait

from . import dialogue


def steps(gateway: Gateway, text: str = "Hi", model: str = "gpt-4o", **fields: Any) -> list[Any]:
    body = {"model": model, "messages": [{"role": "user", "content": text}], **fields}
    headers = {"authorization": "Bearer any"}
    return list(
        gateway.handle(
            HttpRequest("POST", "api.respan.ai", "/chat/completions", headers, json.dumps(body).encode(), "test")
        )
    )


def ask(gateway: Gateway, text: str = "Hi", model: str = "gpt-4o", **fields: Any) -> Any:
    """The text of the answer, or the status if there is none."""
    start, *chunks = [step for step in steps(gateway, text, model, **fields) if not isinstance(step, Wait)]
    if start.status >= 400:
        return start.status
    message = json.loads(b"".join(chunk.data for chunk in chunks))["choices"][0]["message"]
    return message["content"]


@pytest.mark.parametrize(
    ("script", "asked", "answered"),
    [
        (lambda m: m.replies("a"), 3, ["a", "a", "a"]),
        (lambda m: m.replies("a").replies("b"), 4, ["a", "b", "b", "b"]),
        (lambda m: m.replies("a", times=2).replies("b"), 4, ["a", "a", "b", "b"]),
        (lambda m: m.replies("a").replies("b", times=2), 4, ["a", "b", "b", 404]),
        (lambda m: m.fails(429, times=2).replies("then this"), 3, [429, 429, "then this"]),
        (lambda m: m.fails("provider_down"), 2, [500, 500]),
    ],
)
def test_rules_play_in_order_and_the_last_repeats(script: Any, asked: int, answered: list[Any]) -> None:
    """Each once, or so many times; the last one again and again, unless it has times."""
    gateway = Gateway()
    script(gateway.model("gpt-4o"))
    assert [ask(gateway) for _ in range(asked)] == answered


def test_asking_for_a_model_twice_continues_its_script() -> None:
    """A script may be written in several places."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("a")
    gateway.model("gpt-4o").replies("b")
    assert [ask(gateway), ask(gateway)] == ["a", "b"]
    assert repr(gateway.model("gpt-4o")) == (
        "<script of gpt-4o>\n  model(\"gpt-4o\").replies('a')  played 1\n  model(\"gpt-4o\").replies('b')  played 1"
    )


def test_the_exact_name_comes_before_globs_and_longer_globs_before_shorter() -> None:
    """What is said of fewer models counts more."""
    gateway = Gateway()
    gateway.model("*").replies("any")
    gateway.model("gpt-*").replies("a gpt")
    gateway.model("gpt-4o").replies("this one", times=1)
    gateway.model("gpt-4*").replies("a gpt 4")

    assert [ask(gateway), ask(gateway)] == ["this one", "a gpt 4"]
    assert ask(gateway, model="gpt-5") == "a gpt"
    assert ask(gateway, model="claude-4") == "any"


def test_a_rule_is_passed_over_by_requests_it_does_not_fit() -> None:
    """Conditions hold for the verbs that follow, up to the next; of the rules that fit, the last repeats."""
    gateway = Gateway()
    bot = gateway.model("gpt-4o")
    bot.when(contains="refund").fails(429).replies("refunded").when(contains="parcel").replies("sent")
    bot.replies("what?")

    assert [ask(gateway, "a parcel"), ask(gateway, "a refund"), ask(gateway, "the refund")] == ["sent", 429, "refunded"]
    assert [ask(gateway, "hello"), ask(gateway, "my parcel")] == ["what?", "what?"]


@pytest.mark.parametrize(
    ("condition", "fits", "does_not"),
    [
        ({"contains": "refund"}, {"text": "a refund"}, {"text": "Refund"}),
        ({"system": "brief"}, {"messages": [{"role": "developer", "content": "Be brief."}]}, {}),
        (
            {"tools": ["a", "b"]},
            {"tools": [{"type": "function", "function": {"name": n}} for n in "cba"]},
            {"tools": []},
        ),
        ({"customer": "c-1"}, {"customer_identifier": "c-1"}, {"customer_identifier": "c-2"}),
        ({"matches": lambda request: request["temperature"] == 0}, {"temperature": 0}, {"temperature": 1}),
        ({"contains": "x", "customer": "c"}, {"text": "x", "customer_identifier": "c"}, {"text": "x"}),
    ],
)
def test_each_condition_fits_what_it_says(condition: Any, fits: Any, does_not: Any) -> None:
    """All that is given must fit."""
    gateway = Gateway()
    gateway.model("gpt-4o").when(**condition).replies("fits")
    assert ask(gateway, **fits) == "fits"
    assert ask(gateway, **does_not) == 404


def test_contains_looks_at_the_last_user_message_and_into_its_parts() -> None:
    """Parts are joined, images have no text, and what was said before does not count."""
    gateway = Gateway()
    gateway.model("gpt-4o").when(contains="cat").replies("meow")
    image = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
    before, now = (
        {"role": "user", "content": "a cat"},
        {"role": "user", "content": [image, {"type": "text", "text": "a dog"}]},
    )
    assert ask(gateway, messages=[before, now]) == 404
    assert (
        ask(gateway, messages=[now, {**now, "content": [{"type": "text", "text": "my cat"}]}, {"role": "tool"}])
        == "meow"
    )


def test_unplayed_rules_are_found_by_name_unless_they_are_optional() -> None:
    """A scripted failure that never happened is a finding."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("a").replies("b", optional=True)
    gateway.model("claude-*").when(system="x", tools=["t"], customer="c", matches=ask).stalls(after_chunks=3)
    gateway.model("long").replies("a text that goes on for far too long to be shown whole")
    ask(gateway)
    assert [finding.text for finding in gateway.findings()] == [
        "model(\"claude-*\").when(system='x', tools=('t',), customer='c', matches=ask).stalls(after_chunks=3)",
        'model("long").replies(\'a text that goes on for far too long...)',
    ]


def test_everything_a_model_can_say() -> None:
    """Texts, functions, structured content, tool calls, reasoning, usage, and whole bodies."""
    gateway = Gateway()
    body = {"id": "own", "choices": [{"index": 0, "message": {"role": "assistant", "content": "verbatim"}}], "extra": 1}
    script = gateway.model("gpt-4o")
    script.replies(lambda request: Answer(request.text.upper())).replies(json={"a": [1]}).replies(body=body)
    script.replies(
        tool_calls=[
            ToolCall("f", {"x": 1}, id="mine"),
            {"function": {"name": "g", "arguments": "no {json"}},
            {"name": "h"},
        ]
    )
    script.replies("so", reasoning="because", usage={"prompt_tokens": 7, "completion_tokens": 5, "cached_tokens": 3})
    script.replies("cut here, not there", usage=Usage(1, 2))

    def answer(**fields: Any) -> Any:
        return json.loads(steps(gateway, **fields)[-1].data)

    assert ask(gateway, "loud") == "LOUD"
    assert ask(gateway) == '{"a":[1]}'
    assert answer() == body

    choice = answer()["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert [
        (call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in choice["message"]["tool_calls"]
    ] == [
        ("mine", "f", '{"x":1}'),
        ("call_000004_2", "g", "no {json"),
        ("call_000004_3", "h", "{}"),
    ]

    thinking = answer()
    assert thinking["choices"][0]["message"]["reasoning_content"] == "because"
    assert thinking["choices"][0]["message"]["thinking_blocks"][0]["thinking"] == "because"
    assert thinking["usage"]["total_tokens"] == 12
    assert (
        thinking["usage"]["cache_read_input_tokens"] == thinking["usage"]["prompt_tokens_details"]["cached_tokens"] == 3
    )

    assert ask(gateway, stop=[",", "not"]) == "cut here"
    assert ask(gateway, stop="nowhere") == "cut here, not there"


def test_waits_stand_before_the_answer_and_between_its_chunks() -> None:
    """There is `delay` before the first byte, `every` between the chunks, and nothing after the last."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies(chunks=["a", "b", "c"], delay=2, every=0.5)
    waits = [step.seconds for step in steps(gateway, stream=True) if isinstance(step, Wait)]
    assert waits == [2, 0.5, 0.5]


def test_failures_and_whole_bodies_may_be_slow_too() -> None:
    """The wait stands before the head, whole or streamed."""
    body = {"choices": [{"message": {"content": "a b"}}]}
    gateway = Gateway()
    gateway.model("gpt-4o").fails(500, delay=3).replies(body=body, delay=4).replies(body=body, delay=5, every=1)
    told = [[step.seconds for step in steps(gateway, stream=at == 2) if isinstance(step, Wait)] for at in range(3)]
    assert told == [[3], [4], [5, 1]]


def test_raw_bytes_are_sent_as_they_are_and_cut_where_they_are_cut() -> None:
    """A door must hand such pieces over one by one."""
    gateway = Gateway()
    gateway.model("gpt-4o").sends([b"\xff", b"\xfe"], status=203)
    start, *chunks = steps(gateway, stream=True)
    assert start.status == 203
    assert chunks == [Chunk(b"\xff", border=True), Chunk(b"\xfe", last=True, border=True)]


@pytest.mark.parametrize(
    ("clock", "given", "headers"),
    [
        ("virtual", None, {"retry-after-ms": "1"}),
        ("virtual", 1.5, {"retry-after": "1.5", "retry-after-ms": "1"}),
        ("real", 2, {"retry-after": "2"}),
        ("real", None, {}),
    ],
)
def test_clients_are_told_when_to_try_again(clock: Any, given: float | None, headers: dict[str, str]) -> None:
    """In virtual time, at once, in the header that only the SDKs read."""
    gateway = Gateway(clock=clock)
    gateway.model("gpt-4o").fails(429, retry_after=given)
    start = next(step for step in steps(gateway) if isinstance(step, Start))
    assert {name: value for name, value in start.headers if name.startswith("retry")} == headers


def test_a_client_is_not_hurried_where_it_would_not_try_again() -> None:
    """A bad request is not repeated, so there is nothing to say."""
    gateway = Gateway()
    gateway.model("gpt-4o").fails("user_context_window", message="too long")
    start, chunk = steps(gateway)
    assert "retry-after-ms" not in dict(start.headers)
    assert json.loads(chunk.data)["error"] == {
        "message": "too long",
        "type": "invalid_request_error",
        "param": None,
        "code": "context_length_exceeded",
    }


def test_half_a_character_is_the_scripts_mistake() -> None:
    """A function that returns one is told so, instead of breaking the answer and the log."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies(lambda request: Answer(chunks=("\ud83d", "\ude00")))
    assert dialogue.ask(gateway, stream=True).status == 500
    assert gateway.findings()[0].text.endswith("'\\ud83d' has half a character, which nobody can send.")
    assert gateway.logs.one().status_code == 500
