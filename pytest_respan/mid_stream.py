"""Every way an answer can break in the middle, as parameters of a test of one's own application."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import pytest

from mock_gateway.engine.breakages import BREAKAGES

if TYPE_CHECKING:
    from mock_gateway import Gateway

BACKUP = "backup-model"
TEXT = "Hello from the backup."


@dataclass(frozen=True, slots=True)
class Breakage:
    """One case: where the answer breaks, whether there is a fallback, and whether the application should stream."""

    at: str
    fallback: bool
    stream: bool

    def __str__(self) -> str:
        return f"{self.at}-{'fallback' if self.fallback else 'alone'}-{'streamed' if self.stream else 'whole'}"

    def befall(self, gateway: "Gateway", model: str) -> None:
        """Have this model break, and if there is a fallback, have that answer with `TEXT`."""
        gateway.model(model).breaks(self.at)
        if self.fallback:
            gateway.account.fallback_models = [BACKUP]
            gateway.model(BACKUP).replies(TEXT, optional=True)

    @property
    def is_rescued(self) -> bool:
        """Whether the fallback answers. It does as long as the client has been given nothing."""
        if not self.fallback:
            return False
        if self.stream:
            return self.at == "before_the_first_byte"
        return self.at not in ("stall", "corrupt_frame", "error_event")


def breakages(
    *,
    at: Iterable[str] = BREAKAGES,
    fallback: Iterable[bool] = (False, True),
    stream: Iterable[bool] = (True, False),
) -> pytest.MarkDecorator:
    """Run a test once for each case; it takes the case as `breakage`.

    @breakages(stream=[True])
    def test_the_bot_survives(respan_gateway, breakage):
        breakage.befall(respan_gateway, "gpt-4o")
        ...
    """
    cases = [Breakage(*case) for case in product(at, fallback, stream)]
    return pytest.mark.parametrize("breakage", cases, ids=str)
