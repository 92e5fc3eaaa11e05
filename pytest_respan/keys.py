"""The API keys in the environment of a test, which open nothing."""

import os

from mock_gateway.cassettes.redaction import KEYS, OTHER_NAMES
from mock_gateway.core.requests import DUMMY_KEY


class DummyKeys:
    """While it is entered, every key is a dummy one; but for those that are needed to record, if it is recorded.

    A fixture that is older than the gateway, such as `monkeypatch`, may put a dummy key back that it took for what was
    there before: `put_back` again, when all fixtures are gone.
    """

    def __init__(self, *, is_recording: bool) -> None:
        self._is_recording = is_recording
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> None:
        for name in KEYS:
            known = os.environ.get(name)
            if known is None and name in OTHER_NAMES:
                continue
            if not (self._is_recording and known):
                self._before[name] = known
                os.environ[name] = DUMMY_KEY

    def __exit__(self, *reason: object) -> None:
        for name, known in self._before.items():
            _set(name, known)

    def put_back(self) -> None:
        """Leave no dummy key behind."""
        for name, known in self._before.items():
            if os.environ.get(name) == DUMMY_KEY:
                _set(name, known)


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
