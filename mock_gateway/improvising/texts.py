"""Writing a text of some length, in some language.

Where there is a book of phrases, the text is made of its sentences and reads like an answer. For the other languages it
is made of words Faker has for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..core.tokens import count_tokens
from .lengths import Length
from .pieces import Pieces, phrases

_MOST = 5_000
"""The most of anything that is written, whatever is asked for."""
_SPACELESS = frozenset({"ja", "zh", "th"})
_TRIED = 40
"""So many sentences are looked at for one that is short enough."""
ENDS = ".,;:\u3001\u3002\uff0c"
"""What may stand at the end of a piece of a sentence, also in Chinese and Japanese."""
_WORDLESS = frozenset({"ko", "pt", "sv", "tr"})
"""For these Faker has Latin filler only."""
_FULL_STOP = {"ja": "。", "zh": "。"}


@dataclass(frozen=True, slots=True)
class Written:
    """A text, and whether it had to end before it was done."""

    text: str
    is_cut: bool = False


def write(length: Length | None, most_tokens: int | None, pieces: Pieces) -> Written:
    """A text of this length; two or three sentences where none is asked for, or as many as the tokens allow."""
    most = None if most_tokens is None else most_tokens * 4
    if length is None:
        text = _fitting(pieces, pieces.random.randint(2, 3), most)
        return Written(text, is_cut=most is not None and text[-1:] not in ENDS)
    text = _of_length(Length(min(length.count, _MOST), length.unit), pieces)
    if most_tokens is None or count_tokens(text) <= most_tokens:
        return Written(text)
    return Written(text[: most_tokens * 4].rstrip(), is_cut=True)


def sentence(pieces: Pieces) -> str:
    """One sentence."""
    return next(_sentences(pieces))


def word(pieces: Pieces) -> str:
    """One word of the language."""
    return _reply(pieces) if pieces.language in _WORDLESS else str(pieces.faker.word())


def _reply(pieces: Pieces) -> str:
    """One word that is an answer."""
    book = phrases().get(pieces.language)
    return str(pieces.random.choice(book["words"]) if book else pieces.faker.word())


def _of_length(length: Length, pieces: Pieces) -> str:
    count = length.count
    sentences = _sentences(pieces)
    match length.unit:
        case "sentences":
            return _joined([next(sentences) for _ in range(count)], pieces)
        case "paragraphs":
            parts = [
                _joined([next(sentences) for _ in range(pieces.random.randint(3, 4))], pieces) for _ in range(count)
            ]
            return "\n\n".join(parts)
        case "items":
            return "\n".join(f"{at}. {next(sentences)}" for at in range(1, count + 1))
        case "lines":
            return "\n".join(next(sentences) for _ in range(count))
        case "words":
            return _of_words(count, sentences, pieces)
        case "characters":
            return _fitting(pieces, _MOST, count)
        case "haiku":
            return _haiku(pieces)
        case "yes_or_no":
            book = phrases().get(pieces.language) or phrases()["en"]
            return str(book[pieces.random.choice(("yes", "no"))])


def _of_words(count: int, sentences: Iterator[str], pieces: Pieces) -> str:
    """Exactly so many words; in a language that has no blanks between them, a word has two letters."""
    if count == 1:
        return _reply(pieces)
    stop = _FULL_STOP.get(pieces.language, ".")
    if pieces.language in _SPACELESS:
        text = ""
        while len(text) < 2 * count:
            text += next(sentences)
        return text[: 2 * count - 1].rstrip(ENDS) + stop
    words: list[str] = []
    while len(words) < count:
        words += next(sentences).split()
    return " ".join(words[:count]).rstrip(ENDS) + stop


def _fitting(pieces: Pieces, count: int, most: int | None) -> str:
    """So many sentences, or as many as fit into so many characters; if none does, the beginning of one."""
    sentences = _sentences(pieces)
    if most is None:
        return _joined(list(islice(sentences, count)), pieces)
    tried = list(islice(sentences, _TRIED))
    text = next((one for one in tried if len(one) <= most), None)
    if text is None:
        return tried[0][:most].rstrip()
    for one in islice(sentences, count - 1):
        longer = _joined([text, one], pieces)
        if len(longer) > most:
            break
        text = longer
    return text


def _haiku(pieces: Pieces) -> str:
    book = phrases().get(pieces.language, {})
    if "five" not in book:
        return "\n".join(islice(_sentences(pieces), 3))
    first, last = pieces.random.sample(book["five"], 2)
    return f"{first},\n{pieces.random.choice(book['seven'])}.\n{last}."


def _joined(sentences: list[str], pieces: Pieces) -> str:
    return ("" if pieces.language in ("ja", "zh") else " ").join(sentences)


def _sentences(pieces: Pieces) -> Iterator[str]:
    """Sentences without end, none of them again before all have been said."""
    book = phrases().get(pieces.language)
    while True:
        if book is None:
            yield str(pieces.faker.sentence())
            continue
        templates = list(book["sentences"])
        pieces.random.shuffle(templates)
        for template in templates:
            yield template.format_map(_Slots(pieces))


class _Slots(dict[str, Any]):
    """What stands in the gaps of a phrase, made when it is needed."""

    def __init__(self, pieces: Pieces) -> None:
        super().__init__()
        self._pieces = pieces

    def __missing__(self, name: str) -> str:
        faker = self._pieces.faker
        if name == "number":
            return str(self._pieces.random.randint(3, 9))
        made = {"name": faker.name, "company": faker.company, "city": faker.city}[name]
        return " ".join(str(made()).split()).rstrip(".")
