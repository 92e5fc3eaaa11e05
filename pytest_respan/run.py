"""The life of one test's gateway: from the first fixture that asks for it to the verdict at the end."""

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.core.findings import Finding
from mock_gateway.core.problems import Problem, no_test_runs
from mock_gateway.doors.interception import Interception

from .explain import findings_text
from .fixtures import BEGAN, RUN, TRACING
from .guard import Guard
from .keys import DummyKeys
from .places import Place
from .recording import advice_for, mode_of, upstream_of
from .session import tally_of
from .settings import following, settings_of
from .tracing import Tracing

_running: list["Run"] = []


class Run:
    """One test with its gateway."""

    def __init__(self, item: pytest.Item, config: Mapping[str, Any]) -> None:
        self._settings = settings = settings_of(item, config)
        mode = mode_of(item, settings)
        self._item, self._is_recording = item, mode != "none"
        self.gateway = Gateway(
            contract=settings.contract,
            clock=settings.clock,
            direct=settings.direct,
            log_id=settings.log_id,
            seed=settings.seed,
            cassette=Place(item, settings.cassette),
            pace=settings.pace,
            ignore=tuple(settings.ignore),
            after_last=settings.after_last,
            not_secret=tuple(settings.not_secret),
            record=mode,
            upstream=upstream_of(item, settings) if self._is_recording else "respan",
            keep_failures=settings.keep_failures,
            redact=settings.redact,
            keep_calls=settings.keep_calls,
            keep_spans=settings.keep_spans,
            began=item.config.stash[BEGAN],
            advice=advice_for(item, settings),
        )
        if settings.scenario is not None:
            from mock_gateway.scenarios.reading import read

            following(partial(read(settings.scenario).play, self.gateway), "scenario")
        self._is_excused = False
        self.keys = DummyKeys(is_recording=self._is_recording)
        item.stash[RUN] = self

    def live(self) -> Iterator[Gateway]:
        """Lead all traffic into the gateway while the test has it; then fail the test for what it did not reckon with."""
        gateway = self.gateway
        with self.keys, Guard(gateway.block):
            gateway.is_guarded = not gateway.allows_direct
            with Interception(gateway):
                tracing = self._item.stash.get(TRACING, None) or Tracing()  # none, where it was asked for by its name
                try:
                    tracing.connect()
                    gateway.traced_by(tracing)
                    _running.append(self)
                    try:
                        yield gateway
                    finally:
                        _running.remove(self)
                finally:
                    tracing.end(is_led=True)
        self._add_up()
        findings = self._findings()
        if findings and not self._is_excused:
            pytest.fail(findings_text(findings, self._settings.strict), pytrace=False)

    def _add_up(self) -> None:
        """Remember for the end of the session what became of the cassette."""
        if self.gateway.recorder is not None:
            self.gateway.recorder.finish()
        tally = tally_of(self._item.config)
        tally.add(self._item, self._settings.cassette, self.gateway, is_complete=not self._is_excused)

    def reported(self, report: pytest.TestReport) -> None:
        """Add to the report of a phase what helps to understand it."""
        if report.when == "teardown":
            if report.failed and not self._is_excused:
                self._tell_story(report)
            return
        is_expected = hasattr(report, "wasxfail")
        if report.passed and not is_expected:
            if report.when == "call" and self._shows_passed():
                self._tell_story(report)
            return
        self._is_excused = True
        if report.failed or is_expected:
            self._tell_story(report)
            text = _told(lambda: findings_text(self._findings(), self._settings.strict))
            if text:
                report.sections.append(("respan: not reckoned with", text))

    def _shows_passed(self) -> bool:
        """Whether the summary shows passing tests too (pytest -rP), and so their stories."""
        shown: str = self._item.config.getoption("reportchars")
        return "P" in shown or "A" in shown

    def _findings(self) -> list[Finding]:
        return self.gateway.findings_of(self._settings.strict)

    def _tell_story(self, report: pytest.TestReport) -> None:
        story = _told(lambda: str(self.gateway.story)) or "No call reached the gateway."
        if all(line in report.longreprtext for line in story.splitlines()):  # an assertion helper has shown it already
            return
        report.sections.append(("respan: what the gateway did", story))
        traces = "\n\n".join(trace.tree() for trace in self.gateway.traces)
        if traces and not all(line in report.longreprtext for line in traces.splitlines()):
            report.sections.append(("respan: what the application told", traces))


def running_gateway() -> Gateway | Problem:
    """The gateway of the running test, for the session's server; or why there is none."""
    if _running:
        return _running[-1].gateway
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    return no_test_runs(test or None)


def _told(tell: Callable[[], str]) -> str:
    """What is to be told; or that it cannot be, since an exception while pytest reports would end the session."""
    try:
        return tell()
    except Exception as error:  # noqa: BLE001 - whatever it is, the test has failed already and is to be reported
        return f"This cannot be told: {type(error).__name__}: {error}"
