"""What a test asks of its gateway, from the broadest to the narrowest:

1. the defaults;
2. the scenario, where one is named;
3. the `respan_config` fixture;
4. the `respan` markers of the module, the class and the test, the nearest last.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

import pytest

from mock_gateway import Contract
from mock_gateway.cassettes.choices import MODES, Redact, check_pace, check_redact
from mock_gateway.core.contract import PRESETS
from mock_gateway.core.findings import DEFAULTS, KINDS
from mock_gateway.core.ignoring import check_ignored
from mock_gateway.core.nearest import unknown
from mock_gateway.core.paths import is_path
from mock_gateway.doors.live import check
from mock_gateway.engine.journal import KEPT as KEPT_CALLS
from mock_gateway.telemetry.book import KEPT as KEPT_SPANS

if TYPE_CHECKING:
    from mock_gateway.scenarios.format import Scenario

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """The keywords of the marker, with their defaults."""

    contract: str | Contract | Mapping[str, Any] = "docs"
    clock: Literal["virtual", "real"] = "virtual"
    direct: Literal["refuse", "allow"] = "refuse"
    log_id: bool = True
    seed: int = 0
    cassette: str | None = None
    pace: Literal["instant", "recorded"] | float = "instant"
    ignore: Collection[str] = ()
    after_last: Literal["repeat", "miss"] = "repeat"
    not_secret: Collection[str] = ()
    record: str | None = None
    upstream: str | None = None
    keep_failures: bool = False
    redact: Redact | None = None
    keep_calls: int = KEPT_CALLS
    keep_spans: int = KEPT_SPANS
    strict: Collection[str] = DEFAULTS
    scenario: "str | Scenario | None" = None


_USUAL = Settings()
_AGREEING = Settings(strict=KINDS)


def settings_of(item: pytest.Item, config: Mapping[str, Any]) -> Settings:
    """The settings of one test, with its scenario as it was read."""
    defaults = _AGREEING if item.config.getini("respan_telemetry") else _USUAL
    settings = _chosen(item, config, defaults)
    if not isinstance(settings.scenario, str):
        return settings
    scenario = scenario_of(item, settings.scenario)
    told = scenario.settings | scenario.given("strict")
    return replace(_chosen(item, config, replace(defaults, **told)), scenario=scenario)


def _chosen(item: pytest.Item, config: Mapping[str, Any], settings: Settings) -> Settings:
    settings = _changed(settings, config, "respan_config")
    for mark in reversed(list(item.iter_markers("respan"))):
        settings = _changed(settings, mark.kwargs, "@pytest.mark.respan")
    return settings


def scenario_of(item: pytest.Item, name: str) -> "Scenario":
    """The scenario of this name, nearest to the test's module on the way up to the root directory."""
    from mock_gateway.scenarios.reading import read

    here, root = item.path.parent, item.config.rootpath
    folders = [folder for folder in (here, *here.parents) if folder == here or folder.is_relative_to(root)]
    path = next((folder / name for folder in folders if (folder / name).is_file()), here / name)
    return following(lambda: read(path), "scenario")


def check_markers(item: pytest.Item) -> None:
    """Fail a test whose markers nobody could follow, whether it uses the gateway or not."""
    for mark in item.iter_markers("respan"):
        if mark.args:
            shown = ", ".join(map(repr, mark.args))
            _complain("@pytest.mark.respan", f"takes keywords only, not {shown}.")
        _changed(_USUAL, mark.kwargs, "@pytest.mark.respan")


def _changed(settings: Settings, keywords: Mapping[str, Any], source: str) -> Settings:
    if not isinstance(keywords, Mapping):
        _complain(source, f"is a mapping of the marker's keywords, not {keywords!r}.")
    if not keywords:
        return settings
    names = [field.name for field in fields(Settings)]
    for name, value in keywords.items():
        if name not in names:
            _complain(source, unknown("keyword", name, names))
        _CHECKS[name](name, value, source)
    changed = replace(settings, **keywords)
    if isinstance(changed.contract, Mapping):
        changed = replace(changed, contract=_contract(changed.contract, settings.contract, source))
    return changed


def _contract(changes: Mapping[str, Any], base: Any, source: str) -> Contract:
    """The contract that was there, with these fields changed."""
    try:
        return Contract.of(changes, base)
    except (TypeError, ValueError) as error:
        mistake = str(error)
    return _complain(source, mistake)


def _check_contract(name: str, value: object, source: str) -> None:
    if isinstance(value, str) and value not in PRESETS:
        _complain(source, unknown(name, value, PRESETS))
    elif not isinstance(value, str | Contract | Mapping):
        _complain(source, f"{name} is the name of a contract, a Contract or changes to one, not {value!r}.")


def _check_strict(name: str, value: object, source: str) -> None:
    if isinstance(value, str) or not isinstance(value, Collection):
        _complain(source, f"{name} is a tuple of names, not {value!r}. Known: {', '.join(KINDS)}.")
    for kind in value:
        if kind not in KINDS:
            _complain(source, unknown(f"name in {name}", kind, KINDS))


def _check_seed(name: str, value: object, source: str) -> None:
    if type(value) is not int:
        _complain(source, f"{name} is a whole number, not {value!r}.")


def _check_cassette(name: str, value: object, source: str) -> None:
    is_name = isinstance(value, str) and value and "\0" not in value and ".." not in PurePath(value).parts
    if value is not None and not is_name:
        _complain(source, f"{name} is the name of a folder among the cassettes, not {value!r}.")


def _check_pace(_name: str, value: Any, source: str) -> None:
    following(lambda: check_pace(value), source)


def _check_places(name: str, value: object, source: str) -> None:
    if isinstance(value, str) or not isinstance(value, Collection):
        _complain(source, f"{name} is a list of places, not {value!r}.")
    for text in value:
        if not is_path(text):
            _complain(source, f"{name}: {text!r} is no place, such as messages[1].content.")
        if name == "ignore":
            _follow(check_ignored, text, source)


def _check_record(name: str, value: object, source: str) -> None:
    if value is not None and value not in MODES:
        _complain(source, unknown("record mode", str(value), MODES))


def _check_upstream(_name: str, value: object, source: str) -> None:
    if value is not None:
        _follow(check, str(value), source)


def _follow(check: Callable[[str], None], value: str, source: str) -> None:
    """Complain of what a check of the gateway's own complains of."""
    following(lambda: check(value), source)


def following(do: Callable[[], T], source: str) -> T:
    """What comes of it; or fail the test for what the gateway complains of, without a traceback."""
    try:
        return do()
    except ValueError as error:
        mistake = str(error)
    return _complain(source, mistake)


def _check_scenario(name: str, value: object, source: str) -> None:
    if value is not None and (not isinstance(value, str) or not value):
        _complain(source, f"{name} is the name of a file, not {value!r}.")


def _check_count(name: str, value: object, source: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        _complain(source, f"{name} is a number from 1 on, not {value!r}.")


def _check_redact(name: str, value: object, source: str) -> None:
    if value is not None and not callable(value):
        _complain(source, f"{name} is a function of a text and its place, not {value!r}.")
    elif value is not None:
        following(lambda: check_redact(value), source)


def _one_of(*choices: object) -> Any:
    def check(name: str, value: object, source: str) -> None:
        if not any(value is choice or (isinstance(choice, str) and value == choice) for choice in choices):
            shown = " or ".join(map(repr, choices))
            _complain(source, f"{name} is {shown}, not {value!r}.")

    return check


def _complain(source: str, text: str) -> NoReturn:
    pytest.fail(f"{source}: {text}", pytrace=False)


_CHECKS: dict[str, Any] = {
    "contract": _check_contract,
    "clock": _one_of("virtual", "real"),
    "direct": _one_of("refuse", "allow"),
    "log_id": _one_of(True, False),
    "seed": _check_seed,
    "cassette": _check_cassette,
    "pace": _check_pace,
    "ignore": _check_places,
    "not_secret": _check_places,
    "after_last": _one_of("repeat", "miss"),
    "record": _check_record,
    "upstream": _check_upstream,
    "keep_failures": _one_of(True, False),
    "redact": _check_redact,
    "keep_calls": _check_count,
    "keep_spans": _check_count,
    "strict": _check_strict,
    "scenario": _check_scenario,
}
