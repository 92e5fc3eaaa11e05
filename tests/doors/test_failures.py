"""What every door makes of a failure: the same exception, with the same words, after the same wait."""

from pathlib import Path
from typing import Any

import openai
import pytest
import requests

from mock_gateway import Contract, Gateway
from mock_gateway.core.steps import Chunk, Start, Steps, Wait

from .clients import LEFT_TO_THE_LOOP, MODEL, ask
from .doors import NATIVE, Door, every_door
from .failures import FAILURES, Row

pytestmark = pytest.mark.filterwarnings(LEFT_TO_THE_LOOP)

PAGE = Path(__file__).parents[2] / "docs" / "doors.md"


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
        ask(client, streamed=row.streamed)

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
        ask(client, streamed=streamed)

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


def _short(door: Door) -> float:
    return 20 if door.is_within else 0.25


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


@every_door
def test_a_client_that_is_kept_waiting_but_not_for_long(door: Door) -> None:
    """Its patience begins anew with each chunk: a stream may take longer than any time-out."""
    gateway = Gateway()
    gateway.model(MODEL).replies("one two three four", delay=4, every=4)

    with door.open(gateway, timeout=5) as client:
        streamed = client.stream()

    assert "".join(streamed.pieces) == "one two three four"
    assert gateway.calls.one().seconds == 16


class Slow(Gateway):
    """Answers nobody in a hurry: neither the head comes soon, nor the first chunk after it."""

    def handle(self, *_: Any) -> Steps:
        yield Wait(4)
        yield Start(200)
        yield Wait(4)
        yield Chunk(b"late", last=True)


def test_the_head_of_an_answer_renews_a_clients_patience() -> None:
    """As any bytes do: two waits of four seconds are none of eight."""
    with Slow().intercept(), NATIVE.Client(timeout=5) as client:
        assert client.post("https://api.respan.ai/api/chat/completions").content == b"late"
    with Slow().intercept(), NATIVE.Client(timeout=3) as client, pytest.raises(NATIVE.ReadTimeout):
        client.post("https://api.respan.ai/api/chat/completions")
