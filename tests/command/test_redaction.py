"""Taking secrets and names out of recordings, from the command line."""

import json
from pathlib import Path

import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.format import load

from ..cassettes.recordings import record, whole
from ..engine.dialogue import ask
from .cassettes import SECRET, Run, poisoned


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
