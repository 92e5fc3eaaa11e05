"""The one table of endpoints: method and path, and who answers.

Paths are written without what clients may or may not put around them: the ``/api`` in front, the slash at the end, a
slash too many. A provider's own host has the same endpoints below its version (``/v1``), or below its own prefix.
"""

import re
from functools import lru_cache

from .core import problems
from .core.problems import Problem
from .wires import chat
from .wires.wire import Wire

MODEL_CALLS: dict[tuple[str, str], Wire] = {
    ("POST", "/chat/completions"): chat,
}

_SLASHES = re.compile(r"/{2,}")


def route(method: str, path: str, *, direct: bool = False) -> Wire | Problem:
    """The wire that answers here, or what to say instead."""
    found = MODEL_CALLS.get((method, _normal(path)))
    if found is None and direct:
        found = next((wire for (verb, end), wire in MODEL_CALLS.items() if verb == method and path.endswith(end)), None)
    if found is not None:
        return found
    if any(known == _normal(path) for _, known in MODEL_CALLS):
        return problems.wrong_method(method)
    return problems.not_imitated(method, path)


@lru_cache(maxsize=1024)
def _normal(path: str) -> str:
    path = _SLASHES.sub("/", path) if "//" in path else path
    return path.removeprefix("/api").rstrip("/") or "/"
