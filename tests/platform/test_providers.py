"""Providers over REST: those that the account has added."""

from mock_gateway import Gateway

from .rest import call


def test_providers_are_kept_and_their_secrets_are_not_shown(gateway: Gateway) -> None:
    """Made, listed, changed, replaced, deleted; the key is in no answer."""
    secret = {"api_key": "sk-0123456789abcdef", "base_url": "https://llm.example.com"}
    new = {"provider_id": "own", "provider_name": "Own", "extra_kwargs": secret}
    answers = [call("POST", "providers/", new), call("GET", "providers/"), call("GET", "providers/own/")]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert answers[1].json()["results"] == [answers[2].json()] == [answers[0].json()]
    gateway.clock.advance(seconds=1)
    answers.append(call("PATCH", "providers/own/", {"provider_name": "Renamed"}))
    assert answers[-1].json() == {
        "id": "own",
        "provider_id": "own",
        "provider_name": "Renamed",
        "extra_kwargs": {"api_key": "sk-***", "base_url": "https://llm.example.com"},
        "created_at": "2026-01-01T00:00:00.000000Z",
        "updated_at": "2026-01-01T00:00:01.000000Z",
    }
    assert "0123456789" not in "".join(answer.text for answer in answers)
    assert call("PUT", "providers/own/", {"provider_name": "New"}).json()["extra_kwargs"] == {}
    again = call("POST", "providers/", new)
    assert (again.status_code, again.json()["detail"]) == (
        400,
        "There is a provider 'own' already; PATCH it to change it.",
    )
    assert call("POST", "models/", {"model_name": "mine", "provider_id": "own"}).status_code == 201
    assert call("DELETE", "providers/own/").status_code == 204
    assert call("GET", "providers/own/").status_code == 404
    assert call("GET", "models/mine/").json()["provider"] is None
    assert call("PUT", "providers/own/", {}).status_code == 404


def test_a_provider_may_have_a_slash_in_its_name(gateway: Gateway) -> None:
    """What was made can be read and deleted."""
    new = {"provider_id": "team/own", "provider_name": "Own", "extra_kwargs": {}}
    assert call("POST", "providers/", new).status_code == 201
    assert call("GET", "providers/team/own/").json()["provider_name"] == "Own"
    assert call("DELETE", "providers/team/own/").status_code == 204
