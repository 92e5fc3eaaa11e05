"""What is loaded, and when: a test pays for what it asks for, and a program that waits for calls for what it needs to."""

import json
import subprocess
import sys

import pytest

from mock_gateway.platform.desk import Desk
from mock_gateway.routes import ANTHROPICS, GOOGLES, MODEL_CALLS, OPEN, OPENAIS, RESOURCES
from mock_gateway.routing import endpoint
from mock_gateway.wires.wire import Wire, in_file

OURS = "mock_gateway"
LIBRARIES = {"anyio", "asyncio", "genai_prices", "httptools", "jinja2", "opentelemetry", "pydantic", "yaml"}
LATER = {f"{OURS}.{part}" for part in ("agreement", "command", "control", "improvising", "scenarios")}
"""Whole parts that only some suites ask for."""

LOADS = """
import json, sys
{code}
print(json.dumps(sorted(sys.modules)))
"""


def loaded(code: str) -> set[str]:
    """What a new interpreter has loaded after this code."""
    command = [sys.executable, "-c", LOADS.format(code=code)]
    return set(json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.splitlines()[-1]))


def within(package: str, modules: set[str]) -> set[str]:
    """The files of a package that are among these."""
    return {name.rpartition(".")[2] for name in modules if name.startswith(f"{OURS}.{package}.")}


GATEWAY = """
from mock_gateway import Gateway

gateway = Gateway()
gateway.model("gpt-4o").replies("Hello!", optional=True)
"""


def test_a_gateway_loads_no_library_and_no_format_that_nobody_asked_for() -> None:
    """No wire, no resource, no recording; of pydantic only what reads JSON."""
    found = loaded(GATEWAY)
    assert not LIBRARIES & found
    assert not LATER & found
    assert within("wires", found) == {"sse", "upstream", "wire"}
    assert within("platform", found) == {"desk", "refusals", "shelf"}
    assert within("cassettes", found) == {"choices"}
    assert within("doors", found) == {"tracing"}


CALL = """
from mock_gateway.core.requests import HttpRequest

body = b'{"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}'
headers = {"authorization": "Bearer any", "host": "api.respan.ai"}
request = HttpRequest("POST", "api.respan.ai", "/api/chat/completions", headers, body, "test")
list(gateway.handle(request))
assert gateway.calls.one().answer.text == "Hello!"
"""


def test_a_call_loads_its_own_wire() -> None:
    """And no other, nor what would check parameters that it does not have."""
    before, after = loaded(GATEWAY), loaded(GATEWAY + CALL)
    assert not LIBRARIES & after
    assert {name for name in after - before if name.startswith(OURS)} == {
        f"{OURS}.wires.{name}" for name in ("chat", "chat_reading", "checking", "reading")
    }


SERVE = """
import argparse
from mock_gateway.command import service, serving
from mock_gateway.control.serving import serve_scenario

parser = argparse.ArgumentParser()
serving.add_to(parser.add_subparsers())
options = service._options(parser.parse_args(["serve", "--port", "0"]))
with serve_scenario(options.make, None, host="127.0.0.1", port=0): pass
"""


def test_a_program_that_waits_for_calls_has_loaded_what_answers_them() -> None:
    """Neither scenarios, which nobody has told it, nor what looks after recordings."""
    found = loaded(SERVE)
    assert not (LIBRARIES - {"asyncio", "httptools"}) & found
    assert not within("scenarios", found)
    assert within("cassettes", found) <= {"choices", "mistake"}
    assert within("command", found) == {"outcome", "service", "serving"}


def test_the_help_of_the_program_lists_all_topics() -> None:
    """Also those that it does not load for another one."""
    done = subprocess.run(
        [sys.executable, "-m", OURS, "--help"], capture_output=True, text=True, check=True, timeout=60
    )
    assert "    cassettes" in done.stdout
    assert "    serve" in done.stdout


@pytest.mark.parametrize("file", sorted(set(MODEL_CALLS.values())))
def test_each_file_of_the_table_has_a_wire(file: str) -> None:
    """Recordings know it by the name of its file, unless it only hands on another."""
    wire = in_file(file)
    assert isinstance(wire, Wire)
    assert wire.name == file or wire.is_relay
    assert Wire.known[wire.name] is in_file(wire.name)


def test_the_wires_that_are_known_are_those_of_the_table() -> None:
    """Each once."""
    assert list(Wire.known) == ["chat", "embeddings", "responses", "messages", "gemini", "gemini_embeddings"]
    assert len(Wire.known) == 6
    assert Wire.known.get("relay") is None
    assert Wire.known.get("os") is None


@pytest.mark.parametrize("name", sorted({*RESOURCES.values(), *OPEN.values(), *OPENAIS.values(), *ANTHROPICS.values(), *GOOGLES.values()}))  # fmt: skip
def test_each_resource_of_the_table_is_there(name: str) -> None:
    """As a function that is given the desk and the visit."""
    assert list(endpoint(name).__annotations__.values())[:1] == [Desk]
