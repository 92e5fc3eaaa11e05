"""The samples of Respan's pages, word for word as they are printed: a folder for each page, a file for each sample."""

import json
import runpy
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def run(page: str, name: str, **names: Any) -> dict[str, Any]:
    """The names a sample leaves behind; `names` are those it expects to be there already."""
    return runpy.run_path(str(HERE / page / f"{name}.py"), names, "sample")


def body(page: str, name: str) -> Any:
    """What a sample in JSON says."""
    return json.loads((HERE / page / f"{name}.json").read_text(encoding="utf-8"))
