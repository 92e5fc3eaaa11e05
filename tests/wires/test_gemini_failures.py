"""What goes wrong, as applications meet it that use Google's SDK: its exceptions, its retries."""

from typing import Any

import pytest

from mock_gateway import Gateway

from .google_sdk import BASE, MODEL, ask, errors, genai, httpx2, types


@pytest.mark.parametrize(
    ("failure", "kind", "code", "status"),
    [
        ("user_invalid_request", "ClientError", 400, "INVALID_ARGUMENT"),
        ("user_auth_byok", "ClientError", 401, "UNAUTHENTICATED"),
        (403, "ClientError", 403, "PERMISSION_DENIED"),
        (404, "ClientError", 404, "NOT_FOUND"),
        (409, "ClientError", 409, "ABORTED"),
        (422, "ClientError", 422, "INVALID_ARGUMENT"),
        ("provider_rate_limit", "ClientError", 429, "RESOURCE_EXHAUSTED"),
        ("provider_down", "ServerError", 500, "INTERNAL"),
        ("network_transient", "ServerError", 502, "UNAVAILABLE"),
        ("provider_overloaded", "ServerError", 503, "UNAVAILABLE"),
        ("provider_timeout", "ServerError", 504, "DEADLINE_EXCEEDED"),
        (599, "ServerError", 599, "INTERNAL"),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_failures_are_the_sdks_exceptions(
    respan_gateway: Gateway, client: Any, *, failure: Any, kind: str, code: int, status: str, streamed: bool
) -> None:
    """With Google's name of the status, and the words."""
    respan_gateway.model(MODEL).fails(failure, message="It went wrong.")
    with pytest.raises(errors.APIError) as raised:
        ask(client, streamed=streamed)
    assert (type(raised.value).__name__, raised.value.code, raised.value.status) == (kind, code, status)
    assert raised.value.message == "It went wrong."


@pytest.mark.parametrize(
    ("at", "raised"),
    [
        ("before_the_first_byte", "ServerError"),
        ("mid_word", "RemoteProtocolError"),
        ("mid_arguments", "RemoteProtocolError"),
        ("before_the_end", "RemoteProtocolError"),
        ("corrupt_frame", "UnknownApiResponseError"),
        ("error_event", "ServerError"),
        ("stall", "ReadTimeout"),
    ],
)
def test_what_breaks_in_a_stream(respan_gateway: Gateway, client: Any, at: str, raised: str) -> None:
    """Is met as the SDK meets it: as its own exceptions, or as those of the library it is built on."""
    respan_gateway.model(MODEL).breaks(at)
    with pytest.raises((errors.APIError, ValueError, httpx2.HTTPError)) as broken:
        ask(client, streamed=True)
    assert type(broken.value).__name__ == raised


@pytest.mark.respan(strict=("rules", "direct", "guard"))
def test_a_miss_can_be_read_and_is_not_tried_again(respan_gateway: Gateway) -> None:
    """Even by a client that retries."""
    options = {"base_url": BASE, "retry_options": types.HttpRetryOptions(attempts=3)}
    with genai.Client(api_key="any", http_options=options) as client, pytest.raises(errors.ClientError) as missed:
        client.models.generate_content(model=MODEL, contents="Who is there?")
    assert missed.value.code == 404
    assert f"{MODEL} was asked something no take and no script covers" in missed.value.message
    assert "'Who is there?'" in missed.value.message
    assert len(respan_gateway.calls) == 1


def test_the_sdks_own_retries(respan_gateway: Gateway) -> None:
    """It sleeps as it is told when it is made, and asks nobody: with no delay there, tests do not wait."""
    respan_gateway.model(MODEL).fails(503, times=2).replies("At last.")
    at_once = types.HttpRetryOptions(attempts=3, initial_delay=0, max_delay=0, jitter=0)
    with genai.Client(api_key="any", http_options={"base_url": BASE, "retry_options": at_once}) as client:
        assert ask(client, streamed=False) == "At last."
    assert [call.status for call in respan_gateway.calls] == [503, 503, 200]
