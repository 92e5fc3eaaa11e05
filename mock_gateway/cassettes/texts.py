"""Every text in a recording, to be looked at or changed.

A stream is read twice over: an answer that came in pieces is one text, put together from the same place of every event,
and given back to the events in pieces as long as they were.
"""

from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ..core.paths import ANY, Path, written
from .format import Piece, Recording, Take


class Spot(NamedTuple):
    """Where a text stands: below which root of the file, and where in the data there."""

    root: Path
    place: Path = ()

    def __str__(self) -> str:
        return written((*self.root, *self.place))


Change = Callable[[Spot, str], str]


def changed(recording: Recording, change: Change) -> Recording:
    """The recording with every text as `change` returns it, names of fields included."""
    request = changed_data(recording.request, ("request",), change)
    takes = [_take(take, ("takes", at), change) for at, take in enumerate(recording.takes)]
    return replace(recording, request=request, takes=takes)


def changed_data(value: Any, root: Path, change: Change, place: Path = ()) -> Any:
    """Plain data with every text changed. The name of a field stands at the place of what it names."""
    if isinstance(value, str):
        return change(Spot(root, place), value)
    if isinstance(value, Mapping):
        return {
            change(Spot(root, (*place, name)), name): changed_data(item, root, change, (*place, name))
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [changed_data(item, root, change, (*place, at)) for at, item in enumerate(value)]
    return value


def _take(take: Take, root: Path, change: Change) -> Take:
    def whole(name: str, text: str | None) -> str | None:
        return None if text is None else change(Spot((*root, name)), text)

    parts: dict[str, Any] = {
        "headers": {name: change(Spot((*root, "headers", name)), value) for name, value in take.headers.items()},
        "upstream": whole("upstream", take.upstream),
        "body": changed_data(take.body, (*root, "body"), change),
        "text": whole("text", take.text),
    }
    if take.base64 is not None:
        parts["base64"] = _encoded(change(Spot((*root, "base64")), _decoded(take.base64)))
    if take.stream:
        parts["stream"] = _stream(take.stream, (*root, "stream"), change)
    return take.model_copy(update=parts)


def _stream(pieces: Sequence[Piece], root: Path, change: Change) -> list[Piece]:
    joined = _Joined(change, (*root, ANY, "data"))
    for piece in pieces:
        joined.read(piece.data)
    joined.settle()
    new = [piece if piece.data is None else _with(piece, data=joined.given_back(piece.data)) for piece in pieces]
    texts = [at for at, piece in enumerate(pieces) if piece.data is None]
    raw = [_raw(pieces[at]) for at in texts]
    for at, text in zip(texts, _spread(raw, change(Spot((*root, ANY, "text")), "".join(raw))), strict=True):
        if text != _raw(pieces[at]):
            new[at] = _of_text(pieces[at], text)
    return new


class _Joined:
    """The texts of all events by place, each changed as one."""

    def __init__(self, change: Change, root: Path) -> None:
        self._change, self._root = change, root
        self._parts: dict[Path, list[str]] = defaultdict(list)
        self._new: dict[Path, list[str]] = {}

    def read(self, value: Any) -> None:
        changed_data(value, (), self._collect)

    def _collect(self, spot: Spot, text: str) -> str:
        if not _is_name(spot, text):
            self._parts[spot.place].append(text)
        return text

    def settle(self) -> None:
        """Change what was read."""
        for place, parts in self._parts.items():
            spot = Spot(self._root, place)
            if len(set(parts)) == 1:  # the same in every event, such as an id
                new = [self._change(spot, parts[0])] * len(parts)
            else:
                new = _spread(parts, self._change(spot, "".join(parts)))
            self._new[place] = new[::-1]

    def given_back(self, value: Any) -> Any:
        """The data of the next event, as it is now."""
        return changed_data(value, (), self._give)

    def _give(self, spot: Spot, text: str) -> str:
        if _is_name(spot, text):
            return self._change(Spot(self._root, spot.place), text)
        return self._new[spot.place].pop()


def _is_name(spot: Spot, text: str) -> bool:
    return bool(spot.place) and spot.place[-1] == text


def _spread(parts: Sequence[str], text: str) -> list[str]:
    """A text cut as these parts are: what is left over goes to the last."""
    if text == "".join(parts):
        return list(parts)
    found: list[str] = []
    for part in parts[:-1]:
        found.append(text[: len(part)])
        text = text[len(part) :]
    return [*found, text]


def _with(piece: Piece, **fields: Any) -> Piece:
    return piece.model_copy(update=fields)


def _raw(piece: Piece) -> str:
    return piece.text if piece.text is not None else _decoded(piece.base64 or "")


def _of_text(piece: Piece, text: str) -> Piece:
    try:
        text.encode()
    except UnicodeEncodeError:
        return _with(piece, text=None, base64=_encoded(text))
    return _with(piece, text=text, base64=None)


def _decoded(data: str) -> str:
    """Bytes as a text that gives the bytes again."""
    return b64decode(data).decode("utf-8", "surrogateescape")


def _encoded(text: str) -> str:
    return b64encode(text.encode("utf-8", "surrogateescape")).decode()
