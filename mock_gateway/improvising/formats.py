"""Texts in the formats of JSON Schema."""

from collections.abc import Callable, Mapping
from uuid import UUID

from .names import day, email, host, moment, page
from .pieces import Pieces

Made = Callable[[Pieces, tuple[str, ...]], str]


def formatted(name: str, words: tuple[str, ...], pieces: Pieces) -> str | None:
    """A text in this format for the place with these words, or None if nothing is known of it."""
    made = _FORMATS.get(name)
    return None if made is None else made(pieces, words)


def _ipv6(pieces: Pieces, words: tuple[str, ...]) -> str:
    return "2001:db8::" + f"{pieces.random.randrange(1, 0xFFFF):x}"  # the range for documentation


def _uuid(version: int) -> Made:
    def made(pieces: Pieces, _: tuple[str, ...]) -> str:
        drawn = UUID(int=pieces.random.getrandbits(128), version=4).hex
        return str(UUID(hex=f"{drawn[:12]}{version:x}{drawn[13:]}"))

    return made


_FORMATS: Mapping[str, Made] = {
    "date-time": lambda pieces, words: moment(pieces, words).isoformat() + "Z",
    "date": lambda pieces, words: day(pieces, words).isoformat(),
    "time": lambda pieces, words: moment(pieces).strftime("%H:%M:%SZ"),
    "duration": lambda pieces, words: f"P{pieces.random.randint(1, 9)}DT{pieces.random.randint(1, 23)}H",
    **dict.fromkeys(("email", "idn-email"), lambda pieces, words: email(pieces)),
    **dict.fromkeys(("hostname", "idn-hostname"), lambda pieces, words: host(pieces)),
    **dict.fromkeys(("uri", "url", "iri", "uri-reference", "iri-reference"), lambda pieces, words: page(pieces)),
    "uri-template": lambda pieces, words: page(pieces) + "/{id}",
    **dict.fromkeys(("uuid", "uuid4"), lambda pieces, words: str(UUID(int=pieces.random.getrandbits(128), version=4))),
    **{f"uuid{version}": _uuid(version) for version in (1, 2, 3, 5, 6, 7, 8)},  # pydantic names the version
    "ipv4": lambda pieces, words: f"192.0.2.{pieces.random.randint(1, 254)}",
    "ipv6": _ipv6,
    "json-pointer": lambda pieces, words: f"/items/{pieces.random.randint(0, 9)}",
    "relative-json-pointer": lambda pieces, words: f"{pieces.random.randint(0, 3)}/items",
    "regex": lambda pieces, words: f"^[a-z]{{{pieces.random.randint(1, 9)}}}$",
}
