"""Which hosts an interception leads in, whatever library asks, and which it leaves alone."""

from collections.abc import Callable
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.doors.interception import find

from .clients import body
from .libraries import answering, every_getter, every_poster, said


@every_poster
@pytest.mark.parametrize("host", ["api.respan.ai", "api.keywordsai.co"])
def test_respans_hosts_are_led_in(post: Callable[[str, object], Any], host: str) -> None:
    """Calls to either of Respan's hosts are answered by the gateway."""
    with answering().intercept() as gateway:
        assert said(post(f"https://{host}/api/chat/completions", body("Hi"))) == "Hello!"

    assert not gateway.calls.one().direct


@every_poster
@pytest.mark.parametrize("host", ["api.openai.com", "my-resource.openai.azure.com", "openrouter.ai"])
def test_the_hosts_of_providers_are_led_in(post: Callable[[str, object], Any], host: str) -> None:
    """Calls past the gateway do not leave the machine: they are refused, or answered where that is allowed."""
    url = f"https://{host}/v1/chat/completions"

    with answering().intercept() as strict:
        refused = post(url, body("Hi"))
    with answering(direct="allow").intercept() as lenient:
        answered = post(url, body("Hi"))

    assert refused.status_code == 403
    assert [finding.kind for finding in strict.findings()] == ["rules", "direct"]
    assert said(answered) == "Hello!"
    assert lenient.calls.one().direct


@every_poster
@pytest.mark.parametrize("name", ["RESPAN_BASE_URL", "KEYWORDSAI_BASE_URL"])
def test_the_host_in_the_environment_is_led_in(
    post: Callable[[str, object], Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A private deployment is led in too, if the environment names it for Respan."""
    monkeypatch.setenv(name, "https://gateway.of-our-own.test:8443/api")

    with answering().intercept():
        answer = post("https://gateway.of-our-own.test:8443/api/chat/completions", body("Hi"))

    assert said(answer) == "Hello!"


@every_poster
def test_the_environment_may_name_a_host_later(
    post: Callable[[str, object], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test sets it in its body: what it names is not asked over the network."""
    with answering().intercept():
        monkeypatch.setenv("RESPAN_BASE_URL", "https://in-the-body.test/api")
        answer = post("https://in-the-body.test/api/chat/completions", body("Hi"))

    assert said(answer) == "Hello!"


def test_a_host_of_the_environment_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment named for one interception is not led into the next."""
    monkeypatch.setenv("RESPAN_BASE_URL", "https://in-time.test/api")
    with Gateway().intercept() as gateway:
        assert find("in-time.test") is gateway
        monkeypatch.delenv("RESPAN_BASE_URL")

    with Gateway().intercept():
        assert find("in-time.test") is None
    assert find("api.respan.ai") is None


@every_getter
def test_a_real_server_on_this_machine_is_left_alone(
    get: Callable[[str], Any], elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A base URL on this machine is a server that somebody runs on purpose."""
    monkeypatch.setenv("RESPAN_BASE_URL", f"{elsewhere}/api")

    with Gateway().intercept() as gateway:
        assert get(f"{elsewhere}/api/anything").text == "elsewhere, at /api/anything"

    assert not gateway.calls


@every_getter
def test_everything_else_passes_through(get: Callable[[str], Any], elsewhere: str) -> None:
    """Calls to hosts that are nobody's we know go where they were going."""
    with Gateway().intercept() as gateway:
        assert get(f"{elsewhere}/page").text == "elsewhere, at /page"

    assert not gateway.calls
