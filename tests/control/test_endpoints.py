"""Scripting a gateway over the socket it is served on, and others beside it."""

import gc
from typing import Any

import pytest
import requests

from mock_gateway import Gateway
from mock_gateway.control.endpoints import ENDPOINTS

from ..command.program import HEADERS, PATIENCE, Program, ask, said
from .own import Own


def test_scripts_are_added_and_replaced(own: Own) -> None:
    """After what was said before, or instead of it; calls go on counting."""
    own.tell("POST", "/script", {"models": {"gpt-4o": "one"}})
    own.tell("POST", "/script", {"models": {"gpt-4o": "two"}, "prompts": [{"prompt_id": "p", "messages": []}]})
    assert [said(ask(own.url)) for _ in range(2)] == ["one", "two"]
    own.tell("PUT", "/script", {"models": {"gpt-4*": "three"}, "gateway": [{"fails": 503, "times": 1}]})
    assert ask(own.url).status_code == 503
    assert said(ask(own.url)) == "three"
    assert [call["number"] for call in own.tell("GET", "/calls")["calls"]] == [1, 2, 3, 4]
    assert own.tell("GET", "/findings") == {"findings": []}


@pytest.mark.parametrize(
    ("method", "scenario", "complaint"),
    [
        ("POST", {"models": {"x": {"retries": 1}}}, "models.x.retries: unknown verb 'retries'. Did you mean 'replies'? Known: "),
        ("POST", {"models": {"x": "one"}, "prompts": [{"prompt_id": "p", "deploys": 9}]}, "prompts[0]: prompt 'p' has no version 9. Known: 1."),
        ("POST", {"seed": 1}, "seed: a gateway is made with it, and this one is there already. What can be added: models, gateway, prompts, account."),
        ("PUT", {"prompts": []}, "prompts: it stays as it is. What can be said instead: models, gateway."),
        ("POST", {"cassette": "/"}, "cassette: recordings are this machine's, so they are named where the server is started: --cassette DIR."),
        ("POST", None, 'The body is a scenario, such as {"models": {"gpt-4o": "Hello!"}}.'),
        ("PUT", [], "a scenario is an object, with keys such as models and prompts, not []."),
    ],
)  # fmt: skip
def test_a_scenario_is_followed_whole_or_not_at_all(own: Own, method: str, scenario: Any, complaint: str) -> None:
    """What cannot be followed is told, and nothing of it is done."""
    start = {"models": {"x": "before"}, "prompts": [{"prompt_id": "p", "messages": []}]}
    own.tell("POST", "/script", start)
    assert own.complaint(method, "/script", scenario).startswith(complaint)
    assert [said(ask(own.url, "x")) for _ in range(2)] == ["before"] * 2


def test_a_reset_leaves_nothing_behind(running: Program) -> None:
    """Calls, clock, ids, cache, prompts, account and script are those of the start; what became of the last is told."""
    own = Own.created(running.control, {"seed": 5, "models": {"a": "from the start"}})
    first = ask(own.url, "a", cache_enabled=True)
    own.tell("POST", "/clock", {"days": 3})
    own.tell("POST", "/script", {"models": {"b": "never"}, "account": {"models": ["a"]}})
    assert ask(own.url, "c").status_code == 404
    told = own.tell("POST", "/reset")
    assert told["calls"] == 2
    assert [finding["text"].splitlines()[0] for finding in told["findings"]] == ["model(\"b\").replies('never')"]
    assert own.tell("GET", "/calls") == {"calls": []}
    assert own.tell("GET", "/logs") == {"logs": [], "note": ""}
    assert own.tell("GET", "/clock") == {"now": "2026-01-01T00:00:00+00:00", "is_virtual": True}
    again = ask(own.url, "a", cache_enabled=True)
    assert again.content == first.content
    assert again.headers["x-respan-log-id"] == first.headers["x-respan-log-id"]
    assert own.tell("GET", "/calls/1")["cache"] == "miss"
    assert own.tell("POST", "/reset", {"models": {"z": "another"}})["findings"] == []
    assert said(ask(own.url, "z")) == "another"
    own.tell("POST", "/reset")
    assert said(ask(own.url, "a")) == "from the start"


def test_two_suites_at_once(running: Program) -> None:
    """Each gateway has its own script, calls and clock; the first one has none of them."""
    one, other = (
        Own.created(running.control, {"models": {"m": "one"}}),
        Own.created(running.control, {"models": {"m": "other"}}),
    )
    assert [said(ask(own.url, "m")) for own in (one, other, one)] == ["one", "other", "one"]
    one.tell("POST", "/clock", {"days": 1})
    assert [len(own.tell("GET", "/calls")["calls"]) for own in (one, other)] == [2, 1]
    assert other.tell("GET", "/clock")["now"].startswith("2026-01-01")
    assert running.tell("GET", "/calls").json() == {"calls": []}
    tokens = {told["token"]: told["calls"] for told in running.tell("GET", "/gateways").json()["gateways"]}
    assert (tokens[one.token], tokens[other.token], tokens[""]) == (2, 1, 0)


def test_a_gateway_that_is_over(running: Program) -> None:
    """Whoever still calls there is told so, and it counts for nobody else."""
    own = Own.created(running.control, {"models": {"m": "x"}})
    assert own.tell("DELETE", "") == {
        "calls": 0,
        "findings": [{"kind": "rules", "text": "model(\"m\").replies('x')", "is_mistake": False}],
    }
    gone = f"There is no gateway at /{own.token}: it was deleted, or never created. Create one: POST /_mock/gateways."
    late = ask(own.url, "m")
    assert (late.status_code, late.json()["error"]["message"]) == (410, gone)
    assert own.complaint("GET", "/calls", status=410) == gone
    assert running.tell("GET", "/calls").json() == {"calls": []}
    assert running.tell("DELETE", "").json()["error"]["message"] == (
        "The first gateway is there as long as the server is. POST /_mock/reset makes it a fresh one."
    )


def test_the_clock(own: Own) -> None:
    """It goes forward, by the amounts Python knows."""
    assert own.tell("POST", "/clock", {"days": 31, "seconds": 1.5})["now"] == "2026-02-01T00:00:01.500000+00:00"
    known = "Known: weeks, days, hours, minutes, seconds, milliseconds, microseconds."
    assert own.complaint("POST", "/clock", {"day": 1}) == f"unknown amount 'day'. Did you mean 'days'? {known}"
    assert own.complaint("POST", "/clock") == f'The body says how much, such as {{"days": 31}}. {known}'
    assert own.complaint("POST", "/clock", {"days": "x"}) == "days is a number, not 'x'."
    assert own.complaint("POST", "/clock", {"days": -1}) == "a clock only goes forward, not by -86400 seconds."
    assert own.complaint("POST", "/clock", {"days": 10**12}) == "That is longer than any clock goes."
    assert own.complaint("POST", "/clock", {"days": 10**8}) == "That is longer than any clock goes."
    assert own.tell("GET", "/clock")["now"] == "2026-02-01T00:00:01.500000+00:00"


def test_an_endpoint_nobody_knows(own: Own) -> None:
    """What is near, what there is, and what a path takes."""
    known = ", ".join(dict.fromkeys(f"/_mock{path}" for _, path in ENDPOINTS))
    assert own.complaint("GET", "/call", status=404) == (
        f"There is no /_mock/call. Did you mean /_mock/calls? Known: {known}."
    )
    assert own.complaint("DELETE", "/script", status=405) == "/_mock/script takes POST or PUT, not DELETE."


def test_a_body_that_is_no_json(own: Own) -> None:
    """Where it breaks."""
    answer = requests.post(f"{own.control}/script", data="{", timeout=PATIENCE)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == ("The body is no JSON: EOF while parsing an object at line 1 column 1.")


def test_a_body_that_says_one_name_twice(own: Own) -> None:
    """It is refused as in a file: one of the two would be dropped."""
    answer = requests.post(f"{own.control}/script", data='{"models": {"a": "x", "a": "y"}}', timeout=PATIENCE)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == "The body is no JSON: a name stands twice in one object."


def test_a_gateway_that_python_holds() -> None:
    """It is scripted and read from both sides; only exchanging it is refused, and others are created beside it."""
    gateway = Gateway()
    gateway.model("a").replies("from Python")
    with gateway.serve(control=True) as server:
        own = Own("", server.url, server.control_url)
        own.tell("POST", "/script", {"models": {"b": "over HTTP"}})
        assert [said(ask(server.url, model)) for model in ("a", "b")] == ["from Python", "over HTTP"]
        assert len(gateway.calls) == len(own.tell("GET", "/calls")["calls"]) == 2
        assert own.complaint("POST", "/reset", status=409) == (
            "This gateway is held by a Python program, and cannot be exchanged for another. "
            "Create one that can: POST /_mock/gateways."
        )
        beside = Own.created(server.control_url, {"models": {"a": "beside"}})
        assert said(ask(beside.url, "a")) == "beside"
        beside.tell("POST", "/reset")
    assert len(gateway.calls) == 2


def test_what_is_deleted_is_let_go() -> None:
    """A suite that creates a gateway for each of its tests does not fill the memory with their calls."""
    with Gateway().serve(control=True) as server:
        gc.collect()
        before = sum(isinstance(one, Gateway) for one in gc.get_objects())
        for _ in range(3):
            one = Own.created(server.control_url)
            requests.post(f"{one.url}/chat/completions", json={"model": "gpt-4o"}, headers=HEADERS, timeout=PATIENCE)
            assert one.tell("DELETE", "")["calls"] == 1
        gc.collect()
        assert sum(isinstance(one, Gateway) for one in gc.get_objects()) == before


def test_without_control_there_is_none() -> None:
    """A gateway that is merely served answers as it always has."""
    with Gateway().serve() as server:
        answer = requests.get(server.control_url + "/health", headers={"Authorization": "Bearer x"}, timeout=PATIENCE)
    assert answer.status_code == 501
