"""New interpreters, as people have them: what is installed was compiled once, and is not compiled at each start."""

import os
import subprocess
import sys
from tempfile import TemporaryDirectory

_COMPILED = TemporaryDirectory(prefix="compiled-")  # apart from the sources, where other settings may have left nothing
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
    "PYTHONPYCACHEPREFIX": _COMPILED.name
}
"""The first to load a file in this environment compiles it: measure from the second on."""


def output(code: str) -> float:
    """The number that this code prints."""
    command = [sys.executable, "-c", code]
    return float(subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=True).stdout)
