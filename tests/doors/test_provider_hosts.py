"""At a provider's own host, where a test allows calls to it: what the official clients meet there is the provider's."""

from collections.abc import Callable
from typing import Any, NamedTuple

import anthropic
import openai
import pytest

from mock_gateway import Contract, Gateway

genai = pytest.importorskip("google.genai")
httpx2 = pytest.importorskip("httpx2")

MODEL = "a-model"
PATIENCE = 20
HI: Any = [{"role": "user", "content": "Hi"}]


def _chat(*, stream: bool, messages: Any = HI) -> None:
    with openai.OpenAI(api_key="any", max_retries=0, timeout=PATIENCE) as client:
        said = client.chat.completions.create(model=MODEL, messages=messages, stream=stream)
        list(said) if stream else None


def _responses(*, stream: bool, messages: Any = HI) -> None:
    with openai.OpenAI(api_key="any", max_retries=0, timeout=PATIENCE) as client:
        said = client.responses.create(model=MODEL, input=messages, stream=stream)
        list(said) if stream else None


def _messages(*, stream: bool, messages: Any = HI) -> None:
    with anthropic.Anthropic(api_key="any", max_retries=0, timeout=PATIENCE) as client:
        said = client.messages.create(model=MODEL, max_tokens=9, messages=messages, stream=stream)
        list(said) if stream else None


def _gemini(*, stream: bool, messages: Any = HI) -> None:
    options: dict[str, Any] = {"timeout": PATIENCE * 1000}
    if messages is not HI:
        options["extra_body"] = {"contents": messages}
    with genai.Client(api_key="any", http_options=options) as client:
        ask = client.models.generate_content_stream if stream else client.models.generate_content
        said = ask(model=MODEL, contents="Hi")
        list(said) if stream else None


class Host(NamedTuple):
    """A client of a provider, and what it raises."""

    ask: Callable[..., None]
    broken: type[Exception]
    silent: type[Exception]
    refused: type[Exception]
    nonsense: Any
    shape: Any
    """What it is told when it asks that."""


def _openais(told: str) -> Any:
    return {"message": told, "type": "invalid_request_error", "param": None, "code": None}


HOSTS = {
    "chat": Host(
        _chat,
        openai.APIConnectionError,
        openai.APITimeoutError,
        openai.BadRequestError,
        "Hi",
        _openais("messages: This field must be a list of messages."),
    ),
    "responses": Host(
        _responses,
        openai.APIConnectionError,
        openai.APITimeoutError,
        openai.BadRequestError,
        5,
        _openais("input: This field must be a string or a list of items."),
    ),
    "messages": Host(
        _messages,
        anthropic.APIConnectionError,
        anthropic.APITimeoutError,
        anthropic.BadRequestError,
        [{"role": "nobody", "content": "Hi"}],
        {
            "type": "error",
            "error": {
                "type": "invalid_request_error",
                "message": "messages[0].role: This field must be user, assistant or system.",
            },
            "request_id": None,
        },
    ),
    "gemini": Host(
        _gemini,
        httpx2.RemoteProtocolError,
        httpx2.ReadTimeout,
        genai.errors.ClientError,
        "Hi",
        {
            "error": {
                "code": 400,
                "message": "contents: This field must be a list of contents.",
                "status": "INVALID_ARGUMENT",
                "details": [],
            }
        },
    ),
}
every_host = pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
whole_and_streamed = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


def raised_by(gateway: Gateway, host: Host, **asking: Any) -> Any:
    """What the client raises."""
    with gateway.intercept(), pytest.raises(Exception) as error:  # noqa: PT011 - which one is asked of the answer
        host.ask(**asking)
    return error.value


@every_host
@whole_and_streamed
def test_a_connection_that_breaks_is_a_broken_connection(host: Host, stream: bool) -> None:
    """And no error that somebody in between could tell of."""
    gateway = Gateway(direct="allow")
    gateway.model(MODEL).hangs_up()
    assert type(raised_by(gateway, host, stream=stream)) is host.broken
    assert str(gateway.story).splitlines()[-1] == "  cut       the connection broke before the answer"


@every_host
@whole_and_streamed
def test_a_provider_that_says_nothing_is_waited_for(host: Host, stream: bool) -> None:
    """As long as the client's own patience lasts, however long that of the gateway would."""
    gateway = Gateway(contract=Contract(upstream_timeout=3), direct="allow")
    gateway.model(MODEL).times_out()
    assert type(raised_by(gateway, host, stream=stream)) is host.silent
    assert gateway.calls.one().status is None


@every_host
@whole_and_streamed
def test_a_request_that_is_none_is_refused_by_the_provider(host: Host, stream: bool) -> None:
    """With its status and in its shape."""
    gateway = Gateway(direct="allow")
    error = raised_by(gateway, host, stream=stream, messages=host.nonsense)
    assert (error.details if host.ask is _gemini else error.body) == host.shape
    assert type(error) is host.refused
    assert gateway.calls.one().status == 400


@pytest.mark.parametrize("status", [429, 500])
def test_no_dependency_has_failed(status: int) -> None:
    """An error is the provider's own, whatever the gateway would make of it."""
    gateway = Gateway(
        contract=Contract(provider_error="failed_dependency", broken_stream="error_event"), direct="allow"
    )
    gateway.model(MODEL).fails(status)
    error = raised_by(gateway, HOSTS["chat"], stream=False)
    assert error.status_code == status


@every_host
def test_a_stream_that_breaks_off_has_no_event_of_the_gateways(host: Host) -> None:
    """The connection breaks in the middle of it."""
    gateway = Gateway(contract=Contract(broken_stream="error_event"), direct="allow")
    gateway.model(MODEL).hangs_up(after_chunks=2)
    error = raised_by(gateway, host, stream=True)
    assert "RemoteProtocolError" in (type(error).__name__, type(error.__cause__).__name__)
