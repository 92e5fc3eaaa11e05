# ruff: noqa: RUF001 - the letters of many languages
"""Texts that are improvised: as long as asked, in the language of the question."""

import re
from typing import Any

import pytest

from mock_gateway import Gateway
from mock_gateway.improvising.languages import LOCALES, language_of
from mock_gateway.improvising.lengths import Length, length_of
from mock_gateway.improvising.pieces import phrases, pieces
from mock_gateway.improvising.texts import sentence, write

from .dialogue import ask


def improvised(question: str, seed: int = 0, **fields: Any) -> Any:
    """The first choice of a model that improvises."""
    gateway = Gateway()
    gateway.model("*").improvises(seed)
    return ask(gateway, question, **fields).json["choices"][0]


@pytest.mark.parametrize(
    ("question", "length"),
    [
        ("Explain it in three sentences.", Length(3, "sentences")),
        ("Explain it in one sentence, please", Length(1, "sentences")),
        ("in a sentence", Length(1, "sentences")),
        ("In 2 short sentences", Length(2, "sentences")),
        ("in 50 words", Length(50, "words")),
        ("a 50-word summary", Length(50, "words")),
        ("at most 20 words", Length(20, "words")),
        ("in fewer than 20 words", Length(19, "words")),
        ("Reply with one word.", Length(1, "words")),
        ("Reply with a single word.", Length(1, "words")),
        ("a haiku about spring", Length(1, "haiku")),
        ("a list of 5 fruits", Length(5, "items")),
        ("List three colors", Length(3, "items")),
        ("give me 4 bullet points", Length(4, "items")),
        ("Write two paragraphs", Length(2, "paragraphs")),
        ("under 80 characters", Length(79, "characters")),
        ("Is it? Yes or no?", Length(1, "yes_or_no")),
        ("in drei Sätzen", Length(3, "sentences")),
        ("mit 30 Wörtern", Length(30, "words")),
        ("en deux phrases", Length(2, "sentences")),
        ("en 40 mots", Length(40, "words")),
        ("en tres frases", Length(3, "sentences")),
        ("in tre frasi", Length(3, "sentences")),
        ("em 20 palavras", Length(20, "words")),
        ("in vijf zinnen", Length(5, "sentences")),
        ("What does a word mean?", None),
        ("Give me an example", None),
        ("What is the point?", None),
        ("in a few words", None),
        ("a dozen words", Length(12, "words")),
        ("in 1,000 words", Length(1000, "words")),
        ("Two apples and 5 pears", None),
        ("Hello", None),
    ],
)
def test_the_length_is_read_from_simple_words(question: str, length: Length | None) -> None:
    """What is no length is not taken for one."""
    assert length_of(question) == length


@pytest.mark.parametrize("language", LOCALES)
@pytest.mark.parametrize(
    ("length", "counted"),
    [
        (Length(3, "items"), lambda text: len(re.findall(r"^\d\. \S", text, re.MULTILINE))),
        (Length(2, "paragraphs"), lambda text: text.count("\n\n") + 1),
        (Length(3, "lines"), lambda text: text.count("\n") + 1),
    ],
)
def test_a_text_has_as_many_parts_as_asked(language: str, length: Length, counted: Any) -> None:
    """In each language."""
    assert counted(write(length, None, pieces(language, 1)).text) == length.count


@pytest.mark.parametrize("language", sorted(set(LOCALES) - {"ja", "zh", "th"}))
@pytest.mark.parametrize("count", [1, 2, 7, 50])
def test_a_text_has_as_many_words_as_asked(language: str, count: int) -> None:
    """To the word, where words are set apart."""
    assert len(write(Length(count, "words"), None, pieces(language, 1)).text.split()) == count


@pytest.mark.parametrize("count", [1, 3, 40])
def test_a_text_has_as_many_sentences_as_asked(count: int) -> None:
    """Also more than there are phrases."""
    text = improvised(f"In {count} sentences.")["message"]["content"]
    assert len(re.findall(r"[.!?](?= [A-Z]|$)", text)) >= count
    assert len(write(Length(count, "sentences"), None, pieces("en", 1)).text) > 10 * count


@pytest.mark.parametrize("most", [1, 5, 20, 60])
@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("question", ["Hi", "in 500 words"])
def test_a_text_has_no_more_tokens_than_allowed(question: str, field: str, most: int) -> None:
    """It is short enough on its own where it can be; what is cut says so, as a provider does."""
    for seed in range(5):
        gateway = Gateway()
        gateway.model("*").improvises(seed)
        limit: dict[str, Any] = {field: most}
        heard = ask(gateway, question, **limit).json
        choice = heard["choices"][0]
        assert 0 < heard["usage"]["completion_tokens"] <= most
        is_whole = choice["message"]["content"].endswith(".")
        assert choice["finish_reason"] == ("stop" if is_whole and question == "Hi" else "length")
        assert is_whole or most < 20 or question != "Hi"


@pytest.mark.parametrize(
    ("question", "system", "language"),
    [
        ("Hello, how are you?", "", "en"),
        ("Hi", "", "en"),
        ("", "", "en"),
        ("Explain it in French.", "", "fr"),
        ("Translate this into Spanish: hello", "", "es"),
        ("Antworte auf Deutsch.", "", "de"),
        ("Réponds en français", "", "fr"),
        ("Responda em português", "", "pt"),
        ("Rispondi in italiano", "", "it"),
        ("Antwoord in het Nederlands", "", "nl"),
        ("日本語で", "", "ja"),
        ("用中文回答", "", "zh"),
        ("Hello", "Always answer in German.", "de"),
        ("Answer in Polish", "Always answer in German.", "pl"),
        ("Please translate the text to Dutch", "", "nl"),
        ("Say hello to German customers", "", "en"),
        ("I love French food and German cars", "", "en"),
        ("What is a Danish?", "", "en"),
        ("Wie wird das Wetter, und was soll ich tun?", "", "de"),
        ("Où est la gare et comment puis-je y aller ?", "", "fr"),
        ("¿Qué es esto y cómo puedo usarlo?", "", "es"),
        ("Che cosa è questo e come posso usarlo?", "", "it"),
        ("O que é isso e como posso usar?", "", "pt"),
        ("Wat is het weer en waar kan ik het zien?", "", "nl"),
        ("Jak to działa i co to jest?", "", "pl"),
        ("Как дела?", "", "ru"),
        ("Як справи, що це таке?", "", "ru"),
        ("Де їжа?", "", "uk"),
        ("Τι είναι αυτό;", "", "el"),
        ("ما هذا؟", "", "ar"),
        ("これは何ですか", "", "ja"),
        ("这是什么", "", "zh"),
        ("이것은 무엇입니까", "", "ko"),
        ("นี่คืออะไร", "", "th"),
        ("Bu ne ve nasıl bir şey?", "", "tr"),
    ],
)
def test_the_language_is_the_one_that_is_named_or_written(question: str, system: str, language: str) -> None:
    """Named in the question, or in the instructions, or else that of the question."""
    assert language_of(question, system) == language


@pytest.mark.parametrize("language", LOCALES)
def test_every_language_has_words_of_its_own(language: str) -> None:
    """No Latin filler, in sentences and in words; the gaps of phrases are filled."""
    latin = set(pieces("en", 0).faker.__class__("la").get_words_list())
    text = " ".join(sentence(pieces(language, seed)) for seed in range(40))
    assert "{" not in text
    words = re.findall(r"[^\W\d_]+", text.lower())
    assert len(latin & set(words)) < 8, latin & set(words)


def test_a_reply_in_another_language_reads_like_one() -> None:
    """From the wire on."""
    german = phrases()["de"]["sentences"]
    text = improvised("Wie geht das, und was ist das? In einem Satz.")["message"]["content"]
    assert any(
        re.fullmatch(re.escape(one).replace(r"\{", "{").replace(r"\}", "}"), text) for one in german
    ) or "{" in str(german)
    assert text.endswith(".")


def test_a_haiku_has_three_lines() -> None:
    """Of five, seven and five syllables, in English."""
    assert improvised("Write a haiku.")["message"]["content"].count("\n") == 2
