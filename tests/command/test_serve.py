"""The gateway as a program: how it starts, what it says, how it ends."""

import json
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openai
import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.format import load
from mock_gateway.command.service import ADVICE

from ..cassettes.recordings import record
from ..doubles.provider import provider
from .program import PATIENCE, ask, command, environment, program, refused, said

SCENARIO: dict[str, Any] = {"models": {"gpt-4o": [{"when": {"contains": "refund"}, "replies": "Yes."}, "Hello!"]}}


def written(folder: Path, scenario: Any = SCENARIO) -> Path:
    """A scenario in a file."""
    path = folder / "support.json"
    path.write_text(json.dumps(scenario), encoding="utf-8")
    return path


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_from_the_first_line_to_the_last(tmp_path: Path, by: signal.Signals) -> None:
    """It says where it is, on one line; it answers; told to stop, it says what was not reckoned with."""
    with program("--scenario", written(tmp_path)) as served:
        assert served.ready == (
            f"mock-gateway is ready: RESPAN_BASE_URL={served.url} OPENAI_BASE_URL={served.url} control={served.control}"
        )
        with openai.OpenAI(base_url=served.url, api_key="any") as client:
            question: Any = [{"role": "user", "content": "Hi"}]
            answer = client.chat.completions.create(model="gpt-4o", messages=question)
        assert answer.choices[0].message.content == "Hello!"
        assert served.stop(by) == (
            0,
            [
                "mock-gateway has stopped after 1 call.",
                "",
                "Scripted, and never played:",
                "  model(\"gpt-4o\").when(contains='refund').replies('Yes.')",
            ],
            "",
        )


def test_a_strict_end(tmp_path: Path) -> None:
    """With --strict the exit status tells; a miss is told with what can be done about it."""
    with program("--scenario", written(tmp_path, {"models": {"a": "x"}}), "--strict") as served:
        said(ask(served.url, "a"))
        ask(served.url, "b")
        ended = served.stop()
    assert (ended.status, ended.errors) == (1, "")
    assert ended.lines == [
        "mock-gateway has stopped after 2 calls.",
        "",
        "Asked, and nothing answered:",
        "  Nothing answers attempt 1 of this call: b was asked something no script covers.",
        "",
        "    call      POST /api/chat/completions   b   1 message",
        "    asked     'Hi'",
        "    others    scripted is a",
        "",
        '    Script it   a scenario with "models": {"b": [{"replies": "..."}]}',
    ]


def test_a_miss_of_embeddings_advises_vectors() -> None:
    """In the words of a scenario, which can be read as one."""
    assert ADVICE.scripted("m", "embeds") == 'a scenario with "models": {"m": [{"embeds": true}]}'
    Gateway.from_scenario({"models": {"m": [{"embeds": True}]}})


@pytest.mark.parametrize(
    ("scenario", "status"),
    [({"models": {"a": "x"}}, 0), ({"models": {"a": "x", "b": "y"}}, 1), ({"models": {"b": "y"}, "strict": ["misses"]}, 1),
     ({"models": {"b": "y"}, "strict": []}, 0)],
)  # fmt: skip
def test_what_is_strict_is_the_scenarios(tmp_path: Path, scenario: Any, status: int) -> None:
    """Nothing found, or nothing it is strict about: 0."""
    with program("--scenario", written(tmp_path, scenario), "--strict") as served:
        ask(served.url, "a")
        assert served.stop().status == status


def test_all_of_it_as_json(tmp_path: Path) -> None:
    """The first line has everything a parent process needs, the last one what became of it."""
    with program("--scenario", written(tmp_path), "--json") as served:
        ready = json.loads(served.ready)
        assert ready["event"] == "ready"
        assert ready["url"] == ready["env"]["OPENAI_BASE_URL"] == served.url
        assert ready["env"]["RESPAN_API_KEY"] == "test-key-of-no-account"
        ended = served.stop()
    assert [json.loads(line) for line in ended.lines] == [
        {
            "event": "stopped",
            "calls": 0,
            "recorded": [],
            "findings": [
                {"gateway": "", "kind": "rules", "text": text, "is_mistake": False}
                for text in (
                    "model(\"gpt-4o\").when(contains='refund').replies('Yes.')",
                    "model(\"gpt-4o\").replies('Hello!')",
                )
            ],
        }
    ]


def test_it_ends_with_its_parent() -> None:
    """With --until-stdin-closes, the end of its input is its end, with the same summary."""
    with program("--until-stdin-closes") as served:
        assert served.process.stdin is not None
        served.process.stdin.close()
        served.process.stdin = None
        assert served.end() == (0, ["mock-gateway has stopped after 0 calls."], "")


def test_it_does_not_outlive_an_input_that_was_never_open() -> None:
    """With --until-stdin-closes and a standard input that is closed from the start, it is ready, and ends."""
    shell = ["sh", "-c", 'exec "$@" <&-', "sh", *command("--port", 0, "--until-stdin-closes")]
    ended = subprocess.run(shell, env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.stdout.splitlines()[1:] == ["mock-gateway has stopped after 0 calls."]
    assert (ended.returncode, ended.stderr) == (0, "")


def test_it_stops_while_somebody_waits_for_an_answer() -> None:
    """An open call does not keep it up, and leaves no traceback."""
    with program() as served:
        served.tell("POST", "/script", {"models": {"gpt-4o": {"stalls": True, "optional": True}}})
        host, _, port = served.url.removeprefix("http://").removesuffix("/api").partition(":")
        with socket.create_connection((host, int(port))) as client:
            body = json.dumps({"model": "gpt-4o", "messages": [], "stream": True})
            head = "POST /api/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer any\r\n"
            client.sendall(f"{head}content-length: {len(body)}\r\n\r\n{body}".encode())
            assert client.recv(12) == b"HTTP/1.1 200"
            ended = served.stop()
    assert (ended.status, ended.errors) == (0, "")


def test_settings_on_the_command_line_go_over_the_scenario(tmp_path: Path) -> None:
    """The contract among them: a preset, or changes to the scenario's."""
    scenario = {"contract": "sdk-2026-10", "seed": 1, "models": {"a": {"hangs_up": True}}}
    options = ["--contract", "hung_up=cut", "--no-log-id", "--clock", "real", "--seed", "7"]
    with program("--scenario", written(tmp_path, scenario), *options) as served:
        assert served.tell("GET", "/clock").json()["is_virtual"] is False
        answer = ask(served.url, "unknown")
        assert "x-respan-log-id" not in answer.headers
        with pytest.raises(openai.APIConnectionError), openai.OpenAI(base_url=served.url, api_key="x") as client:
            client.with_options(max_retries=0).chat.completions.create(model="a", messages=[])
        refusal = ask(served.url, "a", temperature="hot", fallback_models=3)
        assert refusal.status_code == 400  # of the preset, which the change leaves as it was
        served.stop()


def test_a_cassette(tmp_path: Path) -> None:
    """Recordings answer where the scenario has nothing to say."""
    record(tmp_path / "tape")
    with program("--cassette", tmp_path / "tape", "--ignore", "uuids") as served:
        assert said(ask(served.url)) == "Hello there."
        assert served.stop().status == 0


def test_recording(tmp_path: Path) -> None:
    """A real provider is asked, and the end tells what was recorded."""
    with provider() as upstream:
        options = ["--cassette", tmp_path / "new", "--record", "once", "--upstream", upstream.url]
        with program(*options, env={"OPENAI_API_KEY": "k"}) as served:
            assert said(ask(served.url)).startswith("You said: Hi")
            ended = served.stop()
    [path] = (tmp_path / "new").iterdir()
    assert ended == (0, ["mock-gateway has stopped after 1 call.", f"recorded  {path}"], "")
    assert load(path.read_bytes()).model == "gpt-4o"


def test_keys_from_where_nobody_sees_them(tmp_path: Path) -> None:
    """On the command line, in the environment and in a file; the ready line has none of them."""
    (tmp_path / "keys").write_text("key-of-file-1\nkey-of-file-2\n")
    given = {"MOCK_GATEWAY_KEYS": "key-of-environment, another-key"}
    with program("--key", "key-of-line", "--keys-from", tmp_path / "keys", "--json", env=given) as served:
        assert not [name for name in json.loads(served.ready)["env"] if name.endswith("_API_KEY")]
        served.tell("POST", "/script", {"models": {"gpt-4o": "Hello!"}}, key="key-of-line")
        for key in ("key-of-line", "key-of-environment", "another-key", "key-of-file-1", "key-of-file-2"):
            assert key not in served.ready
            assert said(ask(served.url, key=key)) == "Hello!"
            assert served.tell("GET", "/calls", key=key).status_code == 200
        assert ask(served.url, key="other").status_code == 401
        for wrong in ("other", None):
            answer = served.tell("GET", "/calls", key=wrong)
            assert answer.status_code == 401
            assert answer.json()["error"]["message"] == (
                "This gateway has API keys, and its control endpoints ask for one of them: Authorization: Bearer KEY."
            )
        assert served.tell("GET", "/health").json() == {"status": "ready", "gateways": 1}
        created = served.tell("POST", "/gateways", {"models": {"x": "y"}}, key="key-of-line").json()
        assert ask(created["url"], "x", key="other").status_code == 401
        assert said(ask(created["url"], "x", key="key-of-file-1")) == "y"
        assert served.stop().status == 0


def test_other_machines_are_let_in_with_a_key_only(tmp_path: Path) -> None:
    """Without one it refuses to start, and says what to do; with one, the line says where it is reached from here."""
    assert refused("--host", "0.0.0.0", "--port", "0") == (
        2,
        "",
        "mock-gateway: 0.0.0.0 is reached from other machines, and without a key anybody there could use this gateway. "
        "Give it one, in the environment (MOCK_GATEWAY_KEYS=...), or in a file (--keys-from FILE); "
        "or listen on 127.0.0.1, where only this machine is.\n",
    )
    with program("--host", "0.0.0.0", env={"MOCK_GATEWAY_KEYS": "secret-key"}) as served:
        assert served.url.startswith("http://127.0.0.1:")
        assert served.tell("GET", "/calls", key="secret-key").status_code == 200
    scenario = written(tmp_path, {"account": {"keys": ["secret-key"]}})
    with program("--host", "0.0.0.0", "--scenario", scenario) as served:
        assert served.tell("GET", "/calls").status_code == 401


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--scenario", "nowhere.json"], "nowhere.json: it cannot be read: No such file or directory."),
        (["--clock", "fast"], "--clock: it should be 'virtual' or 'real', not 'fast'."),
        (["--contract", "doc"], "--contract: unknown contract 'doc'. Did you mean 'docs'? Known: docs, sdk-2026-10."),
        (["--contract", "hung_up=cat"], "--contract.hung_up: it should be 'bad_gateway' or 'cut', not 'cat'."),
        (["--pace", "fast"], "--pace: it is 'instant', 'recorded' or a factor from 0 on, not 'fast'."),
        (["--after-last", "stop"], "--after-last: it should be 'repeat' or 'miss', not 'stop'."),
        (["--record", "once"], "record='once' needs a cassette to record to."),
        (["--record", "never"], "unknown record mode 'never'. Known: none, once, new_episodes, all, verify."),
        (["--keys-from", "nowhere"], "--keys-from nowhere cannot be read: No such file or directory."),
        (["--key", ""], "--key is no empty text."),
        (
            ["--host", "192.0.2.1", "--key", "k"],
            "cannot listen on 192.0.2.1, port 0: Cannot assign requested address. "
            "Another port is chosen with --port, a free one with --port 0.",
        ),
    ],
)
def test_what_it_cannot_follow(options: Sequence[str], complaint: str) -> None:
    """One clear line, and the status 2."""
    assert refused("--port", "0", *options) == (2, "", f"mock-gateway: {complaint}\n")


def test_a_mistake_in_the_scenario(tmp_path: Path) -> None:
    """The file, the place, what is near."""
    path = written(tmp_path, {"models": {"gpt-4o": [{"fails": 429, "retry_aftr": 1}]}})
    assert refused("--scenario", path) == (
        2,
        "",
        f"mock-gateway: {path}: models.gpt-4o[0].retry_aftr: unknown key 'retry_aftr'. Did you mean 'retry_after'? "
        "Known: when, times, optional, fails, message, retry_after, delay.\n",
    )


def test_a_port_that_is_taken() -> None:
    """Which one, and how to choose another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refused("--port", port) == (
            2,
            "",
            f"mock-gateway: cannot listen on 127.0.0.1, port {port}: Address already in use. "
            "Another port is chosen with --port, a free one with --port 0.\n",
        )
    assert refused("--port", "70000")[0] == 2
