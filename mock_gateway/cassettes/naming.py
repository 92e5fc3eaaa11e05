"""What the recordings of a test are called."""

import re
from hashlib import sha256

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_PARAMETERS = re.compile(r"(.*?)\[(.*)\]", re.DOTALL)
_LONGEST = 120


def own_name(test: str) -> str:
    """The name of a test as part of a path, with its class and its parameters. No two tests have the same."""
    match = _PARAMETERS.fullmatch(test)
    plain = "-".join(match.groups()) if match else test
    safe = _UNSAFE.sub("-", plain).strip("-.")[:_LONGEST]
    return safe if safe == plain else f"{safe}-{sha256(test.encode()).hexdigest()[:6]}"
