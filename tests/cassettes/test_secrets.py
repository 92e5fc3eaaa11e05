"""No secret in a cassette: neither written, nor read without a word."""

import json
import random
import string
from ast import literal_eval
from pathlib import Path
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.format import Recording, Take, dump, stream_take, whole_take
from mock_gateway.cassettes.mistake import CassetteMistake
from mock_gateway.cassettes.secrets import SHAPES, leaks
from mock_gateway.core.fingerprint import canonical, fingerprint

from ..engine.dialogue import ask
from .recordings import QUESTION, event, record, stream, whole

KEYS = {
    "an OpenAI key": "sk-proj-" + "aB3dE6gH9jK2mN5p",
    "an Anthropic key": "sk-ant-api03-" + "aB3dE6gH9jK2mN5p",
    "an OpenRouter key": "sk-or-v1-" + "aB3dE6gH9jK2mN5p",
    "a Google key": "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "a Google token": "ya29." + "a0AfB_byC1234567890",
    "a Respan key": "vcjRcdm8." + "5hSZiXrA698O6KAiWX5CJj8Zrbp0H6gV",
    "an AWS key": "AKIA" + "IOSFODNN7EXAMPLE",
    "a Groq key": "gsk_" + "aB3dE6gH9jK2mN5p",
    "an xAI key": "xai-" + "aB3dE6gH9jK2mN5p",
    "a Hugging Face token": "hf_" + "aBcDeFgHiJkLmNoP",
    "a Perplexity key": "pplx-" + "aB3dE6gH9jK2mN5p",
    "a Replicate token": "r8_" + "aB3dE6gH9jK2mN5p",
    "a GitHub token": "ghp_" + "0123456789abcdefghijklmnopqrstuvwxyz",
    "a Slack token": "xoxb-" + "123456789012-abcdef",
    "a Stripe key": "sk_live_" + "aB3dE6gH9jK2mN5p",
    "a JSON web token": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3",
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "a bearer token": "Bearer " + "aB3dE6gH9jK2mN5p",
    "a password in an address": "https://me:" + "hunter22@example.com",
}
RANDOM = "q7Zp2LxV9mKt4RbW8nYc3HdJ6sGf1TaE"


def found(*takes: Take, allowed: Any = (), **request: Any) -> list[str]:
    recording = Recording("chat", "gpt-4o", canonical({**QUESTION, **request}), takes or (whole(),))
    return [str(leak) for leak in leaks(recording, allowed)]


def test_every_shape_has_an_example() -> None:
    """A new shape is not finished without one."""
    assert set(KEYS) == set(SHAPES)


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_is_known_by_its_shape(kind: str) -> None:
    """Within a text, in the request and in an answer; never shown."""
    text = f"Use {KEYS[kind]} for it."
    request = found(messages=[{"role": "user", "content": text}])
    assert [line.partition(" (")[0] for line in request] == [f"request.messages[0].content has {kind}"]
    answer = found(whole(text))
    assert [line.partition(" (")[0] for line in answer] == [f"takes[0].body.choices[0].message.content has {kind}"]
    assert KEYS[kind] not in str(request + answer)


PLACES: list[tuple[Take, str]] = [
    (whole_take(f"not json {KEYS['a Groq key']}".encode(), status=200), "takes[0].text"),
    (whole(headers={"x-trace": KEYS["a Groq key"]}), "takes[0].headers.x-trace"),
    (whole(upstream=f"https://x/?key={KEYS['a Groq key']}"), "takes[0].upstream"),
    (whole_take(b'{"%s": 1}' % KEYS["a Groq key"].encode(), status=200), f"takes[0].body.{KEYS['a Groq key']}"),
    (stream("My key is gsk", "_aB3dE6gH", "9jK2mN5p", "."), "takes[0].stream[*].data.choices[0].delta.content"),
    (stream("It is ", RANDOM[:20], RANDOM[20:], "."), "takes[0].stream[*].data.choices[0].delta.content"),
    (stream_take([], status=200), ""),
]


@pytest.mark.parametrize(("take", "path"), PLACES, ids=range(len(PLACES)))
def test_a_key_is_found_wherever_it_is(take: Take, path: str) -> None:
    """In texts, headers, addresses, names, and cut over the events of a stream."""
    assert [line.partition(" has ")[0] for line in found(take)] == ([path] if path else [])


@pytest.mark.parametrize(
    ("text", "is_random"),
    [
        (RANDOM, True),
        (f"token={RANDOM}", True),
        ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c", True),
        ("Donaudampfschifffahrtselektrizitaetenhauptbetriebswerk", False),
        ("a" * 64, False),
        ("Use bearer authentication/authorization for it.", False),
        ("The class is sk-toggleable__content-arrow here.", False),
        ("Order 6f1c1f5a-9f3e-4c4e-8f4b-2a1d3c5e7f90, please", False),
        ("The quick brown fox jumps over the lazy dog, 12345 times over and over.", False),
        ("snake_case_names_of_functions_are_long_sometimes_v2", False),
        ("2026-11-20T10:00:00.000000+00:00", False),
        ("1234567890123456789012345678901234567890", False),
    ],
)
def test_a_long_random_string_is_suspicious(text: str, is_random: bool) -> None:
    """Words, numbers and times are not."""
    assert bool(found(messages=[{"role": "user", "content": text}])) is is_random


@pytest.mark.parametrize(
    "message",
    [
        {"role": "tool", "tool_call_id": RANDOM, "content": "x"},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{RANDOM}"}}]},
        {"role": "assistant", "thinking_blocks": [{"type": "thinking", "signature": RANDOM}]},
        {"role": "assistant", "tool_calls": [{"extra_content": {"google": {"thought_signature": RANDOM}}}]},
        {"role": "user", "content": [{"type": "file", "file": {"file_data": RANDOM}}]},
    ],
)
def test_opaque_fields_may_be_random_and_no_keys(message: dict[str, Any]) -> None:
    """Ids, images, files and signatures mean nothing to us; a key among them still does."""
    assert found(messages=[message]) == []
    assert found(whole_take(event({"content": "x"})[6:-2], status=200)) == []
    poisoned = str(message).replace(RANDOM, KEYS["a Groq key"])
    assert len(found(messages=[literal_eval(poisoned)])) == 1


@pytest.mark.parametrize("name", ["authorization_token", "authorization", "X-Api-Key", "password", "client_secret"])
def test_a_secret_is_known_by_the_name_of_its_field(name: str) -> None:
    """However it looks; a placeholder in its place is none, and a place can be allowed."""
    servers = [{"type": "url", "url": "https://mcp.example", name: "hunter2"}]
    path = f"request.mcp_servers[0].{name}"
    recording = Recording("messages", "claude", {"mcp_servers": servers}, [whole()])
    assert [(leak.path, leak.kind, leak.shown) for leak in leaks(recording)] == [(path, "a secret by its name", "***")]
    assert leaks(recording, [path]) == []
    hidden = Recording("messages", "claude", {"mcp_servers": [{name: "<REDACTED>"}]}, [whole()])
    assert leaks(hidden) == []


@pytest.mark.parametrize("allowed", ["request.messages[0].content", "request.messages[*].content"])
def test_a_place_can_be_allowed(allowed: str) -> None:
    """By its path, or for every item of a list; no other place is."""
    messages = [{"role": "user", "content": RANDOM}]
    assert found(messages=messages, allowed=[allowed]) == []
    assert found(whole(RANDOM), messages=messages, allowed=[allowed]) != []


def test_a_secret_is_not_written(tmp_path: Path) -> None:
    """The error names the place and how to allow it; there is no file, not even for a moment."""
    with pytest.raises(CassetteMistake) as mistake:
        record(tmp_path / "cassette", whole(f"It is {KEYS['an OpenAI key']}"))
    name = f"gpt-4o.{fingerprint('chat', canonical(QUESTION))}.json"
    assert str(mistake.value) == (
        f"nothing was recorded: {name} would hold what looks like a secret.\n"
        "\n"
        "  takes[0].body.choices[0].message.content has an OpenAI key (sk-***)\n"
        "\n"
        "  Remove it   from what the application sends\n"
        "  Redact it   redact= in respan_config, or in Gateway()\n"
        '  Allow it    Gateway(not_secret=["takes[0].body.choices[0].message.content"])'
    )
    assert not list(tmp_path.rglob("*.json"))
    assert not list(tmp_path.rglob("*.draft"))


def test_a_secret_that_is_there_is_not_read_without_a_word(tmp_path: Path) -> None:
    """Somebody wrote it by hand, or with another tool: the call ends, and says where to look."""
    asked = canonical(QUESTION)
    path = Folder(tmp_path).place("gpt-4o", fingerprint("chat", asked))
    path.write_bytes(dump(Recording("chat", "gpt-4o", asked, [whole(RANDOM)])))
    gateway = Gateway(cassette=tmp_path)
    heard = ask(gateway)
    assert heard.status == 500
    assert "a string too random to be a word (q7Z***)" in heard.json["error"]["message"]
    assert "and revoke the key: it has been on disk" in heard.json["error"]["message"]
    assert RANDOM not in heard.body.decode()
    allowed = Gateway(cassette=tmp_path, not_secret=["takes[*].body.choices[*].message.content"])
    assert ask(allowed).text == RANDOM


ALPHABETS = {
    "hexadecimal": "0123456789abcdef",
    "small": string.ascii_lowercase + string.digits,
    "capital": string.ascii_uppercase + string.digits,
    "both": string.ascii_letters + string.digits,
    "base64": string.ascii_letters + string.digits + "+/",
    "url": string.ascii_letters + string.digits + "-_",
}


@pytest.mark.parametrize("before", ["", "secret_key_", "api-key=", "https://api.example.com/v1/things/"])
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_nearly_all_random_keys_are_found(alphabet: str, before: str) -> None:
    """Of whatever letters, and whatever stands in front of them: of 32 nine in ten at least, of 64 nearly all."""
    chance = random.Random(7)
    for length, least in ((32, 0.9), (40, 0.93), (64, 0.98)):
        keys = ["".join(chance.choices(ALPHABETS[alphabet], k=length)) for _ in range(300)]
        caught = found(messages=[{"role": "user", "content": before + key} for key in keys])
        assert len(caught) / len(keys) >= least


def test_hardly_any_word_is_taken_for_a_key() -> None:
    """In the source of the standard library, which is full of names, paths and addresses: only hashes are."""
    files = sorted(Path(json.__file__).parents[1].glob("*.py"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    taken = found(messages=[{"role": "user", "content": line} for line in lines])
    assert len(lines) > 50_000
    assert len(taken) < len(lines) / 5_000


def test_a_key_behind_an_escape_is_found() -> None:
    """In the arguments of a tool, a line break ends in a letter."""
    for kind, key in KEYS.items():
        arguments = json.dumps({"command": f"export\n{key}"})
        call = {"id": "c", "type": "function", "function": {"name": "run", "arguments": arguments}}
        leaked = found(messages=[{"role": "assistant", "tool_calls": [call]}])
        assert [line.partition(" (")[0] for line in leaked] == [
            f"request.messages[0].tool_calls[0].function.arguments has {kind}"
        ]
