"""The real program, as a process: started, spoken to over its socket, told to stop."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import requests

PATIENCE = 60
HEADERS = {"Authorization": "Bearer any"}


class Ended(NamedTuple):
    """How it ended, and what it said after it was ready."""

    status: int
    lines: list[str]
    errors: str


class Program:
    """``mock-gateway serve`` while it runs."""

    def __init__(self, process: "subprocess.Popen[str]", ready: str) -> None:
        self.process, self.ready = process, ready
        told = dict(part.split("=", 1) for part in ready.split() if "=" in part)
        if ready.startswith("{"):
            event = json.loads(ready)
            told = {"RESPAN_BASE_URL": event["url"], "control": event["control"]}
        self.url, self.control = told["RESPAN_BASE_URL"], told["control"]

    def tell(self, method: str, path: str, data: Any = None, key: str | None = None) -> requests.Response:
        """Ask a control endpoint."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        return requests.request(method, f"{self.control}{path}", json=data, headers=headers, timeout=PATIENCE)

    def stop(self, by: signal.Signals = signal.SIGTERM) -> Ended:
        """Tell it to stop, and see how it does."""
        self.process.send_signal(by)
        return self.end()

    def end(self) -> Ended:
        """Wait until it has stopped."""
        output, errors = self.process.communicate(timeout=PATIENCE)
        return Ended(self.process.returncode, output.splitlines(), errors)


def command(*arguments: object) -> list[str]:
    """The command line."""
    return [sys.executable, "-m", "mock_gateway", "serve", *map(str, arguments)]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment, without keys of one's own."""
    return {name: value for name, value in os.environ.items() if name != "MOCK_GATEWAY_KEYS"} | dict(more or {})


@contextmanager
def program(*arguments: object, env: Mapping[str, str] | None = None) -> Iterator[Program]:
    """A running one, on a free port."""
    with subprocess.Popen(
        command("--port", 0, *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(env),
    ) as process:
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            assert ready, process.stderr and process.stderr.read()
            yield Program(process, ready.rstrip("\n"))
        finally:
            if process.poll() is None:
                process.kill()


def refused(*arguments: object, env: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    """The status and the output of one that cannot start."""
    done = subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=PATIENCE, check=False, env=environment(env)
    )
    return done.returncode, done.stdout, done.stderr


def ask(url: str, model: str = "gpt-4o", text: str = "Hi", key: str = "any", **fields: Any) -> requests.Response:
    """Ask a model."""
    body = {"model": model, "messages": [{"role": "user", "content": text}], **fields}
    headers = {"Authorization": f"Bearer {key}"}
    return requests.post(f"{url}/chat/completions", json=body, headers=headers, timeout=PATIENCE)


def said(answer: requests.Response) -> str:
    """What the model said."""
    return str(answer.json()["choices"][0]["message"]["content"])
