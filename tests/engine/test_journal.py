"""How many calls a gateway keeps, and what it says once there were more."""

import gc
import json
import sys
import threading
import weakref
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.core.records import NotOne
from mock_gateway.core.requests import HttpRequest
from mock_gateway.core.steps import Chunk

from .dialogue import KEY, Heard, ask, hear, request


def answering(kept: int) -> Gateway:
    made = Gateway(keep_calls=kept)
    made.model("*").replies("Hello.")
    return made


def test_the_oldest_calls_are_forgotten() -> None:
    """Calls and their rows stay as many as are kept, and go on being numbered."""
    gateway = answering(3)
    for number in range(5):
        ask(gateway, model=f"m{number}")
    assert [call.number for call in gateway.calls] == [3, 4, 5]
    assert [log.model for log in gateway.logs] == ["m2", "m3", "m4"]
    assert (gateway.count, repr(gateway)) == (5, "<Gateway 5 calls>")
    assert [_found(gateway, f"log-{number:06}") for number in range(1, 6)] == [404, 404, 200, 200, 200]


def _found(gateway: Gateway, name: str) -> int:
    """The status of a row, asked for over REST."""
    return hear(gateway, HttpRequest("GET", "api.respan.ai", f"/api/request-logs/{name}/", KEY, b"", "t")).status


def test_whoever_misses_a_forgotten_one_is_told() -> None:
    """A call, a row, and whether telemetry agreed: of what is forgotten nobody can say anything."""
    gateway = answering(1)
    ask(gateway, model="first")
    ask(gateway, model="second")
    forgotten = "1 older calls were forgotten: only 1 are kept."
    with pytest.raises(NotOne) as of_calls:
        gateway.calls.one(requested_model="first")
    with pytest.raises(NotOne) as of_logs:
        gateway.logs.one(model="first")
    assert str(of_calls.value).endswith(forgotten)
    assert str(of_logs.value).endswith(forgotten)
    assert gateway.disagreements()[-1] == forgotten


def test_a_call_that_is_still_open_is_kept() -> None:
    """However many have come since: it is forgotten when it has ended, and others have come."""
    gateway = answering(1)
    steps = gateway.handle(request(stream=True))
    assert any(isinstance(step, Chunk) for step in (next(steps), next(steps)))
    ask(gateway)
    ask(gateway)
    assert [call.number for call in gateway.calls] == [1, 2, 3]
    steps.close()
    assert [call.number for call in gateway.calls] == [3]


def test_calls_end_on_many_threads() -> None:
    """None is forgotten that is among the last, and no row is left behind."""
    gateway = answering(10)
    threads = [threading.Thread(target=lambda: [ask(gateway) for _ in range(25)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (gateway.count, len(gateway.calls), len(gateway.logs)) == (200, 10, 10)


def test_calls_that_begin_on_many_threads_have_numbers_of_their_own() -> None:
    """However often the threads take turns; and whoever reads the rows meanwhile is given those there are."""
    gateway = Gateway(contract={"log_delay": 5.0})
    gateway.model("*").replies("Hello.")
    asking = [threading.Thread(target=lambda: [ask(gateway) for _ in range(50)]) for _ in range(6)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in asking:
            thread.start()
        while any(thread.is_alive() for thread in asking):
            assert len(gateway.logs) == 0
    finally:
        sys.setswitchinterval(before)
        for thread in asking:
            thread.join()
    assert sorted(call.number for call in gateway.calls) == list(range(1, 301))
    assert len({call.log_id for call in gateway.calls}) == gateway.count == 300


def test_misses_are_kept_as_many_as_calls() -> None:
    """A server that is asked for what nobody scripted does not fill up, either."""
    gateway = Gateway(keep_calls=2)
    for model in ("a", "b", "c"):
        ask(gateway, model=model)
    assert [finding.text.splitlines()[0] for finding in gateway.findings()] == [
        "Nothing answers attempt 1 of this call: b was asked something no script covers.",
        "Nothing answers attempt 1 of this call: c was asked something no script covers.",
    ]


def test_answers_to_go_on_from_are_kept_as_many_as_calls() -> None:
    """The oldest is as unknown as one that never was."""
    gateway = answering(2)

    def respond(**fields: str) -> Heard:
        body = json.dumps({"model": "m", "input": "Hi", **fields}).encode()
        return hear(gateway, HttpRequest("POST", "api.respan.ai", "/api/responses", KEY, body, "t"))

    first, second, _ = (respond().json["id"] for _ in range(3))
    statuses = [respond(previous_response_id=one).status for one in (first, second)]
    assert statuses == [400, 200]


def test_a_gateway_is_gone_as_soon_as_nobody_has_it() -> None:
    """It leads to its calls and they do not lead back: a suite with one for each test leaves Python nothing to look for."""
    gateway = answering(10)
    ask(gateway)
    gone: list[weakref.ref[Any]] = [
        weakref.ref(gateway),
        weakref.ref(gateway._pipeline.journal),
        weakref.ref(gateway.calls.one()),
    ]
    assert not gateway.findings()
    gc.disable()
    try:
        del gateway
        assert [one() for one in gone] == [None, None, None]
    finally:
        gc.enable()


def test_a_row_joins_what_came_in_after_its_call() -> None:
    """A call that was made before anybody read the log has the row that the log has, with what was changed of it."""
    gateway = answering(10)
    ask(gateway)
    call = gateway.calls.one()
    change = HttpRequest("PATCH", "api.respan.ai", f"/api/request-logs/{call.log_id}/", KEY, b'{"note": "Seen."}', "t")
    assert hear(gateway, change).status == 200
    assert call.log is not None
    assert (call.log.note, gateway.logs.one()) == ("Seen.", call.log)
