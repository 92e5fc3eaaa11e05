import pytest

from ..cassettes.recordings import record

KNOWN = (
    "Known: contract, clock, direct, log_id, seed, cassette, pace, ignore, after_last, not_secret, record, upstream, "
    "keep_failures, redact, keep_calls, keep_spans, strict, scenario."
)


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ("contrct='docs'", f"unknown keyword 'contrct'. Did you mean 'contract'? {KNOWN}"),
        ("flux=1", f"unknown keyword 'flux'. {KNOWN}"),
        ("'docs'", "takes keywords only, not 'docs'."),
        ("contract='doc'", "unknown contract 'doc'. Did you mean 'docs'? Known: docs, sdk-2026-10."),
        ("contract=3", "contract is the name of a contract, a Contract or changes to one, not 3."),
        ("clock='fast'", "clock is 'virtual' or 'real', not 'fast'."),
        ("direct=True", "direct is 'refuse' or 'allow', not True."),
        ("log_id='no'", "log_id is True or False, not 'no'."),
        ("seed='x'", "seed is a whole number, not 'x'."),
        ("cassette=3", "cassette is the name of a folder among the cassettes, not 3."),
        ("cassette='x\\0'", "cassette is the name of a folder among the cassettes, not 'x\\x00'."),
        ("cassette='../x'", "cassette is the name of a folder among the cassettes, not '../x'."),
        ("pace='fast'", "pace is 'instant', 'recorded' or a factor from 0 on, not 'fast'."),
        ("ignore='a'", "ignore is a list of places, not 'a'."),
        ("ignore=['a..b']", "ignore: 'a..b' is no place, such as messages[1].content."),
        ("pace=float('inf')", "pace is 'instant', 'recorded' or a factor from 0 on, not inf."),
        ("after_last='stop'", "after_last is 'repeat' or 'miss', not 'stop'."),
        ("record='never'", "unknown record mode 'never'. Known: none, once, new_episodes, all, verify."),
        (
            "upstream='opnai'",
            "unknown upstream 'opnai'. Did you mean 'openai'? Known: respan, openai, anthropic, google. "
            "Or the URL of an OpenAI-compatible API.",
        ),
        ("keep_failures=1", "keep_failures is True or False, not 1."),
        (
            "redact=lambda text: text",
            "redact is a function of a text and its place: def redact(text: str, place: str) -> str",
        ),
        ("redact='all'", "redact is a function of a text and its place, not 'all'."),
        ("strict='rules'", "strict is a tuple of names, not 'rules'. Known: rules, misses, direct, guard, telemetry."),
        (
            "strict=('rule',)",
            "unknown name in strict 'rule'. Did you mean 'rules'? Known: rules, misses, direct, guard, telemetry.",
        ),
        ("scenario=3", "scenario is the name of a file, not 3."),
    ],
)
@pytest.mark.parametrize("fixture", ["", "respan_gateway"])
def test_a_marker_nobody_can_follow_is_a_clean_error(
    pytester: pytest.Pytester, marker: str, complaint: str, fixture: str
) -> None:
    """The error names what came, what is near and what there is, without a traceback, in any test."""
    pytester.makepyfile(f"import pytest\n@pytest.mark.respan({marker})\ndef test_it({fixture}): ...")

    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")

    result.assert_outcomes(errors=1)
    assert f"@pytest.mark.respan: {complaint}" in result.outlines
    assert "Traceback" not in result.stdout.str()


def test_what_is_set_to_nothing_is_left_to_the_ini_file(pytester: pytest.Pytester) -> None:
    """So a test can take back what was set for all."""
    pytester.makeini("[pytest]\nrespan_record = none")
    pytester.makeconftest(
        """
import pytest

@pytest.fixture(scope="session")
def respan_config():
    return {"record": "once", "upstream": "openai", "redact": lambda text, place: text}
"""
    )
    pytester.makepyfile(
        """
import pytest

@pytest.mark.respan(record=None, upstream=None, redact=None)
def test_it(respan_gateway):
    assert respan_gateway.recorder is None
"""
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_settings_are_merged_from_broad_to_narrow(pytester: pytest.Pytester) -> None:
    """The marker of a test goes over its class's, that over the module's, and these over respan_config."""
    pytester.makeconftest(
        """
import pytest

@pytest.fixture(scope="session")
def respan_config():
    return {"clock": "real", "log_id": False, "contract": "sdk-2026-10", "direct": "allow"}
"""
    )
    pytester.makepyfile(
        """
import pytest
pytestmark = pytest.mark.respan(clock="virtual")

def headers(gateway):
    from mock_gateway.core.requests import HttpRequest
    start, *rest = gateway.handle(HttpRequest("POST", "api.respan.ai", "/", {"authorization": "Bearer k"}, b"", "test"))
    return dict(start.headers)

def test_module(respan_gateway):
    assert respan_gateway.clock.is_virtual
    assert respan_gateway.contract.error_shape == "openai"

@pytest.mark.respan(contract="docs")
class TestClass:
    def test_class(self, respan_gateway):
        assert respan_gateway.contract.error_shape == "detail"

    @pytest.mark.respan(clock="real")
    def test_test(self, respan_gateway):
        assert not respan_gateway.clock.is_virtual
        assert respan_gateway.contract.error_shape == "detail"
"""
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)


def test_a_config_nobody_can_follow_is_named(pytester: pytest.Pytester) -> None:
    """respan_config is checked as the marker is, under its own name."""
    pytester.makepyfile(
        """
import pytest

@pytest.fixture
def respan_config():
    return {"clok": "real"}

def test_it(respan_gateway): ...
"""
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    assert f"respan_config: unknown keyword 'clok'. Did you mean 'clock'? {KNOWN}" in result.outlines


def test_the_marker_explains_itself(pytester: pytest.Pytester) -> None:
    """Its help line is its whole signature, with the defaults."""
    result = pytester.runpytest_inprocess("--markers")
    result.stdout.fnmatch_lines(
        [
            '@pytest.mark.respan(*, contract="docs", clock="virtual", direct="refuse", log_id=True, seed=0, '
            'cassette=None, pace="instant", ignore=(), after_last="repeat", not_secret=(), '
            "record=None, upstream=None, keep_failures=False, redact=None, keep_calls=10_000, keep_spans=20_000, "
            'strict=("rules", "misses", "direct", "guard"), scenario=None): *'
        ]
    )


def test_every_fixture_explains_itself(pytester: pytest.Pytester) -> None:
    """`pytest --fixtures` is the first manual people open."""
    result = pytester.runpytest_inprocess("--fixtures")
    lines = result.outlines
    for name in ("gateway", "server", "session_server", "openai", "async_openai", "config"):
        at = next(at for at, line in enumerate(lines) if line.startswith(f"respan_{name} "))
        assert lines[at + 1].startswith("    ")
        assert "no docstring available" not in lines[at + 1]


def test_a_log_id_can_be_left_out(pytester: pytest.Pytester) -> None:
    """Without it, answers carry no X-Respan-Log-Id."""
    pytester.makepyfile(
        """
import pytest

@pytest.mark.parametrize("fixture_free", [True])
@pytest.mark.respan(log_id=False)
def test_it(respan_gateway, respan_openai, fixture_free):
    respan_gateway.model("gpt-4o").replies("x")
    raw = respan_openai.chat.completions.with_raw_response.create(model="gpt-4o", messages=[])
    assert "x-respan-log-id" not in raw.headers
    assert raw.headers["x-respan-gateway-request-id"] == "req-000001"
"""
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_contract_may_be_changed_field_by_field(pytester: pytest.Pytester) -> None:
    """A mapping changes the contract of the broader scope; a field or value nobody knows is a clean error."""
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture
        def respan_config():
            return {"contract": "sdk-2026-10"}
        """
    )
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.respan(contract={"all_failed": "first"})
        class TestIt:
            @pytest.mark.respan(contract={"retry_on": "any_error"})
            def test_changed(self, respan_gateway):
                contract = respan_gateway.contract
                assert (contract.retry_on, contract.all_failed) == ("any_error", "first")
                assert contract.error_shape == "openai"

        @pytest.mark.respan(contract={"retry_onn": "any_error"})
        def test_misspelt(respan_gateway): ...

        @pytest.mark.respan(contract={"retry_on": "always"})
        def test_unknown(respan_gateway): ...
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*@pytest.mark.respan: unknown field of Contract 'retry_onn'. Did you mean 'retry_on'?*",
            "*retry_on of a Contract is 'transient' or 'rate_limits' or 'any_error', not 'always'.",
        ]
    )


SCENARIO = """{
    "seed": 3, "contract": "sdk-2026-10", "log_id": false, "strict": ["misses"],
    "models": {"gpt-4o": "From the file.", "other": "never asked"}
}"""


def test_a_scenario_stands_between_the_defaults_and_the_rest(pytester: pytest.Pytester) -> None:
    """What it says holds, unless respan_config or a marker says otherwise; it is found on the way up from the module."""
    pytester.makefile(".json", support=SCENARIO)
    folder = pytester.mkdir("deep")
    (folder / "test_it.py").write_text(
        """
import pytest

@pytest.mark.respan(scenario="support.json", contract={"hung_up": "cut"}, seed=4)
def test_it(respan_gateway, respan_openai):
    assert respan_gateway.contract.hung_up == "cut"
    assert respan_gateway.contract.error_shape == "openai"
    question = [{"role": "user", "content": "Hi"}]
    answer = respan_openai.chat.completions.with_raw_response.create(model="gpt-4o", messages=question)
    assert answer.parse().choices[0].message.content == "From the file."
    assert "x-respan-log-id" not in answer.headers

@pytest.mark.respan(scenario="support.json", strict=("rules",))
def test_strict(respan_gateway): ...
"""
    )
    pytester.makeini("[pytest]\n")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["  respan_gateway.model(\"gpt-4o\").replies('From the file.')"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"models": {"gpt-4o": [{"retries": "x"}]}}', "models.gpt-4o[[]0].retries: unknown verb 'retries'. *"),
        ('{"models": {"gpt-4o": [{"fails": 200}]}}', "models.gpt-4o[[]0]: a failure is a status from 400 to 599 *"),
        (None, "it cannot be read: No such file or directory."),
    ],
)
def test_a_scenario_nobody_can_follow_is_a_clean_error(pytester: pytest.Pytester, text: str | None, why: str) -> None:
    """The file, the place and the reason, without a traceback."""
    if text is not None:
        pytester.makefile(".json", support=text)
    pytester.makepyfile('import pytest\n@pytest.mark.respan(scenario="support.json")\ndef test_it(respan_gateway): ...')
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"scenario: {pytester.path / 'support.json'}: {why}"])
    assert "Traceback" not in result.stdout.str()


def test_a_scenario_brings_its_recordings(pytester: pytest.Pytester) -> None:
    """Its cassette is beside the scenario, not among the cassettes of the test."""
    record(pytester.path / "tape")
    pytester.makefile(".json", support='{"cassette": "tape"}')
    pytester.makepyfile(
        """
import pytest

@pytest.mark.respan(scenario="support.json")
def test_it(respan_gateway, respan_openai):
    question = [{"role": "user", "content": "Hi"}]
    answer = respan_openai.chat.completions.create(model="gpt-4o", messages=question)
    assert answer.choices[0].message.content == "Hello there."
"""
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
