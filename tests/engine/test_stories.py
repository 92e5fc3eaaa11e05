"""The engine by script: what is asked, and the whole story of it. No client and no door is involved."""

import json
from typing import Any

import pytest

from mock_gateway import Answer, Contract, Gateway, ToolCall
from mock_gateway.core.requests import HttpRequest
from mock_gateway.core.steps import Chunk, ClientLeft, HangUp, Silence, Start, Step, Wait

KEY = {"authorization": "Bearer any"}


def question(text: str = "Hi", model: str = "gpt-4o", **fields: Any) -> bytes:
    return json.dumps({"model": model, "messages": [{"role": "user", "content": text}], **fields}).encode()


def request(body: bytes | None = None, path: str = "/api/chat/completions", **changes: Any) -> HttpRequest:
    values: dict[str, Any] = {"method": "POST", "host": "api.respan.ai", "headers": KEY, "door": "test"} | changes
    return HttpRequest(path=path, body=question() if body is None else body, **values)


def ask(gateway: Gateway, asked: HttpRequest | None = None) -> tuple[int, dict[str, str], bytes]:
    """A call taken to its end."""
    start, *rest = list(gateway.handle(asked or request()))
    assert isinstance(start, Start), start
    return start.status, dict(start.headers), b"".join(step.data for step in rest if isinstance(step, Chunk))


def said(gateway: Gateway, asked: HttpRequest | None = None) -> Any:
    status, _, body = ask(gateway, asked)
    assert status == 200, body
    return json.loads(body)["choices"][0]["message"]["content"]


def test_a_call_is_told_from_its_first_line_to_its_last() -> None:
    """A story names the call, the attempt, what was served, what it weighed, and the log row."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("Hello there.", delay=1.5)
    steps = gateway.handle(request(question(stream=True)), timeline := gateway.clock.timeline())
    for step in steps:
        if isinstance(step, Wait):
            assert timeline.spend(step.seconds) == 0

    assert str(gateway.story) == (
        "call 1  POST /api/chat/completions  gpt-4o  streamed\n"
        "  attempt   gpt-4o  200  2 chunks  script  in 1.5 s\n"
        "  served    200  gpt-4o  4 + 3 tokens  $0.00004  1.5 s\n"
        "  log       log-000001"
    )


def test_two_runs_are_equal_to_the_byte() -> None:
    """Ids count up and time is virtual, so the same test gives the same bytes and the same story."""

    def run() -> tuple[list[Any], str]:
        gateway = Gateway()
        gateway.model("gpt-4o").fails(429).replies("a").hangs_up(after_chunks=1)
        answers = [list(gateway.handle(request(question(stream=at > 0)))) for at in range(3)]
        return answers, str(gateway.story)

    assert run() == run()


@pytest.mark.parametrize(
    ("verb", "arguments", "streamed", "line", "ending"),
    [
        ("fails", ("provider_overloaded",), False, "503 overloaded", "served    503  gpt-4o  0 s"),
        ("fails", (529,), True, "529 overloaded", "served    529  gpt-4o  0 s"),
        ("times_out", (), False, "timed out", "refused   504  gpt-4o did not answer within 600 seconds."),
        ("hangs_up", (), True, "hung up", "refused   502  The connection to the provider of gpt-4o broke."),
        ("hangs_up", (2,), False, "hung up", "refused   502  The connection to the provider of gpt-4o broke."),
        ("hangs_up", (2,), True, "200  2 chunks", "cut       the connection broke after 2 chunks"),
        ("stalls", (), False, "stalled", "silence   the client waits for an answer that never comes"),
        ("stalls", (3,), True, "200  3 chunks", "silence   the client waits for the rest of the answer"),
    ],
)
def test_every_way_to_fail_has_its_story(
    verb: str, arguments: tuple[Any, ...], streamed: bool, line: str, ending: str
) -> None:
    """What became of the attempt stands on its line, what the client got on the next."""
    gateway = Gateway()
    script = gateway.model("gpt-4o")
    if verb == "fails":
        script.fails(*arguments)
    else:
        getattr(script, verb)(**({"after_chunks": arguments[0]} if arguments else {}))

    list(gateway.handle(request(question(stream=streamed))))

    told = str(gateway.story).splitlines()
    assert told[1].removeprefix("  attempt   gpt-4o  ") == f"{line}  script"
    assert told[2].strip() == ending


def test_a_client_that_closes_early_has_left() -> None:
    """Closing before the last chunk is leaving, closing at it is not, and a door may say so even then."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("one two three")

    def steps_to(count: int) -> Any:
        steps = gateway.handle(request(question(stream=True)))
        taken = [next(steps) for _ in range(count)]
        return steps, taken[-1]

    steps, _ = steps_to(4)
    steps.close()
    assert gateway.calls.last.left_early
    assert gateway.calls.last.answer is None
    assert "left      the client left after 2 chunks" in str(gateway.calls.last.story)

    steps, last = steps_to(7)
    assert last.last
    steps.close()
    assert not gateway.calls.last.left_early

    steps, _ = steps_to(7)
    with pytest.raises(StopIteration):
        steps.throw(ClientLeft())
    assert gateway.calls.last.left_early


@pytest.mark.parametrize(
    "path", ["/api/chat/completions", "/api/chat/completions/", "/chat/completions", "/api//chat/completions"]
)
def test_the_path_may_be_written_as_clients_write_it(path: str) -> None:
    """With and without /api, with and without the slash at the end, and with the one too many."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("Hello!")
    assert said(gateway, request(path=path)) == "Hello!"


@pytest.mark.parametrize(
    ("body", "status", "docs", "sdk"),
    [
        (b"{", 400, "Invalid request format", "Invalid request format"),
        (b"[1]", 400, "Invalid request format", "Invalid request format"),
        (b'{"messages": []}', 422, "Validation error", "model: This field is required."),
        (b'{"model": "m"}', 422, "Validation error", "messages: This field is required."),
        (
            b'{"model": "m", "messages": "hi"}',
            422,
            "Validation error",
            "messages: This field must be a list of messages.",
        ),
        (
            b'{"model": "m", "messages": [], "n": 0}',
            422,
            "Validation error",
            "n: This field must be a number from 1 to 128.",
        ),
        (
            b'{"model": "m", "messages": [], "stream": "no"}',
            422,
            "Validation error",
            "stream: This field must be true or false.",
        ),
    ],
)
def test_a_body_nobody_can_read_is_refused_in_the_contracts_shape(
    body: bytes, status: int, docs: str, sdk: str
) -> None:
    """The documentation has a detail, the REST client's types have an error."""
    answered, _, text = ask(Gateway(), request(body))
    assert (answered, json.loads(text)["detail"]) == (status, docs)
    answered, _, text = ask(Gateway(contract="sdk-2026-10"), request(body))
    assert (answered, json.loads(text)["error"]["message"]) == (400, sdk)


def test_keys_are_checked_once_there_are_any() -> None:
    """Any key will do until one is issued; a missing one never does; none shows in a repr or a story."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("Hello!")
    assert ask(gateway)[0] == 200
    assert ask(gateway, request(headers={}))[0] == 401

    gateway.account.add_key("sk-secret-of-mine", environment="production")
    status, _, body = ask(gateway)
    assert (status, json.loads(body)["detail"][:38]) == (401, "Your API key is invalid or expired, pl")
    assert ask(gateway, request(headers={"x-api-key": "sk-secret-of-mine"}))[0] == 200
    assert "secret" not in f"{gateway.account!r} {gateway!r} {gateway.calls!r} {gateway.story}"
    assert "sk-*** (production)" in repr(gateway.account)


def test_a_model_the_account_does_not_have_is_unknown() -> None:
    """Where the account restricts models, another is answered as documented, and never asked."""
    gateway = Gateway()
    gateway.account.models = ["gpt-4o-mini"]
    status, _, body = ask(gateway)
    assert status == 404
    assert json.loads(body)["detail"].startswith("Requested model: gpt-4o is not available in the model list")
    assert gateway.findings() == []


def test_the_gateway_itself_may_be_ill() -> None:
    """It answers with its own error, or not at all, so many times; a spell nobody fell into is a finding."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("Hello!")
    gateway.fails(429, times=1)
    gateway.refuses(times=1)

    status, headers, body = ask(gateway)
    assert (status, headers["retry-after"], json.loads(body)) == (
        429,
        "60",
        {"detail": "Rate limit exceeded", "retry_after": 60},
    )
    assert list(gateway.handle(request())) == [HangUp(refused=True)]
    assert said(gateway) == "Hello!"

    gateway.fails(503)
    assert [finding.text for finding in gateway.findings()] == ["fails(503)"]
    with pytest.raises(ValueError, match="a status from 400 to 599, not 200"):
        gateway.fails(200)
    with pytest.raises(ValueError, match="times is a number above 0, not 0"):
        gateway.refuses(times=0)


def test_what_nobody_imitates_says_so() -> None:
    """Another endpoint is a 501 that names it, and a finding; a wrong method is a 405."""
    gateway = Gateway()
    status, headers, body = ask(gateway, request(path="/api/audio/speech"))
    assert (status, headers["x-should-retry"]) == (501, "false")
    assert (
        json.loads(body)["error"]["message"]
        == "Nothing answers POST /api/audio/speech: this mock does not imitate that endpoint."
    )
    assert [finding.kind for finding in gateway.findings()] == ["misses"]
    assert ask(gateway, request(method="GET"))[0] == 405


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


def test_a_function_must_return_an_answer() -> None:
    """What it returns instead is shown."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies(lambda asked: 3)  # type: ignore[arg-type, return-value]
    assert "it returned 3, which is neither a text nor an Answer" in str(ask(gateway)[2])


def test_calls_straight_to_a_provider_are_refused_or_allowed() -> None:
    """Refused they are a finding; allowed they are answered without anything of the gateway's."""
    direct = request(host="api.openai.com", path="/v1/chat/completions", headers={})
    gateway = Gateway()
    status, headers, _ = ask(gateway, direct)
    assert (status, headers["x-should-retry"]) == (403, "false")
    assert [finding.kind for finding in gateway.findings()] == ["direct"]

    gateway = Gateway(direct="allow")
    gateway.account.add_key("other")
    gateway.fails(503)
    gateway.model("gpt-4o").replies("Hello!")
    status, headers, _ = ask(gateway, direct)
    assert (status, [name for name in headers if name.startswith("x-respan")]) == (200, [])
    assert str(gateway.story).startswith("call 1  POST https://api.openai.com/v1/chat/completions  gpt-4o\n")
    with pytest.raises(ValueError, match="direct is 'refuse' or 'allow', not 'maybe'"):
        Gateway(direct="maybe")  # type: ignore[arg-type]


def test_every_choice_of_the_contract_has_an_effect() -> None:
    """Each field, changed, changes what the client is given."""

    def outcome(contract: Contract, act: Any, **fields: Any) -> list[Step]:
        gateway = Gateway(contract=contract)
        act(gateway)
        return list(gateway.handle(request(question(**fields))))

    def start(steps: list[Step]) -> Start:
        assert isinstance(steps[0], Start)
        return steps[0]

    def hang_up(gateway: Gateway) -> None:
        gateway.model("gpt-4o").hangs_up()

    def break_off(gateway: Gateway) -> None:
        gateway.model("gpt-4o").hangs_up(after_chunks=1)

    preset = Contract.preset
    assert outcome(preset("docs", hung_up="cut"), hang_up) == [HangUp()]
    assert start(outcome(preset("docs"), hang_up)).status == 502

    assert outcome(preset("docs"), break_off, stream=True)[-1] == HangUp()
    last = outcome(preset("docs", broken_stream="error_event"), break_off, stream=True)[-1]
    assert isinstance(last, Chunk)
    assert last.data.startswith(b'data: {"error":')

    steps = outcome(preset("docs", upstream_timeout=5, timed_out_status=408), lambda g: g.model("gpt-4o").times_out())
    assert steps[0] == Wait(5)
    assert isinstance(steps[1], Start)
    assert steps[1].status == 408

    failed = outcome(preset("docs", provider_error="failed_dependency"), lambda g: g.model("gpt-4o").fails(429))
    assert start(failed).status == 424

    chunks = outcome(
        preset("docs", streamed_reasoning="reasoning"),
        lambda g: g.model("gpt-4o").replies("a", reasoning="b"),
        stream=True,
    )
    assert any(isinstance(step, Chunk) and b'{"reasoning":"b"' in step.data for step in chunks)

    gateway = Gateway(contract=preset("docs", missing_key="invalid", refused_key_status=403))
    status, _, body = ask(gateway, request(headers={}))
    assert (status, b"invalid or expired" in body) == (403, True)

    with pytest.raises(ValueError, match="unknown contract 'doc'. Did you mean 'docs'"):
        Gateway(contract="doc")
    with pytest.raises(TypeError, match="unknown field of Contract 'hungup'. Did you mean 'hung_up'"):
        preset("docs", hungup="cut")


def test_an_answer_no_model_would_have_given_is_remarked_on() -> None:
    """A tool that is not on offer, a tool although none was wanted, a text where JSON was asked for."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies(tool_calls=[ToolCall("look_up")]).replies(json={}).replies("no JSON")
    ask(gateway, request(question(tool_choice="none")))
    ask(gateway, request(question(response_format={"type": "json_object"})))
    ask(gateway, request(question(response_format={"type": "json_object"})))

    assert [warning for call in gateway.calls for warning in call.warnings] == [
        "the script calls the tool 'look_up', which the request does not offer; offered: none",
        "the script calls a tool, although the request says tool_choice='none'",
        "the request asks for json_object, and the scripted text is no JSON",
    ]
    assert "  warning   the request asks for json_object" in str(gateway.story)


def test_credentials_are_masked_in_what_a_test_reads() -> None:
    """A request's keys are never shown whole."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("x")
    credentials = {"openai": {"api_key": "sk-abcdefghijklmnop", "api_base": "https://x"}, "list": [{"secret": "short"}]}
    ask(gateway, request(question(customer_credentials=credentials, max_tokens=3)))
    assert gateway.calls.one().request["customer_credentials"] == {
        "openai": {"api_key": "sk-***", "api_base": "https://x"},
        "list": [{"secret": "***"}],
    }
    assert gateway.calls.one().request["max_tokens"] == 3


def test_what_was_served_can_be_read_back() -> None:
    """The answer of a call is complete: text, usage, and why it ended."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies(Answer("Hello!"))
    ask(gateway)
    answer = gateway.calls.one(requested_model="gpt-4o", status=200, streamed=False).answer
    assert answer is not None
    assert (answer.text, answer.finish_reason, answer.usage and answer.usage.total_tokens) == ("Hello!", "stop", 6)


def test_a_call_under_way_has_a_story_so_far() -> None:
    """Read in the middle of a stream, it has its first lines and no end; its wait counts when the client gives up."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("one two").times_out()
    steps = gateway.handle(request(question(stream=True)))
    next(steps)
    assert repr(gateway.calls.one()) == "<Call 1 gpt-4o 200>"
    assert str(gateway.story).splitlines() == [
        "call 1  POST /api/chat/completions  gpt-4o  streamed",
        "  attempt   gpt-4o  200  0 chunks  script",
    ]
    steps.close()

    steps = gateway.handle(request())
    assert next(steps) == Wait(600)
    assert repr(gateway.calls.last) == "<Call 2 gpt-4o open>"
    steps.close()
    assert str(gateway.calls.last.story).splitlines()[1:] == [
        "  attempt   gpt-4o  left  script",
        "  left      the client left after 0 chunks",
        "  log       log-000002",
    ]


def test_a_stall_goes_on_until_the_client_leaves() -> None:
    """The last step is silence, and closing there is leaving."""
    gateway = Gateway()
    gateway.model("gpt-4o").stalls(after_chunks=1)
    steps = gateway.handle(request(question(stream=True)))
    assert [type(step) for step in (next(steps), next(steps), next(steps), next(steps))] == [
        Start,
        Chunk,
        Chunk,
        Silence,
    ]
    steps.close()
    assert gateway.calls.one().left_early
