"""Suites that run in a process of their own: the application they test, and how they are run."""

import pytest

APPLICATION = """
from openai import OpenAI
from respan import Respan, workflow
from respan_instrumentation_openai import OpenAIInstrumentor

{tracer}

@workflow(name="support")
def answer(question):
    client = OpenAI(base_url="https://api.respan.ai/api")
    asked = client.chat.completions.create(model="gpt-4o", messages=[{{"role": "user", "content": question}}])
    return asked.choices[0].message.content
"""

KEPT = 'respan = Respan(instrumentations=[OpenAIInstrumentor()], metadata={"service": "support"})'
UNASSIGNED = KEPT.removeprefix("respan = ")

NO_NETWORK = """
import requests

sent = []

def note(self, request, *rest, **options):
    sent.append(request.url)
    raise requests.ConnectionError("there is no network")

requests.adapters.HTTPAdapter.send = note

def pytest_unconfigure():
    import atexit
    atexit._run_exitfuncs()
    assert sent == [], sent
    print("nothing was sent")
"""

QUIET = "-pno:cacheprovider"


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run a suite in a process of its own, and see that it leaves without complaint."""
    result = pytester.runpytest_subprocess(QUIET, *arguments)
    complaints = [line for line in result.errlines if "Error" in line or "closed file" in line or "Failed" in line]
    assert not complaints
    return result
