"""Looking after recordings from the command line."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import vcr  # type: ignore[import-untyped]
import yaml

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.format import dump, load
from mock_gateway.command import main

from ..cassettes.recordings import HEADERS, QUESTION, completion, record, stream, whole
from ..doubles.provider import provider
from ..engine.dialogue import ask

SECRET = "gsk_" + "aB3dE6gH9jK2mN5p"
Run = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The exit status and the lines of a command, run in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str | Path) -> tuple[int, list[str]]:
        status = main(["cassettes", *map(str, arguments)])
        printed = capsys.readouterr()
        return status, [*printed.out.splitlines(), *printed.err.splitlines()]

    return command


def poisoned(folder: Path, text: str = f"It is {SECRET}.") -> Path:
    """A recording somebody wrote by hand, with a key in its answer."""
    path = record(folder)
    recording = load(path.read_bytes())
    recording = type(recording)(recording.wire, recording.model, recording.request, [whole(text)])
    path.write_bytes(dump(recording))
    return path


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
    status, lines = run("check", "a", "b", "c")
    assert status == 1
    assert lines[0].startswith(f"{broken} is no recording: it is no JSON")
    assert lines[1] == f"{moved} has the name of another request than the one it holds: that one's is {broken.name}"
    assert lines[2] == f"{secret} holds what looks like a secret."
    assert lines[-1] == "3 faults in 3 recordings"
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


@pytest.mark.parametrize(
    "how", [["--text", SECRET], ["--pattern", "gsk_[A-Za-z0-9]+"], ["--env", "GROQ_API_KEY"]], ids=lambda how: how[0]
)
def test_redact(run: Run, monkeypatch: pytest.MonkeyPatch, how: list[str]) -> None:
    """A text, a pattern, or what is in the environment, without being shown."""
    monkeypatch.setenv("GROQ_API_KEY", SECRET)
    path = poisoned(Path("x"))
    placeholder = "<GROQ_API_KEY>" if how[0] == "--env" else "<REDACTED>"
    before = path.read_bytes()
    assert run("redact", "x", *how) == (0, [str(path), "1 of 1 recording to be redacted: with --yes they are"])
    assert path.read_bytes() == before
    assert run("redact", "x", "--yes", *how) == (0, [str(path), "1 of 1 recording redacted"])
    assert SECRET not in path.read_text()
    assert ask(Gateway(cassette="x")).text == f"It is {placeholder}."
    assert run("redact", "x", "--yes", *how) == (0, ["0 of 1 recording redacted"])


def test_redact_in_one_place(run: Run) -> None:
    """A request that reads otherwise has another name afterwards, and is found by it."""
    path = record(Path("x"), whole("Ada"), messages=[{"role": "user", "content": "I am Ada"}])
    status, lines = run(
        "redact", "x", "--text", "Ada", "--with", "<NAME>", "--place", "request.messages[*].content", "--yes"
    )
    [new] = Path("x").iterdir()
    assert (status, lines) == (0, [f"{path} -> {new.name}", "1 of 1 recording redacted"])
    assert ask(Gateway(cassette="x"), "I am <NAME>").text == "Ada"
    assert ask(Gateway(cassette="x"), "I am Ada").status == 404


def test_redact_does_not_leave_another_secret(run: Run) -> None:
    """The file stays as it was, and the command says so."""
    path = poisoned(Path("x"), f"{SECRET} {SECRET[::-1]} AKIAIOSFODNN7EXAMPLE")
    before = path.read_bytes()
    status, lines = run("redact", "x", "--text", SECRET, "--yes")
    assert status == 2
    assert "has an AWS key (AKI***)" in "\n".join(lines)
    assert path.read_bytes() == before


def test_redact_leaves_the_names_of_fields_alone(run: Run) -> None:
    """They are no place for a text, whatever fits them."""
    path = record(Path("x"), whole("Hello there"))
    run("redact", "x", "--pattern", "[A-Za-z0-9_-]{12,}", "--yes")
    assert load(path.read_bytes()).takes[0].body["usage"] == {
        "prompt_tokens": 8,
        "completion_tokens": 3,
        "total_tokens": 11,
    }
    run("redact", "x", "--text", "e", "--place", "takes[*].body.choices[*].message.content", "--with", "3", "--yes")
    assert load(path.read_bytes()).takes[0].body["choices"][0]["message"] == {
        "role": "assistant",
        "content": "H3llo th3r3",
    }


def test_redact_finds_a_text_in_json_that_is_a_text(run: Run) -> None:
    """As arguments of tools and their results are written."""
    name = 'Zoë "Z" Müller'
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": json.dumps({"name": name})}}
    messages = [
        {"role": "user", "content": f"I am {name}"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": json.dumps({"name": name}, ensure_ascii=False)},
    ]
    record(Path("x"), messages=messages)
    run("redact", "x", "--text", name, "--yes")
    [path] = Path("x").iterdir()
    assert path.read_text().count("<REDACTED>") == 3
    assert "ller" not in path.read_text()


@pytest.mark.parametrize("how", [["--text", ""], ["--pattern", "x*"], ["--pattern", "("], ["--env", "NOT_SET"]])
def test_redact_refuses_what_would_be_found_everywhere_or_nowhere(run: Run, how: list[str]) -> None:
    """And leaves everything as it was."""
    path = record(Path("x"))
    before = path.read_bytes()
    assert run("redact", "x", "--yes", *how)[0] == 2
    assert path.read_bytes() == before


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


@pytest.mark.parametrize("serializer", ["yaml", "json"])
def test_import_what_vcrpy_has_recorded(run: Run, serializer: str) -> None:
    """Whole, streamed, packed; with requests and httpx; the key, cookies and other traffic stay behind."""
    bodies: list[Any] = [
        {"model": "gpt-4o", "messages": [{"role": "user", "content": content}]} for content in ("Hi", "Ho", "Hi")
    ]
    bodies[1]["stream"] = True
    headers = {"authorization": f"Bearer {SECRET}"}
    with provider() as upstream, vcr.use_cassette(f"tape.{serializer}", serializer=serializer):
        url = f"{upstream.url}/chat/completions"
        requests.post(url, json=bodies[0], headers=headers, timeout=10)
        live = httpx.post(url, json=bodies[1], headers=headers).content
        upstream.voice = " Again."
        requests.post(url, json=bodies[2], headers=headers, timeout=10)
        requests.post(f"{upstream.url}/images", json={**QUESTION, "input": "x"}, timeout=10)
    status, lines = run("import", f"tape.{serializer}", "--to", "cassettes/new")
    assert status == 0
    assert lines[-1] == f"tape.{serializer}: 2 recordings"
    assert f"tape.{serializer}: interaction 4 is left out: POST 127.0.0.1/v1/images is no model call" in lines
    gateway = Gateway(cassette="cassettes/new")
    assert [ask(gateway).text for _ in range(2)] == ["You said: Hi ✓ in 1 words.", "You said: Hi ✓ in 1 words. Again."]
    assert ask(gateway, "Ho", stream=True).body == live
    everything = b"".join(path.read_bytes() for path in sorted(Path("cassettes/new").iterdir()))
    assert SECRET.encode() not in everything
    assert b"session=" not in everything
    assert run("check", "cassettes/new")[0] == 0
    run("import", f"tape.{serializer}", "--to", "cassettes/new")
    assert everything == b"".join(path.read_bytes() for path in sorted(Path("cassettes/new").iterdir()))


def interaction(body: Any, headers: dict[str, Any] | None = None, uri: str = "https://h/v1/chat/completions") -> Any:
    """An interaction as vcrpy writes it."""
    return {
        "request": {"method": "POST", "uri": uri, "body": json.dumps(QUESTION), "headers": {}},
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {"Content-Type": ["application/json"], **(headers or {})},
            "body": body,
        },
    }


PACKED = gzip.compress(completion())


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"string": completion().decode()}, {}),
        ({"string": completion()}, {}),
        ({"string": PACKED}, {"Content-Encoding": ["gzip"]}),
        ({"string": completion().decode()}, {"Content-Encoding": ["gzip"]}),
        ({"base64_string": __import__("base64").b64encode(PACKED).decode()}, {"content-encoding": "gzip"}),
        (completion().decode(), {}),
    ],
    ids=["text", "bytes", "gzip", "unpacked", "base64", "old"],
)
def test_import_reads_every_way_a_body_is_kept(run: Run, body: Any, headers: dict[str, Any]) -> None:
    """As text, bytes, base64; packed, or unpacked with the header left."""
    Path("tape.yaml").write_text(yaml.safe_dump({"interactions": [interaction(body, headers)], "version": 1}))
    assert run("import", "tape.yaml", "--to", "x")[0] == 0
    assert ask(Gateway(cassette="x")).body == completion()


def test_import_of_what_went_through_the_gateway(run: Run) -> None:
    """The gateway's own parameters are not part of what a provider is asked."""
    found = interaction({"string": completion().decode()}, uri="https://api.respan.ai/api/chat/completions")
    asked = {**QUESTION, "customer_identifier": "user_1", "fallback_models": ["gpt-4o-mini"], "temperature": 0.5}
    found["request"]["body"] = json.dumps(asked)
    Path("tape.json").write_text(json.dumps({"interactions": [found], "version": 1}))
    run("import", "tape.json", "--to", "x")
    assert ask(Gateway(cassette="x"), temperature=0.5).text == "Hello there."


def test_import_refuses_a_secret_and_goes_on(run: Run) -> None:
    """By name of the place; the other requests are there."""
    bad = interaction({"string": completion(SECRET).decode()})
    bad["request"]["body"] = json.dumps({**QUESTION, "temperature": 1})
    tape = {"interactions": [bad, interaction({"string": completion().decode()})], "version": 1}
    Path("tape.json").write_text(json.dumps(tape))
    status, lines = run("import", "tape.json", "--to", "x")
    assert status == 1
    assert lines[-1] == "tape.json: 1 recording"
    assert "has a Groq key" in str(lines)
    assert SECRET not in str(lines)
    assert len(list(Folder(Path("x")).names())) == 1


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("tape.yaml", "interactions: !!python/object/apply:os.system ['touch hacked']", "could not determine"),
        ("tape.yaml", "a: [", "while parsing"),
        ("tape.yaml", "hello", "it has no list of interactions"),
        ("tape.json", "{", "Expecting property name"),
        ("tape.json", '{"interactions": 3}', "it has no list of interactions"),
        ("tape.json", "[" * 100_000, "recursion"),
    ],
)
def test_import_of_what_is_no_cassette(run: Run, name: str, text: str, why: str) -> None:
    """A clear error that names the file; nothing in it is run."""
    Path(name).write_text(text)
    status, lines = run("import", name, "--to", "x")
    assert status == 2
    assert lines[0].startswith(f"mock-gateway: {name} is no cassette of vcrpy: ")
    assert why in lines[0]
    assert sorted(path.name for path in Path.cwd().iterdir()) == [name]


@pytest.mark.parametrize(
    "odd",
    [
        None,
        1,
        {},
        {"request": {}},
        {"request": {"method": "GET", "uri": "x"}, "response": {}},
        {**interaction("x"), "response": {"headers": {}, "status": {"code": "200"}}},
        {**interaction("x"), "response": {"headers": {}, "status": {"code": 99}, "body": {"string": 3}}},
        interaction({"string": "x"}, {"content-encoding": ["br"]}),
        interaction({"base64_string": "?"}),
        interaction({"base64_string": 5}),
        interaction({"string": 5}),
        interaction({"string": "x"}, uri="https://[bad/chat/completions"),
        {**interaction("x"), "request": {**interaction("x")["request"], "body": json.dumps({**QUESTION, "model": ""})}},
    ],
)
def test_import_leaves_out_what_it_cannot_read(run: Run, odd: Any) -> None:
    """One interaction, by its number, and not the rest."""
    tape = {"interactions": [odd, interaction({"string": completion().decode()})], "version": 1}
    Path("tape.json").write_text(json.dumps(tape))
    status, lines = run("import", "tape.json", "--to", "x")
    assert status == 0
    assert any(line.startswith("tape.json: interaction 1 is left out: ") for line in lines)
    assert lines[-1] == "tape.json: 1 recording"


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


def tape(*bodies: str) -> dict[str, Any]:
    """A cassette of vcrpy in which one request was answered so, one after the other."""
    return {"interactions": [interaction({"string": completion(body).decode()}) for body in bodies], "version": 1}


def test_import_keeps_an_answer_that_comes_again(run: Run) -> None:
    """A, B and A are three takes; read again, they stay three."""
    Path("tape.json").write_text(json.dumps(tape("A", "B", "A")))
    for _ in range(2):
        run("import", "tape.json", "--to", "x")
        gateway = Gateway(cassette="x")
        assert [ask(gateway).text for _ in range(4)] == ["A", "B", "A", "A"]
        assert len(load(next(Path("x").iterdir()).read_bytes()).takes) == 3


def test_import_a_folder_as_pytest_recording_keeps_it(run: Run, pytester: pytest.Pytester) -> None:
    """Each cassette where the test of its name looks for it: with its class, with its parameters."""
    os.chdir(pytester.path)
    names = ("test_plain", "TestChat.test_method", "test_many[a-b]", "test_many[a b]")
    for name in names:
        file = Path("vcr", "test_it", f"{name}.yaml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump(tape(name)))
    assert run("import", "vcr", "--to", "cassettes")[0] == 0
    pytester.makepyfile(
        test_it="""
import pytest

def ask(client):
    question = [{"role": "user", "content": "Hi"}]
    return client.chat.completions.create(model="gpt-4o", messages=question).choices[0].message.content

def test_plain(respan_gateway, respan_openai):
    assert ask(respan_openai) == "test_plain"

class TestChat:
    def test_method(self, respan_gateway, respan_openai):
        assert ask(respan_openai) == "TestChat.test_method"

@pytest.mark.parametrize("x", ["a-b", "a b"])
def test_many(respan_gateway, respan_openai, x):
    assert ask(respan_openai) == f"test_many[{x}]"
"""
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=4)
