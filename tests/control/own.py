"""A gateway of one's own at a running server, spoken to by its control endpoints."""

from typing import Any

import requests

from ..command.program import PATIENCE


class Own:
    """A gateway of one's own, beside others."""

    def __init__(self, token: str, url: str, control: str) -> None:
        self.token, self.url, self.control = token, url, control

    @classmethod
    def created(cls, control: str, scenario: Any = None) -> "Own":
        """A new one."""
        told = requests.post(f"{control}/gateways", json=scenario, timeout=PATIENCE)
        assert told.status_code == 201
        return cls(*(told.json()[name] for name in ("token", "url", "control")))

    def answer(self, method: str, path: str, data: Any = None, **headers: str) -> requests.Response:
        """What a control endpoint answers."""
        return requests.request(method, f"{self.control}{path}", json=data, headers=headers, timeout=PATIENCE)

    def tell(self, method: str, path: str, data: Any = None) -> Any:
        """The same, if all is well."""
        answer = self.answer(method, path, data)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def complaint(self, method: str, path: str, data: Any = None, status: int = 400, **headers: str) -> str:
        """The words of an answer that is an error."""
        answer = self.answer(method, path, data, **headers)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/json"
        error = answer.json()["error"]
        assert error["type"] == "respan_mock"
        return str(error["message"])
