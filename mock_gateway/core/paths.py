"""Places in plain data, written as people write them: ``messages[1].content``, ``tools[*].function.name``."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\*)\]")

Path = tuple[str | int, ...]
ANY = "*"


def parse(text: str) -> Path:
    """The steps of a path. ``[*]`` stands for every place of a list."""
    steps: list[str | int] = []
    end = 0
    for match in _STEP.finditer(text):
        if match.start() != end:
            break
        name, index = match[1], match[2]
        steps.append(name if name is not None else ANY if index == ANY else int(index))
        end = match.end()
    if not text or end != len(text) or text.startswith("."):
        raise ValueError(f"{text!r} is no path. A path is written like messages[1].content or tools[*].function.name.")
    return tuple(steps)


def is_path(text: object) -> bool:
    """Whether this is a path at all."""
    try:
        return isinstance(text, str) and bool(parse(text))
    except ValueError:
        return False


def written(path: Path) -> str:
    """A path as people write it."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) or step == ANY else f".{step}" if text else step
    return text


def without(value: Any, paths: Sequence[Path]) -> Any:
    """A copy of plain data without what stands at these places. A place in a list becomes null, so that none moves."""
    if not paths:
        return value
    gone = {path[0] for path in paths if len(path) == 1}
    deeper = [path for path in paths if len(path) > 1]
    if isinstance(value, Mapping):
        return {
            name: without(item, [path[1:] for path in deeper if path[0] == name])
            for name, item in value.items()
            if name not in gone
        }
    if isinstance(value, list):
        return [
            None if at in gone or ANY in gone else without(item, [path[1:] for path in deeper if path[0] in (at, ANY)])
            for at, item in enumerate(value)
        ]
    return value


class Difference(NamedTuple):
    """A place where two pieces of data differ. `MISSING` stands for nothing at all."""

    path: str
    recorded: Any
    asked: Any


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING = _Missing()


def differences(recorded: Any, asked: Any, path: Path = ()) -> Iterator[Difference]:
    """Where two pieces of plain data differ, as deep inside as can be told."""
    if isinstance(recorded, Mapping) and isinstance(asked, Mapping):
        for name in dict.fromkeys((*recorded, *asked)):
            yield from differences(recorded.get(name, MISSING), asked.get(name, MISSING), (*path, name))
    elif isinstance(recorded, list) and isinstance(asked, list):
        for at in range(max(len(recorded), len(asked))):
            one = recorded[at] if at < len(recorded) else MISSING
            other = asked[at] if at < len(asked) else MISSING
            yield from differences(one, other, (*path, at))
    elif type(recorded) is not type(asked) or recorded != asked:
        yield Difference(written(path), recorded, asked)
