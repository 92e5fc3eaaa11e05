"""Retries and fallbacks, from the request to the story."""

import re
from datetime import timedelta
from typing import Any

import pytest

from mock_gateway import Contract, Gateway

from .dialogue import ask

RETRIES = {"retry_enabled": True, "num_retries": 3, "retry_after": 1}


def test_a_busy_model_is_asked_again_and_then_another() -> None:
    """Retries first, each after a wait in virtual time, then the fallback, which the client is told of as the model."""
    gateway = Gateway()
    gateway.model("gpt-4o").fails(429, times=3)
    gateway.model("claude-sonnet-4-5").replies("From the backup.")

    heard = ask(
        gateway, retry_params={"num_retries": 2, "retry_after": 1}, fallback_models=["claude-sonnet-4-5"], stream=True
    )

    assert heard.text == "From the backup."
    assert heard.events[0]["model"] == "claude-sonnet-4-5"
    call = gateway.calls.one()
    assert (call.requested_model, call.served_model) == ("gpt-4o", "claude-sonnet-4-5")
    assert str(call.story) == (
        "call 1  POST /api/chat/completions  gpt-4o  streamed\n"
        "  attempt   gpt-4o             429 rate_limit_exceeded  script\n"
        "  wait      1 s\n"
        "  attempt   gpt-4o             429 rate_limit_exceeded  script\n"
        "  wait      1 s\n"
        "  attempt   gpt-4o             429 rate_limit_exceeded  script\n"
        "  fallback  claude-sonnet-4-5\n"
        "  attempt   claude-sonnet-4-5  200  3 chunks  script\n"
        "  served    200  claude-sonnet-4-5  4 + 4 tokens  $0.000072  2 s\n"
        "  log       log-000001"
    )


@pytest.mark.parametrize("verb", [("fails", 500), ("times_out",), ("hangs_up",), ("fails", "user_context_window")])
@pytest.mark.parametrize("stream", [True, False])
def test_whatever_befalls_the_primary_the_backup_answers(verb: tuple[Any, ...], stream: bool) -> None:
    """As long as the client has been given nothing, every failure leads to the fallback."""
    gateway = Gateway()
    getattr(gateway.model("a"), verb[0])(*verb[1:])
    gateway.model("b").replies("Hello from b.")
    assert ask(gateway, model="a", fallback_models=["b"], stream=stream).text == "Hello from b."


def test_what_the_client_has_begun_to_read_is_not_taken_back() -> None:
    """A stream that breaks after its head breaks for the client; there is no fallback in the middle of it."""
    gateway = Gateway()
    gateway.model("a").hangs_up(after_chunks=2)
    gateway.model("b").replies("never", optional=True)
    heard = ask(gateway, model="a", fallback_models=["b"], stream=True)
    assert (heard.ending, [attempt.model for attempt in gateway.calls.one().attempts]) == ("cut", ["a"])
    assert ask(gateway, model="a", fallback_models=["b"]).text == "never"  # whole, nothing had been given


def test_a_miss_ends_the_call() -> None:
    """A model nobody scripted is the test's mistake: it is neither asked again nor fallen back from."""
    gateway = Gateway()
    gateway.model("b").replies("never", optional=True)
    heard = ask(gateway, model="a", fallback_models=["b"], retry_params=RETRIES)
    assert (heard.status, heard.headers["x-should-retry"]) == (404, "false")
    assert [finding.kind for finding in gateway.findings()] == ["misses"]
    assert len(gateway.calls.one().attempts) == 0


@pytest.mark.parametrize(
    ("choice", "status", "said"),
    [("last", 503, "overloaded"), ("first", 429, "Rate limit"), ("aggregate", 424, "All models failed. a: rate limit")],
)
def test_when_everything_fails_the_contract_says_what_the_client_is_told(choice: Any, status: int, said: str) -> None:
    """The last error, the first, or a summary."""
    gateway = Gateway(contract=Contract(all_failed=choice))
    gateway.model("a").fails(429)
    gateway.model("b").fails(503)
    heard = ask(gateway, model="a", fallback_models=["b"])
    assert heard.status == status
    assert said in heard.body.decode()


def test_models_beside_a_model_are_its_fallbacks() -> None:
    """`models` with `model` acts as fallback_models."""
    gateway = Gateway()
    gateway.model("a").fails(500)
    gateway.model("b").replies("b")
    assert ask(gateway, model="a", models=["b"]).text == "b"


def test_fallbacks_can_be_switched_off() -> None:
    """`disable_fallback` goes over every list there is."""
    gateway = Gateway()
    gateway.account.fallback_models = ["b"]
    gateway.model("a").fails(500)
    gateway.model("b").replies("b", optional=True)
    assert ask(gateway, model="a", fallback_models=["b"], disable_fallback=True).status == 500


def test_the_account_has_fallbacks_and_retries_of_its_own() -> None:
    """What was set on the platform's pages holds where the request says nothing."""
    gateway = Gateway()
    gateway.account.fallback_models = ["b"]
    gateway.account.retries = {"num_retries": 1, "retry_after": 5}
    gateway.model("a").fails(500)
    gateway.model("b").replies("b")
    gateway.model("c").replies("c")

    assert ask(gateway, model="a").text == "b"
    assert [(a.model, a.number) for a in gateway.calls.last.attempts] == [("a", 1), ("a", 2), ("b", 3)]
    assert gateway.calls.last.seconds == 5
    assert ask(gateway, model="a", fallback_models=["c"]).text == "c"


def test_a_fallback_the_account_does_not_have_is_passed_over() -> None:
    """It is named in a warning, since nobody would otherwise see why it is never asked."""
    gateway = Gateway()
    gateway.account.models = ["a", "c"]
    gateway.model("a").fails(500)
    gateway.model("c").replies("c")
    assert ask(gateway, model="a", fallback_models=["b", "c"]).text == "c"
    assert gateway.calls.one().warnings == ["the fallback b is not available to this account, and is passed over"]


def test_the_rest_client_of_october_2026_ignores_retries_of_a_request() -> None:
    """There only the organization's settings count, and the story says so."""
    gateway = Gateway(contract="sdk-2026-10")
    gateway.model("a").fails(429)
    assert ask(gateway, model="a", retry_params=RETRIES).status == 429
    assert len(gateway.calls.one().attempts) == 1
    assert "retry_params has no effect" in gateway.calls.one().warnings[0]


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (lambda model: model.replies("late", delay=3), "slow"),
        (lambda model: model.stalls(), "slow"),
        (lambda model: model.times_out(), "slow"),
        (lambda model: model.replies("in time", delay=1), "answered"),
        (lambda model: model.replies("in time", every=60), "answered"),
    ],
)
def test_a_slow_first_token_is_a_failure(script: Any, outcome: str) -> None:
    """`first_token_timeout` ends an attempt at a stream whose first token does not come in time."""
    gateway = Gateway()
    script(gateway.model("a"))
    gateway.model("b").replies("in time", optional=True)
    heard = ask(gateway, model="a", fallback_models=["b"], first_token_timeout=2, stream=True)
    assert heard.text == "in time"
    first = gateway.calls.one().attempts[0]
    assert (first.outcome, first.waited if outcome == "slow" else 2) == (outcome, 2)


def test_the_patience_for_a_first_token_is_for_all_that_comes_before_it() -> None:
    """No longer than that is waited, and the clock goes on by it."""
    gateway = Gateway()
    gateway.model("a").replies("late", delay=1.5)
    ask(gateway, model="a", first_token_timeout=1, stream=True)
    assert gateway.calls.last.attempts[0].waited == 1
    assert gateway.clock.now() - gateway.clock.moment(0) == timedelta(seconds=1)


def test_a_slow_first_token_without_a_fallback_is_the_clients_504() -> None:
    """Nobody else is there to ask; by contract the time is not looked at."""
    gateway = Gateway()
    gateway.model("a").replies("late", delay=3)
    assert ask(gateway, model="a", first_token_timeout=2, stream=True).status == 504
    patient = Gateway(contract=Contract(first_token_timeout="ignored"))
    patient.model("a").replies("late", delay=3)
    assert ask(patient, model="a", first_token_timeout=2, stream=True).text == "late"


def test_an_answer_later_than_the_gateways_own_patience_is_a_time_out() -> None:
    """A scripted delay is compared with the time the gateway gives a provider."""
    gateway = Gateway()
    gateway.model("a").replies("too late", delay=700)
    assert ask(gateway, model="a").status == 504
    assert gateway.calls.one().attempts[0].waited == 600


def test_every_attempt_is_asked_as_the_model_it_goes_to() -> None:
    """A function of the request sees the model of its own attempt, and none of the gateway's parameters."""
    seen: list[tuple[str, bool]] = []

    def note(request: Any) -> str:
        seen.append((request["model"], "fallback_models" in request))
        return "ok"

    gateway = Gateway()
    gateway.model("a").fails(500)
    gateway.model("b").replies(note)
    ask(gateway, model="a", fallback_models=["b"])
    assert seen == [("b", False)]
    assert gateway.calls.one().effective_request == {"model": "b", "messages": [{"role": "user", "content": "Hi"}]}
    assert gateway.calls.one().request["fallback_models"] == ["b"]


def test_what_is_misspelt_is_in_the_story() -> None:
    """A warning stands where the gateway read the request."""
    gateway = Gateway()
    gateway.model("a").replies("ok")
    ask(gateway, model="a", fallback_model=["b"])
    assert str(gateway.story).splitlines()[1] == (
        "  warning   fallback_model is no known parameter, and is passed on to the model; did you mean fallback_models?"
    )


@pytest.mark.parametrize("models", ["gpt-4o", [""], [3], 3])
def test_a_list_of_models_is_a_list(models: Any) -> None:
    """A name alone would be taken for its letters."""
    account = Gateway().account
    shown = re.escape(repr(models))
    for name in ("fallback_models", "models"):
        with pytest.raises(TypeError, match=f"{name} is a list of names, not {shown}"):
            setattr(account, name, models)
    for name in ("available_models", "exclude_models"):
        with pytest.raises(TypeError, match=f"{name} is a list of names, not {shown}"):
            account.add_credential("openai", **{name: models})


@pytest.mark.parametrize("settings", [{"num_retries": -1}, {"retries": 3}, {"retry_after": "soon"}])
def test_retry_settings_nobody_can_follow_are_refused(settings: dict[str, Any]) -> None:
    """The account's own settings are checked where they are set."""
    with pytest.raises(ValueError, match=next(iter(settings))):
        Gateway().account.retries = settings


def test_retries_without_an_end_are_the_authors_mistake() -> None:
    """They would take for ever, and whoever shares the server with them would wait."""
    gateway = Gateway(contract={"retry_wait": "doubling"})
    gateway.model("gpt-4o").fails(500)
    heard = ask(gateway, retry_params={"num_retries": 10**9, "retry_after": 1})
    assert (heard.status, heard.headers["x-should-retry"]) == (500, "false")
    assert heard.json["error"]["message"] == (
        "This call was given up after 1000 attempts, the last at gpt-4o: 1000000000 retries are asked for. "
        "Is num_retries what was meant?"
    )
    assert len(gateway.findings()) == 1
