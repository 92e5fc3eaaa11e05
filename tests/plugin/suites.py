"""A suite whose tests ask a model: run, what it recorded, and what its session says of that at its end."""

import pytest

BODY = """
import pytest
from openai import NotFoundError

def ask(client, text="Hi"):
    question = [{"role": "user", "content": text}]
    return client.chat.completions.create(model="gpt-4o", messages=question).choices[0].message.content

"""


def run(pytester: pytest.Pytester, body: str, *options: str) -> pytest.RunResult:
    """One module of tests, run in this process."""
    pytester.makepyfile(test_it=BODY + body)
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)


def files(pytester: pytest.Pytester) -> list[str]:
    """What is below the folder of cassettes."""
    base = pytester.path / "cassettes"
    return sorted(str(path.relative_to(base)) for path in base.rglob("*") if path.is_file())


def section(result: pytest.RunResult) -> list[str]:
    """What the terminal says about cassettes."""
    lines = result.outlines
    start = next((at for at, line in enumerate(lines) if "respan: cassettes" in line), None)
    if start is None:
        return []
    end = next(at for at in range(start + 1, len(lines)) if lines[at].startswith(("===", "FAILED", "ERROR")))
    return lines[start + 1 : end]


UNUSED = """
def test_it(respan_gateway, respan_openai):
    assert ask(respan_openai) == "Hello there."
"""
