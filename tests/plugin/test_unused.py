"""Recordings that nobody asks for: which a session judges at its end, and which it cannot."""

import json
from pathlib import Path

import pytest

from ..cassettes.recordings import record, whole
from .suites import BODY, UNUSED, run, section

pytestmark = pytest.mark.usefixtures("on_a_desk")

FAILS = (
    "The session fails: 1 recording never played (respan_unused is 'fail'). "
    "To delete: mock-gateway cassettes prune --yes"
)


@pytest.mark.parametrize("way", ["", "option", "ini"])
def test_a_recording_nobody_asks_for_is_named(pytester: pytest.Pytester, way: str) -> None:
    """And fails the session, where that is wanted."""
    folder = pytester.path / "cassettes" / "test_it" / "test_it"
    record(folder)
    unused = record(folder, messages=[{"role": "user", "content": "Bye"}])
    if way == "ini":
        pytester.makeini("[pytest]\nrespan_unused = fail")
    result = run(pytester, UNUSED, *(["--respan-unused=fail"] if way == "option" else []))
    result.assert_outcomes(passed=1)
    assert section(result) == [
        "played        1 of 2 recordings",
        "never played  1 recording",
        f"                {unused.relative_to(pytester.path)}",
        *([FAILS] if way else []),
    ]
    assert result.ret == (1 if way else 0)


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ("    assert 0", []),
        ("    pytest.skip('not today')", []),
        ("def test_other(respan_gateway): ...", ["-k", "test_other"]),
    ],
    ids=["failed", "skipped", "deselected"],
)
def test_only_a_test_that_has_run_to_its_end_is_judged(
    pytester: pytest.Pytester, change: str, options: list[str]
) -> None:
    """What it would have asked for, nobody knows."""
    record(pytester.path / "cassettes" / "test_it" / "test_it", messages=[{"role": "user", "content": "Bye"}])
    body = f"def test_it(respan_gateway, respan_openai):\n    ...\n{change}"
    assert "never played  1 recording" not in section(run(pytester, body, "--respan-unused=fail", *options))


def test_the_cassette_of_a_test_that_is_gone_is_named(pytester: pytest.Pytester) -> None:
    """If all tests of its module are there: not if some were left out."""
    orphan = record(pytester.path / "cassettes" / "test_it" / "test_gone")
    record(pytester.path / "cassettes" / "test_it" / "test_it")
    named = f"                {orphan.relative_to(pytester.path)}"
    assert named in section(run(pytester, UNUSED))
    assert named in section(run(pytester, UNUSED, str(pytester.path)))
    assert named in section(run(pytester, UNUSED, "test_it.py"))
    assert named not in section(run(pytester, UNUSED, "test_it.py::test_it"))


def test_a_shared_cassette_is_judged_when_all_have_run(pytester: pytest.Pytester) -> None:
    """One of its tests alone says nothing about it."""
    folder = pytester.path / "cassettes" / "shared"
    record(folder)
    record(folder, whole("Goodbye."), messages=[{"role": "user", "content": "Bye"}])
    body = """
pytestmark = pytest.mark.respan(cassette="shared")

def test_hi(respan_gateway, respan_openai):
    assert ask(respan_openai) == "Hello there."

def test_bye(respan_gateway, respan_openai):
    assert ask(respan_openai, "Bye") == "Goodbye."
"""
    assert section(run(pytester, body)) == ["played        2 of 2 recordings"]
    assert section(run(pytester, body, "-k", "test_hi")) == ["played        1 of 2 recordings"]
    assert section(run(pytester, body.replace("Goodbye.", "Bye."))) == ["played        2 of 2 recordings"]


TWO = """
def test_hi(respan_gateway, respan_openai):
    assert ask(respan_openai) == "Hello there."
"""


def two_modules(pytester: pytest.Pytester) -> Path:
    """Two modules with a test each, and what the second plays."""
    pytester.makepyfile(test_a=BODY + TWO, test_b=BODY + TWO)
    record(pytester.path / "cassettes" / "test_a" / "test_hi")
    return record(pytester.path / "cassettes" / "test_b" / "test_hi")


@pytest.mark.parametrize(
    "options",
    [["--ignore=test_b.py"], ["test_a.py"], ["test_a.py::test_hi"], ["--deselect=test_b.py::test_hi"]],
    ids=str,
)
def test_what_was_left_out_is_not_called_unused(pytester: pytest.Pytester, options: list[str]) -> None:
    """By whatever option: its tests would have played it."""
    two_modules(pytester)
    assert section(run_all(pytester, *options)) == ["played        1 of 1 recording"]


def run_all(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("--respan-unused=fail", *options)


def test_what_failed_last_and_is_run_alone_says_nothing_of_the_others(pytester: pytest.Pytester) -> None:
    """Pytest leaves whole modules out then, without a word."""
    two_modules(pytester)
    pytester.makepyfile(test_a=BODY + TWO.replace("Hello there.", "Goodbye."))
    run_all(pytester).assert_outcomes(failed=1, passed=1)
    pytester.makepyfile(test_a=BODY + TWO)
    assert section(run_all(pytester, "--lf")) == ["played        1 of 1 recording"]


@pytest.mark.parametrize("why", ["import pytest\npytest.importorskip('nowhere')\n", "import nowhere\n"])
def test_a_module_that_could_not_be_collected_is_not_gone(pytester: pytest.Pytester, why: str) -> None:
    """It was skipped, or is broken."""
    two_modules(pytester)
    pytester.makepyfile(test_b=why + BODY + TWO)
    result = run_all(pytester, "--continue-on-collection-errors")
    assert section(result) == ["played        1 of 1 recording"]


def test_a_module_that_is_gone_leaves_its_cassettes_behind(pytester: pytest.Pytester) -> None:
    """They are named, and what is no module's is left alone."""
    behind = two_modules(pytester)
    record(pytester.path / "cassettes" / "plain" / "hello")
    (pytester.path / "test_b.py").unlink()
    lines = section(run_all(pytester))
    assert lines[1:3] == ["never played  1 recording", f"                {behind.relative_to(pytester.path)}"]


def test_a_gateway_that_was_asked_for_by_name_only_is_reckoned_with(pytester: pytest.Pytester) -> None:
    """A test that might have used its cassette, and did not take that branch."""
    body = "def test_it(request):\n    if 0: request.getfixturevalue('respan_gateway')\n"
    record(pytester.path / "cassettes" / "test_it" / "test_it")
    record(pytester.path / "cassettes" / "test_it" / "test_hi")
    assert section(run(pytester, TWO + body, "--respan-unused=fail")) == ["played        1 of 1 recording"]


def test_a_note_for_prune_does_not_outlive_its_run(pytester: pytest.Pytester) -> None:
    """The next run writes it anew, also one that has nothing to do with cassettes."""
    folder = pytester.path / "cassettes" / "test_it" / "test_it"
    record(folder, messages=[{"role": "user", "content": "Bye"}])
    record(folder)
    note = pytester.path / ".pytest_cache" / "v" / "respan" / "unused"
    pytester.makepyfile(test_it=BODY + UNUSED, test_other="def test_it(): ...")
    pytester.runpytest_inprocess()
    assert len(json.loads(note.read_text())) == 1
    pytester.runpytest_inprocess("test_other.py")
    assert json.loads(note.read_text()) == []


def test_a_shared_cassette_may_have_a_name_like_a_modules(pytester: pytest.Pytester) -> None:
    """And stand beside those of tests: no module of that name is gone."""
    record(pytester.path / "cassettes" / "test_data" / "b")
    record(pytester.path / "cassettes" / "test_a" / "test_hi")
    pytester.makepyfile(test_a=BODY + TWO, test_b=BODY + '@pytest.mark.respan(cassette="test_data/b")' + TWO)
    assert section(run_all(pytester, "test_a.py")) == ["played        1 of 1 recording"]
    assert section(run_all(pytester))[0] == "played        2 of 2 recordings"


def test_a_test_that_was_dropped_without_a_word_is_not_gone(pytester: pytest.Pytester) -> None:
    """Tools that share tests out among machines do so."""
    pytester.makeconftest("def pytest_collection_modifyitems(items):\n    items[:] = items[:1]")
    record(pytester.path / "cassettes" / "test_it" / "test_hi")
    record(pytester.path / "cassettes" / "test_it" / "test_ho")
    body = TWO + TWO.replace("test_hi", "test_ho")
    assert section(run(pytester, body, "--respan-unused=fail")) == ["played        1 of 1 recording"]


def test_a_shared_cassette_is_not_judged_while_a_test_is_skipped(pytester: pytest.Pytester) -> None:
    """Whatever it would have used."""
    record(pytester.path / "cassettes" / "shared")
    record(pytester.path / "cassettes" / "shared", messages=[{"role": "user", "content": "Bye"}])
    body = '@pytest.mark.respan(cassette="shared")' + TWO
    skipped = "def test_other(request):\n    pytest.skip('not today')\n"
    assert len(section(run(pytester, body + skipped))) == 1
    assert section(run(pytester, body))[1] == "never played  1 recording"
