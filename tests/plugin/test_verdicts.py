import pytest

ASK = """
def ask(client, text="Hi", model="gpt-4o"):
    question = [{"role": "user", "content": text}]
    return client.chat.completions.create(model=model, messages=question).choices[0].message.content
"""


def run(pytester: pytest.Pytester, body: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test_it=f"import pytest\n{ASK}\n{body}")
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)


def section(result: pytest.RunResult, headline: str) -> list[str]:
    """The lines below a headline of the terminal, up to the next one."""
    lines = result.outlines
    start = next(at for at, line in enumerate(lines) if headline in line) + 1
    end = next(at for at in range(start, len(lines)) if lines[at][:3] in ("---", "___", "===") or not lines[at:])
    return lines[start:end]


UNPLAYED = """\
Scripted, and never played:

  respan_gateway.model("gpt-4o").when(contains='refund').replies('Sure.')
  respan_gateway.fails(503, times=1)

  Play it, or say that it need not be played: optional=True

To let it pass: @pytest.mark.respan(strict=("misses", "direct", "guard"))"""

MISSED = """\
Asked, and nothing answered:

  Nothing answers attempt 1 of this call: gpt-4o was asked something no take and no script covers.

    call      POST /api/chat/completions   gpt-4o   1 message
    asked     'Hi'
    nearest   model("gpt-4o").when(contains='refund').replies('Sure.')   'refund' is not in the last user message
    others    scripted is claude-4
    cassette  there is nothing in cassettes/test_it/test_it

    Record it   pytest --respan-record=new_episodes test_it.py::test_it
    Script it   respan_gateway.model("gpt-4o").replies(...)

To let it pass: @pytest.mark.respan(strict=("rules", "direct", "guard"))"""

DIRECT = """\
Sent straight to a provider, past the gateway:

  This call went straight to api.openai.com, past the gateway.

    call      POST https://api.openai.com/v1/chat/completions

    Point it there    the application's base_url at https://api.respan.ai/api/
    Allow it          @pytest.mark.respan(direct="allow"), or Gateway(direct="allow")

To let it pass: @pytest.mark.respan(strict=("rules", "misses", "guard"))"""

BLOCKED = """\
Refused on its way out of this machine:

  A connection to api.anthropic.com was refused: nothing addressed to Respan or to a model provider leaves this machine.

  It came from a library that cannot be led into the gateway in-process, or from outside a test that uses it.

    Serve it   ask for the fixture respan_server, and point the application at respan_server.url

To let it pass: @pytest.mark.respan(strict=("rules", "misses", "direct"))"""

BODIES = {
    "rules": """
    respan_gateway.model("gpt-4o").when(contains="refund").replies("Sure.")
    respan_gateway.fails(503, times=1)
""",
    "misses": """
    respan_gateway.model("gpt-4o").when(contains="refund").replies("Sure.", optional=True)
    respan_gateway.model("claude-4").replies("Hi", optional=True)
    with pytest.raises(Exception):
        ask(respan_openai)
""",
    "direct": """
    import openai
    with pytest.raises(openai.PermissionDeniedError):
        ask(openai.OpenAI())
""",
    "guard": """
    import socket
    with pytest.raises(RuntimeError):
        socket.create_connection(("api.anthropic.com", 443))
""",
}
TEXTS = {"rules": UNPLAYED, "misses": MISSED, "direct": DIRECT, "guard": BLOCKED}


@pytest.mark.parametrize("kind", BODIES)
def test_a_strict_test_fails_at_its_end_and_says_for_what(pytester: pytest.Pytester, kind: str) -> None:
    """Each kind of finding has its text, line by line, even where the application swallowed the error."""
    result = run(pytester, f"def test_it(respan_gateway, respan_openai):{BODIES[kind]}")

    result.assert_outcomes(passed=1, errors=1)
    assert "\n".join(section(result, "ERROR at teardown of test_it")) == TEXTS[kind]


def test_the_gateways_own_failures_are_not_said_to_be_optional(pytester: pytest.Pytester) -> None:
    """There is no such keyword: the advice can be followed."""
    result = run(pytester, "def test_it(respan_gateway):\n    respan_gateway.refuses()")
    assert section(result, "ERROR at teardown of test_it")[2:5] == [
        "  respan_gateway.refuses()",
        "",
        "  Play it, or leave it out",
    ]


def test_a_story_that_cannot_be_told_is_no_end_of_the_session(pytester: pytest.Pytester) -> None:
    """The test fails for its own reason, and those behind it run."""
    result = run(
        pytester,
        """
def test_first(respan_gateway, monkeypatch):
    monkeypatch.setattr(type(respan_gateway), "story", property(lambda self: 1 / 0))
    assert False, "the reason"

def test_second(): ...
""",
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*the reason*", "*This cannot be told: ZeroDivisionError: division by zero*"])


@pytest.mark.parametrize("kind", BODIES)
def test_each_is_relaxed_by_its_name(pytester: pytest.Pytester, kind: str) -> None:
    """Leaving a name out of strict lets just that finding pass."""
    kept = tuple(name for name in BODIES if name != kind)
    test = f"def test_it(respan_gateway, respan_openai):{BODIES[kind]}"

    run(pytester, f"@pytest.mark.respan(strict={kept})\n{test}").assert_outcomes(passed=1)
    run(pytester, f"@pytest.mark.respan(strict=({kind!r},))\n{test}").assert_outcomes(passed=1, errors=1)


def test_a_direct_call_is_answered_where_it_is_allowed(pytester: pytest.Pytester) -> None:
    """Allowed, a call to a provider's own host is answered by the same script, without the gateway's headers."""
    run(
        pytester,
        """
@pytest.mark.respan(direct="allow")
def test_it(respan_gateway):
    import openai
    respan_gateway.model("gpt-4o").replies("Hello!")
    assert ask(openai.OpenAI()) == "Hello!"
    call = respan_gateway.calls.one()
    assert (call.direct, call.log_id) == (True, None)
""",
    ).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("body", "outcomes"),
    [
        ("    assert False", {"failed": 1}),
        ("    pytest.skip('no')", {"skipped": 1}),
        ("    pytest.xfail('known')", {"xfailed": 1}),
    ],
)
def test_a_test_that_failed_already_is_not_failed_twice(
    pytester: pytest.Pytester, body: str, outcomes: dict[str, int]
) -> None:
    """A failed, skipped or expectedly failed test gets no error on top."""
    result = run(pytester, f"def test_it(respan_gateway):\n    respan_gateway.model('gpt-4o').replies('x')\n{body}")
    result.assert_outcomes(**outcomes)


def test_the_findings_of_a_failed_test_stand_in_its_report(pytester: pytest.Pytester) -> None:
    """What the end of the test would have said is said under its failure."""
    body = """
def test_it(respan_gateway, respan_openai):
    respan_gateway.model("gpt-4o").replies("Hello!")
    respan_gateway.model("claude-4").replies("never")
    assert ask(respan_openai) == "Goodbye!"
"""
    result = run(pytester, body)

    result.assert_outcomes(failed=1)
    assert section(result, "respan: what the gateway did") == [
        "call 1  POST /api/chat/completions  gpt-4o",
        "  attempt   gpt-4o  200  script",
        "  served    200  gpt-4o  4 + 2 tokens  $0.00003  0 s",
        "  log       log-000001",
    ]
    assert section(result, "respan: not reckoned with")[:3] == [
        "Scripted, and never played:",
        "",
        "  respan_gateway.model(\"claude-4\").replies('never')",
    ]


def test_a_passing_test_tells_its_story_only_when_asked(pytester: pytest.Pytester) -> None:
    """Nothing stands under a passing test, unless -rP asks for it."""
    body = "def test_it(respan_gateway, respan_openai):\n    respan_gateway.model('gpt-4o').replies('x')\n    ask(respan_openai)"

    assert "what the gateway did" not in run(pytester, body).stdout.str()
    assert "what the gateway did" in run(pytester, body, "-rP").stdout.str()


def test_the_story_stands_under_a_failure_in_another_process(pytester: pytest.Pytester) -> None:
    """Reports of xdist's workers carry the story too, and the outcomes are the same."""
    pytester.makepyfile(
        test_it=f"""
import pytest
{ASK}
@pytest.mark.parametrize("number", range(12))
def test_it(respan_gateway, respan_openai, number):
    respan_gateway.model("gpt-4o").replies(f"Hello {{number}}")
    assert ask(respan_openai) == f"Hello {{number}}"
    assert number != 7
"""
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-n", "4")

    result.assert_outcomes(passed=11, failed=1)
    result.stdout.fnmatch_lines(["*respan: what the gateway did*", "call 1  POST /api/chat/completions  gpt-4o"])


def test_unittest_classes_have_it_too(pytester: pytest.Pytester) -> None:
    """A TestCase takes the gateway by an autouse fixture, and its failures tell the story."""
    body = """
import unittest

class TestBot(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _gateway(self, respan_gateway, respan_openai):
        self.gateway, self.client = respan_gateway, respan_openai

    def test_it(self):
        self.gateway.model("gpt-4o").replies("Hello!")
        self.assertEqual(ask(self.client), "Hello!")

    def test_failing(self):
        self.gateway.model("gpt-4o").replies("Hello!")
        self.assertEqual(ask(self.client), "Goodbye!")
"""
    result = run(pytester, body)
    result.assert_outcomes(passed=1, failed=1)
    assert section(result, "respan: what the gateway did")[0] == "call 1  POST /api/chat/completions  gpt-4o"


def test_a_story_is_shown_once(pytester: pytest.Pytester) -> None:
    """A helper that has shown it in its failure is not followed by the same again."""
    result = run(
        pytester,
        """
from pytest_respan import assert_cached

def test_it(respan_gateway, respan_openai):
    respan_gateway.model("gpt-4o").replies("Hello!")
    ask(respan_openai)
    assert_cached(respan_gateway.calls.one())
""",
        "-rN",  # where CI is set, pytest prints a failure's whole text once more in its summary
    )
    text = result.stdout.str()
    assert text.count("served    200  gpt-4o") == 1
    assert "The answer did not come from the cache. It does not ask for the cache: cache_enabled is not set." in text
