"""Asking for Respan's own resources, as applications do."""

from typing import Any

import requests

RESPAN = "https://api.respan.ai/api"
KEY = {"Authorization": "Bearer any"}
HELLO = [{"role": "user", "content": "Hello"}]


def call(method: str, path: str, sent: Any = None, headers: Any = KEY, base: str = RESPAN) -> requests.Response:
    """The answer at a path below the base URL."""
    return requests.request(method, f"{base}/{path}", json=sent, headers=headers, timeout=5)


def created(**fields: Any) -> Any:
    """The row of a log that was just created."""
    answer = call("POST", "request-logs/", fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def listed(filters: Any = None, what: str = "request-logs", **query: Any) -> Any:
    """The page of a list."""
    answer = requests.post(
        f"{RESPAN}/{what}/list/",
        params=query,
        json=None if filters is None else {"filters": filters},
        headers=KEY,
        timeout=5,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def models(page: Any) -> list[str]:
    """The models on a page of logs."""
    return [row["model"] for row in page["results"]]
