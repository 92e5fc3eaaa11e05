"""What goes wrong in the Responses API, as OpenAI's own client meets it: its exceptions, its events of failures."""

import json
from typing import Any

import httpx
import openai
import pytest

from mock_gateway import Answer, Gateway
from mock_gateway.wires.responses import responses

from ..doubles.strictness import strict, unknown_fields
from .responses_client import DOORS, ENVELOPE, EVENT, RESPAN, Door, client, in_process, request

BROKEN: tuple[type[Exception], ...] = (openai.APIConnectionError, httpx.RemoteProtocolError)


@DOORS
@pytest.mark.parametrize(
    ("failure", "error", "asked"),
    [
        ("user_invalid_request", openai.BadRequestError, 1),
        ("user_auth_byok", openai.AuthenticationError, 1),
        (403, openai.PermissionDeniedError, 1),
        (404, openai.NotFoundError, 1),
        ("provider_rate_limit", openai.RateLimitError, 3),
        ("provider_down", openai.InternalServerError, 3),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_failures_raise_the_sdks_exceptions(
    door: Door, failure: int | str, error: type[openai.APIStatusError], asked: int, stream: bool
) -> None:
    """With the message; the SDK's own retries take no real time."""
    gateway = Gateway()
    gateway.model("gpt-4o").fails(failure, message="It went wrong.")
    with door(gateway) as url, client(url) as sdk, pytest.raises(error, match=r"It went wrong\.") as raised:
        sdk.responses.create(model="gpt-4o", input="Hi", stream=stream)
    assert raised.value.status_code == gateway.calls.last.status
    assert len(gateway.calls) == asked


@DOORS
def test_a_miss_can_be_read_in_the_exception(door: Door) -> None:
    """It is raised once, and says what to do."""
    gateway = Gateway()
    with door(gateway) as url, client(url) as sdk, pytest.raises(openai.NotFoundError, match="no script covers"):
        sdk.responses.create(model="gpt-4o", input="Hi")
    assert len(gateway.calls) == 1


def test_a_connection_that_breaks_is_the_sdks_connection_error() -> None:
    """In the middle of a stream. OpenAI 2 lets its library's own error through."""
    gateway = Gateway()
    gateway.model("gpt-4o").hangs_up(after_chunks=2)
    with gateway.intercept(), client(RESPAN, max_retries=0) as sdk:
        stream = sdk.responses.create(model="gpt-4o", input="Hi", stream=True)
        with pytest.raises(BROKEN):
            list(stream)


def test_an_error_in_the_middle_of_a_stream_is_an_event() -> None:
    """The SDK does not raise it: whoever reads the events has to look for it."""
    gateway = Gateway()
    gateway.model("gpt-4o").breaks("error_event")
    with gateway.intercept(), client(RESPAN) as sdk:
        *_, last = sdk.responses.create(model="gpt-4o", input="Hi", stream=True)
    assert last.type == "error"
    assert (last.code, last.message) == ("overloaded", "The engine is currently overloaded, please try again later.")
    strict(type(last), last.to_dict())


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"background": True}, "This mock does not imitate background: ask without it."),
        (
            {"conversation": "conv_1"},
            "This mock does not imitate conversation: name the answer before with previous_response_id.",
        ),
    ],
)
def test_what_is_not_imitated_is_refused_by_name(fields: dict[str, Any], told: str) -> None:
    """It fails the test, too, if the application swallows it."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("Hello there.", optional=True)
    with gateway.intercept(), client(RESPAN) as sdk, pytest.raises(openai.InternalServerError) as raised:
        sdk.responses.create(model="gpt-4o", input="Hi", **fields)
    assert raised.value.status_code == 501
    assert raised.value.body["message"] == told  # type: ignore[index]
    assert [str(finding.text) for finding in gateway.findings()] == [told]
    assert len(gateway.calls) == 1


def test_a_response_that_has_failed_is_streamed_as_one() -> None:
    """A whole body of OpenAI's that has failed: it begins, it fails, and the client is told why."""
    whole = json.loads(responses.whole(Answer("Ha"), request(), ENVELOPE))
    error = {"code": "server_error", "message": "Broken."}
    failed = {**whole, "id": "resp_1", "status": "failed", "error": error}
    gateway = Gateway()
    gateway.model("gpt-4o").replies(body=failed)
    with in_process(gateway) as url, client(url) as asking:
        assert asking.responses.create(model="gpt-4o", input="Hi").to_dict() == failed
        events = list(asking.responses.create(model="gpt-4o", input="Hi", stream=True))
        with asking.responses.stream(model="gpt-4o", input="Hi") as stream:
            last: Any = list(stream)[-1]
        with pytest.raises(openai.NotFoundError):
            asking.responses.retrieve("resp_1")
    assert [event.type for event in events] == ["response.created", "response.in_progress", "response.failed"]
    for number, event in enumerate(events):
        assert unknown_fields(EVENT.validate_python(event.to_dict())) == []
        assert event.sequence_number == number
    began: Any = events[0].to_dict()["response"]
    ended: Any = events[-1].to_dict()["response"]
    assert (began["status"], began["error"], began["output"], began["usage"]) == ("in_progress", None, [], None)
    assert ended == failed
    assert (last.type, last.response.error.message) == ("response.failed", "Broken.")


def test_what_is_no_response_cannot_be_streamed() -> None:
    """The author of the test is told why."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies(body={"object": "response", "output": "Hi"})
    with in_process(gateway) as url, client(url, max_retries=0) as asking, pytest.raises(openai.APIStatusError) as told:
        asking.responses.create(model="gpt-4o", input="Hi", stream=True)
    message = told.value.response.json()["error"]["message"]
    assert message.endswith("replies(body=...) cannot be streamed: 'Hi' stands where a list should.")
