"""The plain install, without a client library: run by a lane of its own, and with the others too."""

import json
import subprocess
import sys
import urllib.request
from importlib.util import find_spec

import pytest

from mock_gateway import Gateway
from mock_gateway.doors.server import Server

BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}


def test_the_socket_answers_the_standard_library(respan_gateway: Gateway, respan_server: Server) -> None:
    """No client library is needed for the socket door."""
    respan_gateway.model("gpt-4o").replies("Hello!")
    request = urllib.request.Request(
        f"{respan_server.url}/chat/completions",
        data=json.dumps(BODY).encode(),
        headers={"Authorization": "Bearer any"},
    )

    with urllib.request.urlopen(request) as response:
        answer = json.load(response)

    assert answer["choices"][0]["message"]["content"] == "Hello!"
    assert respan_gateway.calls.one().door == "server"


def test_a_missing_client_library_is_answered_with_its_install_command(pytester: pytest.Pytester) -> None:
    """A fixture that needs a package says how to get it."""
    pytester.makepyfile("def test(respan_openai): ...")

    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")

    if find_spec("openai") is None:
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["respan_openai needs the openai package: pip install openai"])
    else:
        result.assert_outcomes(passed=1)


def test_the_program_serves_the_standard_library() -> None:
    """Neither the server nor its control endpoints need more than the plain install."""
    command = [sys.executable, "-m", "mock_gateway", "serve", "--port", "0", "--json", "--until-stdin-closes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        ready = json.loads(program.stdout.readline())
        for url, data in (
            (f"{ready['control']}/script", {"models": {"gpt-4o": "Hello!"}}),
            (f"{ready['url']}/chat/completions", BODY),
        ):
            headers = {"Authorization": "Bearer any"}
            with urllib.request.urlopen(urllib.request.Request(url, json.dumps(data).encode(), headers)) as response:
                answer = json.load(response)
        program.stdin.close()
        stopped = json.loads(program.stdout.readline())

    assert answer["choices"][0]["message"]["content"] == "Hello!"
    assert stopped == {"event": "stopped", "calls": 1, "recorded": [], "findings": []}
    assert program.returncode == 0


def test_improvising_says_how_to_install_what_it_needs(respan_gateway: Gateway) -> None:
    """Without its libraries a model cannot improvise, and the test is told at once."""
    if find_spec("faker") is None:
        with pytest.raises(ModuleNotFoundError, match=r'pip install "pytest-respan\[improvise\]"'):
            respan_gateway.model("gpt-4o").improvises()
    else:
        respan_gateway.model("gpt-4o").improvises()
