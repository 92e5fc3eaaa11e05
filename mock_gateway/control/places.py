"""The gateways of a server, each at a place of its own, so that several suites can run at a time."""

import secrets
import threading
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.findings import DEFAULTS, Finding, Kind
from ..core.problems import Problem, authors_mistake

if TYPE_CHECKING:
    from ..doors.server import Server, ServerThread
    from ..gateway import Gateway
    from ..scenarios.format import Scenario

Make = Callable[["Scenario | None"], "Gateway"]
"""What makes the gateway of a scenario. None: nothing is said, and scenarios need not be read at all."""


class Past(NamedTuple):
    """A gateway that is over."""

    calls: int
    findings: list[Finding]
    recorded: list[str]
    """What became of live answers, a line for each."""


class Place:
    """Where a gateway is served: below its token. After a reset another one is there."""

    def __init__(self, token: str, gateway: "Gateway", scenario: "Scenario | None", make: Make | None) -> None:
        self.token = token
        self.gateway = gateway
        self._make = make
        self._start = scenario
        self._strict = _strict(scenario)
        self.past: list[Past] = []
        self._lock = threading.Lock()

    def findings(self) -> list[Finding]:
        """What its scenario did not reckon with, as far as that is strict about it."""
        return self.gateway.findings_of(self._strict)

    def reset(self, scenario: "Scenario | None" = None) -> Past:
        """Have a fresh gateway here, of the scenario it began with or of another. What became of the last one is told."""
        if self._make is None:
            text = (
                "This gateway is held by a Python program, and cannot be exchanged for another. "
                "Create one that can: POST /_mock/gateways."
            )
            raise authors_mistake(409, text, "not_resettable")
        begins = scenario or self._start
        fresh = self._make(begins)
        with self._lock:
            last, strict = self.gateway, self._strict
            self.gateway, self._strict = fresh, _strict(begins)
        return self._remember(last, strict)

    def end(self) -> Past:
        """Remember what became of its gateway."""
        return self._remember(self.gateway, self._strict)

    def _remember(self, gateway: "Gateway", strict: Collection[Kind]) -> Past:
        recorded: list[str] = []
        if gateway.recorder is not None:
            gateway.recorder.finish()
            recorded = [f"{note.kind}  {note.path}  {note.text}".rstrip() for note in gateway.recorder.notes]
        past = Past(gateway.count, gateway.findings_of(strict), recorded)
        self.past.append(past)
        return past


def _strict(scenario: "Scenario | None") -> Collection[Kind]:
    """What is a finding at the end."""
    return DEFAULTS if scenario is None else scenario.strict


class Places:
    """All places of a server. The one without a token is the first."""

    def __init__(self, thread: "ServerThread", make: Make, start: "Scenario | None", keys: Collection[str]) -> None:
        self._thread, self._make = thread, make
        self.start = start
        """What a gateway begins with, where nothing else is said."""
        self.keys = keys
        """The keys of the server: each of its gateways takes them, beside its own."""
        self._places: dict[str, Place] = {}
        self._over: dict[str, list[Past]] = {}
        """What became of those that were deleted. They themselves are let go, with all their calls."""

    def __iter__(self) -> Iterator[Place]:
        return iter(list(self._places.values()))

    def __len__(self) -> int:
        return len(self._places)

    def find(self, token: str) -> Place:
        """The place of this token, or the problem."""
        if token not in self._places:
            raise gone(token)
        return self._places[token]

    def begin(self, gateway: "Gateway", *, is_held: bool) -> None:
        """Serve the first one. One that is held by a program cannot be exchanged for another."""
        self._add(Place("", gateway, self.start, None if is_held else self._made))

    def _add(self, place: Place) -> None:
        self._places[place.token] = place
        self._thread.mount(lambda: place.gateway, place.token)

    def create(self, scenario: "Scenario | None") -> Place:
        """Have one more, for one suite or one test alone."""
        place = Place(secrets.token_hex(4), self._made(scenario), scenario, self._made)
        self._add(place)
        return place

    def _made(self, scenario: "Scenario | None") -> "Gateway":
        gateway = self._make(scenario)
        for key in set(self.keys) - set(gateway.account.keys):
            gateway.account.add_key(key)
        return gateway

    def address(self, place: Place, server: "Server") -> dict[str, Any]:
        """Where a gateway is. Where keys are asked for, those of the environment are none of them."""
        has_keys = bool(self.keys or place.gateway.account.keys)
        env = {name: value for name, value in server.env.items() if not (has_keys and name.endswith("_API_KEY"))}
        return {"token": place.token, "url": server.url, "control": server.control_url, "env": env}

    def remove(self, place: Place) -> Past:
        """Be done with a place. Whoever still calls there is told so."""
        past, token = place.end(), place.token
        self._thread.switchboard.gateways[token] = lambda: gone(token)
        if self._places.pop(token, None) is not None:
            self._over[token] = place.past
        return past

    def end(self) -> dict[str, list[Past]]:
        """What became of all the gateways there were, by token."""
        for place in self:
            place.end()
        return self._over | {place.token: place.past for place in self}


def gone(token: str) -> Problem:
    """There is no gateway below this token."""
    text = f"There is no gateway at /{token}: it was deleted, or never created. Create one: POST /_mock/gateways."
    return authors_mistake(410, text, "gateway_gone")
