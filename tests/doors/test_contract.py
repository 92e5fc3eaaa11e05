"""What every door promises, whoever knocks."""

from pathlib import Path
from typing import Any

import openai
import pytest
import requests

from mock_gateway import Contract, Gateway
from mock_gateway.core.chat import ChatRequest
from mock_gateway.core.events import Left

from .clients import DOORS, LEFT_TO_THE_LOOP, MODEL, NATIVE, Client, Door, Place
from .failures import FAILURES, Row

pytestmark = pytest.mark.filterwarnings(LEFT_TO_THE_LOOP)

every_door = pytest.mark.parametrize("door", DOORS, ids=str)
every_sdk_door = pytest.mark.parametrize("door", [door for door in DOORS if door.has_sdk], ids=str)

PAGE = Path(__file__).parents[2] / "docs" / "doors.md"
DOOR_NAMES: dict[Place, str] = {"application": "server", "socket": "server"}

STORY = """\
call 1  POST /api/chat/completions  gpt-4o
  attempt   gpt-4o  200  script
  served    200  gpt-4o  4 + 2 tokens  $0.00003  0 s
  log       log-000001

call 2  POST /api/chat/completions  gpt-4o  streamed
  attempt   gpt-4o  200  2 chunks  script  in 2.5 s
  served    200  gpt-4o  4 + 3 tokens  $0.00004  2.5 s
  log       log-000002

call 3  POST /api/chat/completions  gpt-4o
  attempt   gpt-4o  503 overloaded  script
  served    503  gpt-4o  0 s
  log       log-000003

call 4  POST /api/chat/completions  gpt-4o  streamed
  attempt   gpt-4o  hung up  script
  refused   502  The connection to the provider of gpt-4o broke.
  log       log-000004

call 5  POST /api/chat/completions  gpt-4o
  attempt   gpt-4o  timed out  script  in 600 s
  refused   504  gpt-4o did not answer within 600 seconds.
  log       log-000005

call 6  POST /api/chat/completions  gpt-4o  streamed
  attempt   gpt-4o  200  2 chunks  script
  cut       the connection broke after 2 chunks
  log       log-000006"""


@every_door
def test_a_plain_answer(door: Door) -> None:
    """A whole answer arrives, and its call is in the journal."""
    gateway = Gateway()
    gateway.model(MODEL).replies("Hello!")

    with door.open(gateway) as client:
        assert client.ask() == "Hello!"

        call = gateway.calls.one()
    assert (call.status, call.streamed, call.left_early, call.path) == (200, False, False, "/api/chat/completions")
    assert call.door == DOOR_NAMES.get(door.place, door.library.__name__)
    assert call.request["messages"] == [{"role": "user", "content": "Hi"}]


@every_door
def test_a_streamed_answer_comes_chunk_by_chunk(door: Door) -> None:
    """A stream has the chunks that were written, and its reader has not left early."""
    gateway = Gateway()
    gateway.model(MODEL).replies(chunks=["Hel", "lo, ", "wörld", "!"])

    with door.open(gateway) as client:
        assert client.stream().pieces == ["Hel", "lo, ", "wörld", "!"]

        call = gateway.calls.one()
    assert call.streamed
    assert not call.left_early
    assert call.attempts[0].chunks == 4


@every_door
def test_a_long_stream_arrives_whole(door: Door) -> None:
    """A stream larger than any buffer on its way arrives, whoever joins or cuts its pieces."""
    gateway = Gateway()
    written = [f"{number:04} {'x' * 200} " for number in range(1000)]
    gateway.model(MODEL).replies(chunks=written)

    with door.open(gateway) as client:
        assert client.stream().pieces == written

        assert not gateway.calls.one().left_early


@every_door
def test_usage_comes_at_the_end_of_a_stream_that_asks_for_it(door: Door) -> None:
    """include_usage brings the usage, and without it there is none."""
    gateway = Gateway()
    gateway.model(MODEL).replies("Hello!", usage={"prompt_tokens": 7, "completion_tokens": 2})

    with door.open(gateway) as client:
        asked, unasked = client.stream(usage=True), client.stream()

    assert asked.usage is not None
    assert (asked.usage["prompt_tokens"], asked.usage["completion_tokens"]) == (7, 2)
    assert unasked.usage is None


@every_door
@pytest.mark.parametrize("every", [0, 0.5], ids=["at once", "paced"])
@pytest.mark.parametrize("pieces", [["a ", "b ", "c ", "d "], ["x" * 100] * 5000], ids=["short", "long"])
def test_a_client_that_closes_early_has_left_early(door: Door, every: float, pieces: list[str]) -> None:
    """The call says that its client left before the end, as soon as anybody looks."""
    gateway = Gateway()
    gateway.model(MODEL).replies(chunks=pieces, every=every)

    with door.open(gateway) as client:
        assert client.stream(leave_after=2).pieces == pieces[:2]

        call = gateway.calls.one()
        assert call.left_early
        assert call.answer is None
        assert [type(event) for event in call.story].count(Left) == 1
        assert "\n  left      the client left after" in str(call.story)


@every_door
def test_a_client_that_leaves_before_the_last_event_has_left_early(door: Door) -> None:
    """Having read all the text is not having read the answer: how it ended is still to come."""
    gateway = Gateway()
    gateway.model(MODEL).replies(chunks=["a ", "b"])

    with door.open(gateway) as client:
        client.stream(leave_after=2)

        assert gateway.calls.one().left_early


@every_door
def test_leaving_and_staying_are_told_apart_call_by_call(door: Door) -> None:
    """One client that leaves early says nothing about the others at the same gateway."""
    gateway = Gateway()
    gateway.model(MODEL).replies(chunks=["a ", "b ", "c"])

    with door.open(gateway) as client:
        client.stream()
        client.stream(leave_after=1)
        client.ask()
        client.stream()

        assert [call.left_early for call in gateway.calls] == [False, True, False, False]


@every_door
@pytest.mark.parametrize("row", FAILURES, ids=str)
def test_a_failure_is_the_same_exception_through_every_door(door: Door, row: Row) -> None:
    """A failure becomes the exception that the table has for it, raised for the cause that the table has."""
    gateway = Gateway(contract=Contract.preset("docs", hung_up="cut") if row.contract else "docs")
    row.play(gateway)
    silent = row.sdk == "APITimeoutError"

    with (
        door.open(gateway, timeout=_short(door) if silent else None) as client,
        pytest.raises((openai.APIError, requests.RequestException, NATIVE.TransportError)) as raised,
    ):
        _ask(client, streamed=row.streamed)

    assert _names(door, raised.value) == _expected(door, row)
    assert gateway.calls.one().left_early is row.leaves


def test_the_page_has_the_table_of_failures() -> None:
    """What docs/doors.md says about failures is what these tests check."""
    page = PAGE.read_text(encoding="utf-8").splitlines()
    first = page.index("| script | asked | OpenAI SDK | its cause, in-process | its cause, ASGI or socket | requests |")
    table = page[first + 2 :]
    assert table[: table.index("")] == [row.line for row in FAILURES]


@every_door
def test_the_words_of_an_error_arrive(door: Door) -> None:
    """The provider's own words for what went wrong reach whoever catches the exception."""
    gateway = Gateway()
    gateway.model(MODEL).fails(400, message="Your prompt is too odd.")

    with door.open(gateway) as client, pytest.raises(Exception, match="400") as raised:
        client.ask()

    assert _error_body(raised.value)["message"] == "Your prompt is too odd."


@every_door
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_the_text_of_a_miss_arrives_through_the_client(door: Door, streamed: bool) -> None:
    """Whoever forgot to script a model reads so in the exception, word for word as at the end of the test."""
    gateway = Gateway()

    with (
        door.open(gateway, retries=2) as client,
        pytest.raises((openai.NotFoundError, requests.HTTPError)) as raised,
    ):
        _ask(client, streamed=streamed)

    assert [finding.text for finding in gateway.findings()] == [_error_body(raised.value)["message"]]
    assert "Nothing answers attempt 1 of this call: gpt-4o" in _error_body(raised.value)["message"]
    assert len(gateway.calls) == 1


@every_door
def test_a_client_with_less_patience_than_the_gateway(door: Door) -> None:
    """Where the client's patience is virtual it gives up on its own; elsewhere it reads the gateway's time-out."""
    gateway = Gateway()
    gateway.model(MODEL).times_out()
    own = (openai.APITimeoutError, requests.ReadTimeout)
    gateways = (openai.InternalServerError, requests.HTTPError)

    with door.open(gateway, timeout=20) as client, pytest.raises(own if door.is_within else gateways):
        client.ask()

    call = gateway.calls.one()
    assert call.seconds == (20 if door.is_within else 600)
    assert call.left_early is door.is_within


@every_door
def test_a_client_waits_as_long_as_it_would(door: Door) -> None:
    """A client that gives up on a silent gateway has waited for its own time-out, in virtual time where it can."""
    gateway = Gateway()
    gateway.model(MODEL).stalls(after_chunks=1)

    with door.open(gateway, timeout=_short(door)) as client:
        with pytest.raises((openai.APIError, requests.RequestException, NATIVE.TransportError)):
            client.stream()

        call = gateway.calls.one()
    assert call.seconds == (_short(door) if door.is_within else 0)
    assert "silence   the client waits for the rest of the answer" in str(call.story)


@every_door
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_scripted_waits_take_virtual_time(door: Door, streamed: bool) -> None:
    """A model that takes seven seconds takes them in the gateway's time."""
    gateway = Gateway()
    gateway.model(MODEL).replies("Hello!", delay=7)

    with door.open(gateway) as client:
        _ask(client, streamed=streamed)

    assert gateway.calls.one().seconds == 7


@every_door
def test_odd_bytes_arrive_as_they_are(door: Door) -> None:
    """Bytes that are no text, cut within a character, arrive unchanged; and cut just there, where there is no TCP."""
    gateway = Gateway()
    sent = [b"data: \xff\xfe \xc3", b"\xa9\n", b"\n\x00 end"]
    gateway.model(MODEL).sends(sent)

    with door.open(gateway) as client:
        answer = client.raw(stream=True)

    assert answer.status == 200
    assert b"".join(answer.pieces) == b"".join(sent)
    if door.place != "socket":
        assert answer.pieces == sent


@every_door
def test_a_character_cut_in_two_is_put_together(door: Door) -> None:
    """A client that reads a stream with a cut inside a character reads the character."""
    gateway = Gateway()
    event = '{"choices": [{"index": 0, "delta": {"content": "é"}}]}'.encode()
    cut = event.index(b"\xc3") + 1
    gateway.model(MODEL).sends([b"data: " + event[:cut], event[cut:] + b"\n\n", b"data: [DONE]\n\n"])

    with door.open(gateway) as client:
        assert client.stream().text == "é"


@every_door
def test_twenty_calls_at_once_each_get_their_own_answer(door: Door) -> None:
    """Calls side by side do not mix, and time spent in one is not spent in another."""
    gateway = Gateway()
    gateway.model(MODEL).replies(lambda request: f"You said {_said(request)}.", delay=3)
    prompts = [f"prompt {number}" for number in range(20)]

    with door.open(gateway) as client:
        assert client.ask_at_once(prompts) == [f"You said {prompt}." for prompt in prompts]

    assert sorted(call.number for call in gateway.calls) == list(range(1, 21))
    assert {_said(call.request) for call in gateway.calls} == set(prompts)
    assert {call.seconds for call in gateway.calls} == {3}


@every_door
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_answers_carry_the_ids_of_the_gateway(door: Door, streamed: bool) -> None:
    """The log id and the id of the request are in the head of every answer, and count up."""
    gateway = Gateway()
    gateway.model(MODEL).replies("Hello!")

    with door.open(gateway) as client:
        first, second = client.raw(stream=streamed), client.raw(stream=streamed)

    assert first.headers["x-respan-log-id"] == gateway.calls[0].log_id
    assert second.headers["x-respan-log-id"] == gateway.calls[1].log_id
    assert first.headers["x-respan-gateway-request-id"] != second.headers["x-respan-gateway-request-id"]
    assert first.headers["content-type"] == ("text/event-stream; charset=utf-8" if streamed else "application/json")


@every_door
def test_the_log_id_can_be_left_out(door: Door) -> None:
    """Without log ids, answers have only the id of the request."""
    gateway = Gateway(log_id=False)
    gateway.model(MODEL).replies("Hello!")

    with door.open(gateway) as client:
        headers = client.raw(stream=False).headers

    assert "x-respan-log-id" not in headers
    assert headers["x-respan-gateway-request-id"]


@every_door
def test_the_story_is_the_same_through_every_door(door: Door) -> None:
    """The same script tells the same story, however the calls came in."""
    gateway = Gateway()
    script = gateway.model(MODEL)
    script.replies("Hello!").replies(
        chunks=["In ", "pieces"], delay=2, every=0.5, usage={"prompt_tokens": 4, "completion_tokens": 3}
    )
    script.fails("provider_overloaded").hangs_up().times_out().hangs_up(after_chunks=2)

    with door.open(gateway) as client:
        client.ask()
        client.stream()
        for streamed in (False, True, False, True):
            with pytest.raises((openai.APIError, requests.RequestException, NATIVE.TransportError)):
                _ask(client, streamed=streamed)

        assert str(gateway.story) == STORY


@every_sdk_door
def test_a_clients_own_retry_is_a_call_of_its_own(door: Door) -> None:
    """The SDK asks again on its own, at once in virtual time, and the call says that it is a retry."""
    gateway = Gateway()
    gateway.model(MODEL).fails(429, retry_after=20).hangs_up().replies("Hello!")

    with door.open(gateway, retries=2) as client:
        assert client.ask() == "Hello!"

    assert [(call.status, call.client_retry) for call in gateway.calls] == [(429, 0), (502, 1), (200, 2)]


@every_door
def test_a_door_can_be_opened_again(door: Door) -> None:
    """One gateway can be met twice, one after the other, and keeps its journal and its script."""
    gateway = Gateway()
    gateway.model(MODEL).replies("first").replies("second")

    with door.open(gateway) as client:
        assert client.ask() == "first"
    with door.open(gateway) as client:
        assert client.ask() == "second"

    assert len(gateway.calls) == 2


def _short(door: Door) -> float:
    return 20 if door.is_within else 0.25


def _ask(client: Client, *, streamed: bool) -> object:
    return client.stream() if streamed else client.ask()


def _said(request: Any) -> str:
    return request.text if isinstance(request, ChatRequest) else str(request["messages"][0]["content"])


def _expected(door: Door, row: Row) -> tuple[str, str]:
    if not door.has_sdk:
        return row.requests, "-"
    cause = row.within if door.is_within else row.outside
    if NATIVE.__name__ == "httpx" and row.within != "-" and row.streamed and not row.contract:
        return cause, "-"  # before version 3 the SDK did not translate what happens within a stream
    return row.sdk, cause


def _names(door: Door, error: BaseException) -> tuple[str, str]:
    cause = error.__cause__
    if not isinstance(error, openai.APIError) or cause is None:
        return type(error).__name__, "-"
    assert type(cause).__module__.partition(".")[0] == door.library.__name__
    return type(error).__name__, type(cause).__name__


def _error_body(error: Exception) -> dict[str, Any]:
    if isinstance(error, openai.APIStatusError):
        assert isinstance(error.body, dict)
        return error.body
    assert isinstance(error, requests.HTTPError)
    answer: dict[str, Any] = error.response.json()["error"]
    return answer
