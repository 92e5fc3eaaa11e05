"""One row: when it appears, and what can be changed of it."""

from typing import Any

import pytest

from mock_gateway import Gateway

from .rest import call, created, listed, models


def test_a_row_appears_with_a_delay() -> None:
    """It is not found at first; asking again and again ends, since asking takes virtual time."""
    with Gateway(contract={"log_delay": 2.5}).intercept() as gateway:
        row = created(model="m")
        statuses = [call("GET", f"request-logs/{row['id']}/").status_code for _ in range(4)]
        assert statuses == [404, 404, 404, 200]
        assert gateway.clock.elapsed() == 3


def test_a_row_that_never_comes_takes_no_time() -> None:
    """Nobody is made to wait for what was never sent."""
    with Gateway(contract={"log_delay": 2.5}).intercept() as gateway:
        assert call("GET", "request-logs/nobody's/").status_code == 404
        assert gateway.clock.elapsed() == 0


def test_before_it_appears_a_row_is_in_no_list() -> None:
    """Afterwards it is."""
    with Gateway(contract={"log_delay": 5}).intercept() as gateway:
        row = created(model="m", trace_unique_id="t")
        before = listed()["count"], len(gateway.logs), call("GET", "traces/t/").status_code
        changed = call("PATCH", f"request-logs/{row['id']}/", {"note": "n"}).status_code
        gateway.clock.advance(seconds=5)
        after = listed()["count"], len(gateway.logs), call("GET", "traces/t/").status_code
    assert (before, changed, after) == ((0, 0, 404), 404, (1, 1, 200))


def test_the_row_of_a_call_is_late_whoever_looks_first() -> None:
    """Also where nobody has asked for the rows of the gateway."""
    with Gateway(contract={"log_delay": 5}).intercept() as gateway:
        gateway.model("gpt-4o").replies("Hi")
        call("POST", "chat/completions", {"model": "gpt-4o", "messages": []})
        assert gateway.calls.one().log is None
        gateway.clock.advance(seconds=5)
        assert gateway.calls.one().log is not None


def test_the_row_of_a_call_is_found_by_the_id_of_its_answer(gateway: Gateway) -> None:
    """Which stands in a header."""
    gateway.model("gpt-4o").replies("Hi")
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}], "metadata": {"a": 1}}
    log_id = call("POST", "chat/completions", body).headers["x-respan-log-id"]
    row = call("GET", f"request-logs/{log_id}/").json()
    assert (row["unique_id"], row["log_method"], row["metadata"]) == (log_id, "inference", {"a": "1"})
    assert row["full_request"]["messages"] == body["messages"]


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("positive_feedback", False, False),
        ("note", "n", "n"),
        ("custom_identifier", "c", "c"),
        ("custom_identifier", 5, "5"),
        ("custom_identifier", None, None),
        ("category", "k", "k"),
        ("metadata", {"plan": "pro", "n": 3}, {"was": "there", "plan": "pro", "n": "3"}),
    ],
)
def test_what_can_be_changed(gateway: Gateway, field: str, value: Any, stored: Any) -> None:
    """It is changed in the answer, in the row, and in what the test reads; metadata is added to."""
    row = created(model="m", metadata={"was": "there"})
    answer = call("PATCH", f"request-logs/{row['id']}/", {field: value})
    assert (answer.status_code, answer.json()[field]) == (200, stored)
    assert call("GET", f"request-logs/{row['id']}/").json()[field] == stored
    assert getattr(gateway.logs.one(), field) == stored


@pytest.mark.usefixtures("gateway")
def test_a_row_can_be_pinned() -> None:
    """Which shows nowhere else."""
    assert call("PATCH", f"request-logs/{created()['id']}/", {"is_pinned": True}).status_code == 200


@pytest.mark.parametrize("field", ["model", "cost", "prompt_messages", "unique_id", "nonsense"])
def test_nothing_else_can(gateway: Gateway, field: str) -> None:
    """The refusal names it, and nothing is changed."""
    row = created(model="m")
    answer = call("PATCH", f"request-logs/{row['id']}/", {"note": "n", field: "x"})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "Cannot update immutable field",
        "detail": f"The field {field!r} cannot be modified",
    }
    assert (gateway.logs.one().note, gateway.logs.one().model) == (None, "m")


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("request-logs/nobody's/", {"note": "n"}, 404),
        ("request-logs/log-000001/", {"metadata": 3}, 422),
        ("request-logs/log-000001/", [], 400),
        ("request-logs/log-000001/", ["x"], 400),
        ("request-logs/batch-update/", {"logs": 3}, 400),
        ("request-logs/batch-update/", {"logs": [{"note": "n"}]}, 400),
        ("request-logs/batch-update/", {"logs": [{"unique_id": "nobody's", "note": "n"}]}, 404),
        ("request-logs/batch-update/", {"logs": [{"unique_id": "log-000001", "model": "x"}]}, 400),
    ],
)
@pytest.mark.usefixtures("gateway")
def test_a_change_nobody_can_make(path: str, sent: Any, status: int) -> None:
    """A row that is not there, or fields that are no fields."""
    created(model="m")
    assert call("PATCH", path, sent).status_code == status


def test_many_are_changed_at_once_or_none(gateway: Gateway) -> None:
    """One that cannot be changed spoils them all."""
    ids = [created(model=model)["id"] for model in "ab"]
    good = [{"unique_id": one, "note": f"n{at}", "metadata": {"at": at}} for at, one in enumerate(ids)]
    spoiled = call("PATCH", "request-logs/batch-update/", {"logs": [{**good[0], "note": "x"}, {"unique_id": "no"}]})
    assert spoiled.status_code == 404
    assert [log.note for log in gateway.logs] == [None, None]
    answer = call("PATCH", "request-logs/batch-update/", {"logs": good}).json()
    assert (answer["success_count"], [log["note"] for log in answer["logs"]]) == (2, ["n0", "n1"])
    assert [(log.note, log.metadata) for log in gateway.logs] == [("n0", {"at": "0"}), ("n1", {"at": "1"})]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "request-logs/summary/"),
        ("GET", "request-logs/groups/"),
        ("DELETE", "request-logs/log-000001/"),
        ("DELETE", "traces/1/"),
        ("PATCH", "traces/1/"),
    ],
)
def test_what_is_not_imitated_says_so(method: str, path: str) -> None:
    """And is not taken for a row of that name, or for a method nobody may use."""
    with Gateway().intercept():
        heard = call(method, path)
    assert (heard.status_code, heard.json()["error"]["code"]) == (501, "not_imitated")


def test_a_pinned_row_is_shown_as_pinned() -> None:
    """What can be changed can be seen."""
    with Gateway().intercept():
        row = created(model="m")
        assert call("PATCH", f"request-logs/{row['id']}/", {"is_pinned": True}).json()["is_pinned"] is True
        assert models(listed({"is_pinned": {"operator": "", "value": [True]}})) == ["m"]


def test_identifiers_are_texts() -> None:
    """A number that was sent is listed as a text, which is what the official client reads."""
    with Gateway().intercept() as gateway:
        created(model="m", custom_identifier=1, thread_identifier=2)
        gateway.model("gpt-4o").replies("Hi")
        call("POST", "chat/completions", {"model": "gpt-4o", "messages": [], "thread_identifier": 7})
        assert [log.thread_identifier for log in gateway.logs] == ["2", "7"]
        assert listed()["results"][1]["custom_identifier"] == "1"


def test_old_logs_are_forgotten() -> None:
    """As calls are: as many are kept, and whoever misses one is told."""
    with Gateway(keep_calls=3).intercept() as gateway:
        first = created(custom_identifier="0")
        call("PATCH", f"request-logs/{first['id']}/", {"note": "n"})
        for number in range(1, 5):
            created(custom_identifier=str(number))
        assert [log.custom_identifier for log in gateway.logs] == ["2", "3", "4"]
        assert call("GET", f"request-logs/{first['id']}/").status_code == 404
        with pytest.raises(AssertionError, match="2 older logs were forgotten: only 3 are kept."):
            gateway.logs.one(custom_identifier="0")
