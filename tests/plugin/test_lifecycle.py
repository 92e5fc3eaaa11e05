import json
import subprocess
import sys

import pytest


def test_dummy_keys_stand_in_for_real_ones_meanwhile(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A developer's real key is not in the environment of a test that uses the gateway, and is afterwards."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    monkeypatch.setenv("GOOGLE_API_KEY", "also-real")
    monkeypatch.delenv("RESPAN_API_KEY", raising=False)
    pytester.makepyfile(
        """
import os

def test_with(respan_gateway):
    for name in ("RESPAN", "KEYWORDSAI", "OPENAI", "ANTHROPIC", "GEMINI", "GOOGLE"):
        assert os.environ[f"{name}_API_KEY"] == "test-key-of-no-account"

def test_without():
    assert os.environ["OPENAI_API_KEY"] == "sk-real"
    assert "RESPAN_API_KEY" not in os.environ
"""
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


@pytest.mark.parametrize("arguments", ["monkeypatch, respan_gateway", "respan_gateway, monkeypatch"])
@pytest.mark.parametrize("real", [None, "sk-real"])
def test_a_key_that_a_test_has_set_leaves_no_dummy_key(
    real: str | None, arguments: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the two fixtures is older, and also if the test fails."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    if real is not None:
        monkeypatch.setenv("OPENAI_API_KEY", real)
    pytester.makepyfile(
        f"""
import os, pytest

@pytest.mark.parametrize("fails", [False, True])
def test_with({arguments}, fails):
    monkeypatch.setenv("OPENAI_API_KEY", "mine")
    if fails:
        respan_gateway.model("gpt-4o").replies("never asked")

def test_without():
    assert os.environ.get("OPENAI_API_KEY") == {real!r}
"""
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=3, errors=1)


def test_each_test_has_a_gateway_of_its_own(pytester: pytest.Pytester) -> None:
    """Nothing of one test is left for the next, and a client may be older than the gateway."""
    pytester.makepyfile(
        """
import pytest
from openai import OpenAI

client = OpenAI(base_url="https://api.respan.ai/api/", api_key="k", max_retries=0)

@pytest.mark.parametrize("number", range(3))
def test_it(respan_gateway, number):
    assert len(respan_gateway.calls) == 0
    respan_gateway.model("gpt-4o").replies(str(number))
    answer = client.chat.completions.create(model="gpt-4o", messages=[])
    assert answer.choices[0].message.content == str(number)
    assert answer.id == "chatcmpl-000001"
"""
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)


def test_the_asynchronous_client_is_led_in(pytester: pytest.Pytester) -> None:
    """respan_async_openai works in whatever loop the test runs it."""
    pytester.makepyfile(
        """
import asyncio

def test_it(respan_gateway, respan_async_openai):
    respan_gateway.model("gpt-4o").replies("Hello!")

    async def ask():
        answer = await respan_async_openai.chat.completions.create(model="gpt-4o", messages=[])
        return answer.choices[0].message.content

    assert asyncio.run(ask()) == "Hello!"
"""
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_another_process_finds_the_server_by_its_environment(pytester: pytest.Pytester) -> None:
    """A subprocess that is given respan_server.env needs nothing else."""
    pytester.makepyfile(
        app="""
import os
from openai import OpenAI
client = OpenAI(base_url=os.environ["RESPAN_BASE_URL"], api_key=os.environ["RESPAN_API_KEY"])
print(client.chat.completions.create(model="gpt-4o", messages=[]).choices[0].message.content)
print(OpenAI().chat.completions.create(model="gpt-4o", messages=[]).choices[0].message.content)
""",
        test_it="""
import os, subprocess, sys

def test_it(respan_gateway, respan_server):
    respan_gateway.model("gpt-4o").replies("one").replies("two")
    done = subprocess.run([sys.executable, "app.py"], env={**os.environ, **respan_server.env}, capture_output=True, text=True)
    assert done.stdout.split() == ["one", "two"], done.stderr
    assert [call.door for call in respan_gateway.calls] == ["server", "server"]
""",
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_late_request_does_not_land_in_the_next_test(pytester: pytest.Pytester) -> None:
    """The address of a test is gone with it: who still calls it is told whose it was."""
    pytester.makepyfile(
        """
import requests

addresses = []

def ask(url):
    return requests.post(url + "/chat/completions", json={"model": "gpt-4o", "messages": []}, headers={"Authorization": "Bearer k"})

def test_first(respan_gateway, respan_server):
    addresses.append(respan_server.url)

def test_second(respan_gateway, respan_server):
    assert respan_server.url != addresses[0]
    late = ask(addresses[0])
    assert late.status_code == 410
    assert late.headers["x-should-retry"] == "false"
    assert "test_first is gone, since that test is over" in late.json()["error"]["message"]
    assert len(respan_gateway.calls) == 0
"""
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


def test_the_sessions_server_serves_the_running_test(pytester: pytest.Pytester) -> None:
    """One address for the session: it answers for the gateway of each test, and refuses by name when none runs."""
    pytester.makepyfile(
        """
import pytest, requests

@pytest.fixture(scope="session")
def application(respan_session_server):
    return respan_session_server.url

def ask(url):
    return requests.post(url + "/chat/completions", json={"model": "gpt-4o", "messages": []}, headers={"Authorization": "Bearer k"})

@pytest.mark.parametrize("number", range(2))
def test_it(respan_gateway, application, number):
    respan_gateway.model("gpt-4o").replies(str(number))
    assert ask(application).json()["choices"][0]["message"]["content"] == str(number)
    assert respan_gateway.calls.one().door == "server"

def test_without(application):
    refused = ask(application)
    assert refused.status_code == 409
    assert refused.json()["error"]["message"] == (
        "No gateway to answer with: test_the_sessions_server_serves_the_running_test.py::test_without"
        " does not use respan_gateway."
    )
"""
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)


@pytest.mark.parametrize("how", ["option", "ini"])
def test_the_guard_can_watch_every_test(pytester: pytest.Pytester, how: str) -> None:
    """With all, a connection to a provider is refused in tests that never heard of the gateway, and others are let be."""
    pytester.makepyfile(
        """
import socket
import pytest

def test_swallowed():
    try:
        socket.getaddrinfo("api.openai.com", 443)
    except Exception:
        pass

def test_seen():
    with pytest.raises(RuntimeError, match="respan_server"):
        socket.socket().connect(("api.respan.ai", 443))

def test_others():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()

def test_aiohttp():
    import asyncio, aiohttp

    async def ask():
        async with aiohttp.ClientSession() as session:
            await session.get("https://api.anthropic.com/v1/models")

    with pytest.raises(RuntimeError, match="A connection to api.anthropic.com was refused"):
        asyncio.run(ask())

def test_urllib3():
    import urllib3

    with pytest.raises(RuntimeError, match="A connection to api.openai.com was refused"):
        urllib3.PoolManager().request("GET", "https://api.openai.com/v1/models", retries=False)
"""
    )
    options = ("--respan-guard=all",) if how == "option" else ()
    if how == "ini":
        pytester.makeini("[pytest]\nrespan_guard = all\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)
    result.assert_outcomes(passed=5, errors=4)
    result.stdout.fnmatch_lines(["Refused on its way out of this machine:"])


def test_a_fixture_that_fails_at_its_end_leaves_nothing_to_the_next_test(pytester: pytest.Pytester) -> None:
    """What was refused in its test is no finding of another's."""
    pytester.makepyfile(
        """
import socket

import pytest

@pytest.fixture
def broken():
    yield
    raise ZeroDivisionError

def test_first(broken):
    with pytest.raises(RuntimeError):
        socket.getaddrinfo("api.openai.com", 443)

def test_second(): ...
"""
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--respan-guard=all")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_first*", "*ZeroDivisionError*"])


def test_a_guard_nobody_knows_is_a_usage_error(pytester: pytest.Pytester) -> None:
    """A bad value ends the run before it begins, and says what is known."""
    pytester.makeini("[pytest]\nrespan_guard = sometimes\n")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*respan_guard is 'used' or 'all', not 'sometimes'.*"])


LOADED = """
import json, sys, pytest

class Look:
    def pytest_sessionfinish(self):
        with open("loaded.json", "w") as file:
            json.dump(sorted(sys.modules), file)

pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[Look()])
"""


def loaded(pytester: pytest.Pytester, *options: str) -> set[str]:
    subprocess.run([sys.executable, "-c", LOADED, *options], cwd=pytester.path, capture_output=True, check=True)
    return set(json.loads((pytester.path / "loaded.json").read_text()))


def test_the_plugin_loads_nothing_but_its_hooks(pytester: pytest.Pytester) -> None:
    """Merely installed, in a project without a conftest, it costs three small modules and what pytest has anyway."""
    pytester.makepyfile("def test_it(): ...")
    others = [f"-pno:{name}" for name in ("anyio", "respx", "xdist", "xdist.looponfail", "hypothesispytest")]

    with_it, without_it = loaded(pytester, *others), loaded(pytester, *others, "-pno:respan")

    assert with_it - without_it == {"pytest_respan", "pytest_respan.plugin", "pytest_respan.fixtures"}


def test_it_works_without_any_client_library(pytester: pytest.Pytester) -> None:
    """A missing library only disables its door: the socket is there, and respan_openai says what to install."""
    pytester.makepyfile(
        test_it="""
import json, urllib.request

def test_server(respan_gateway, respan_server):
    respan_gateway.model("gpt-4o").replies("Hello!")
    body = json.dumps({"model": "gpt-4o", "messages": []}).encode()
    request = urllib.request.Request(respan_server.url + "/chat/completions", body, {"Authorization": "Bearer k"})
    assert b"Hello!" in urllib.request.urlopen(request).read()

def test_client(respan_openai): ...
""",
        run_it="""
import sys
import importlib.util

MISSING = {"openai", "httpx", "httpx2", "requests", "respx"}
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name.partition(".")[0] in MISSING else find(name, package)

class Missing:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None

sys.meta_path.insert(0, Missing)
import pytest
sys.exit(pytest.main(["-p", "no:cacheprovider", "-p", "no:respx", "test_it.py"]))
""",
    )
    done = pytester.run(sys.executable, "run_it.py")
    done.assert_outcomes(passed=1, errors=1)
    assert "respan_openai needs the openai package: pip install openai" in done.outlines
