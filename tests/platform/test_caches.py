"""The cache over REST: what the gateway keeps of its answers."""

from typing import Any

import pytest
import requests

from mock_gateway import Gateway, Usage

from .rest import KEY, RESPAN, call

MODEL = "a"


@pytest.fixture(autouse=True)
def _answers(gateway: Gateway) -> None:
    """A model that takes two seconds and costs half a dollar a call."""
    gateway.model(MODEL).replies("Hello.", usage=Usage(3, 2), delay=2)
    gateway.account.price(MODEL, prompt=1e5, completion=1e5)


def ask(text: str = "Hi", **fields: Any) -> requests.Response:
    """A call that may be answered from the cache."""
    messages = [{"role": "system", "content": "Be nice."}, {"role": "user", "content": text}]
    return call("POST", "chat/completions", {"model": MODEL, "messages": messages, "cache_enabled": True, **fields})


def page(filters: Any = None, query: str = "") -> Any:
    """What is in the cache."""
    answer = call("POST", f"caches/{query}", None if filters is None else {"filters": filters})
    assert answer.status_code == 200, answer.text
    return answer.json()


def keys() -> list[str]:
    """The keys of all entries, newest first."""
    return [entry["cache_key"] for entry in page()["data"]["results"]]


def test_an_answer_that_was_kept_is_listed(gateway: Gateway) -> None:
    """With what was asked and answered, and until when it is good; each hit is counted, and what it saved."""
    ask()
    for _ in range(2):
        assert ask().json()["choices"][0]["message"]["content"] == "Hello."
    found = page()
    assert found["summary"] == {"total_cost": 1.0, "total_hit_count": 2, "total_tokens": 10, "total_time": 4.0}
    assert found["data"] == {
        "count": 1,
        "next": None,
        "previous": None,
        "current_filters": {},
        "results": [
            {
                "cache_key": gateway.calls.last.cache_key,
                "prompt_content": "Be nice.\nHi",
                "response_content": "Hello.",
                "hit_count": 2,
                "timestamp": "2026-01-01T00:00:02.000000Z",
                "updated_at": "2026-01-01T00:00:02.000000Z",
                "expiry_date": "2026-01-31T00:00:02.000000Z",
            }
        ],
    }


@pytest.mark.parametrize("stream", [True, False])
def test_an_entry_in_full_has_the_whole_response(gateway: Gateway, stream: bool) -> None:
    """As the client was given it, or would have been if it had not been streamed."""
    answer = ask("x" * 200, stream=stream)
    entry = call("GET", f"caches/{gateway.calls.last.cache_key}/").json()
    assert entry["response_time"] == 2.0
    assert entry["prompt_messages"][1] == {"role": "user", "content": "x" * 200}
    assert entry["request_content"] == "Be nice.\n" + "x" * 91
    whole = entry["full_response"]
    assert (whole["object"], whole["usage"]["total_tokens"]) == ("chat.completion", 5)
    assert whole["choices"][0]["message"]["content"] == "Hello."
    assert stream or whole == answer.json()


def test_a_deleted_entry_is_a_miss(gateway: Gateway) -> None:
    """At the next call, which fills it again; the hits before are not forgotten."""
    ask()
    ask()
    [key] = keys()
    assert call("DELETE", f"caches/{key}/").status_code == 204
    assert call("GET", f"caches/{key}/").status_code == 404
    assert page()["data"]["count"] == 0
    assert page()["summary"]["total_hit_count"] == 1
    ask()
    assert gateway.calls.last.cache == "miss"
    assert page()["data"]["results"][0]["hit_count"] == 0


@pytest.mark.parametrize(
    ("expiry", "days", "state"),
    [
        ("2026-01-03T00:00:00Z", 1, "hit"),
        ("2026-01-03T00:00:00Z", 2, "expired"),
        ("2026-01-03", 2, "expired"),
        ("2026-01-02T23:00:00-02:00", 2, "hit"),
        ("2020-01-01T00:00:00Z", 0, "expired"),
        (None, 5000, "hit"),
    ],
)
def test_an_entry_expires_when_it_is_told_to(gateway: Gateway, expiry: str | None, days: int, state: str) -> None:
    """By the gateway's clock; null means never."""
    ask()
    [key] = keys()
    changed = call("PATCH", f"caches/{key}/", {"expiry_date": expiry}).json()
    assert (changed["expiry_date"] is None) is (expiry is None)
    gateway.clock.advance(days=days)
    ask()
    assert gateway.calls.last.cache == state


def test_a_change_is_dated_and_an_empty_one_is_none(gateway: Gateway) -> None:
    """What is not sent stays as it is."""
    ask()
    [key] = keys()
    before = call("GET", f"caches/{key}/").json()
    gateway.clock.advance(seconds=1)
    assert call("PATCH", f"caches/{key}/", {}).json() == before
    after = call("PATCH", f"caches/{key}/", {"expiry_date": "2027-01-01T00:00:00Z"}).json()
    assert (after["updated_at"], after["expiry_date"]) == ("2026-01-01T00:00:03.000000Z", "2027-01-01T00:00:00.000000Z")
    refused = call("PATCH", f"caches/{key}/", {"expiry_date": "soon"})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["expiry_date"])


def test_a_lifetime_without_an_end_has_no_date() -> None:
    """Not even one far away."""
    ask(cache_ttl=1e15)
    assert page()["data"]["results"][0]["expiry_date"] is None


def test_many_entries_are_deleted_at_once(gateway: Gateway) -> None:
    """By their keys, of which those that are unknown are named, or all."""
    for text in "abc":
        ask(text)
    first = gateway.calls[0].cache_key
    told = call("DELETE", "caches/bulk/", {"cache_keys": ["nobody's", first]}).json()
    assert told == {
        "success_count": 1,
        "error_count": 1,
        "errors": [{"index": 0, "error": "Cache not found."}],
        "deleted_count": 1,
        "message": "Deleted 1 cached response.",
    }
    assert len(keys()) == 2
    assert call("DELETE", "caches/bulk/", {"all": True}).json()["deleted_count"] == 2
    assert keys() == []


@pytest.mark.parametrize(
    ("sent", "status", "detail"),
    [
        ({}, 400, "Exactly one of cache_keys, ids and all is expected, not none."),
        (
            {"cache_keys": [], "all": True},
            400,
            "Exactly one of cache_keys, ids and all is expected, not cache_keys and all.",
        ),
        ({"all": False}, 400, "all is true, or is left out."),
        ({"ids": [1]}, 403, "ids are for the dashboard; with an API key, use cache_keys or all."),
        ({"cache_keys": ["x"] * 1001}, 400, "At most 1000 entries are deleted at once, not 1001."),
        ({"cache_keys": "x"}, 422, "Validation error"),
    ],
)
def test_what_is_meant_must_be_clear(sent: Any, status: int, detail: str) -> None:
    """Nothing is deleted otherwise."""
    ask()
    answer = call("DELETE", "caches/bulk/", sent)
    assert (answer.status_code, answer.json()["detail"]) == (status, detail)
    assert len(keys()) == 1


def test_entries_are_filtered_sorted_and_counted(gateway: Gateway) -> None:
    """By key and by date, a page at a time."""
    for text in "abc":
        ask(text)
    first = gateway.calls[0].cache_key
    assert [one["cache_key"] for one in page({"cache_key_by_org_uuid": first})["data"]["results"]] == [first]
    later = {"timestamp": {"operator": "gte", "value": ["2026-01-01T00:00:04Z"]}}
    assert page(later)["data"]["count"] == 2
    assert page(later)["data"]["current_filters"] == later
    assert call("POST", "caches/summary/", {"filters": later}).json() == {"total_count": 2}
    assert page(query="?page_size=1&sort_by=timestamp")["data"]["results"][0]["cache_key"] == first
    paged = page(query="?page_size=2")["data"]
    assert requests.post(paged["next"], headers=KEY, timeout=5).json()["data"]["results"][0]["cache_key"] == first
    assert call("POST", "caches/", {"filters": {"model": "x"}}).status_code == 400


def test_what_was_asked_keeps_no_secret(gateway: Gateway) -> None:
    """Nor does what is shown of it."""
    messages = [{"role": "user", "content": "Hi", "api_key": "sk-0123456789abcdef"}]
    requests.post(
        f"{RESPAN}/chat/completions",
        json={"model": MODEL, "messages": messages, "cache_enabled": True},
        headers=KEY,
        timeout=5,
    )
    assert "0123456789" not in call("GET", f"caches/{gateway.calls.last.cache_key}/").text


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_entry_that_is_not_there(method: str) -> None:
    """Is not found."""
    answer = call(method, "caches/nobody's/", {})
    assert (answer.status_code, answer.json()) == (404, {"detail": "Cache not found."})
