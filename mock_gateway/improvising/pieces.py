"""What improvised answers are made of: a source of chance and the words of a language, both of one seed."""

import json
import threading
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from .languages import LOCALES

if TYPE_CHECKING:
    from faker import Faker

LOCK = threading.Lock()
"""Who makes an answer holds it: the instances of Faker are shared, since making one takes a while."""


class Pieces(NamedTuple):
    """For one answer."""

    random: Random
    faker: "Faker"
    language: str


def pieces(language: str, *seeds: object) -> Pieces:
    """Chance and words, the same for the same seeds in every process and on every machine."""
    digest = sha256(" ".join(map(str, seeds)).encode()).digest()
    seed = int.from_bytes(digest[:8], "big")
    faker = _faker(LOCALES[language])
    faker.seed_instance(seed)
    return Pieces(Random(seed), faker, language)  # noqa: S311 - nothing here is a secret


@cache
def phrases() -> dict[str, Any]:
    """The books of phrases, by language."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("phrases.json").read_text(encoding="utf-8"))
    return found


@cache
def _faker(locale: str) -> "Faker":
    from faker import Faker

    return Faker(locale)
