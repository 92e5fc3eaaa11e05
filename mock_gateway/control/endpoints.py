"""The control endpoints: the one table of them, and what each does."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic_core import from_json

from ..core.nearest import nearest
from ..core.objects import no_doubles
from ..core.problems import Problem, authors_mistake
from ..core.requests import HttpRequest
from ..doors.server import CONTROL, Server
from . import telling
from .access import admit
from .places import Past, Place, Places

if TYPE_CHECKING:
    from ..scenarios.format import Scenario

_AMOUNTS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds")


class Asked(NamedTuple):
    """A request to an endpoint."""

    places: Places
    place: Place
    request: HttpRequest
    parts: dict[str, str]

    @property
    def data(self) -> Any:
        """The JSON it came with. None, if it came without."""
        if not self.request.body.strip():
            return None
        try:
            from_json(self.request.body)  # says best where it breaks
            return json.loads(self.request.body, object_pairs_hook=no_doubles)
        except ValueError as error:
            raise _mistake(400, f"The body is no JSON: {error}.") from None

    @property
    def scenario(self) -> "Scenario | None":
        """The scenario it came with."""
        data = self.data
        if data is None:
            return None
        from ..scenarios.format import parse

        found = parse(data)
        if found.cassette is not None:
            text = "cassette: recordings are this machine's, so they are named where the server is started: --cassette DIR."
            raise _mistake(400, text)
        return found


Endpoint = Callable[[Asked], Any]


class Created(NamedTuple):
    """What is answered with a 201."""

    data: Any


def health(asked: Asked) -> Any:
    """Whether it is there. It asks for no key."""
    return {"status": "ready", "gateways": len(asked.places)}


def create(asked: Asked) -> Any:
    """A gateway of its own, on the scenario of the start or on the one that is sent."""
    place = asked.places.create(asked.scenario or asked.places.start)
    base = asked.request.origin.removesuffix(f"/{asked.place.token}" if asked.place.token else "")
    return Created(asked.places.address(place, Server(f"{base}/{place.token}/api")))


def listed(asked: Asked) -> Any:
    """All of them."""
    return {
        "gateways": [{"token": place.token, "calls": place.gateway.count} for place in asked.places],
    }


def end(asked: Asked) -> Any:
    """Be done with this gateway."""
    if not asked.place.token:
        text = "The first gateway is there as long as the server is. POST /_mock/reset makes it a fresh one."
        raise _mistake(409, text, "not_deletable")
    return _past(asked.places.remove(asked.place))


def add(asked: Asked) -> Any:
    """A scenario, after what was said before."""
    asked.place.gateway.load(_required(asked))
    return {}


def replace(asked: Asked) -> Any:
    """A scenario, instead of what was said before of models and failures."""
    asked.place.gateway.load(_required(asked), instead=True)
    return {}


def reset(asked: Asked) -> Any:
    """A fresh gateway: calls, clock, ids, cache, prompts and account are new."""
    return _past(asked.place.reset(asked.scenario))


def clock(asked: Asked) -> Any:
    """What time it is."""
    return {"now": asked.place.gateway.clock.now().isoformat(), "is_virtual": asked.place.gateway.clock.is_virtual}


def advance(asked: Asked) -> Any:
    """Let time pass between calls."""
    amounts = asked.data
    if not isinstance(amounts, dict) or not amounts:
        raise _mistake(400, f'The body says how much, such as {{"days": 31}}. Known: {", ".join(_AMOUNTS)}.')
    for name, amount in amounts.items():
        if name not in _AMOUNTS:
            near = nearest(name, _AMOUNTS)
            hint = f" Did you mean {near!r}?" if near else ""
            raise _mistake(400, f"unknown amount {name!r}.{hint} Known: {', '.join(_AMOUNTS)}.")
        if isinstance(amount, bool) or not isinstance(amount, int | float):
            raise _mistake(400, f"{name} is a number, not {amount!r}.")
    keeper = asked.place.gateway.clock
    try:
        keeper.now() + timedelta(**amounts)
    except OverflowError:
        raise _mistake(400, "That is longer than any clock goes.") from None
    keeper.advance(**amounts)
    return clock(asked)


def calls(asked: Asked) -> Any:
    """All calls, in the order they came in."""
    return {"calls": [telling.call(one) for one in asked.place.gateway.calls]}


def one_call(asked: Asked) -> Any:
    """One call, by its number."""
    number = asked.parts["number"]
    found = [one for one in asked.place.gateway.calls if str(one.number) == number]
    if not found:
        calls = asked.place.gateway.calls
        told = f" {calls.note}" if calls.note else ""
        raise _mistake(404, f"There is no call {number}: there are {len(calls)}.{told}", "not_found")
    return telling.call(found[0])


def story(asked: Asked) -> Any:
    """What happened, as text."""
    return {"story": str(asked.place.gateway.story)}


def logs(asked: Asked) -> Any:
    """The rows of the log."""
    found = asked.place.gateway.logs
    return {"logs": [telling.log(one) for one in found], "note": found.note}


def spans(asked: Asked) -> Any:
    """What the application's tracing SDK has sent."""
    return {"spans": [telling.span(one) for one in asked.place.gateway.spans]}


def traces(asked: Asked) -> Any:
    """The same, by trace, with their trees."""
    return {"traces": [telling.trace(one) for one in asked.place.gateway.traces]}


def disagreements(asked: Asked) -> Any:
    """Where the telemetry does not say what happened."""
    return {"disagreements": asked.place.gateway.disagreements()}


def findings(asked: Asked) -> Any:
    """What was not reckoned with: rules that never played, calls nobody answered."""
    return {"findings": [telling.finding(one) for one in asked.place.findings()]}


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", "/health"): health,
    ("POST", "/gateways"): create,
    ("GET", "/gateways"): listed,
    ("DELETE", ""): end,
    ("POST", "/script"): add,
    ("PUT", "/script"): replace,
    ("POST", "/reset"): reset,
    ("GET", "/clock"): clock,
    ("POST", "/clock"): advance,
    ("GET", "/calls"): calls,
    ("GET", "/calls/{number}"): one_call,
    ("GET", "/story"): story,
    ("GET", "/logs"): logs,
    ("GET", "/spans"): spans,
    ("GET", "/traces"): traces,
    ("GET", "/disagreements"): disagreements,
    ("GET", "/findings"): findings,
}


class Endpoints:
    """Answers requests to the control endpoints of a server."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def answer(self, token: str, request: HttpRequest) -> tuple[int, Any]:
        """The status and the JSON of the answer."""
        try:
            return self._answer(token, request)
        except Problem as trouble:
            return trouble.status, trouble.in_openais_shape

    def _answer(self, token: str, request: HttpRequest) -> tuple[int, Any]:
        path = request.path.removeprefix(CONTROL).rstrip("/")
        place = self._places.find(token)
        endpoint, parts = _find(request.method, path)
        keys = () if endpoint is health else (*self._places.keys, *place.gateway.account.keys)
        admit(request, keys)
        try:
            told = endpoint(Asked(self._places, place, request, parts))
        except ValueError as mistake:  # of whoever wrote the scenario
            raise _mistake(400, str(mistake)) from None
        return (201, told.data) if isinstance(told, Created) else (200, told)


def _find(method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
    allowed: list[str] = []
    for (verb, written), endpoint in ENDPOINTS.items():
        match = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", written), path)
        if match and verb == method:
            return endpoint, match.groupdict()
        if match:
            allowed.append(verb)
    if allowed:
        raise _mistake(405, f"{CONTROL}{path} takes {' or '.join(allowed)}, not {method}.", "method_not_allowed")
    known = dict.fromkeys(f"{CONTROL}{written}" for _, written in ENDPOINTS)
    near = nearest(f"{CONTROL}{path}", known)
    hint = f" Did you mean {near}?" if near else ""
    raise _mistake(404, f"There is no {CONTROL}{path}.{hint} Known: {', '.join(known)}.", "not_found")


def _required(asked: Asked) -> "Scenario":
    found = asked.scenario
    if found is None:
        raise _mistake(400, 'The body is a scenario, such as {"models": {"gpt-4o": "Hello!"}}.')
    return found


def _past(past: Past) -> dict[str, Any]:
    return {"calls": past.calls, "findings": [telling.finding(one) for one in past.findings]}


def _mistake(status: int, text: str, code: str = "unreadable") -> Problem:
    return authors_mistake(status, text, code)
