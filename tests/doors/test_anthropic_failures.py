"""What goes wrong, as Anthropic's own client raises it."""

from collections.abc import Callable
from typing import Any

import anthropic
import pytest

from mock_gateway import Gateway

from .anthropic_client import MODEL, asked, every_place, opened

Row = tuple[int | str, type[anthropic.APIStatusError], str, int]
FAILURES: list[Row] = [
    (400, anthropic.BadRequestError, "invalid_request_error", 1),
    (401, anthropic.AuthenticationError, "authentication_error", 1),
    (403, anthropic.PermissionDeniedError, "permission_error", 1),
    (404, anthropic.NotFoundError, "not_found_error", 1),
    (409, anthropic.ConflictError, "conflict_error", 3),
    (413, anthropic.APIStatusError, "request_too_large", 1),
    (422, anthropic.UnprocessableEntityError, "invalid_request_error", 1),
    (429, anthropic.RateLimitError, "rate_limit_error", 3),
    (500, anthropic.InternalServerError, "api_error", 3),
    (503, anthropic.InternalServerError, "overloaded_error", 3),
    (504, anthropic.InternalServerError, "timeout_error", 3),
    (529, anthropic.InternalServerError, "overloaded_error", 3),
    ("provider_overloaded", anthropic.InternalServerError, "overloaded_error", 3),
    ("user_quota", anthropic.APIStatusError, "billing_error", 1),
]


@pytest.mark.parametrize("place", ["intercepted", "socket", "its own host"])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("row", FAILURES, ids=lambda row: row[0])
def test_each_failure_is_the_clients_own_exception(place: str, stream: bool, row: Row) -> None:
    """With Anthropic's name for it; what may pass is tried again, without a wait."""
    failure, raised, kind, attempts = row
    gateway = Gateway(direct="allow")
    gateway.model(MODEL).fails(failure, message="It went wrong.")
    with opened(gateway, place) as client, pytest.raises(raised) as error:
        client.messages.create(**asked(stream=stream))
    wanted = {"provider_overloaded": 529, "user_quota": 402}.get(str(failure), failure)
    assert error.value.status_code == wanted
    assert error.value.body == {
        "type": "error",
        "error": {"type": kind, "message": "It went wrong."},
        "request_id": None,
    }
    assert [call.status for call in gateway.calls] == [wanted] * attempts
    assert [call.client_retry for call in gateway.calls] == list(range(attempts))


def test_an_error_in_the_middle_of_a_stream_is_raised() -> None:
    """After what came before it."""
    gateway = Gateway()
    gateway.model(MODEL).breaks("error_event")
    said: list[str] = []
    with opened(gateway) as client, client.messages.stream(**asked()) as stream:
        with pytest.raises(anthropic.APIStatusError) as error:
            said.extend(stream.text_stream)
        assert said == ["This ", "answer "]
    assert error.value.body == {
        "type": "error",
        "error": {
            "type": "overloaded_error",
            "message": "The engine is currently overloaded, please try again later.",
        },
        "request_id": None,
    }


BROKEN: list[tuple[Callable[[Gateway], Any], type[Exception]]] = [
    (lambda gateway: gateway.refuses(), anthropic.APIConnectionError),
    (lambda gateway: gateway.model(MODEL).hangs_up(), anthropic.InternalServerError),
    (lambda gateway: gateway.model(MODEL).times_out(), anthropic.APITimeoutError),
    (lambda gateway: gateway.model(MODEL).stalls(), anthropic.APITimeoutError),
]


@pytest.mark.parametrize(("script", "raised"), BROKEN)
def test_what_never_comes_is_a_connection_or_a_time_out(
    script: Callable[[Gateway], Any], raised: type[Exception]
) -> None:
    """In virtual time, by the client's own patience."""
    gateway = Gateway()
    script(gateway)
    with opened(gateway, timeout=20, max_retries=0) as client, pytest.raises(raised):
        client.messages.create(**asked())


@every_place
def test_a_miss_can_be_read_in_the_exception(place: str) -> None:
    """Word for word, in the message of the API; and it is not tried again."""
    gateway = Gateway(direct="allow")
    with opened(gateway, place) as client, pytest.raises(anthropic.NotFoundError) as error:
        client.messages.create(**asked("Who is there?"))
    assert error.value.api_message == (
        f"""Nothing answers attempt 1 of this call: {MODEL} was asked something no script covers.

  call      {gateway.calls.one().target}   {MODEL}   1 message
  asked     'Who is there?'

  Script it   gateway.model("{MODEL}").replies(...)"""
    )
    assert len(gateway.calls) == 1


def test_a_call_to_its_own_host_is_refused_unless_it_is_allowed() -> None:
    """By name; so is counting tokens."""
    gateway = Gateway()
    with opened(gateway, "its own host") as client:
        with pytest.raises(anthropic.PermissionDeniedError, match="This call went straight to api.anthropic.com"):
            client.messages.create(**asked())
        with pytest.raises(anthropic.PermissionDeniedError, match="This call went straight to api.anthropic.com"):
            client.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": "Hi"}])
    assert [finding.kind for finding in gateway.findings()] == ["direct", "direct"]


def test_what_is_not_imitated_is_said() -> None:
    """Anthropic's other endpoints, below the same address."""
    gateway = Gateway(direct="allow")
    for place, path in (("intercepted", "/api/anthropic/v1/models"), ("its own host", "/v1/models")):
        with opened(gateway, place) as client, pytest.raises(anthropic.APIStatusError) as error:
            client.models.list()
        assert error.value.api_message == f"Nothing answers GET {path}: this mock does not imitate that endpoint."
