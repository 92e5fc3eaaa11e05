"""The engine by script: what is asked, and the whole story of it. No client and no door is involved."""

from typing import Any

import pytest

from mock_gateway import Answer, Contract, Gateway, ToolCall
from mock_gateway.core.steps import Chunk, ClientLeft, HangUp, Silence, Start, Step, Wait

from .steps import ask, question, request


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
