"""What a model says, as data: in the words of `ModelScript.replies`, and a few more that only an `Answer` has."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field
from pydantic_core import to_json

from ..core.chat import Answer, ToolCall, Usage
from .shape import Part, either

Count = Annotated[int, Field(ge=0, le=10**15)]


class Tool(Part):
    """A tool the model wants called."""

    name: str
    arguments: Annotated[Any, either(text=str, otherwise=dict[str, Any])] = Field(default_factory=dict)
    """An object, or the text the model wrote, which may be no JSON."""
    id: str | None = None


class Weight(Part):
    """What an answer weighs, in tokens."""

    prompt_tokens: Count = 0
    completion_tokens: Count = 0
    cached_tokens: Count = 0
    cache_creation_tokens: Count = 0
    reasoning_tokens: Count = 0


class Said(Part):
    """What a model says."""

    elsewhere: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("delay", "every", "times", "optional", "when"), "it stands beside replies, in the rule."
    )
    text: str | None = None
    json_: Any = Field(default=None, alias="json")
    """Structured content, written as the model would."""
    tool_calls: list[Tool] = Field(default_factory=list)
    reasoning: str | None = None
    usage: Weight | None = None
    chunks: list[str] | None = None
    """The text as it is streamed."""
    finish_reason: str | None = None
    refusal: str | None = None
    signature: str | None = None
    """What the reasoning is signed with."""
    stop_sequence: str | None = None
    """Which sequence the model stopped before."""

    @property
    def is_plain(self) -> bool:
        """Whether the keywords of `ModelScript.replies` can say all of it."""
        return (self.refusal, self.signature, self.stop_sequence) == (None, None, None)

    def keywords(self) -> dict[str, Any]:
        """The same as keywords of `ModelScript.replies`."""
        found: dict[str, Any] = self.given("reasoning", "chunks", "finish_reason")
        if self.json_ is not None:
            found["json"] = self.json_
        if self.tool_calls:
            found["tool_calls"] = [ToolCall(one.name, one.arguments, one.id) for one in self.tool_calls]
        if self.usage is not None:
            found["usage"] = Usage(**self.usage.model_dump())
        return found

    def answer(self) -> Answer:
        """The same as an `Answer`, for what the keywords have no word for."""
        told: dict[str, Any] = {
            name: tuple(item) if isinstance(item, list) else item for name, item in self.keywords().items()
        }
        json, text, chunks = told.pop("json", None), self.text, self.chunks
        if json is not None:
            if text is not None or chunks is not None:
                raise TypeError("replies takes json, or a text, not both.")
            text = to_json(json).decode()
        if text is None and chunks is not None:
            text = "".join(chunks)
        more = self.given("refusal", "signature", "stop_sequence")
        return Answer(text, **told, **more)


class Reply(Said):
    """What a model says, and what else it might say."""

    body: dict[str, Any] | None = None
    """A whole provider answer, verbatim: it stands alone."""
    others: list[Annotated[Any, either(text=str, otherwise=Said)]] = Field(default_factory=list)
    """The further choices of a request with n above 1."""
