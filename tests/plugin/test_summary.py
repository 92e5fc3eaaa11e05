"""What a session says of its cassettes at its end: their age, their doubles, their drift, and what was not kept."""

import pytest

from ..cassettes.recordings import record, whole
from ..doubles.provider import Provider
from .suites import UNUSED, files, run, section

pytestmark = pytest.mark.usefixtures("on_a_desk")


def test_old_recordings_and_doubles_are_named(pytester: pytest.Pytester) -> None:
    """The first by an age the ini file sets."""
    body = UNUSED + UNUSED.replace("test_it", "test_again")
    one = record(pytester.path / "cassettes" / "test_it" / "test_it", whole(recorded="2020-02-02T10:00:00Z"))
    record(pytester.path / "cassettes" / "test_it" / "test_again", whole(recorded="9999-01-01T00:00:00Z"))
    pytester.makeini("[pytest]\nrespan_stale_days = 90")
    assert section(run(pytester, body)) == [
        "played        2 of 2 recordings",
        "over 90 days  1 recording",
        f"                {one.relative_to(pytester.path)}   of 2020-02-02",
        "duplicates    1 request",
        f"                {one.relative_to(pytester.path)}   and 1 more cassette",
    ]


def test_drift_fails_the_session_and_changes_nothing(pytester: pytest.Pytester, upstream: Provider) -> None:
    """The test is given the recording, and the session is told what is different today."""
    path = record(pytester.path / "cassettes" / "test_it" / "test_it")
    before = path.read_bytes()
    result = run(pytester, UNUSED, "--respan-record=verify", f"--respan-upstream={upstream.url}")
    result.assert_outcomes(passed=1)
    assert result.ret == 1
    lines = section(result)
    assert lines[0] == "verified      1 recording"
    assert lines[1].startswith("drifted       ")
    assert lines[2] == f"                {path.relative_to(pytester.path)}"
    assert "                  service_tier   recorded nothing   today a text" in lines
    assert lines[-1] == "The session fails: 1 recording drifted."
    assert path.read_bytes() == before
    assert len(upstream.asked) == 1


def test_an_answer_of_the_moment_is_not_kept(pytester: pytest.Pytester, upstream: Provider) -> None:
    """The application is given it, and the session says so."""
    body = """
from openai import RateLimitError

def test_it(respan_gateway, respan_openai):
    with pytest.raises(RateLimitError):
        ask(respan_openai.with_options(max_retries=0), "fail 429")
"""
    result = run(pytester, body, "--respan-record=once", f"--respan-upstream={upstream.url}")
    result.assert_outcomes(passed=1)
    assert files(pytester) == []
    assert section(result)[0] == "not kept      1 answer"
    assert section(result)[1].endswith("   429 may be another answer tomorrow; keep_failures=True keeps it")


def test_a_session_without_cassettes_says_nothing(pytester: pytest.Pytester) -> None:
    """Scripts only."""
    body = """
def test_it(respan_gateway, respan_openai):
    respan_gateway.model("gpt-4o").replies("Hello there.")
    ask(respan_openai)
"""
    assert section(run(pytester, body)) == []


def test_takes_are_counted_and_not_files(pytester: pytest.Pytester, upstream: Provider) -> None:
    """Two takes of one request, in one file."""
    body = """
def test_it(respan_gateway, respan_openai):
    ask(respan_openai)
    ask(respan_openai)
"""
    result = run(pytester, body, "--respan-record=once", f"--respan-upstream={upstream.url}")
    assert section(result)[0] == "recorded      2 takes"
    assert section(result)[1].endswith("   2 takes")
