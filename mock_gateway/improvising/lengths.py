"""How long an answer is asked to be, read from the words of the question."""

import re
from dataclasses import dataclass
from typing import Literal

Unit = Literal["words", "sentences", "paragraphs", "items", "lines", "characters", "haiku", "yes_or_no"]

_NUMBERS = {
    1: "a an one single ein eine einem einen un une uno una um uma een",
    2: "two zwei deux dos due dois duas twee två",
    3: "three drei trois tres tre três drie",
    4: "four vier quatre cuatro quattro quatro fyra",
    5: "five fünf cinq cinco cinque vijf fem",
    6: "six sechs seis sei zes sex",
    7: "seven sieben sept siete sette sete zeven sju",
    8: "eight acht huit ocho otto oito åtta",
    9: "nine neun neuf nueve nove negen nio",
    10: "ten zehn dix diez dieci dez tien tio",
    12: "twelve dozen",
    15: "fifteen",
    20: "twenty",
    50: "fifty",
    100: "hundred",
}
_BY_WORD = {word: number for number, words in _NUMBERS.items() for word in words.split()}
_NUMBER = rf"(?P<number>\d+(?:[,.]\d{{3}})*|{'|'.join(sorted(_BY_WORD, key=len, reverse=True))})"
_UNITS: tuple[tuple[Unit, str], ...] = (
    ("words", r"words?|wort|wörter\w*|worten?|mots?|palabras?|parol[ae]|palavras?|woord(?:en)?|ord"),
    ("sentences", r"sentences?|s[aä]tz\w*|phrases?|frases?|fras[ei]|oraci[oó]n(?:es)?|zin(?:nen)?|meningar?"),
    ("paragraphs", r"paragraphs?|abs[aä]tz\w*|paragraphes?|p[aá]rrafos?|paragrafi?|par[aá]grafos?|alinea's?"),
    ("items", r"bullet points?|bullets?|items?|points?|steps?|ideas?|examples?|tips?|reasons?|suggestions?|options?"),
    ("lines", r"lines?|zeilen?|lignes?|l[ií]neas?|righe|linhas?|regels?"),
    ("characters", r"characters?|chars?|letters?|zeichen|caract[eè]res|caracteres|caratteri|tekens"),
)
_LIMIT = (
    r"(?:(?P<below>under|below|fewer than|less than|weniger als|moins de|menos de|meno di)|at most|up to|at least|about|only"
    r"|exactly|just|around|the|top|best|exactement|genau)?\s*"
)
_PLAIN = tuple(
    (
        unit,
        re.compile(
            rf"\b{_LIMIT}(?:\b{_NUMBER})[ -](?:(?!few |couple |dozen |hundred )\w+ )??(?:{names})\b", re.IGNORECASE
        ),
    )
    for unit, names in _UNITS
)
_LIST = re.compile(rf"\b(?:list|liste|lista|lijst)(?: of| von| de| di| van)?(?: \w+)?? {_NUMBER}\b", re.IGNORECASE)
_HAIKU = re.compile(r"\bhaiku\b", re.IGNORECASE)
_YES_OR_NO = re.compile(
    r"\b(?:yes or no|yes/no|ja oder nein|oui ou non|s[ií] o no|sì o no|sim ou não|ja of nee)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Length:
    """So many of something."""

    count: int
    unit: Unit


def length_of(text: str) -> Length | None:
    """The length a text asks for, if it does."""
    if _HAIKU.search(text):
        return Length(1, "haiku")
    if _YES_OR_NO.search(text):
        return Length(1, "yes_or_no")
    for unit, pattern in _PLAIN:
        if (found := pattern.search(text)) and _is_meant(unit, found, text):
            count = _number(found["number"])
            return Length(max(count - 1, 1) if found["below"] else max(count, 1), unit)
    if found := _LIST.search(text):
        return Length(max(_number(found["number"]), 1), "items")
    return None


def _is_meant(unit: Unit, found: re.Match[str], text: str) -> bool:
    """Whether this is said of the answer: "a word", "an example" and "the letters" are mostly said of something else."""
    number = found["number"].lower()
    if number in ("a", "an", "un", "une", "uno", "una", "um", "uma", "ein", "eine", "een"):
        before = text[: found.start()].rstrip().lower()
        return unit in ("sentences", "words", "paragraphs") and bool(re.search(r"\b(?:in|en|em|with|mit)$", before))
    return True


def _number(word: str) -> int:
    digits = word.replace(",", "").replace(".", "")
    return int(digits) if digits.isdecimal() else _BY_WORD[word.lower()]
