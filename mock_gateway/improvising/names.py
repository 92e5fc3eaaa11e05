"""Values that look like the name of their place: an `email` is an address, a `price` has two decimals."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar

from .pieces import Pieces
from .texts import ENDS, sentence, word

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|[^\W_]+")
_FIRST_DAY = date(2024, 1, 1)
_DAYS = 730
Made = Callable[[Pieces], str]
Known = TypeVar("Known")


def words_of(name: str) -> tuple[str, ...]:
    """The words in the name of a property, however it is written."""
    return tuple(part.lower() for part in _PART.findall(name))


def singular(words: tuple[str, ...]) -> tuple[str, ...]:
    """The name of one item of a list with this name."""
    if not words:
        return words
    last = words[-1]
    if last.endswith("ies") and last not in ("series", "movies"):
        last = last[:-3] + "y"
    elif last.endswith(("sses", "xes", "ches", "shes")):
        last = last[:-2]
    elif last.endswith("s") and not last.endswith(("ss", "us", "is", "series", "news")):
        last = last[:-1]
    return (*words[:-1], last)


def day(pieces: Pieces, words: tuple[str, ...] = ()) -> date:
    """A day. Never counted from today, so that it is the same tomorrow."""
    if {"birth", "birthday", "birthdate", "dob", "born"} & set(words):
        return date(1955, 1, 1) + timedelta(days=pieces.random.randrange(18_000))
    return _FIRST_DAY + timedelta(days=pieces.random.randrange(_DAYS))


def moment(pieces: Pieces, words: tuple[str, ...] = ()) -> datetime:
    """A moment, to the second."""
    at = day(pieces, words)
    return datetime(at.year, at.month, at.day) + timedelta(seconds=pieces.random.randrange(86_400))


def text_for(words: tuple[str, ...], pieces: Pieces) -> str:
    """A text for the place with these words, its own last; the most telling ending that is known counts."""
    made = _found(_TEXTS, words)
    if made is not None:
        return made(pieces)
    if span := span_of(words):
        return f"{pieces.random.uniform(span.low, span.high):.{span.decimals}f}"
    return word(pieces) if words else sentence(pieces)


def is_known(words: tuple[str, ...]) -> bool:
    """Whether anything special is known of such a place."""
    return _found(_TEXTS, words) is not None


class Span(NamedTuple):
    """From where to where a number goes, and with how many decimals."""

    low: float
    high: float
    decimals: int = 0


def span_of(words: tuple[str, ...]) -> Span | None:
    """What numbers look like in the place with these words."""
    return _found(_NUMBERS, words)


def _found(table: Mapping[str, Known], words: tuple[str, ...]) -> Known | None:
    for start in range(len(words)):
        ending = "_".join(words[start:])
        if ending in table:
            return table[ending]
    return None


def _of_faker(*methods: str) -> Made:
    """What the first of these makes that the locale has."""

    def made(pieces: Pieces) -> str:
        method = next(method for method in methods if hasattr(pieces.faker, method))
        return " ".join(str(getattr(pieces.faker, method)()).split())

    return made


def _title(pieces: Pieces) -> str:
    if pieces.language == "en":
        return str(pieces.faker.catch_phrase()).title()
    return " ".join(sentence(pieces).split()[:4]).rstrip(ENDS)


def _choice(*choices: str) -> Made:
    return lambda pieces: pieces.random.choice(choices)


def _code(shape: str) -> Made:
    return lambda pieces: str(pieces.faker.bothify(shape, letters="ABCDEFGHJKLMNPQRSTUVWXYZ"))


def _address_of_a_page(ending: str = "") -> Made:
    return lambda pieces: f"https://example.com/{pieces.faker.slug('-'.join(_ascii_words(pieces)))}{ending}"


def _ascii_words(pieces: Pieces) -> list[str]:
    roots = ("news", "guide", "spring", "harbor", "north", "garden", "review", "summer", "notes", "open")
    return pieces.random.sample(roots, 2)


def email(pieces: Pieces) -> str:
    """An address nobody has."""
    return str(pieces.faker.ascii_safe_email())


def host(pieces: Pieces) -> str:
    """A host nobody has."""
    return f"{'-'.join(_ascii_words(pieces))}.example.com"


page = _address_of_a_page()
_NAME, _CITY, _COMPANY = _of_faker("name"), _of_faker("city"), _of_faker("company")
_COUNTRY = _of_faker("country")

_TEXTS: Mapping[str, Made] = {
    **dict.fromkeys(("name", "full_name", "person", "author", "customer", "assignee", "owner", "contact"), _NAME),
    **dict.fromkeys(("employee", "manager", "sender", "recipient", "attendee", "participant", "speaker"), _NAME),
    **dict.fromkeys(("first_name", "given_name", "firstname", "forename"), _of_faker("first_name")),
    **dict.fromkeys(("last_name", "family_name", "lastname", "surname"), _of_faker("last_name")),
    **dict.fromkeys(("company", "company_name", "organization", "organisation", "organization_name"), _COMPANY),
    **dict.fromkeys(("employer", "vendor", "supplier", "merchant", "brand", "manufacturer", "publisher"), _COMPANY),
    **dict.fromkeys(("username", "user_name", "login", "handle", "nickname"), lambda p: email(p).partition("@")[0]),
    **dict.fromkeys(("email", "email_address", "mail", "e_mail"), email),
    **dict.fromkeys(("phone", "phone_number", "telephone", "mobile", "fax"), _of_faker("phone_number")),
    **dict.fromkeys(("city", "town", "city_name", "location", "place", "destination", "origin", "birthplace"), _CITY),
    **dict.fromkeys(("country", "country_name", "nation", "nationality"), _COUNTRY),
    **dict.fromkeys(("state", "province", "region"), _of_faker("state", "province", "administrative_unit", "city")),
    **dict.fromkeys(("street", "street_address", "address_line", "line1"), _of_faker("street_address")),
    **dict.fromkeys(("zip", "zip_code", "zipcode", "postcode", "postal_code", "plz"), _of_faker("postcode")),
    **dict.fromkeys(("address", "shipping_address", "billing_address"), _of_faker("address")),
    **dict.fromkeys(("ip_address", "ip"), lambda p: f"192.0.2.{p.random.randint(1, 254)}"),
    "country_code": _of_faker("country_code"),
    "language": _choice("English", "German", "French", "Spanish", "Japanese"),
    "language_code": _choice("en", "de", "fr", "es", "ja"),
    "locale": _choice("en_US", "de_DE", "fr_FR", "es_ES", "ja_JP"),
    **dict.fromkeys(("timezone", "time_zone"), _choice("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo")),
    **dict.fromkeys(("currency", "currency_code"), _choice("USD", "EUR", "GBP", "JPY", "CHF")),
    **dict.fromkeys(("job", "job_title", "occupation", "profession", "role", "position"), _of_faker("job")),
    **dict.fromkeys(("title", "headline", "subject", "heading", "caption"), _title),
    **dict.fromkeys(
        (f"{thing}_name" for thing in ("product", "item", "project", "event", "recipe", "book", "movie", "course")),
        _title,
    ),
    **dict.fromkeys((f"{thing}_name" for thing in ("step", "task", "section", "service", "feature", "plan")), _title),
    **dict.fromkeys(("product", "item", "project", "event", "recipe", "book", "movie", "course", "feature"), _title),
    **dict.fromkeys(("task", "todo", "section", "milestone", "goal"), _title),
    **dict.fromkeys((f"{thing}_name" for thing in ("category", "tag", "topic", "ingredient", "tool", "field")), word),
    **dict.fromkeys(
        ("description", "summary", "text", "content", "message", "body", "comment", "note", "bio"), sentence
    ),
    **dict.fromkeys(("reason", "reasoning", "explanation", "rationale", "answer", "response", "reply"), sentence),
    **dict.fromkeys(("review", "feedback", "advice", "recommendation", "conclusion", "output", "thought"), sentence),
    **dict.fromkeys(("step", "instruction", "action_item", "sentence", "paragraph", "detail", "abstract"), sentence),
    **dict.fromkeys(
        ("final_answer", "analysis", "justification", "observation", "fact", "key_point", "point"), sentence
    ),
    **dict.fromkeys(("question", "query"), lambda p: sentence(p).rstrip(ENDS) + "?"),
    **dict.fromkeys(("url", "uri", "link", "website", "homepage", "href", "source_url"), page),
    **dict.fromkeys(("image", "avatar", "photo", "image_url", "thumbnail", "picture"), _address_of_a_page(".png")),
    **dict.fromkeys(("domain", "hostname", "host"), host),
    **dict.fromkeys(("file", "filename", "file_name"), lambda p: "-".join(_ascii_words(p)) + ".txt"),
    **dict.fromkeys(("path", "file_path", "filepath"), lambda p: "/".join(_ascii_words(p)) + ".txt"),
    **dict.fromkeys(("slug",), lambda p: "-".join(_ascii_words(p))),
    **dict.fromkeys(("id", "identifier", "reference", "ref", "key"), _code("??-####")),
    **dict.fromkeys(
        ("order_id", "order_number", "order", "invoice_number", "invoice_id", "ticket_id"), _code("?-####")
    ),
    **dict.fromkeys(("sku", "code", "serial_number", "tracking_number", "product_code"), _code("??#-####")),
    **dict.fromkeys(("uuid", "guid"), lambda p: str(p.faker.uuid4())),
    **dict.fromkeys(("color", "colour"), _of_faker("color_name")),
    "gender": _choice("female", "male", "other"),
    **dict.fromkeys(("date", "day", "deadline", "birthday", "birth_date", "due"), lambda p: day(p).isoformat()),
    **dict.fromkeys(("date_of_birth", "dob", "birthdate"), lambda p: day(p, ("birth",)).isoformat()),
    **dict.fromkeys(("created_at", "updated_at", "timestamp", "datetime"), lambda p: moment(p).isoformat() + "Z"),
    "time": lambda p: moment(p).strftime("%H:%M"),
    "weekday": _choice("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "month": _choice("January", "March", "May", "July", "September", "November"),
    "year": lambda p: str(day(p).year),
    **dict.fromkeys(("sentiment", "tone", "mood"), _choice("positive", "neutral", "negative")),
    **dict.fromkeys(("priority", "urgency", "severity", "difficulty", "level"), _choice("low", "medium", "high")),
    **dict.fromkeys(("status",), _choice("open", "in progress", "done")),
    **dict.fromkeys(("unit", "units"), _choice("kg", "m", "l", "pieces")),
    **dict.fromkeys(("temperature_unit",), _choice("celsius", "fahrenheit")),
    "duration": _choice("15 minutes", "half an hour", "2 hours", "3 days"),
    "version": lambda p: f"{p.random.randint(0, 4)}.{p.random.randint(0, 12)}.{p.random.randint(0, 9)}",
    **dict.fromkeys(("price", "amount", "total", "cost"), lambda p: f"{p.random.randint(500, 20000) / 100:.2f}"),
    "age": lambda p: str(p.random.randint(18, 80)),
    "expression": lambda p: f"{p.random.randint(2, 40)} * {p.random.randint(2, 40)}",
}

_NUMBERS: Mapping[str, Span] = {
    "age": Span(18, 80),
    "year": Span(1990, 2025),
    "month": Span(1, 12),
    "day": Span(1, 28),
    "hour": Span(0, 23),
    **dict.fromkeys(("minute", "second"), Span(0, 59)),
    **dict.fromkeys(("price", "cost", "amount", "total", "subtotal", "fee", "balance"), Span(5, 200, 2)),
    **dict.fromkeys(("tax", "discount", "shipping"), Span(1, 20, 2)),
    **dict.fromkeys(("salary", "income", "revenue", "budget"), Span(30_000, 120_000)),
    **dict.fromkeys(("quantity", "count", "qty", "number", "items", "servings", "guests"), Span(1, 12)),
    **dict.fromkeys(("rating", "stars"), Span(1, 5, 1)),
    **dict.fromkeys(("score", "confidence", "probability", "likelihood", "similarity", "relevance"), Span(0, 1, 2)),
    **dict.fromkeys(("percent", "percentage", "progress"), Span(0, 100)),
    **dict.fromkeys(("lat", "latitude"), Span(-60, 70, 4)),
    **dict.fromkeys(("lng", "lon", "longitude"), Span(-180, 180, 4)),
    **dict.fromkeys(("temperature", "temperature_celsius"), Span(-5, 35, 1)),
    **dict.fromkeys(("height", "height_cm"), Span(150, 200)),
    **dict.fromkeys(("weight", "weight_kg"), Span(1, 90, 1)),
    **dict.fromkeys(("id", "identifier"), Span(1000, 9999)),
    **dict.fromkeys(("minutes", "duration", "duration_minutes"), Span(5, 90)),
    **dict.fromkeys(("days", "hours", "weeks", "months", "years", "rank", "index", "step"), Span(1, 10)),
    "population": Span(10_000, 3_000_000),
}
