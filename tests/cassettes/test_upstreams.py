"""Whom to ask, and what is no answer of theirs."""

import json
from pathlib import Path

import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.redaction import KEYS
from mock_gateway.core.requests import DUMMY_KEY

from ..doubles.provider import KEY, Provider, provider
from ..engine.dialogue import ask
from .live import ANSWERS, takes


def test_the_upstream_is_asked_what_a_provider_is_asked(tmp_path: Path, upstream: Provider) -> None:
    """Merged, with the model chosen, without the parameters of the gateway, with its key."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, customer_identifier="user_1", temperature=0.5, metadata={"plan": "pro"})
    assert upstream.asked == [{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}], "temperature": 0.5}]
    assert upstream.keys == [KEY]


@pytest.mark.parametrize(
    ("name", "url", "variable"),
    [
        ("respan", "https://api.respan.ai/api", "RESPAN_API_KEY or KEYWORDSAI_API_KEY"),
        ("openai", "https://api.openai.com/v1", "OPENAI_API_KEY"),
        ("anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
        ("google", "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY or GOOGLE_API_KEY"),
    ],
)
def test_an_upstream_has_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, url: str, variable: str
) -> None:
    """Without its key nothing goes out, and the error names the variable. A dummy of ours is no key."""
    for key in KEYS:
        monkeypatch.setenv(key, DUMMY_KEY)
    gateway = Gateway(cassette=tmp_path, record="once", upstream=name)
    heard = ask(gateway)
    text = f"{url} cannot be asked without a key: {variable} is not set in the environment."
    assert heard.json["error"]["message"].splitlines()[0] == text


def test_respan_is_asked_for_one_attempt_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it does of its own is switched off, since it is done here; the file says whom it was asked of."""
    monkeypatch.setenv("RESPAN_API_KEY", KEY)
    with provider("127.0.0.2") as upstream:
        monkeypatch.setenv("RESPAN_BASE_URL", upstream.url)
        ask(Gateway(cassette=tmp_path, record="once", upstream="respan"), cache_enabled=True)
    [asked] = upstream.asked
    assert asked["cache_enabled"] is False
    assert asked["disable_fallback"] is True
    assert asked["retry_params"] == {"retry_enabled": False}
    [file] = [json.loads(path.read_bytes()) for path in Folder(tmp_path).names()]
    assert file["request"] == {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
    assert file["takes"][0]["upstream"] == upstream.url


def test_a_loopback_base_url_is_not_taken_for_respan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a mock: recording it as Respan would be recording nonsense."""
    monkeypatch.delenv("RESPAN_API_KEY", raising=False)
    monkeypatch.setenv("RESPAN_BASE_URL", "http://127.0.0.1:1/api")
    heard = ask(Gateway(cassette=tmp_path, record="once", upstream="respan"))
    assert "https://api.respan.ai/api cannot be asked without a key" in heard.json["error"]["message"]


def test_no_password_of_an_address_is_recorded(tmp_path: Path, upstream: Provider) -> None:
    """Nor what follows its path."""
    address = upstream.url.replace("http://", "http://me:hunter22@") + "?token=hunter22"
    gateway = Gateway(cassette=tmp_path, record="once", upstream=address.partition("?")[0])
    ask(gateway)
    [[take]] = takes(tmp_path)
    assert take["upstream"] == upstream.url
    assert "hunter22" not in repr(gateway.recorder) + str(gateway.story)


@pytest.mark.parametrize(
    "upstream", ["", "opnai", "ftp://x", "https://", "localhost:8000", "https://[bad", "http://h/\x00"]
)
def test_an_upstream_nobody_can_ask_is_refused(tmp_path: Path, upstream: str) -> None:
    """With those there are."""
    with pytest.raises(ValueError, match="Known: respan, openai, anthropic, google. Or the URL of"):
        Gateway(cassette=tmp_path, record="once", upstream=upstream)


def test_a_proxy_is_found_in_the_environment(
    tmp_path: Path, upstream: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As httpx2 finds it: the name of the upstream is nobody's on this machine."""
    monkeypatch.setenv("HTTP_PROXY", upstream.url.removesuffix("/v1"))
    gateway = Gateway(cassette=tmp_path, record="once", upstream="http://models.example/v1")
    assert ask(gateway).text == "You said: Hi ✓ in 1 words."
    assert len(upstream.asked) == 1
    [[take]] = takes(tmp_path)
    assert take["upstream"] == "http://models.example/v1"


@pytest.mark.parametrize("name", ["empty", "a page", "no text", "null"])
def test_what_is_no_answer_of_an_api_is_not_recorded(tmp_path: Path, upstream: Provider, name: str) -> None:
    """A base URL is soon wrong: that is said, and the cassette stays as empty as it was."""
    upstream.answers["odd"] = ANSWERS[name]
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, "odd")
    [finding] = {finding.text for finding in gateway.findings()}
    assert "and no JSON: is it the base URL of an OpenAI-compatible API?" in finding
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(tmp_path: Path, upstream: Provider, status: int) -> None:
    """Some turn a question into another; and the wrong address should be put right."""
    upstream.answers["odd"] = (status, "text/html", b"", {"location": f"{upstream.url}/elsewhere"})
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, "odd")
    [finding] = gateway.findings()
    assert finding.text == f"{upstream.url} answered {status}, a redirect. Is it the right upstream?"
    assert len(upstream.asked) == 1
