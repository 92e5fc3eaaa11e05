"""Reading scenarios from files: JSON, TOML, or YAML where PyYAML is there. Only plain data comes out of them."""

import json
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..core.objects import no_doubles
from .format import SAID, SETTINGS, Scenario, parse
from .shape import ScenarioMistake

_INSTALL = "pip install PyYAML"

Source = str | os.PathLike[str] | Mapping[str, Any] | Scenario
"""A scenario however it comes: as a file, as plain data, or ready."""


def read(source: Source) -> Scenario:
    """The scenario. What a file says of other files is relative to its folder."""
    if isinstance(source, Scenario):
        return source
    if isinstance(source, Mapping):
        return parse(source)
    path = Path(source)
    try:
        return parse(_data(path)).of_file(path)
    except ScenarioMistake as mistake:
        raise ScenarioMistake(f"{path}: {mistake}") from None


def added(source: Source, *, instead: bool = False) -> Scenario:
    """The scenario, which is to be said to a gateway that is there: so it says nothing of what the gateway is.

    If it is said `instead` of what was said before, it says nothing of what stays as it is either.
    """
    found = read(source)
    place = f"{source}: " if isinstance(source, str | os.PathLike) else ""
    for name in (*SETTINGS, "strict"):
        if name in found.model_fields_set:
            told = "a gateway is made with it, and this one is there already"
            raise ScenarioMistake(f"{place}{name}: {told}. What can be added: {', '.join(SAID)}.")
    for name in ("prompts", "account"):
        if instead and name in found.model_fields_set:
            raise ScenarioMistake(f"{place}{name}: it stays as it is. What can be said instead: models, gateway.")
    return found


def _data(path: Path) -> Any:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(_READERS)
        raise ScenarioMistake(f"a scenario is a file that ends in one of {known}, which says how to read it.")
    try:
        return _whole(reader(path.read_bytes().decode("utf-8-sig")))
    except ScenarioMistake:
        raise
    except OSError as error:
        raise ScenarioMistake(f"it cannot be read: {error.strerror}.") from None
    except RecursionError:
        raise ScenarioMistake("it cannot be read: it nests too deep.") from None
    except ValueError as error:
        raise ScenarioMistake(f"it cannot be read: {' '.join(str(error).split())}.") from None


def _whole(data: Any) -> Any:
    """The same data. An emoji that was cut in the middle, as JSON's escapes can, is sent by nobody."""
    try:
        json.dumps(data, ensure_ascii=False, skipkeys=True, default=str).encode()
    except UnicodeEncodeError as error:
        half = error.object[error.start : error.start + 1]
        raise ValueError(f"{half!r} is half a character. Bytes that are no text are sent as base64") from None
    return data


def _json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=no_doubles)


def _yaml(text: str) -> Any:
    try:
        import yaml
    except ModuleNotFoundError:
        raise ScenarioMistake(f"a scenario in YAML needs PyYAML: {_INSTALL}") from None

    class Loader(yaml.SafeLoader):
        """Plain data only, and no name twice: the first one would be dropped."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            names = [self.construct_object(key, deep=True) for key, _ in node.value if key.tag != _MERGE]
            if any(name in names[:at] for at, name in enumerate(names)):
                raise yaml.constructor.ConstructorError(
                    problem="a name stands twice in one object", problem_mark=node.start_mark
                )
            return super().construct_mapping(node, deep=deep)

    try:
        return yaml.load(text, Loader)  # noqa: S506 - it is a safe loader
    except yaml.YAMLError as error:
        raise ValueError(error) from None


_MERGE = "tag:yaml.org,2002:merge"
_READERS: dict[str, Callable[[str], Any]] = {".json": _json, ".toml": tomllib.loads, ".yaml": _yaml, ".yml": _yaml}
