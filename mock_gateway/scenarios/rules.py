"""What models do, as data: an object for each rule, with one verb and what belongs to it.

The verbs, and the words beside them, are those of `ModelScript`. Whether what they say makes sense, the script knows.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, WithJsonSchema, WrapValidator, model_validator

from ..core.chat import Answer
from ..core.failures import FAILURES
from ..engine.breakages import BREAKAGES
from .answers import Count, Reply
from .shape import Part, ScenarioMistake, either, one_verb, wrong

if TYPE_CHECKING:
    from ..engine.script import ModelScript
    from ..gateway import Gateway

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Times = Annotated[int, Field(ge=1)]
Named = Annotated[
    Any, WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 400, "maximum": 599}, {"enum": list(FAILURES)}]})
]
Place = Annotated[Any, WithJsonSchema({"enum": list(BREAKAGES)})]


class When(Part):
    """Which requests a rule is for: those that fit all of this."""

    contains: str | None = None
    """This is in the last user message."""
    system: str | None = None
    """This is in a system or developer message."""
    tools: list[str] | None = None
    """All these tools are on offer."""
    customer: str | None = None
    """This is the customer_identifier."""

    @model_validator(mode="after")
    def _says_something(self) -> "When":
        if not self.model_fields_set:
            raise wrong("it needs a condition: contains, system, tools or customer.")
        return self


class Rule(Part):
    """One thing a model does, under some condition."""

    when: When | None = None

    @abstractmethod
    def play(self, script: "ModelScript") -> None:
        """Say it to a script."""


class Turned(Rule):
    """A rule that plays so many times, as all do that were promised to play."""

    times: Times | None = None
    """How often it plays. Without, once, and the last rule again and again."""
    optional: bool = False
    """Whether it is no mistake if it never plays."""

    def turns(self) -> dict[str, Any]:
        """How often it plays, as keywords."""
        return self.given("times", "optional")


class Replies(Turned):
    """The model answers: with a text, or with all that is said of an answer."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        name: f'it stands within what is said: {{"replies": {{"{name}": ...}}}}.'
        for name in (field.alias or name for name, field in Reply.model_fields.items())
    }
    replies: Annotated[Any, either(text=str, otherwise=Reply)]
    delay: Seconds = 0
    """Seconds before the first byte."""
    every: Seconds = 0
    """Seconds between chunks."""

    def play(self, script: "ModelScript") -> None:
        said: Any = self.replies
        more = {**self.turns(), **self.given("delay", "every")}
        if isinstance(said, str):
            script.replies(said, **more)
        elif said.is_plain and not said.others:
            script.replies(said.text, body=said.body, **said.keywords(), **more)
        elif said.body is not None:
            raise TypeError("replies takes body alone, without refusal, signature, stop_sequence or others.")
        else:
            others = tuple(Answer(one) if isinstance(one, str) else one.answer() for one in said.others)
            script.replies(replace(said.answer(), others=others), **more)


class Fails(Turned):
    """The provider answers with an error, by status or by name."""

    fails: Named
    message: str | None = None
    retry_after: Seconds | None = None
    delay: Seconds = 0

    def play(self, script: "ModelScript") -> None:
        script.fails(self.fails, **self.given("message", "retry_after", "delay"), **self.turns())


class TimesOut(Turned):
    """The provider never answers; the gateway gives up on the attempt."""

    times_out: Literal[True]

    def play(self, script: "ModelScript") -> None:
        script.times_out(**self.turns())


class HangsUp(Turned):
    """The provider's connection breaks, before the answer or after so many chunks of it."""

    hangs_up: Literal[True]
    after_chunks: Count = 0

    def play(self, script: "ModelScript") -> None:
        script.hangs_up(**self.given("after_chunks"), **self.turns())


class Stalls(Turned):
    """The provider begins to answer, then says nothing."""

    stalls: Literal[True]
    after_chunks: Count = 0

    def play(self, script: "ModelScript") -> None:
        script.stalls(**self.given("after_chunks"), **self.turns())


class Bytes(Part):
    """Bytes that are no text."""

    base64: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


Piece = Annotated[Any, either(text=str, otherwise=Bytes)]


class Sends(Turned):
    """The provider sends this, whatever it is; several pieces are sent cut just there."""

    sends: Annotated[Any, either(text=str, listed=list[Piece], otherwise=Bytes)]
    status: Annotated[int, Field(ge=100, le=599)] = 200

    def play(self, script: "ModelScript") -> None:
        sent: Any = self.sends
        pieces = [_bytes(piece) for piece in (sent if isinstance(sent, list) else [sent])]
        script.sends(pieces if isinstance(sent, list) else pieces[0], **self.given("status"), **self.turns())


class BreaksAt(Turned):
    """The answer breaks in this place."""

    breaks: Place

    def play(self, script: "ModelScript") -> None:
        script.breaks(self.breaks, **self.turns())


Vector = Annotated[list[Annotated[float, Field(allow_inf_nan=False)]], Field(min_length=1)]
Vectors = Annotated[list[Vector], Field(min_length=1)]
ByText = Annotated[
    dict[str, Vector],
    Field(min_length=1),
    WrapValidator(lambda value, check: True if value is True else check(value)),
    WithJsonSchema({"anyOf": [{"const": True}, {"type": "object", "additionalProperties": {"type": "array"}}]}),
]
"""By text; or ``true``, for vectors made from the words."""


class Embeds(Turned):
    """The model answers with vectors: those given, by text or one after another, or ones made from the words."""

    embeds: Annotated[Any, either(listed=Vectors, otherwise=ByText)]
    delay: Seconds = 0

    def play(self, script: "ModelScript") -> None:
        script.embeds(None if self.embeds is True else self.embeds, **self.given("delay"), **self.turns())


class Improvises(Rule):
    """The model makes up its answers where nothing else answers. With a number, from that seed."""

    improvises: Literal[True] | int

    def play(self, script: "ModelScript") -> None:
        script.improvises(None if self.improvises is True else self.improvises)


VERBS: dict[str, type[Rule]] = {
    "replies": Replies,
    "embeds": Embeds,
    "fails": Fails,
    "times_out": TimesOut,
    "hangs_up": HangsUp,
    "stalls": Stalls,
    "sends": Sends,
    "breaks": BreaksAt,
    "improvises": Improvises,
}
"""Every verb of `ModelScript`. A new one is a class above, and a line here."""

_ByVerb = Annotated[Any, one_verb(VERBS, "a rule")]
_OneRule = Annotated[Any, either(text=str, otherwise=_ByVerb)]
Rules = Annotated[Any, either(text=str, listed=list[_OneRule], otherwise=_ByVerb)]
"""A text alone is a rule that replies with it; one rule alone stands for a list of one."""


def play(models: Mapping[str, Any], gateway: "Gateway") -> None:
    """Say to each model what is written of it."""
    for name, written in models.items():
        if not name:
            raise ScenarioMistake("models: the name of a model, or a glob, is no empty text.")
        for where, rule in _numbered(f"models.{name}", written):
            script = gateway.model(name)
            try:
                if isinstance(rule, str):
                    script.replies(rule)
                else:
                    rule.play(script if rule.when is None else script.when(**rule.when.given(*When.model_fields)))
            except (TypeError, ValueError) as error:
                raise ScenarioMistake(f"{where}: {error}") from None


def _numbered(place: str, written: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(written, list):
        yield place, written
        return
    yield from ((f"{place}[{at}]", rule) for at, rule in enumerate(written))


def _bytes(piece: Any) -> bytes:
    from base64 import b64decode

    return piece.encode() if isinstance(piece, str) else b64decode(piece.base64, validate=True)
