"""What every door promises, whoever knocks."""

from typing import Any

import openai
import pytest
import requests

from mock_gateway import Gateway
from mock_gateway.core.chat import ChatRequest

from .clients import LEFT_TO_THE_LOOP, MODEL, ask
from .doors import DOORS, NATIVE, Door, Place, every_door

pytestmark = pytest.mark.filterwarnings(LEFT_TO_THE_LOOP)

every_sdk_door = pytest.mark.parametrize("door", [door for door in DOORS if door.has_sdk], ids=str)
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
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_scripted_waits_take_virtual_time(door: Door, streamed: bool) -> None:
    """A model that takes seven seconds takes them in the gateway's time."""
    gateway = Gateway()
    gateway.model(MODEL).replies("Hello!", delay=7)

    with door.open(gateway) as client:
        ask(client, streamed=streamed)

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
                ask(client, streamed=streamed)

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


def _said(request: Any) -> str:
    return request.text if isinstance(request, ChatRequest) else str(request["messages"][0]["content"])
