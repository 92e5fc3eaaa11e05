"""What Respan has and this mock has not: every endpoint of the official client says so by its name."""

from typing import NoReturn

import pytest

from mock_gateway import Gateway

from .rest import call

NOT_IMITATED = """
    GET credit-transactions/list/
    GET credit-transactions/1/
    POST dashboard/cache-hit-metrics/
    POST dashboard/cache-hit-metrics/summary/
    POST dashboard/cache-hit-metrics/total-summary/
    POST dashboard/llm-metrics/
    POST dashboard/llm-metrics/summary/
    POST dashboard/quantiles/
    POST dashboard/quantiles/summary/
    GET dashboard/storage-volume/
    GET dashboard/storage-volume/summary/
    POST dashboard/time-series/breakdown/
    POST dashboard/total-users/
    POST dashboard/users/
    GET limit-policies/
    POST limit-policies/
    GET limit-policies/1/
    PATCH limit-policies/1/
    DELETE limit-policies/1/
    GET temporary-keys/
    POST temporary-keys/
    GET temporary-keys/1/
    PATCH temporary-keys/1/
    DELETE temporary-keys/1/
    POST pulses/behaviors/
    GET pulses/behaviors/custom/
    POST pulses/behaviors/grouped/
    PATCH pulses/behaviors/custom/1/
    POST pulses/errors/
    POST pulses/errors/f/resolution/
    POST pulses/incidents/1/acknowledgement/
    GET request-logs/behavior-columns/
    GET request-logs/groups/
    POST request-logs/groups/
    POST request-logs/summary/
    PATCH request-logs/1/behaviors/b/
    GET response-format-presets/
    POST response-format-presets/
    GET response-format-presets/1/
    POST v1/scores
    POST typesafe/v1/systemone
    GET scores/
    GET logs/1/scores/
    GET datasets/list/
    POST evaluators/1/run/
    POST testsets/list/
    GET v2/experiments/list/
    POST log_threads/
    POST automations/
    POST traces/bulk/
    POST traces/bulk-delete/
    DELETE traces/1/
    PATCH traces/1/
    GET an-organization/traces/1/
    DELETE caches/
    POST v1/batches/list/
    POST v1/batches/summary/
"""


@pytest.mark.parametrize("endpoint", NOT_IMITATED.split("\n")[1:-1], ids=str.strip)
def test_what_is_not_imitated_says_so(endpoint: str) -> None:
    """By method and path, and is not taken for a thing of that name; a strict test fails for it."""
    method, path = endpoint.split()
    with Gateway().intercept() as gateway:
        heard = call(method, path, {})
    told = f"Nothing answers {method} /api/{path}: this mock does not imitate that endpoint."
    assert (heard.status_code, heard.json()["error"]["message"]) == (501, told)
    assert [finding.text for finding in gateway.findings()] == [told]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "prompts/summary/"),
        ("GET", "prompts/bulk/"),
        ("DELETE", "prompts/list/"),
        ("DELETE", "users/list/"),
        ("PATCH", "users/list/"),
        ("GET", "caches/bulk/"),
        ("DELETE", "caches/summary/"),
        ("DELETE", "models/public/"),
        ("PUT", "models/summary/"),
        ("GET", "request-logs/bulk/"),
    ],
)
def test_a_word_with_a_meaning_is_nobodys_name(method: str, path: str) -> None:
    """A prompt, a user, an entry or a model is not looked for under it."""
    with Gateway().intercept():
        heard = call(method, path, {})
    assert (heard.status_code, heard.json()) == (405, {"detail": f'Method "{method}" not allowed.'})


def test_what_nobody_has_reckoned_with_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """An application may well swallow what it is given then."""

    def broken(value: object) -> NoReturn:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("mock_gateway.platform.desk.encoded", broken)
    with Gateway().intercept() as gateway, pytest.raises(ZeroDivisionError):
        call("GET", "models/")
    assert [finding.text for finding in gateway.findings()] == [
        "GET /api/models/ could not be answered: ZeroDivisionError: a bug"
    ]
