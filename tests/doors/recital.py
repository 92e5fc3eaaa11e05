"""A handler without a gateway: for what a door does with steps, whoever makes them."""

from mock_gateway.core.requests import HttpRequest
from mock_gateway.core.steps import Step, Steps
from mock_gateway.doors.face import Door
from mock_gateway.engine.clock import Clock, Timeline


class Recital:
    """Answers every request with the same steps."""

    def __init__(self, *steps: Step, waits_for_others: bool = False) -> None:
        self.clock = Clock()
        self.waits_for_others = waits_for_others
        self.is_guarded = False
        self.steps = steps
        self.heard: list[HttpRequest] = []

    def handle(self, request: HttpRequest, timeline: Timeline | None = None) -> Steps:
        self.heard.append(request)
        yield from self.steps

    def flush(self) -> None:
        """Nothing is traced."""

    def settle_with(self, door: Door) -> None:
        """Nothing here is ever unsettled."""
