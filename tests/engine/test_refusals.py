"""What the gateway itself answers, before it asks a model: what it cannot read, whom it does not know, what it does not do."""

import json

import pytest

from mock_gateway import Gateway
from mock_gateway.core.steps import HangUp

from .steps import ask, request, said


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
