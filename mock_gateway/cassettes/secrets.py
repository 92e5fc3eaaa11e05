"""Finding secrets in recordings, before they are written and whenever they are read.

Three rules: the shapes that keys are known to have, long strings too random to be words, and fields of a request whose name
says what they are. The second passes over fields that a wire defines as opaque, such as ids and signatures; the others pass
over nothing.

Libraries for this look at lines of source code, not at data: they know few of the keys of model providers, and take any
unquoted word for a random string.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from ..core.ignoring import UUID
from ..core.masking import is_secret, mask
from ..core.paths import Path
from ..wires.wire import Wire
from .format import Piece, Recording
from .texts import Spot, changed, step


class _Shape(NamedTuple):
    """What a kind of key looks like; the hint is in every one of them, and quick to look for."""

    hint: str
    pattern: re.Pattern[str]


SHAPES: dict[str, _Shape] = {
    "an Anthropic key": _Shape("sk-ant-", re.compile(r"\bsk-ant-[A-Za-z0-9_-]{16,}")),
    "an OpenRouter key": _Shape("sk-or-", re.compile(r"\bsk-or-[A-Za-z0-9_-]{16,}")),
    "an OpenAI key": _Shape("sk-", re.compile(r"\bsk-(?!ant-|or-)(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{16,}")),
    "a Google key": _Shape("AIza", re.compile(r"\bAIza[0-9A-Za-z_-]{30,}")),
    "a Google token": _Shape("ya29.", re.compile(r"\bya29\.[0-9A-Za-z_-]{16,}")),
    "a Respan key": _Shape(".", re.compile(r"\b[A-Za-z0-9]{8}\.[A-Za-z0-9]{32}\b")),
    "an AWS key": _Shape("IA", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    "a Groq key": _Shape("gsk_", re.compile(r"\bgsk_[A-Za-z0-9]{16,}")),
    "an xAI key": _Shape("xai-", re.compile(r"\bxai-[A-Za-z0-9_-]{16,}")),
    "a Hugging Face token": _Shape("hf_", re.compile(r"\bhf_[A-Za-z0-9]{16,}")),
    "a Perplexity key": _Shape("pplx-", re.compile(r"\bpplx-[A-Za-z0-9]{16,}")),
    "a Replicate token": _Shape("r8_", re.compile(r"\br8_[A-Za-z0-9]{16,}")),
    "a GitHub token": _Shape("_", re.compile(r"\b(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{16,}")),
    "a Slack token": _Shape("xox", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}")),
    "a Stripe key": _Shape("k_", re.compile(r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}")),
    "a JSON web token": _Shape("eyJ", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+")),
    "a private key": _Shape("PRIVATE KEY", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    "a bearer token": _Shape("earer", re.compile(r"\b[Bb]earer\s+(?=[A-Za-z._~+/-]*\d)[A-Za-z0-9._~+/-]{16,}")),
    "a password in an address": _Shape("://", re.compile(r"://[^/\s:@]+:[^/\s:@]+@")),
}

_REQUEST = ("request",)
_PLACEHOLDER = re.compile(r"<[^<>]*>")
_PLACE = re.compile(r"\[\d+\]")
_WORD = re.compile(r"[A-Za-z0-9+/_-]{32,}")
_RUN = re.compile(r"[A-Za-z0-9]{32,}")
_HEX = re.compile(r"[0-9a-fA-F-]+")
_ESCAPE = re.compile(r"\\[nrtbf\"]")
_BREAK = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_BREAKS = 0.2
"""How often a new word begins in a text of words, at most: not after every fifth letter."""


class Leak(NamedTuple):
    """What looks like a secret: where it is, what it looks like, and what may be shown of it."""

    path: str
    kind: str
    shown: str

    def __str__(self) -> str:
        return f"{self.path} has {self.kind} ({self.shown})"


def leaks(recording: Recording, allowed: Collection[str] = ()) -> list[Leak]:
    """What looks like a secret in a recording. `allowed` are places where it is none."""
    wire = Wire.known.get(recording.wire)
    opaque = wire.opaque if wire is not None else frozenset()
    found: list[Leak] = []
    clean: set[tuple[str, bool]] = set()

    def note(spot: Spot, kind: tuple[str, str]) -> None:
        leak = Leak(str(spot), *kind)  # it may have been seen in a part of a stream already
        if leak not in found and leak.path not in allowed and _PLACE.sub("[*]", leak.path) not in allowed:
            found.append(leak)

    def look(spot: Spot, text: str) -> str:
        is_opaque = any(step in opaque for step in spot.place)
        if spot.root == _REQUEST and not spot.is_name and _is_named_secret(spot.place, text):
            note(spot, ("a secret by its name", mask(text)))
            return text
        if (text, is_opaque) in clean:  # such as the names of fields, in every event of a stream
            return text
        kind = shape(text) or (None if is_opaque else _random(text))
        if kind is None:
            clean.add((text, is_opaque))
            return text
        note(spot, kind)
        return text

    if _has_secret_names(recording.request) or _needs_a_look(recording, opaque):
        changed(recording, look)
    return found


def masked(text: str) -> str:
    """A text with all that has the shape of a key beyond recognition."""
    for hint, pattern in SHAPES.values():
        if hint in text:
            text = pattern.sub(lambda match: mask(match[0]), text)
    return text


def _is_named_secret(place: Path, text: str) -> bool:
    name = place[-1] if place else None
    return isinstance(name, str) and is_secret(name) and bool(text) and not _PLACEHOLDER.fullmatch(text)


def _has_secret_names(value: Any) -> bool:
    """Whether a field of a request says by its name that it holds a secret."""
    if isinstance(value, Mapping):
        return any(
            is_secret(str(name)) if isinstance(item, str) else _has_secret_names(item) for name, item in value.items()
        )
    return isinstance(value, list) and any(map(_has_secret_names, value))


def _needs_a_look(recording: Recording, opaque: frozenset[str]) -> bool:
    """Whether there may be something in it: all texts looked at as two, which is quicker than each in its place."""
    gathered = _Gathered(opaque)
    gathered.add(recording.request)
    for take in recording.takes:
        if take.base64 is not None or take.text is not None or not take.is_clean:
            return True
        gathered.add([take.headers, take.upstream, take.body])
        gathered.add_stream(take.stream or ())
    clear, hidden = "\n".join(gathered.clear), "\n".join(gathered.hidden)
    return bool(shape(clear) or shape(hidden) or _random(clear))


class _Gathered:
    """The texts of a recording, those in opaque fields apart."""

    def __init__(self, opaque: frozenset[str]) -> None:
        self.clear: list[str] = []
        self.hidden: list[str] = []
        self._opaque = opaque

    def add(self, value: Any, *, is_hidden: bool = False) -> None:
        """All texts in plain data, names included."""
        if isinstance(value, str):
            (self.hidden if is_hidden else self.clear).append(value)
        elif isinstance(value, Mapping):
            self.clear += value
            for name, item in value.items():
                self.add(item, is_hidden=is_hidden or name in self._opaque)
        elif isinstance(value, list):
            for item in value:
                self.add(item, is_hidden=is_hidden)

    def add_stream(self, pieces: Iterable[Piece]) -> None:
        """The texts of a stream: what stands in the same place of every event is one text, once and together."""
        names: set[str] = set()
        places: dict[Path, list[str]] = {}
        raw: list[str] = []

        def walk(value: Any, place: Path) -> None:
            if type(value) is str:
                places.setdefault(place, []).append(value)
            elif type(value) is dict:
                names.update(value)
                for name, item in value.items():
                    walk(item, (*place, name))
            elif type(value) is list:
                for at, item in enumerate(value):
                    walk(item, (*place, step(item, at)))

        for piece in pieces:
            if piece.data is not None:
                walk(piece.data, ())
            else:
                raw.append(piece.bytes(str).decode("utf-8", "replace"))
        self.clear += [*names, "".join(raw)]
        for place, texts in places.items():
            target = self.hidden if any(step in self._opaque for step in place) else self.clear
            target += {"".join(texts), *texts}


def shape(text: str) -> tuple[str, str] | None:
    """What kind of key there is in a text, if any, and what may be shown of it."""
    text = _unescaped(text)
    for kind, (hint, pattern) in SHAPES.items():
        match = pattern.search(text) if hint in text else None
        if match is not None:
            return kind, mask(match[0])
    return None


def _random(text: str) -> tuple[str, str] | None:
    for match in _WORD.finditer(UUID.sub("", _unescaped(text))):
        word = match[0]
        for part in (word, *_RUN.findall(word)):  # a key may have words in front of it, as in a path
            if any(map(str.isdigit, part)) and _breaks(part) > _BREAKS and _entropy(part) > _bits(part):
                return "a string too random to be a word", mask(part)
    return None


def _unescaped(text: str) -> str:
    """A text that may be JSON, without what ends one word and seems to begin the next."""
    return _ESCAPE.sub(" ", text) if "\\" in text else text


def _bits(word: str) -> float:
    """Bits of entropy to a letter from which on a string is no word: the fewer letters it is made of, the fewer."""
    if _HEX.fullmatch(word):
        return 3.2
    return 3.7 if word.isalnum() and (word.islower() or word.isupper()) else 4.2


def _breaks(word: str) -> float:
    """How often a new word seems to begin: a capital after a small letter, a digit after a letter, or the reverse."""
    return len(_BREAK.findall(word)) / len(word)


def _entropy(word: str) -> float:
    """Bits to a letter."""
    total = len(word)
    return -sum(count / total * math.log2(count / total) for count in Counter(word).values())
