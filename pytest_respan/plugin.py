"""The hooks. Every pytest run on the machine loads this module, so it imports pytest and nothing else."""

import sys
import time
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from . import fixtures

if TYPE_CHECKING:
    from .guard import Watch

MARKER = """\
respan(*, contract="docs", clock="virtual", direct="refuse", log_id=True, seed=0, \
cassette=None, pace="instant", ignore=(), after_last="repeat", not_secret=(), \
record=None, upstream=None, keep_failures=False, redact=None, keep_calls=10_000, keep_spans=20_000, \
strict=("rules", "misses", "direct", "guard"), scenario=None): how the gateway of this test behaves, and what fails the \
test at its end. Keywords only; the marker of a test goes over those of its class and module, and these over respan_config."""

MODES = ("none", "once", "new_episodes", "all", "verify")
NARROWING = ("lf", "stepwise", "ignore", "ignore_glob", "deselect")
"""Options by which tests are left out."""
WATCH: pytest.StashKey["Watch"] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("respan", "respan: a mock of the Respan AI gateway")
    help_text = "Refuse connections to Respan and to model providers in tests that use respan_gateway, or in all tests."
    group.addoption("--respan-guard", choices=("used", "all"), default=None, help=help_text)
    place = "Look for cassettes below this folder, instead of in one called cassettes beside each test module."
    group.addoption("--respan-cassettes", metavar="DIR", default=None, help=place)
    parser.addini("respan_cassettes", place, default="")
    record = (
        "Ask a real provider and record what it answers: never, while a cassette is empty, for what it does not have, \
for everything, or only to compare."
    )
    group.addoption("--respan-record", choices=MODES, help=record)
    parser.addini("respan_record", f"{record} Where CI is set, only the command line counts.", default="")
    upstream = "Whom to ask when recording: respan, openai, anthropic, google, or a base URL. Default: respan."
    group.addoption("--respan-upstream", metavar="UPSTREAM", help=upstream)
    parser.addini("respan_upstream", upstream, default="respan")
    unused = "Whether recordings that no test asked for are only named at the end, or fail the session."
    group.addoption("--respan-unused", choices=("report", "fail"), help=unused)
    parser.addini("respan_unused", f"{unused} (report|fail, default: report)", default="report")
    parser.addini("respan_stale_days", "Name recordings that are older than so many days.", default="")
    agrees = "Whether each test fails whose telemetry does not say what the gateway did (assert_telemetry_agrees)."
    parser.addini("respan_telemetry", agrees, type="bool", default=False)
    parser.addini("respan_guard", f"{help_text} (used|all, default: used)", default="used")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    config.pluginmanager.register(fixtures, "respan-fixtures")
    config.stash[fixtures.GATEWAYS] = fixtures.Gateways()
    config.pluginmanager.register(config.stash[fixtures.GATEWAYS], "respan-gateways")
    config.stash[fixtures.BEGAN] = getattr(config, "workerinput", {}).get("respan_began", time.time())
    mode = config.getoption("--respan-guard") or config.getini("respan_guard")
    if mode not in ("used", "all"):
        raise pytest.UsageError(f"respan_guard is 'used' or 'all', not {mode!r}.")
    _check_values(config)
    if any("::" in argument for argument in config.args) or any(config.getoption(name, None) for name in NARROWING):
        config.stash[fixtures.PARTIAL] = True
    if mode == "all":
        from .guard import Watch

        config.stash[WATCH] = Watch()
        config.stash[WATCH].start()


def _check_values(config: pytest.Config) -> None:
    """Refuse at once what would be found out at the end of the session, or once for each test."""
    if config.getini("respan_record") not in ("", *MODES):
        raise pytest.UsageError(f"respan_record is one of {', '.join(MODES)}, not {config.getini('respan_record')!r}.")
    if config.getini("respan_unused") not in ("report", "fail"):
        raise pytest.UsageError(f"respan_unused is 'report' or 'fail', not {config.getini('respan_unused')!r}.")
    try:
        config.getini("respan_telemetry")
    except ValueError:
        raise pytest.UsageError("respan_telemetry is true or false.") from None
    days = str(config.getini("respan_stale_days"))
    if days and not (days.isdecimal() and 0 < int(days) < 100_000):
        raise pytest.UsageError(f"respan_stale_days is a number of days, not {days!r}.")
    upstream = config.getoption("--respan-upstream") or config.getini("respan_upstream")
    if upstream != "respan":
        from mock_gateway.doors.live import check

        try:
            check(str(upstream))
        except ValueError as error:
            raise pytest.UsageError(str(error)) from None


def pytest_unconfigure(config: pytest.Config) -> None:
    if fixtures.LEADS in config.stash and "opentelemetry.sdk.trace" in sys.modules:
        from .tracers import shut_down

        shut_down()
    watch = config.stash.get(WATCH, None)
    if watch is not None:
        watch.stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A process of pytest-xdist begins when the session began."""
    node.workerinput["respan_began"] = node.config.stash[fixtures.BEGAN]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A process of pytest-xdist is over, and has told what it did with its cassettes."""
    told = getattr(node, "workeroutput", {}).get("respan")
    if told is not None:
        from .session import tally_of

        tally_of(node.config).merge(told)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    if items:
        items[0].config.stash[fixtures.PARTIAL] = True


def pytest_itemcollected(item: pytest.Item) -> None:
    item.config.stash[fixtures.COLLECTED] = item.config.stash.get(fixtures.COLLECTED, 0) + 1


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.outcome != "passed":
        collector.config.stash[fixtures.PARTIAL] = True
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if fixtures.TALLY in config.stash:
        from .summary import finish

        finish(session)
    elif (cache := getattr(config, "cache", None)) is not None and cache.get("respan/unused", None):
        cache.set("respan/unused", [])  # it was said by a run that is no longer the last


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if fixtures.TALLY in config.stash:
        from .summary import tell

        tell(terminalreporter)


def pytest_collection_finish(session: pytest.Session) -> None:
    if any(_uses_gateway(item) for item in session.items):
        session.config.stash[fixtures.LEADS] = True
        _disconnect()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    item.config.stash[fixtures.GATEWAYS].item = item


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("respan") is not None:
        from .settings import check_markers

        check_markers(item)
    has_gateway = _uses_gateway(item)
    if has_gateway or (fixtures.LEADS in item.config.stash and "opentelemetry" in sys.modules):
        from .tracing import Tracing

        item.stash[fixtures.TRACING] = item.config.stash[fixtures.TRACING] = Tracing(has_no_gateway=not has_gateway)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    if fixturedef.scope == "function" or fixtures.LEADS not in request.config.stash:
        return (yield)
    tracing = request.config.stash.get(fixtures.TRACING, None)
    known = len(tracing.made) if tracing is not None else 0
    result = yield
    if tracing is None or tracing.has_no_gateway:
        _disconnect()
    if tracing is not None:
        from .tracing import keep

        end = keep(tracing.made[known:])
        if end is not None:
            fixturedef.addfinalizer(end)
    return result


def _uses_gateway(item: pytest.Item) -> bool:
    return "respan_gateway" in getattr(item, "fixturenames", ())


def _disconnect() -> None:
    """Nothing is sent to Respan while no test with a gateway runs, in a session that has such tests."""
    if "opentelemetry.sdk.trace" in sys.modules:
        from .tracers import disconnect

        disconnect()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    watch = item.config.stash.get(WATCH, None)
    try:
        result = yield
    finally:  # a fixture may have failed at its end, and the next test is not to find what is left of this one
        run = item.stash.get(fixtures.RUN, None)
        if run is not None:
            run.keys.put_back()
        tracing = item.stash.get(fixtures.TRACING, None)
        if tracing is not None:
            tracing.end(is_led=False)  # where the gateway was never made
            del item.stash[fixtures.TRACING], item.config.stash[fixtures.TRACING]
        blocked = [] if watch is None else watch.take()
    if watch is not None and run is None:  # a test with a gateway has been told already
        watch.fail_for(blocked)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not report.passed:
        item.config.stash[fixtures.UNFINISHED] = True
    run = item.stash.get(fixtures.RUN, None)
    if run is not None:
        run.reported(report)
        if report.when == "teardown":
            del item.stash[fixtures.RUN]  # items live as long as the session, and gateways need not
    return report
