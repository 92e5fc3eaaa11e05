"""The API keys in the environment of a test, which open nothing."""

import os

from mock_gateway.cassettes.redaction import KEYS, OTHER_NAMES
from mock_gateway.core.requests import DUMMY_KEY


class DummyKeys:
    """While it is entered, every key is a dummy one; but for those that are needed to record, if it is recorded."""

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
            if known is not None:
                os.environ[name] = known
            else:
                os.environ.pop(name, None)
