"""Recording from pytest: by option, marker and configuration."""

import json
from pathlib import Path

import pytest

from mock_gateway.cassettes.files import Folder

from ..cassettes.recordings import record, whole
from ..doubles.provider import KEY, Provider
from .suites import BODY, files, run, section

pytestmark = pytest.mark.usefixtures("on_a_desk")

TEST = """
def test_it(respan_gateway, respan_openai):
    assert ask(respan_openai) == "You said: Hi ✓ in 1 words."
"""


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
