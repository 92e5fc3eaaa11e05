"""One recorded request with its takes, as a value and as JSON.

A body is kept as structure where encoding it anew gives the same bytes, in one of the `STYLES`; else as text, and what
is no text as base64. A stream is a list of pieces with the time each arrived; pieces that arrived together have the time
only on the first of them.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple

from pydantic_core import ValidationError

from ..core.checked import Checked, Within
from ..core.ignoring import Ignored
from ..core.objects import no_doubles
from ..wires import sse
from .mistake import CassetteMistake
from .spelling import STYLES, Encode, finite, gives, is_deeper, no_constants, structure_of, style_of, text_of, value_of

FORMAT = 1
LARGEST = 64 * 1024 * 1024
"""Bytes of a file that are read at most."""

_Seconds = Annotated[float, Within(ge=0, allow_inf_nan=False)]
_DEEPEST = 400
_FRAMING = frozenset({"connection", "content-encoding", "content-length", "transfer-encoding"})
"""Headers that say how the bytes of a body are sent: whoever plays it says so itself."""
_HALVES = re.compile("[\ud800-\udfff]")


class Piece(Checked, extra="forbid"):
    """A part of a stream: an event of JSON, a text, or bytes. Without `at` it arrived with the piece before."""

    at: _Seconds | None = None
    event: Annotated[str, Within(pattern=r"^[^\r\n]+$")] | None = None
    """The name of the event, where it has one."""
    data: Any = None
    text: str | None = None
    base64: str | None = None

    def bytes(self, encode: Encode, newline: bytes = b"\n") -> bytes:
        """The bytes it was."""
        if self.base64 is not None:
            return b64decode(self.base64, validate=True)
        if self.text is not None:
            return self.text.encode()
        return sse.event(encode(self.data).encode(), self.event, newline)


class Take(Checked, extra="forbid"):
    """One answer: its status, the headers that matter, and a body in one of four forms."""

    status: Annotated[int, Within(ge=200, le=599)]
    headers: dict[str, str] = field(default_factory=dict)
    recorded: str | None = None
    upstream: str | None = None
    seconds: _Seconds = 0
    """How long it took until the body began."""
    style: Literal["compact", "spaced", "compact-ascii", "spaced-ascii", "indented", "indented-ascii"] = "compact"
    newline: Literal["lf", "crlf"] = "lf"
    """What ends the lines of a stream's events."""
    body: Any = None
    tail: str = ""
    """White space after a JSON body."""
    text: str | None = None
    base64: str | None = None
    stream: list[Piece] | None = None
    ending: Literal["complete", "hung_up"] = "complete"
    unasked: bool = False
    """Whether it has another form than was asked for, as a stream or whole. It is played as it came."""

    @property
    def whole(self) -> bytes:
        """The bytes of a body that was no stream."""
        if self.base64 is not None:
            return b64decode(self.base64, validate=True)
        return (self.text if self.text is not None else STYLES[self.style](self.body) + self.tail).encode()

    @property
    def is_clean(self) -> bool:
        """Whether each piece of the stream is an event of its own, or nothing that says anything."""
        return all(piece.data is not None or piece.text in _SAYS_NOTHING for piece in self.stream or ())

    @property
    def data(self) -> list[Any]:
        """The JSON in the answer: its body, or what each event of the stream says. However it was cut, and is kept."""
        if self.stream is None:
            value = self.body if self.body is not None else value_of(self.whole.decode("utf-8", "replace"))
            return [] if value is None else [value]
        if self.is_clean:
            return [piece.data for piece in self.stream if piece.data is not None]
        values = map(value_of, sse.payloads(b"".join(arrival.data for arrival in self.chunks())))
        return [value for value in values if value is not None]

    def chunks(self) -> "Iterator[Arrival]":
        """The bytes of a stream as they arrived: cut where they were cut, each with its time."""
        encode, newline = STYLES[self.style], _NEWLINES[self.newline]
        data, at = b"", 0.0
        for piece in self.stream or ():
            if piece.at is not None:
                if data:
                    yield Arrival(at, data)
                data, at = b"", piece.at
            data += piece.bytes(encode, newline)
        if data:
            yield Arrival(at, data)


_NEWLINES = {"lf": b"\n", "crlf": b"\r\n"}
_EVENTS = {
    newline: re.compile(r"(?:event: (?P<name>[^\r\n]+)N)?data: (?P<payload>[^\r\n]*)NN".replace("N", newline.decode()))
    for newline in _NEWLINES.values()
}
_SAYS_NOTHING = frozenset({sse.DONE.decode()})


class Arrival(NamedTuple):
    """Bytes that came together, so many seconds after the head of the answer."""

    at: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Recording:
    """One provider request and what was answered."""

    wire: str
    model: str
    request: Mapping[str, Any]
    takes: Sequence[Take]
    ignored: Sequence[str] = field(default=())


class _File(Checked, extra="forbid"):
    format: int
    wire: Annotated[str, Within(min_length=1)]
    model: Annotated[str, Within(min_length=1)]
    ignored: list[str] = field(default_factory=list)
    request: dict[str, Any]
    takes: Annotated[list[Take], Within(min_length=1)]


def schema() -> dict[str, Any]:
    """The JSON Schema of a file. ``recording.schema.json`` beside this module is it."""
    found = _File.json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found, "title": "A recording"}


def load(data: bytes) -> Recording:
    """The recording in these bytes. Only plain data comes out of it."""
    if len(data) > LARGEST:
        raise CassetteMistake(f"it is larger than {LARGEST // 1024 // 1024} MiB")
    try:
        fields = json.loads(data, object_pairs_hook=no_doubles, parse_constant=no_constants, parse_float=finite)
    except RecursionError:
        raise CassetteMistake("it nests too deep") from None
    except ValueError as error:
        raise CassetteMistake(f"it is no JSON: {error}") from None
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        stated = fields.get("format") if isinstance(fields, dict) else None
        raise CassetteMistake(f"its format is {stated!r}, and only {FORMAT} is known")
    try:
        if is_deeper(fields, _DEEPEST):
            raise CassetteMistake("it nests too deep")
        file = _File.of(fields)
        Ignored.of(file.ignored)
        for take in file.takes:
            _check(take)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        raise CassetteMistake(f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise CassetteMistake(str(error)) from None
    return Recording(file.wire, file.model, file.request, file.takes, file.ignored)


def _check(take: Take) -> None:
    """Refuse what contradicts itself, or would be another answer to each who asks."""
    bodies = [name for name in ("body", "text", "base64", "stream") if getattr(take, name) is not None]
    if len(bodies) > 1:
        raise ValueError(f"a take has {' and '.join(bodies)}: an answer has one body")
    for name, value in take.headers.items():
        if name.lower() in _FRAMING or not _HEADER.fullmatch(f"{name}: {value}"):
            raise ValueError(f"a take has the header {name!r}, which cannot be played")
    for one in (take, *(take.stream or ())):
        if one.base64 is not None:
            b64decode(one.base64, validate=True)


_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\x00-\x08\x0a-\x1f\x7f]*")


def dump(recording: Recording) -> bytes:
    """The bytes of a recording: indented, in a fixed order, defaults left out, a line for each piece of a stream."""
    fields = {
        "format": FORMAT,
        "wire": recording.wire,
        "model": recording.model,
        "ignored": list(recording.ignored),
        "request": recording.request,
        "takes": [take.plain(Checked.is_told) for take in recording.takes],
    }
    try:
        return f"{_indented(fields)}\n".encode()
    except RecursionError:
        raise CassetteMistake("nothing was recorded: it nests too deep") from None
    except ValueError as error:  # a number that is none
        raise CassetteMistake(f"nothing was recorded: {error}") from None


def _indented(value: Any, margin: str = "", *, is_flat: bool = False) -> str:
    """JSON for people to read. What is flat stands on one line."""
    if is_flat or not isinstance(value, Mapping | list) or not value:
        return _line(value)
    deeper = f"{margin}  "
    if isinstance(value, list):
        items = [_indented(item, deeper) for item in value]
        opening, closing = "[]"
    else:
        items = [f"{_line(name)}: {_field(name, value[name], deeper)}" for name in value]
        opening, closing = "{}"
    lines = f",\n{deeper}".join(items)
    return f"{opening}\n{deeper}{lines}\n{margin}{closing}"


def _line(value: Any) -> str:
    """JSON on one line. Half a letter can only be written escaped."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return json.dumps(value, allow_nan=False) if _HALVES.search(text) else text


def _field(name: str, value: Any, margin: str) -> str:
    if name != "stream" or not isinstance(value, list):
        return _indented(value, margin)
    lines = "".join(
        f"{',' if at else ''}\n{margin}  {_indented(piece, is_flat=True)}" for at, piece in enumerate(value)
    )
    return f"[{lines}\n{margin}]"


def whole_take(data: bytes, **facts: Any) -> Take:
    """A take of an answer in one piece."""
    text = text_of(data)
    if text is None:
        return Take.of({"base64": b64encode(data).decode(), **facts})
    written = text.rstrip()
    style = style_of(written)
    if style is None:
        return Take.of({"text": text, **facts})
    return Take.of({"body": json.loads(written), "style": style, "tail": text[len(written) :], **facts})


def stream_take(arrivals: Sequence[Arrival], **facts: Any) -> Take:
    """A take of a stream."""
    whole = b"".join(arrival.data for arrival in arrivals)
    name = "crlf" if whole.count(b"\r\n\r\n") > whole.count(b"\n\n") else "lf"
    newline = _NEWLINES[name]
    cut = [(arrival.at, sse.events(arrival.data, newline)) for arrival in arrivals]
    styles = (style_of(_payload(event, newline)[1]) for _, events in cut for event in events)
    style = next((style for style in styles if style is not None), "compact")
    pieces: list[Piece] = []
    for moment, events in cut:
        parts = [_piece(event, STYLES[style], newline) for event in events]
        pieces += [part if at else part.but(at=moment) for at, part in enumerate(parts)]
    return Take.of({"stream": pieces, "style": style, "newline": name, **facts})


def _payload(event: bytes, newline: bytes) -> tuple[str | None, str]:
    """The name of an event and what it says, where it is written as events usually are."""
    text = text_of(event) or ""
    found = _EVENTS[newline].fullmatch(text)
    return (found["name"], found["payload"]) if found else (None, "")


def _piece(event: bytes, encode: Encode, newline: bytes) -> Piece:
    name, payload = _payload(event, newline)
    if payload:
        value = structure_of(payload)
        if value is not None and gives(encode, value, payload):
            return Piece(event=name, data=value)
    text = text_of(event)
    return Piece(base64=b64encode(event).decode()) if text is None else Piece(text=text)
