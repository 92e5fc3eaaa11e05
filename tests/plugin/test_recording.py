"""Recording from pytest: by option, marker and configuration; what the session says about it at its end."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_gateway.cassettes.files import Folder

from ..cassettes.recordings import record, whole
from ..doubles.provider import KEY, Provider, provider

BODY = """
import pytest

def ask(client, text="Hi"):
    question = [{"role": "user", "content": text}]
    return client.chat.completions.create(model="gpt-4o", messages=question).choices[0].message.content

"""
TEST = """
def test_it(respan_gateway, respan_openai):
    assert ask(respan_openai) == "You said: Hi ✓ in 1 words."
"""


@pytest.fixture(autouse=True)
def _on_a_desk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in CI, unless a test says so."""
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider, and a key for it in the environment."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with provider() as running:
        yield running


def run(pytester: pytest.Pytester, body: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=BODY + body)
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)


def files(pytester: pytest.Pytester) -> list[str]:
    """What is below the folder of cassettes."""
    base = pytester.path / "cassettes"
    return sorted(str(path.relative_to(base)) for path in base.rglob("*") if path.is_file())


def section(result: pytest.RunResult) -> list[str]:
    """What the terminal says about cassettes."""
    lines = result.outlines
    start = next((at for at, line in enumerate(lines) if "respan: cassettes" in line), None)
    if start is None:
        return []
    end = next(at for at in range(start + 1, len(lines)) if lines[at].startswith(("===", "FAILED", "ERROR")))
    return lines[start + 1 : end]


@pytest.mark.parametrize("way", ["option", "marker", "config", "ini"])
def test_a_test_is_recorded_and_replayed(pytester: pytest.Pytester, upstream: Provider, way: str) -> None:
    """However it is asked for; what was recorded is where the test looks for it."""
    options: list[str] = []
    body = TEST
    if way == "option":
        options = ["--respan-record=once", f"--respan-upstream={upstream.url}"]
    elif way == "marker":
        body = f'@pytest.mark.respan(record="once", upstream="{upstream.url}"){TEST}'
    elif way == "config":
        settings = {"record": "once", "upstream": upstream.url}
        pytester.makeconftest(f"import pytest\n@pytest.fixture\ndef respan_config():\n    return {settings}")
    else:
        pytester.makeini(f"[pytest]\nrespan_record = once\nrespan_upstream = {upstream.url}")
    recording = run(pytester, body, *options)
    recording.assert_outcomes(passed=1)
    [file] = files(pytester)
    assert file.startswith("test_it/test_it/gpt-4o.")
    assert section(recording) == ["recorded      1 take", f"                cassettes/{file}"]
    replaying = run(pytester, body, *options)
    replaying.assert_outcomes(passed=1)
    assert section(replaying) == ["played        1 of 1 recording"]
    assert len(upstream.asked) == 1


@pytest.mark.parametrize("way", ["marker", "ini"])
def test_a_pipeline_records_only_if_it_is_told_to(
    pytester: pytest.Pytester, upstream: Provider, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Where CI is set, only the command line counts."""
    monkeypatch.setenv("CI", "true")
    body = f'@pytest.mark.respan(record="once", upstream="{upstream.url}"){TEST}'
    if way == "ini":
        pytester.makeini(f"[pytest]\nrespan_record = once\nrespan_upstream = {upstream.url}")
        body = TEST
    run(pytester, body).assert_outcomes(failed=1, errors=0)
    assert upstream.asked == []
    run(pytester, body, "--respan-record=once").assert_outcomes(passed=1)
    assert len(upstream.asked) == 1


def test_the_command_line_goes_over_the_marker(pytester: pytest.Pytester, upstream: Provider) -> None:
    """Also to switch it off."""
    body = f'@pytest.mark.respan(record="once", upstream="{upstream.url}"){TEST}'
    run(pytester, body, "--respan-record=none").assert_outcomes(failed=1)
    assert upstream.asked == []


def test_the_miss_names_the_command_that_helps(pytester: pytest.Pytester, upstream: Provider) -> None:
    """Word for word, also for a test whose name a shell would take apart."""
    body = '@pytest.mark.parametrize("x", ["a b"])' + TEST.replace("respan_openai)", "respan_openai, x)", 1)
    result = run(pytester, body)
    result.assert_outcomes(failed=1)
    [advice] = {line.strip() for line in result.outlines if "Record it" in line and not line.startswith("E")}
    assert advice == "Record it   pytest --respan-record=new_episodes 'test_it.py::test_it[a b]'"
    options = ["--respan-record=new_episodes", f"--respan-upstream={upstream.url}", "test_it.py::test_it[a b]"]
    run(pytester, body, *options).assert_outcomes(passed=1)
    run(pytester, body).assert_outcomes(passed=1)


def test_no_key_is_shown_or_written(pytester: pytest.Pytester, upstream: Provider) -> None:
    """The real key is in the environment while it records, and nowhere else: no file, no line of the terminal."""
    body = """
import os

def test_it(respan_gateway, respan_openai):
    ask(respan_openai, "say " + os.environ["OPENAI_API_KEY"])
    assert os.environ["RESPAN_API_KEY"] == "test-key-of-no-account"
    assert 0, "see the story"
"""
    result = run(
        pytester,
        body,
        "--respan-record=once",
        f"--respan-upstream={upstream.url}",
        "-rA",
        "--showlocals",
        "--junitxml=report.xml",
    )
    result.assert_outcomes(failed=1)
    assert upstream.keys == [KEY]
    everything = "".join(path.read_text() for path in (pytester.path / "cassettes").rglob("*") if path.is_file())
    report = (pytester.path / "report.xml").read_text()
    assert "see the story" in report
    assert KEY not in everything + report + result.stdout.str() + result.stderr.str()
    assert "<OPENAI_API_KEY>" in everything


def test_a_key_that_is_missing_is_asked_for(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of the variable, also if the application swallows the error; nothing goes out."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    body = """
def test_it(respan_gateway, respan_openai):
    with pytest.raises(Exception):
        ask(respan_openai)
"""
    result = run(pytester, body, "--respan-record=once", "--respan-upstream=openai")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*https://api.openai.com/v1 cannot be asked without a key: OPENAI_API_KEY is not set in the environment."]
    )
    assert files(pytester) == []


def test_parallel_processes_record_and_replay(pytester: pytest.Pytester, upstream: Provider) -> None:
    """A shared cassette, one request asked by all, others by one each: each is there once, and the session adds up."""
    body = """
@pytest.mark.respan(cassette="shared")
@pytest.mark.parametrize("number", range(12))
def test_it(respan_gateway, respan_openai, number):
    assert ask(respan_openai) == "You said: Hi ✓ in 1 words."
    assert ask(respan_openai, f"say {number}") == str(number)
"""
    pytester.makepyfile(test_it=BODY + body)
    options = ("-p", "no:cacheprovider", "-n", "4")
    recording = pytester.runpytest_subprocess(*options, "--respan-record=once", f"--respan-upstream={upstream.url}")
    recording.assert_outcomes(passed=12)
    folder = Folder(pytester.path / "cassettes" / "shared")
    assert {len(recorded.takes) for path in folder.names() if (recorded := folder.read(path))} == {1}
    assert len(list(folder.names())) == 13
    assert section(recording)[0] == "recorded      13 takes"
    asked = len(upstream.asked)
    replaying = pytester.runpytest_subprocess(*options)
    replaying.assert_outcomes(passed=12)
    assert section(replaying) == ["played        13 of 13 recordings"]
    assert len(upstream.asked) == asked


FAILS = (
    "The session fails: 1 recording never played (respan_unused is 'fail'). "
    "To delete: mock-gateway cassettes prune --yes"
)
UNUSED = """
def test_it(respan_gateway, respan_openai):
    assert ask(respan_openai) == "Hello there."
"""


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


def test_a_secret_fails_the_recording_and_can_be_redacted(pytester: pytest.Pytester, upstream: Provider) -> None:
    """By name of the place; a function of the user's takes it out, and the test replays."""
    secret = "sk_live_" + "aB3dE6gH9jK2mN5p"
    body = f"""
def test_it(respan_gateway, respan_openai):
    assert ask(respan_openai, "say {secret}")
"""
    options = ("--respan-record=once", f"--respan-upstream={upstream.url}")
    result = run(pytester, body, *options)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*request.messages[[]0].content has a Stripe key (sk_***)"])
    assert files(pytester) == []
    pytester.makeconftest(
        f"""
import pytest

def redact(text, place):
    return text.replace("{secret}", "<STRIPE>")

@pytest.fixture
def respan_config():
    return {{"redact": redact}}
"""
    )
    run(pytester, body, *options).assert_outcomes(passed=1)
    run(pytester, body).assert_outcomes(passed=1)
    [path] = (pytester.path / "cassettes").rglob("*.json")
    assert json.loads(path.read_bytes())["request"]["messages"][0]["content"] == "say <STRIPE>"
    assert Path(path).read_text().count(secret) == 0


def test_the_advice_to_record_is_for_the_folder_one_is_in(
    pytester: pytest.Pytester, upstream: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And for the upstream the others were recorded from, by its name."""
    folder = pytester.mkdir("sub")
    (folder / "test_it.py").write_text(BODY + TEST)
    take = whole(upstream="https://api.openai.com/v1")
    record(folder / "cassettes" / "test_it" / "test_it", take, messages=[{"role": "user", "content": "Bye"}])
    monkeypatch.chdir(folder)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", f"--rootdir={pytester.path}", "test_it.py")
    advice = "Record it   pytest --respan-record=new_episodes --respan-upstream=openai test_it.py::test_it"
    assert advice in {line.strip() for line in result.outlines}
    options = [f"--respan-upstream={upstream.url}", "test_it.py::test_it"]
    again = pytester.runpytest_inprocess("-p", "no:cacheprovider", "--respan-record=new_episodes", *options)
    again.assert_outcomes(passed=1)


def test_the_advice_says_what_does_not_count_in_a_pipeline(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A marker that asks for recording is no mystery there."""
    monkeypatch.setenv("CI", "true")
    result = run(pytester, f'@pytest.mark.respan(record="once"){TEST}', "-rN")
    assert "(record='once' does not count where CI is set)" in result.stdout.str()


def test_a_mistake_is_not_let_pass(pytester: pytest.Pytester) -> None:
    """A file that is no recording is put right: being less strict is no remedy."""
    path = record(pytester.path / "cassettes" / "test_it" / "test_it")
    path.write_text("{")
    body = """
def test_it(respan_gateway, respan_openai):
    with pytest.raises(Exception):
        ask(respan_openai)
"""
    result = run(pytester, body)
    result.assert_outcomes(passed=1, errors=1)
    assert "Could not be answered:" in result.outlines
    assert "To let it pass" not in result.stdout.str()
    assert "not answered" not in result.stdout.str() or "left" not in result.stdout.str()


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


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("respan_record", "newepisodes", "respan_record is one of none, once, new_episodes, all, verify, not"),
        ("respan_unused", "oops", "respan_unused is 'report' or 'fail', not 'oops'."),
        ("respan_stale_days", "x", "respan_stale_days is a number of days, not 'x'."),
        ("respan_stale_days", "0", "respan_stale_days is a number of days, not '0'."),
        ("respan_upstream", "opnai", "unknown upstream 'opnai'. Did you mean 'openai'?"),
    ],
)
def test_an_ini_value_nobody_can_follow_ends_the_session_at_once(
    pytester: pytest.Pytester, name: str, value: str, complaint: str
) -> None:
    """Before the first test, and once."""
    pytester.makeini(f"[pytest]\n{name} = {value}")
    result = run(pytester, "def test_it(): ...")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert complaint in result.stderr.str()


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


@pytest.mark.parametrize("held", ["", "pytest.held = "], ids=["dropped", "held"])
def test_a_stream_that_was_left_open_is_recorded_with_its_test(
    pytester: pytest.Pytester, upstream: Provider, held: str
) -> None:
    """Whether the garbage collector has come by, or somebody holds it for ever."""
    body = f"""
def test_it(respan_gateway, respan_openai):
    question = [{{"role": "user", "content": "Hi"}}]
    stream = respan_openai.chat.completions.create(model="gpt-4o", messages=question, stream=True)
    next(stream)
    {held or "unused = "}stream
"""
    result = run(pytester, body, "--respan-record=once", f"--respan-upstream={upstream.url}")
    result.assert_outcomes(passed=1)
    assert section(result)[0] == "recorded      1 take"
    assert len(section(result)) == 2
    run(pytester, body).assert_outcomes(passed=1)


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
