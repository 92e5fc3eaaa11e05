"""Looking after recordings from the command line."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.format import load
from mock_gateway.command import main

from ..cassettes.recordings import HEADERS, completion, record, stream, whole
from ..engine.dialogue import ask
from .cassettes import SECRET, Run, poisoned


def test_show(run: Run) -> None:
    """A recording in a few lines, with one for each take."""
    path = record(
        Path("cassettes"),
        whole(recorded="2026-11-20T10:00:00Z", upstream="https://api.openai.com/v1"),
        stream("Hello ", "there."),
        whole_error(),
    )
    status, lines = run("show", "cassettes")
    assert status == 0
    assert lines == [
        str(path),
        "  asked     gpt-4o   1 message   'Hi'",
        "  take 1    200   whole   0.5 s   'Hello there.'   2026-11-20   https://api.openai.com/v1",
        "  take 2    200   5 events   1.3 s   'Hello there.'",
        "  take 3    429   whole   0.5 s",
    ]


def whole_error() -> Any:
    from mock_gateway.cassettes.format import whole_take

    return whole_take(b'{"error":{"message":"Slow down."}}', status=429, headers=HEADERS, seconds=0.5)


def test_show_in_full(run: Run) -> None:
    """With the whole conversation, and all of the answer, tools included."""
    messages = [{"role": "system", "content": "Be kind.\nBe short."}, {"role": "user", "content": "Hi"}]
    tool = {"id": "c", "type": "function", "function": {"name": "look", "arguments": '{"a":1}'}}
    from mock_gateway.cassettes.format import whole_take

    record(
        Path("x"),
        whole_take(completion("Hello.\nThere.", tool_calls=[tool]), status=200),
        messages=messages,
        ignored=(),
    )
    _, lines = run("show", "--full", "x")
    assert lines[2:] == [
        "    system",
        "      Be kind.",
        "      Be short.",
        "    user",
        "      Hi",
        """  take 1    200   whole   'Hello. There. look({"a":1})'""",
        "      Hello.",
        '      There. look({"a":1})',
    ]


def test_check_finds_nothing_wrong(run: Run) -> None:
    """And says how many it looked at."""
    for content in ("a", "b"):
        record(Path("one"), messages=[{"role": "user", "content": content}])
    record(Path("one/two"))
    assert run("check", "one") == (0, ["3 recordings, nothing wrong"])


def test_check_names_each_fault(run: Run) -> None:
    """What cannot be read, what has another's name, what holds a secret."""
    broken = record(Path("a"))
    broken.write_text("{")
    moved = record(Path("b")).rename(Path("b/gpt-4o.0123456789abcdef.json"))
    secret = poisoned(Path("c"))
    odd = record(Path("d"))
    odd.write_text(json.dumps({**json.loads(odd.read_text()), "ignored": ["nonsense[["]}))
    status, lines = run("check", "a", "b", "c", "d")
    assert status == 1
    assert lines[0].startswith(f"{broken} is no recording: it is no JSON")
    assert lines[1] == f"{moved} has the name of another request than the one it holds: that one's is {broken.name}"
    assert lines[2] == f"{secret} holds what looks like a secret."
    assert any(line.startswith(f"{odd} is no recording: ") for line in lines)
    assert lines[-1] == "4 faults in 4 recordings"
    assert SECRET not in str(lines)
    assert run("check", "c", "--not-secret", "takes[*].body.choices[*].message.content")[0] == 0


def test_diff(run: Run) -> None:
    """Two cassettes: what only one has, and where the others differ."""
    record(Path("one"), whole("Yes."), whole())
    record(Path("one"), messages=[{"role": "user", "content": "old"}])
    record(Path("other"), whole("No."))
    record(Path("other"), messages=[{"role": "user", "content": "new"}])
    status, lines = run("diff", "one", "other")
    assert status == 1
    name = next(path.name for path in Path("one").iterdir() if (Path("other") / path.name).exists())
    assert sorted(line.partition("   ")[2] for line in lines[:2]) == ["only in one", "only in other"]
    assert lines[2:] == [name, "  takes   2 -> 1", "  take 1   'Yes.' -> 'No.'"]
    assert run("diff", "one", "one") == (0, [])
    assert run("diff", f"one/{name}", f"other/{name}") == (1, lines[2:])


def test_diff_tells_what_is_asked_apart(run: Run) -> None:
    """And what kind of answer it is."""
    one = record(Path("one"))
    other = record(Path("other"), whole_error(), messages=[{"role": "user", "content": "Ho"}])
    assert run("diff", one, other) == (
        1,
        [
            one.name,
            "  request.messages[0].content   'Hi' -> 'Ho'",
            "  take 1   status   200 -> 429",
            "  take 1   'Hello there.' -> ''",
        ],
    )


def test_prune_what_is_old(run: Run) -> None:
    """Only said, until it is told to; a recording that does not say when it was made stays."""
    old = record(Path("x"), whole(recorded="2020-01-01T00:00:00Z"))
    young = record(Path("x"), whole(recorded="9999-01-01T00:00:00Z"), messages=[{"role": "user", "content": "young"}])
    unknown = record(Path("x"), messages=[{"role": "user", "content": "unknown"}])
    assert run("prune", "--older-than", "30", "x") == (0, [str(old), "1 recording to delete: with --yes they are"])
    assert old.exists()
    assert run("prune", "--older-than", "30", "x", "--yes") == (0, [str(old), "1 recording deleted"])
    assert sorted(Path("x").iterdir()) == sorted([young, unknown])
    assert run("prune", "--older-than", "30", "x") == (0, ["nothing to delete"])


def test_a_cassette_goes_with_its_last_recording(run: Run) -> None:
    """Whatever else is in the folder keeps it."""
    record(Path("x/a"), whole(recorded="2020-01-01T00:00:00Z"))
    record(Path("x/b"), whole(recorded="2020-01-01T00:00:00Z"))
    Path("x/b/README.md").write_text("notes")
    assert run("prune", "--older-than", "30", "x", "--yes")[1][-1] == "2 recordings deleted"
    assert sorted(Path("x").rglob("*")) == [Path("x/b"), Path("x/b/README.md")]


def test_prune_what_no_test_asked_for(run: Run, pytester: pytest.Pytester) -> None:
    """What pytest has left a note of, and nothing that is newer than the note."""
    os.chdir(pytester.path)
    folder = pytester.path / "cassettes" / "test_it" / "test_it"
    used = record(folder)
    unused = record(folder, messages=[{"role": "user", "content": "Bye"}])
    pytester.makepyfile(
        test_it="""
def test_it(respan_gateway, respan_openai):
    respan_openai.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hi"}])
"""
    )
    assert run("prune")[0] == 2
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
    assert run("prune", "elsewhere")[1][-1] == "nothing to delete"
    shown = str(unused.relative_to(pytester.path))
    assert run("prune", "cassettes")[1][-2:] == [shown, "1 recording to delete: with --yes they are"]
    note = pytester.path / ".pytest_cache/v/respan/unused"
    os.utime(note, (1, 1))
    assert run("prune", "--yes")[1][-1] == "nothing to delete"
    os.utime(note)
    run("prune", "--yes")
    assert [path.name for path in folder.iterdir()] == [used.name]


def test_rekey(run: Run) -> None:
    """What is ignored becomes part of the name: found at once, with two that are the same now put together."""
    days = [f"2026-01-0{number}" for number in range(1, 5)]
    for number, day in enumerate(days):
        take = whole(day, recorded=f"2026-02-01T10:00:0{number}.000Z")
        record(Path("x"), take, messages=[{"role": "user", "content": f"On {day}"}])
    before = {path: path.read_bytes() for path in Path("x").iterdir()}
    status, lines = run("rekey", "x", "--ignore", "dates")
    assert (status, lines[-1]) == (0, "4 of 4 recordings to be changed: with --yes they are")
    assert [line.endswith(", together with what is there") for line in lines[:-1]] == [False, True, True, True]
    assert {path: path.read_bytes() for path in Path("x").iterdir()} == before
    assert run("rekey", "x", "--ignore", "dates", "--yes")[1][-1] == "4 of 4 recordings changed"
    gateway = Gateway(cassette="x", ignore=["dates"])
    assert [ask(gateway, "On 2027-07-07").text for _ in days] == days
    assert run("rekey", "x", "--ignore", "dates", "--yes") == (0, ["0 of 1 recording changed"])
    run("rekey", "x", "--yes")
    [path] = Path("x").iterdir()
    assert load(path.read_bytes()).ignored == []
    assert run("rekey", "x", "--ignore", "a..b")[0] == 2
    assert run("rekey", "x", "--ignore", "uuid")[0] == 2


def test_check_names_files_that_are_never_played(run: Run) -> None:
    """By their names; and a folder with nothing in it is not what was meant."""
    record(Path("x")).rename("x/hello.json")
    assert run("check", "x") == (
        1,
        ["x/hello.json has the name of no recording, so it is never played", "1 fault in 1 recording"],
    )
    Path("empty").mkdir()
    assert run("check", "empty") == (2, ["mock-gateway: empty holds no recordings"])


def test_prune_refuses_what_it_cannot_follow(run: Run) -> None:
    """A number of days that is none, no place to look in, a list that is none; and what is no recording stays."""
    record(Path("x"))
    assert run("prune", "--older-than", "30") == (2, ["mock-gateway: --older-than takes a PATH to look in"])
    Path("list.json").write_text("[5]")
    assert run("prune", "--unused", "list.json") == (2, ["mock-gateway: list.json is no list of recordings"])
    Path("other.txt").write_text("x")
    Path("list.json").write_text('["other.txt"]')
    assert run("prune", "--unused", "list.json", "--yes") == (0, ["nothing to delete"])
    assert Path("other.txt").exists()
    for days in ("-1", "999999999", "x"):
        with pytest.raises(SystemExit):
            run("prune", "--older-than", days, "x")


@pytest.mark.parametrize("place", ["messages[0].content", "request..", "nonsense["])
def test_a_place_that_is_in_no_file_is_refused(run: Run, place: str) -> None:
    """Whoever takes out a secret must not read that there was none to be taken out."""
    record(Path("x"))
    complaint = f"mock-gateway: {place!r} is no place in a file, such as request.messages[*].content"
    assert run("redact", "x", "--text", "Hi", "--place", place) == (2, [complaint])


@pytest.mark.parametrize("command", ["show", "check", "redact --text x", "rekey", "import --to x"])
def test_a_path_that_is_not_there_is_named(run: Run, command: str) -> None:
    """On the error output, with the exit status of a command that cannot be followed."""
    status, lines = run(*command.split(), "nowhere")
    assert status == 2
    assert lines[0].startswith("mock-gateway: nowhere ")


def test_the_command_is_installed(tmp_path: Path) -> None:
    """As mock-gateway, and as a module."""
    record(tmp_path)
    installed = shutil.which("mock-gateway", path=str(Path(sys.executable).parent))
    assert installed is not None
    for command in ([installed], [sys.executable, "-m", "mock_gateway"]):
        done = subprocess.run([*command, "cassettes", "check", tmp_path], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "1 recording, nothing wrong\n")


def test_the_version_that_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    """As the package has it."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"mock-gateway {version('pytest-respan')}\n")
