"""Every text in a recording, to be looked at or changed.

An answer that came in the pieces of a stream is one text: put together from the same place of every event, and given
back to the events in pieces as long as they were. Where a stream was cut across its events, they are put together
first; if nothing is changed in them it stays as it was, else it is written event by event.
"""

import json
import re
from base64 import b64decode, b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from ..core.objects import no_doubles
from ..core.paths import ANY, Path, written
from ..wires import sse
from .format import Piece, Recording, Take

_MANY = 3


class Spot(NamedTuple):
    """Where a text stands: below which root of the file, and where in the data there."""

    root: Path
    place: Path = ()
    is_name: bool = False
    """Whether it is the name of a field. It stands at the place of what it names."""

    def __str__(self) -> str:
        return written((*self.root, *self.place))


Change = Callable[[Spot, str], str]


def changed(recording: Recording, change: Change) -> Recording:
    """The recording with every text as `change` returns it, names of fields included."""
    model = change(Spot(("model",)), recording.model)
    request = changed_data(recording.request, ("request",), change)
    takes = [_take(take, ("takes", at), change) for at, take in enumerate(recording.takes)]
    return replace(recording, model=model, request=request, takes=takes)


def changed_data(value: Any, root: Path, change: Change, place: Path = ()) -> Any:
    """Plain data with every text changed."""
    if isinstance(value, str):
        return change(Spot(root, place), value)
    if isinstance(value, Mapping):
        return {
            change(Spot(root, (*place, name), is_name=True), name): changed_data(item, root, change, (*place, name))
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [changed_data(item, root, change, (*place, step(item, at))) for at, item in enumerate(value)]
    return value


def step(item: Any, at: int) -> int:
    """Where an item of a list stands. Choices and tool calls say it themselves: in a stream, one event has one of them."""
    index = item.get("index") if isinstance(item, Mapping) else None
    return index if type(index) is int else at


def _take(take: Take, root: Path, change: Change) -> Take:
    def whole(name: str, text: str | None) -> str | None:
        return None if text is None else change(Spot((*root, name)), text)

    parts: dict[str, Any] = {
        "headers": {name: change(Spot((*root, "headers", name)), value) for name, value in take.headers.items()},
        "upstream": whole("upstream", take.upstream),
        "body": _consistent(take.body, changed_data(take.body, (*root, "body"), change)),
    }
    if take.text is not None:
        parts["text"] = _loose(take.text, (*root, "text"), change)
    if take.base64 is not None:
        parts["base64"] = _encoded(change(Spot((*root, "base64")), _decoded(take.base64)))
    if take.stream:
        parts["stream"] = _stream(take, (*root, "stream"), change)
    return take.but(**parts)


def _loose(text: str, root: Path, change: Change) -> str:
    """A text that may be JSON: then it is what it says that is changed, however it is written."""
    try:
        value = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=no_doubles)
    except (ValueError, RecursionError):
        return change(Spot(root), text)
    new = _consistent(value, changed_data(value, root, change))
    return text if new == value else json.dumps(new, ensure_ascii=False)


def _stream(take: Take, root: Path, change: Change) -> Sequence[Piece]:
    pieces = take.stream or []
    events = pieces if take.is_clean else _put_together(take)
    new = _events(events, root, change)
    texts = [at for at, piece in enumerate(new) if piece.data is None]
    raw = [_raw(new[at]) for at in texts]
    for at, text in zip(texts, _spread(raw, change(Spot((*root, ANY, "text")), "".join(raw))), strict=True):
        new[at] = _of_text(new[at], text)
    return pieces if new == events else new


def _put_together(take: Take) -> list[Piece]:
    """The events of a stream that was cut across them, each at the time it was complete; and what is no event."""
    arrivals = list(take.chunks())
    data = b"".join(arrival.data for arrival in arrivals)
    ends = list(accumulate(len(arrival.data) for arrival in arrivals))
    borders = [match.end() for match in _BORDER.finditer(data)]
    found: list[Piece] = []
    for start, end in pairwise((0, *borders, len(data))):
        if start != end:
            found += _framed(data[start:end], arrivals[bisect_left(ends, end)].at)
    return found


def _framed(frame: bytes, at: float) -> Iterator[Piece]:
    """One event: what else stands in it, and its data."""
    payloads = sse.payloads(frame)
    try:
        value = json.loads(payloads[0], object_pairs_hook=no_doubles) if len(payloads) == 1 else None
    except (ValueError, RecursionError):
        value = None
    text = frame.decode("utf-8", "surrogateescape")
    if value is None:
        yield _of_text(Piece(at=at), text)
        return
    others = [line for line in text.splitlines() if line and not line.startswith("data:")]
    if others:
        yield _of_text(Piece(at=at), "".join(f"{line}\n" for line in others))
    yield Piece(at=at, data=value)


_BORDER = re.compile(rb"(?:\r\n|\r(?!\n)|\n){2,}")


def _events(pieces: Sequence[Piece], root: Path, change: Change) -> list[Piece]:
    joined = _Joined(change, (*root, ANY, "data"))
    events = [piece.data for piece in pieces if piece.data is not None]
    for data in events:
        joined.read(data)
    joined.settle(len(events))
    return [
        piece.but(data=_consistent(piece.data, joined.given_back(piece.data))) if piece.data is not None else piece
        for piece in pieces
    ]


class _Joined:
    """The texts of all events by place, each changed as one."""

    def __init__(self, change: Change, root: Path) -> None:
        self._change, self._root = change, root
        self._parts: dict[Path, list[str]] = {}
        self._new: dict[Path, list[str]] = {}

    def read(self, value: Any) -> None:
        changed_data(value, (), self._collect)

    def _collect(self, spot: Spot, text: str) -> str:
        if not spot.is_name:
            self._parts.setdefault(spot.place, []).append(text)
        return text

    def settle(self, events: int) -> None:
        """Change what was read."""
        for place, parts in self._parts.items():
            spot = Spot(self._root, place)
            alone = {part: self._change(spot, part) for part in set(parts)}
            new = [alone[part] for part in parts]
            is_around = (
                len(alone) == 1 and len(parts) == events > _MANY
            )  # what stands around every event, such as its id
            if new == parts and len(parts) > 1 and not is_around:
                new = _spread(parts, self._change(spot, "".join(parts)))
            self._new[place] = new[::-1]

    def given_back(self, value: Any) -> Any:
        """The data of the next event, as it is now."""
        return changed_data(value, (), self._give)

    def _give(self, spot: Spot, text: str) -> str:
        if spot.is_name:
            return self._change(Spot(self._root, spot.place, is_name=True), text)
        return self._new[spot.place].pop()


def _consistent(before: Any, after: Any) -> Any:
    """Data that was changed, without what says the same in another way: each token's text and bytes, one by one."""
    return after if before == after else _without_tokens(after)


def _without_tokens(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: None if name == "logprobs" else _without_tokens(item) for name, item in value.items()}
    return [_without_tokens(item) for item in value] if isinstance(value, list) else value


def _spread(parts: Sequence[str], text: str) -> list[str]:
    """A text cut as these parts are: what is left over goes to the last."""
    if text == "".join(parts):
        return list(parts)
    ends = list(accumulate((len(part) for part in parts[:-1]), initial=0))
    return [*(text[start:end] for start, end in pairwise(ends)), text[ends[-1] :]]


def _raw(piece: Piece) -> str:
    return piece.text if piece.text is not None else _decoded(piece.base64 or "")


def _of_text(piece: Piece, text: str) -> Piece:
    try:
        text.encode()
    except UnicodeEncodeError:
        return piece.but(text=None, base64=_encoded(text))
    return piece.but(text=text, base64=None)


def _decoded(data: str) -> str:
    """Bytes as a text that gives the bytes again."""
    return b64decode(data).decode("utf-8", "surrogateescape")


def _encoded(text: str) -> str:
    return b64encode(text.encode("utf-8", "surrogateescape")).decode()
