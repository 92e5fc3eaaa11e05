"""Who answers a request: found in the table of endpoints by its method and its path."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import import_module

from .core import problems
from .core.problems import Problem
from .platform.desk import Endpoint, Resource
from .routes import ANTHROPICS, GOOGLES, MODEL_CALLS, NOT_IMITATED, OPEN, OPENAIS, RESOURCES
from .wires.wire import Wire, in_file, pattern

_SLASHES = re.compile(r"/{2,}")
_VERSION = re.compile(r"^(?:/openai)?(?:/v1)?(?=/(?:files|batches|responses)(?:/|$))")
"""What stands before OpenAI's."""


def route(method: str, path: str, *, direct: bool = False) -> Wire | Resource | Problem:
    """Who answers here, or what to say instead."""
    if (wire := _wire(method, path, direct)) is not None:
        return wire
    normal = _normal(path)
    if not direct and any(one.fullmatch(f"{method} {normal}") for one in NOT_IMITATED):
        return problems.not_imitated(method, path)
    if (resource := _resource(method, normal, direct=direct)) is not None:
        return resource
    is_model_call = any(_wire(known, normal, False) for known, _ in MODEL_CALLS)
    if not direct and (is_model_call or _is_known(normal)):
        return problems.wrong_method(method)
    return problems.not_imitated(method, path)


@lru_cache(maxsize=1024)
def _wire(method: str, path: str, direct: bool) -> Wire | None:
    """The format of a model call: on a provider's own host by how its path ends."""
    if direct:
        wires = (in_file(file) for (verb, _), file in MODEL_CALLS.items() if verb == method)
        return next((one for one in wires if one.ending.search(path)), None)
    path = _normal(path)
    if (found := MODEL_CALLS.get((method, path))) is not None:
        return in_file(found)
    for (verb, written), file in MODEL_CALLS.items():
        if verb == method and "{" in written and _pattern(written).fullmatch(path):
            return in_file(file)
    return None


def _resource(method: str, path: str, *, direct: bool) -> Resource | None:
    if (found := _find(OPENAIS, method, _VERSION.sub("", path))) is not None:
        return found._replace(owner="openai")
    if (found := _find(ANTHROPICS, method, f"/anthropic{path}" if direct else path)) is not None:
        return found._replace(owner="anthropic")
    if (found := _find(GOOGLES, method, f"/google{path}" if direct else path)) is not None:
        return found._replace(owner="google")
    if direct:
        return None
    if (found := _find(OPEN, method, path)) is not None:
        return found._replace(is_open=True)
    return None if any(path == written for _, written in OPEN) else _find(RESOURCES, method, path)


def _find(table: Mapping[tuple[str, str], str], method: str, path: str) -> Resource | None:
    found = table.get((method, path))
    if found is not None:
        return Resource(endpoint(found), {})
    if any(written == path for _, written in table):  # of a name of its own, not somebody's that is called so
        return None
    for (verb, written), named in table.items():
        if verb == method and "{" in written and (match := _pattern(written).fullmatch(path)):
            return Resource(endpoint(named), match.groupdict())
    return None


@cache
def endpoint(name: str) -> Endpoint:
    """Who is called so in the table."""
    file, _, function = name.partition(".")
    found: Endpoint = getattr(import_module(f".platform.{file}", __package__), function)
    return found


def _is_known(path: str) -> bool:
    return any(
        known == path or ("{" in known and _pattern(known).fullmatch(path))
        for path, table in (
            (path, RESOURCES),
            (path, OPEN),
            (_VERSION.sub("", path), OPENAIS),
            (path, ANTHROPICS),
            (path, GOOGLES),
        )
        for _, known in table
    )


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(pattern(path))


@lru_cache(maxsize=1024)
def _normal(path: str) -> str:
    path = _SLASHES.sub("/", path) if "//" in path else path
    return path.removeprefix("/api").rstrip("/") or "/"
