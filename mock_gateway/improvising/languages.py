"""Which language an answer is asked in: the one that is named, or else the one the question is written in."""

import re

LOCALES = {
    "en": "en_US",
    "de": "de_DE",
    "fr": "fr_FR",
    "es": "es_ES",
    "it": "it_IT",
    "pt": "pt_BR",
    "nl": "nl_NL",
    "sv": "sv_SE",
    "da": "da_DK",
    "pl": "pl_PL",
    "cs": "cs_CZ",
    "ru": "ru_RU",
    "uk": "uk_UA",
    "tr": "tr_TR",
    "el": "el_GR",
    "ar": "ar_AA",
    "fa": "fa_IR",
    "hy": "hy_AM",
    "bn": "bn_BD",
    "th": "th_TH",
    "vi": "vi_VN",
    "ja": "ja_JP",
    "zh": "zh_CN",
    "ko": "ko_KR",
}
"""The languages that can be improvised in, with the locale of Faker for each: those with a book of phrases, and those
for which Faker has words of the language itself (for many it only has Latin filler)."""

_NAMES = {
    "en": "english englisch anglais inglés inglese inglês engels",
    "de": "german deutsch allemand alemán tedesco alemão duits",
    "fr": "french französisch français francés francese francês frans",
    "es": "spanish spanisch espagnol español spagnolo espanhol spaans",
    "it": "italian italienisch italien italiano italiaans",
    "pt": "portuguese portugiesisch portugais portugués portoghese português portugees",
    "nl": "dutch niederländisch néerlandais holandés olandese holandês nederlands",
    "sv": "swedish schwedisch suédois sueco svedese svenska zweeds",
    "da": "danish dänisch danois danés danese dansk deens",
    "pl": "polish polnisch polonais polaco polacco polsku polski pools",
    "cs": "czech tschechisch tchèque checo ceco česky češtině tsjechisch",
    "ru": "russian russisch russe ruso russo русски",
    "uk": "ukrainian ukrainisch ukrainien ucraniano ucraino українською",
    "tr": "turkish türkisch turc turco türkçe turks",
    "el": "greek griechisch grec griego greco ελληνικά grieks",
    "ar": "arabic arabisch arabe árabe arabo العربية",
    "fa": "persian farsi persisch persan فارسی",
    "hy": "armenian armenisch arménien",
    "bn": "bengali bangla bengalisch",
    "th": "thai thailändisch ไทย",
    "vi": "vietnamese vietnamesisch vietnamien việt",
    "ja": "japanese japanisch japonais japonés giapponese japonês 日本語",
    "zh": "chinese chinesisch chinois chino cinese chinês 中文",
    "ko": "korean koreanisch coréen coreano 한국어 한국어로",
}
_BY_NAME = {name: language for language, names in _NAMES.items() for name in names.split()}
_LETTERED = "|".join(sorted((name for name in _BY_NAME if not re.match("[一-鿿가-힣]", name)), key=len, reverse=True))
_OTHERS = "|".join(name for name in _BY_NAME if re.match("[一-鿿가-힣]", name))
_ASKED = re.compile(
    rf"\b(?:in|into|auf|ins|en|em|in het|op|på|po|по|translat[^.!?\n]{{0,60}}? to)[ -]+(?:the |plain |simple |perfect )?({_LETTERED})\b"
    rf"|\b(?:på|česky|українською|reply|answer|respond|write|speak)[ :]+({_LETTERED})\b|({_OTHERS})",
    re.IGNORECASE,
)

_SCRIPTS = (
    ("ja", "぀-ヿ"),
    ("ko", "가-힣ᄀ-ᇿ"),
    ("zh", "一-鿿"),
    ("uk", "іїєґІЇЄҐ"),
    ("ru", "Ѐ-ӿ"),
    ("el", "Ͱ-Ͽ"),
    ("fa", "پچژگ"),
    ("ar", "؀-ۿ"),
    ("hy", "԰-֏"),
    ("bn", "ঀ-৿"),
    ("th", "฀-๿"),
)
"""Letters that give a language away. The first that is found counts: what has Kana is Japanese, whatever else."""

_WORDS = {
    "en": "the is are what how why who where when which of and to a in you i my me do does can could please it for with",
    "de": "der die das ist sind was wie warum wer wo wann welche und ein eine ich du sie mir mein bitte nicht für mit den",
    "fr": "le la les est sont que quoi comment pourquoi qui où quand quelle quel et un une je vous tu mon pas pour avec des",
    "es": "el la los las es son qué cómo por quién dónde cuándo cuál y un una yo usted mi no para con del está puedo",
    "it": "il la gli è sono che cosa come perché chi dove quando quale e un una io mi mio non per con del della posso",
    "pt": "o a os as é são que como por quem onde quando qual e um uma eu você meu não para com do da está posso",
    "nl": "de het een is zijn wat hoe waarom wie waar wanneer welke en ik je u mijn niet voor met van kan",
    "sv": "och är vad hur varför vem var när vilken en ett jag du min inte för med av kan det som",
    "da": "og er hvad hvordan hvorfor hvem hvor hvornår hvilken en et jeg du min ikke for med af kan det som",
    "pl": "i jest są co jak dlaczego kto gdzie kiedy który nie na do z się czy mój proszę w",
    "cs": "a je jsou co jak proč kdo kde kdy který ne na do z se můj prosím v jsem",
    "tr": "ve bir bu ne nasıl neden kim nerede ben sen mi mı için ile değil var lütfen",  # noqa: RUF001 - the letters of Turkish
    "vi": "và là của có không tôi bạn gì như thế nào cho với những một được",
}
_KNOWN_WORDS = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str, system: str) -> str:
    """The language of an answer: named in the question, or in the instructions, or that of the question."""
    return _named(text) or _named(system) or _written(text) or "en"


def _named(text: str) -> str | None:
    """The language that is asked for by name, the last if there are several."""
    named = [next(name for name in match.groups() if name) for match in _ASKED.finditer(text)]
    return _BY_NAME[named[-1].lower()] if named else None


def _written(text: str) -> str | None:
    for language, letters in _SCRIPTS:
        if re.search(f"[{letters}]", text):
            return language
    words = _WORD.findall(text.lower())
    found = {language: sum(word in known for word in words) for language, known in _KNOWN_WORDS.items()}
    best = max(found, key=lambda language: (found[language], language == "en"))
    return best if found[best] > max(1, found["en"]) or best == "en" else None
