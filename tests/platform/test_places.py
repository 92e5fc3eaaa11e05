"""The same resources wherever the gateway is met, and whoever asks."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import httpx2
import pytest
import requests

from mock_gateway import Gateway

from .rest import KEY, RESPAN

CAPTURES = Path(__file__).parents[1] / "telemetry" / "captures"
Ask = Callable[[str, str, Any], Any]


class Place(NamedTuple):
    """Where a gateway is met, and with what."""

    is_served: bool
    ask: Ask


def with_requests(method: str, url: str, sent: Any) -> Any:
    return requests.request(method, url, json=sent, headers=KEY, timeout=5)


def with_httpx(method: str, url: str, sent: Any) -> Any:
    return httpx.request(method, url, json=sent, headers=KEY)


def with_httpx2_asynchronously(method: str, url: str, sent: Any) -> Any:
    async def ask() -> Any:
        async with httpx2.AsyncClient() as client:
            return await client.request(method, url, json=sent, headers=KEY)

    return asyncio.run(ask())


def with_httpx2(method: str, url: str, sent: Any) -> Any:
    return httpx2.request(method, url, json=sent, headers=KEY)


PLACES: Mapping[str, Place] = {
    "requests": Place(is_served=False, ask=with_requests),
    "httpx2": Place(is_served=False, ask=with_httpx2),
    "httpx": Place(is_served=False, ask=with_httpx),
    "httpx2, asynchronously": Place(is_served=False, ask=with_httpx2_asynchronously),
    "a socket, requests": Place(is_served=True, ask=with_requests),
    "a socket, httpx2": Place(is_served=True, ask=with_httpx2),
}


@contextmanager
def met(gateway: Gateway, *, is_served: bool) -> Iterator[str]:
    """The base URL of a gateway."""
    if is_served:
        with gateway.serve() as server:
            yield server.url
    else:
        with gateway.intercept():
            yield RESPAN


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_logs_are_created_listed_and_found(place: Place) -> None:
    """With the query and the body, page by page."""
    gateway = Gateway()
    with met(gateway, is_served=place.is_served) as url:
        made = [place.ask("POST", f"{url}/request-logs/", {"model": model}) for model in ("a", "b", "é")]
        assert [answer.status_code for answer in made] == [201, 201, 201]
        filters = {"filters": {"model": {"operator": "not", "value": ["b"]}}}
        first = place.ask("POST", f"{url}/request-logs/list/?page_size=1", filters).json()
        assert (first["count"], first["results"][0]["model"]) == (2, "é")
        second = place.ask("POST", first["next"], filters).json()
        assert (second["next"], second["results"][0]["model"]) == (None, "a")
        found = place.ask("GET", f"{url}/request-logs/{made[1].json()['id']}/", None)
        assert (found.status_code, found.json()["model"]) == (200, "b")
        assert place.ask("GET", f"{url}/request-logs/nobody's/", None).status_code == 404
    assert [log.model for log in gateway.logs] == ["a", "b", "é"]


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_name_in_a_path_may_have_any_letters(place: Place) -> None:
    """However the library writes them: the same user is found."""
    gateway = Gateway()
    with met(gateway, is_served=place.is_served) as url:
        place.ask("POST", f"{url}/request-logs/", {"model": "a", "customer_identifier": "ü 5%2F@x"})
        found = place.ask("GET", f"{url}/users/%C3%BC%205%252F@x/", None)
        assert (found.status_code, found.json()["id"]) == (200, "ü 5%2F@x")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_respans_own_client_finds_nothing_wrong() -> None:
    """The one its own integrations are verified with: every span stored, one root, tokens and costs."""
    from respan_tracing.testing.live import RespanLogsClient, trace_problems

    gateway = Gateway()
    [batch] = json.loads((CAPTURES / "workflow.json").read_text(encoding="utf-8"))
    with gateway.serve() as server:
        answer = requests.post(f"{server.url}/v2/traces", json=batch, headers=KEY, timeout=5)
        assert answer.json() == {"partialSuccess": {"rejectedSpans": 0, "errorMessage": ""}}
        client = RespanLogsClient(server.url, "any")
        trace = gateway.traces[0]
        rows = client.trace_rows(trace.id)
        assert trace_problems(rows, exported=len(gateway.spans), forbidden=["any-secret"]) == []
        details = [client.detail(row["unique_id"]) for row in rows]
        assert {row["span_unique_id"] for row in details} == {span.id for span in trace.spans}
        assert client.trace_rows("0" * 32) == []
