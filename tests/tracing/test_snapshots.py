"""Snapshots to read: the same on every run, whichever way the calls come in."""

import pytest

SUITE = """
import pytest
from openai import OpenAI
from respan import Respan, propagate_attributes, workflow
from respan_instrumentation_openai import OpenAIInstrumentor

@pytest.fixture(params=["in this process", "over the socket"])
def url(request):
    if request.param == "over the socket":
        return request.getfixturevalue("respan_server").url
    return "https://api.respan.ai/api"

def test_it(respan_gateway, respan_snapshot, url):
    Respan(base_url=url, instrumentations=[OpenAIInstrumentor()])
    respan_gateway.model("gpt-4o").fails(429)
    respan_gateway.model("claude-sonnet-4-5").replies("In the drawer,\\nI think.")

    @workflow(name="support")
    def support(question):
        with propagate_attributes(customer_identifier="user_1", metadata={"plan": "pro"}):
            OpenAI(base_url=url).chat.completions.create(
                model="gpt-4o",
                messages=[{"role": "user", "content": question}],
                extra_body={"fallback_models": ["claude-sonnet-4-5"]},
            )

    support("Where is it?")
    assert respan_gateway == SNAPSHOT(name="gateway")
    assert respan_gateway.story == SNAPSHOT(name="story")
    assert respan_gateway.calls.one() == SNAPSHOT(name="story")
    assert respan_gateway.logs.one() == SNAPSHOT(name="log")
    assert respan_gateway.traces == SNAPSHOT(name="trace")
    assert respan_gateway.traces.one() == SNAPSHOT(name="trace")
    assert respan_gateway.spans.one(kind="chat") == SNAPSHOT(name="span")
    assert {"other": ["things"]} == SNAPSHOT(name="other")
"""

ONE_FOR_BOTH = SUITE.replace("SNAPSHOT(name=", "same(respan_snapshot, ") + (
    """
def same(snapshot, name):
    return snapshot(name=name)
"""
)


def test_written_once_and_equal_ever_after(pytester: pytest.Pytester) -> None:
    """What one run writes, another one finds, in the same process or over the socket; and people can read it."""
    pytester.makepyfile(ONE_FOR_BOTH)
    pytester.runpytest_subprocess("-pno:cacheprovider", "--snapshot-update").assert_outcomes(passed=2)
    pytester.runpytest_subprocess("-pno:cacheprovider").assert_outcomes(passed=2)
    (file,) = (pytester.path / "__snapshots__").glob("*.ambr")
    snapshots = {}
    for part in file.read_text().split("# name: ")[1:]:
        name, _, text = part.partition("\n")
        snapshots[name.strip()] = text.removesuffix("# ---\n")
    inside = {name.replace("in this process", ""): text for name, text in snapshots.items() if "in this" in name}
    outside = {name.replace("over the socket", ""): text for name, text in snapshots.items() if "over the" in name}
    assert inside == outside
    assert snapshots["test_it[in this process][trace]"] == (
        """\
  workflow support
    | input     {"args":["Where is it?"],"kwargs":{}}
    chat claude-sonnet-4-5
      | input     [{"role":"user","content":"Where is it?"}]
      | output    {"content":"In the drawer,\\nI think.","role":"assistant"}
      | tokens    6 + 6
      | customer  user_1
      | metadata  {"plan":"pro"}
      | log       log-000001
"""
    )
    log = snapshots["test_it[in this process][log]"]
    assert '    warnings_dict               {"gpt-4o":"rate_limit_exceeded"}\n' in log
    assert "    trace_unique_id             <trace 1>\n" in log


def test_a_difference_is_shown(pytester: pytest.Pytester) -> None:
    """A story that differs fails, line by line."""
    pytester.makepyfile(
        """
import os

def test_it(respan_gateway, respan_openai, respan_snapshot):
    respan_gateway.model("gpt-4o").replies(os.environ["SAYS"])
    respan_openai.chat.completions.create(model="gpt-4o", messages=[])
    assert respan_gateway.story == respan_snapshot
"""
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAYS", "one")
        pytester.runpytest_subprocess("-pno:cacheprovider", "--snapshot-update").assert_outcomes(passed=1)
        patch.setenv("SAYS", "one two three")
        result = pytester.runpytest_subprocess("-pno:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*-*served    200  gpt-4o  0 + 1 tokens*", "*+*served    200  gpt-4o  0 + 4 tokens*"])


def test_without_syrupy(pytester: pytest.Pytester) -> None:
    """Where syrupy is missing, the test says how to install it."""
    pytester.makepyfile("def test_it(respan_snapshot): pass")
    result = pytester.runpytest_subprocess("-pno:cacheprovider", "-pno:syrupy")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['respan_snapshot needs syrupy: pip install "pytest-respan?snapshot?"'])
