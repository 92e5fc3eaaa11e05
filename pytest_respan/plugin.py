"""The hooks. Every pytest run on the machine loads this module, so it imports pytest and nothing else."""

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from . import fixtures

if TYPE_CHECKING:
    from .guard import Watch

MARKER = """\
respan(*, contract="docs", clock="virtual", direct="refuse", log_id=True, seed=0, \
cassette=None, pace="instant", ignore=(), after_last="repeat", \
not_secret=(), \
strict=("rules", "misses", "direct", "guard")): how the gateway of this test behaves, and what fails the test at its \
end. Keywords only; the marker of a test goes over those of its class and module, and these over respan_config."""

WATCH: pytest.StashKey["Watch"] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("respan", "respan: a mock of the Respan AI gateway")
    help_text = "Refuse connections to Respan and to model providers in tests that use respan_gateway, or in all tests."
    group.addoption("--respan-guard", choices=("used", "all"), default=None, help=help_text)
    place = "Look for cassettes below this folder, instead of in one called cassettes beside each test module."
    group.addoption("--respan-cassettes", metavar="DIR", default=None, help=place)
    parser.addini("respan_cassettes", place, default="")
    parser.addini("respan_guard", f"{help_text} (used|all, default: used)", default="used")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    config.pluginmanager.register(fixtures, "respan-fixtures")
    mode = config.getoption("--respan-guard") or config.getini("respan_guard")
    if mode not in ("used", "all"):
        raise pytest.UsageError(f"respan_guard is 'used' or 'all', not {mode!r}.")
    if mode == "all":
        from .guard import Watch

        config.stash[WATCH] = Watch()
        config.stash[WATCH].start()


def pytest_unconfigure(config: pytest.Config) -> None:
    watch = config.stash.get(WATCH, None)
    if watch is not None:
        watch.stop()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("respan") is not None:
        from .settings import check_markers

        check_markers(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    result = yield
    watch = item.config.stash.get(WATCH, None)
    if watch is not None:
        watch.fail_for_what_was_blocked(item)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    run = item.stash.get(fixtures.RUN, None)
    if run is not None:
        run.reported(report)
    return report
