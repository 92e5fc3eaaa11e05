"""``mock-gateway serve``: the gateway as a program, for suites in other languages."""

import argparse
import gc
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any, NamedTuple

from ..control.access import KEYS
from ..control.places import Past, Places
from ..control.serving import serve_scenario
from ..core.advice import Advice
from ..core.contract import Contract
from ..core.events import counted
from ..core.findings import HEADLINES, MISTAKES, Finding
from ..doors.server import Server
from ..gateway import Gateway
from .outcome import Failed, Lines

if TYPE_CHECKING:
    from ..scenarios.format import Scenario

_SETTINGS = ("clock", "direct", "seed", "keep_calls", "keep_spans", "pace", "after_last", "ignore", "not_secret")
"""Options that are checked as the scenario's own."""
_TURN = 0.5
"""Seconds. On Windows only a wait that ends is interrupted by a signal."""


class Options(NamedTuple):
    """What the command line says of the gateway."""

    settings: dict[str, Any]
    contract: dict[str, Any]
    """Changes; with a `preset`, to that one."""
    keys: Sequence[str]

    def make(self, scenario: "Scenario | None") -> Gateway:
        """A gateway of this scenario, on these options."""
        settings = {**({} if scenario is None else scenario.settings), **self.settings}
        if self.contract:
            changes = dict(self.contract)
            base = changes.pop("preset", None) or settings.get("contract", "docs")
            settings["contract"] = Contract.of(changes, base)
        gateway = Gateway(**settings, advice=ADVICE)
        for key in self.keys:
            gateway.account.add_key(key)
        if scenario is not None:
            scenario.play(gateway)
        return gateway


def _script(_: str, model: str, verb: str) -> str:
    said = "true" if verb == "embeds" else '"..."'
    return f'a scenario with "models": {{"{model}": [{{"{verb}": {said}}}]}}'


ADVICE = Advice(
    setting="a scenario with {}",
    record=lambda upstream: f"mock-gateway serve --record new_episodes{f' --upstream {upstream}' if upstream else ''}",
    script=_script,
)
"""What can be done about a mistake, in the words of whoever started the program."""


def serve(given: argparse.Namespace) -> Lines:
    """The life of the program: from the line that says it is ready to what is said at its end."""
    told = threading.Event()
    with _told_by_signals(told), _garbage_looked_for_seldom():
        options = _options(given)
        start = None if given.scenario is None else _read(given.scenario)
        with serve_scenario(options.make, start, host=given.host, port=given.port) as (server, places):
            yield _ready(server, places, is_json=given.json)
            if given.until_stdin_closes:
                threading.Thread(target=_until_closed, args=(told,), daemon=True).start()
            while not told.wait(_TURN):
                pass
            ended = places.end()
        yield from _summary(ended, is_json=given.json)
    if given.strict and any(past.findings for several in ended.values() for past in several):
        raise Failed


@contextmanager
def _garbage_looked_for_seldom() -> Iterator[None]:
    """A call leaves none, and is kept: to look through the kept ones every sixty calls is a tenth of what a call costs."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _read(path: Path) -> "Scenario":
    from ..scenarios.reading import read  # as much again as all else that is served, and not needed without one

    return read(path)


def _options(given: argparse.Namespace) -> Options:
    said = {name: getattr(given, name) for name in _SETTINGS if getattr(given, name) is not None}
    contract = _contract(given.contract)
    settings = _checked(said | ({"contract": contract} if contract else {}))
    settings.pop("contract", None)
    if given.no_log_id:
        settings["log_id"] = False
    if given.cassette is not None:
        settings["cassette"] = given.cassette
    if given.record is not None:
        settings |= {"record": given.record, "keep_failures": given.keep_failures, "began": time()}
    if given.upstream is not None:
        settings["upstream"] = given.upstream
    return Options(settings, contract, _keys(given))


def _checked(said: dict[str, Any]) -> dict[str, Any]:
    """Settings, as a scenario with them has them."""
    if not said:
        return {}
    from ..scenarios.format import parse
    from ..scenarios.shape import ScenarioMistake

    try:
        return parse(said).settings
    except ScenarioMistake as mistake:
        place, _, rest = str(mistake).partition(":")
        option = re.sub(r"^(\w+)", lambda match: f"--{match[1].replace('_', '-')}", place)
        raise ValueError(f"{option}:{rest}" if rest else str(mistake)) from None


def _contract(written: Sequence[str]) -> dict[str, Any]:
    """The preset and the changes to it, as data."""
    found: dict[str, Any] = {}
    for one in written:
        name, equals, value = one.partition("=")
        if not equals:
            found["preset"] = one
            continue
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


def _keys(given: argparse.Namespace) -> Sequence[str]:
    keys = [*given.key, *os.environ.get(KEYS, "").replace(",", " ").split()]
    if given.keys_from is not None:
        try:
            keys += given.keys_from.read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ValueError(f"--keys-from {given.keys_from} cannot be read: {why}.") from None
    if any(not key for key in keys):
        raise ValueError("--key is no empty text.")
    return tuple(dict.fromkeys(keys))


@contextmanager
def _told_by_signals(told: threading.Event) -> Iterator[None]:
    """While this lasts, the signals that end a program are heard, and nothing more."""
    names = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(name, lambda *_: told.set()) for name in names]
    try:
        yield
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)


def _until_closed(told: threading.Event) -> None:
    if sys.stdin is not None:  # closed from the start, its number is that of something else by now
        with suppress(OSError):  # such as a terminal that has gone
            while os.read(0, 1024):  # below Python's buffer, which a program must not end in the middle of
                pass
    told.set()


def _ready(server: Server, places: Places, *, is_json: bool) -> str:
    if is_json:
        return json.dumps({"event": "ready", **places.address(places.find(""), server)})
    return (
        f"mock-gateway is ready: RESPAN_BASE_URL={server.url} OPENAI_BASE_URL={server.openai_url} "
        f"control={server.control_url}"
    )


def _summary(ended: dict[str, list[Past]], *, is_json: bool) -> Lines:
    calls = sum(past.calls for several in ended.values() for past in several)
    found = [(token, finding) for token, several in ended.items() for past in several for finding in past.findings]
    recorded = [note for several in ended.values() for past in several for note in past.recorded]
    if is_json:
        listed = [{"gateway": token, **finding._asdict()} for token, finding in found]
        yield json.dumps({"event": "stopped", "calls": calls, "recorded": recorded, "findings": listed})
        return
    yield f"mock-gateway has stopped after {counted(calls, 'call')}."
    yield from recorded
    yield from _listed([finding for _, finding in found])


def _listed(findings: Sequence[Finding]) -> Lines:
    """By kind, what was not reckoned with."""
    mistakes = [finding.text for finding in findings if finding.is_mistake]
    parts = [(MISTAKES, mistakes)] if mistakes else []
    for kind, headline in HEADLINES.items():
        texts = [finding.text for finding in findings if finding.kind == kind and not finding.is_mistake]
        if texts:
            parts.append((headline, texts))
    for headline, texts in parts:
        yield from ("", headline)
        for text in texts:
            yield from (f"  {line}".rstrip() for line in text.splitlines())
