"""Recordings of vcrpy, read by the command and played by the gateway."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import vcr  # type: ignore[import-untyped]
import yaml

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.format import load

from ..cassettes.recordings import QUESTION, completion
from ..doubles.provider import provider
from ..engine.dialogue import ask
from .cassettes import SECRET, Run


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


@pytest.mark.parametrize("slash", ["", "/"])
def test_import_of_what_went_through_the_gateway(run: Run, slash: str) -> None:
    """The gateway's own parameters are not part of what a provider is asked. Its paths may end with a slash."""
    found = interaction({"string": completion().decode()}, uri=f"https://api.respan.ai/api/chat/completions{slash}")
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
