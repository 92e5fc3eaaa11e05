"""What is asked of a model and what it answers, whichever wire the words travel on."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from pydantic_core import to_json

from .tokens import count_tokens, split_text

HALF = re.compile("[\ud800-\udfff]")
Message = Mapping[str, Any]
SIGNATURE = "mock-signature"
"""What reasoning is signed with that nobody has signed."""


class ChatRequest(Mapping[str, Any]):
    """One question to a model: the body it is asked with, with the parts a test asks about as attributes.

    It is what `when(matches=...)` and `replies(a_function)` are given: what is left when the gateway has merged its
    prompt and taken out its own parameters. Fields are reached as in a dict: ``request["temperature"]``. They are those
    of the wire it came on; `chat` is the same question in the words of chat completions, whatever the wire.
    """

    def __init__(
        self, body: Mapping[str, Any], customer: str | None = None, chat: Mapping[str, Any] | None = None
    ) -> None:
        self.body = body
        self.chat = body if chat is None else chat
        self.model: str = self.chat["model"]
        self.messages: Sequence[Message] = self.chat["messages"]
        self.stream: bool = self.chat.get("stream") is True
        self.customer = customer
        """The customer on whose behalf the application asks."""

    def to(self, model: str) -> "ChatRequest":
        """The same question, put to another model."""
        if model == self.model:
            return self
        chat = None if self.chat is self.body else {**self.chat, "model": model}
        return ChatRequest({**self.body, "model": model}, self.customer, chat)

    def asked_to_stream(self, stream: bool) -> "ChatRequest":
        """The same question, asked to be answered as a stream or whole."""
        chat = None if self.chat is self.body else {**self.chat, "stream": stream}
        return ChatRequest({**self.body, "stream": stream}, self.customer, chat)

    def __getitem__(self, name: str) -> Any:
        return self.body[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.body)

    def get(self, name: str, default: Any = None) -> Any:
        """A field of the body, or the default where it has none."""
        return self.body.get(name, default)

    def __len__(self) -> int:
        return len(self.body)

    def __repr__(self) -> str:
        shape = "streamed" if self.stream else "whole"
        return f"<ChatRequest {self.model!r} {len(self.messages)} messages {shape} {self.text!r}>"

    @cached_property
    def text(self) -> str:
        """The text of the last user message."""
        for message in reversed(self.messages):
            if message.get("role") == "user":
                return text_of(message)
        return ""

    @cached_property
    def system(self) -> str:
        """The text of all system and developer messages."""
        return "\n".join(text_of(m) for m in self.messages if m.get("role") in ("system", "developer"))

    @cached_property
    def tools(self) -> tuple[str, ...]:
        """The names of the tools on offer."""
        offered = self.chat.get("tools") or ()
        functions = (tool.get("custom") or tool.get("function") for tool in offered if isinstance(tool, Mapping))
        return tuple(str(function.get("name")) for function in functions if isinstance(function, Mapping))

    @property
    def tokens(self) -> int:
        """An estimate of what the messages weigh, for answers that state no usage."""
        weight = 0
        for message in self.messages:
            content = message.get("content")
            weight += 3 + count_tokens(content if type(content) is str else text_of(message))
        return weight


def text_of(message: Message) -> str:
    """The text of a message, parts joined; images and files have none."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping) and "text" in part)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool the model wants called. `arguments` is a mapping, or the text the model wrote (it may be no JSON)."""

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict[str, Any])
    id: str | None = None

    @property
    def written(self) -> str:
        """The arguments as the model writes them."""
        return self.arguments if isinstance(self.arguments, str) else to_json(self.arguments).decode()


class Usage(NamedTuple):
    """Tokens, as the provider counts them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cache_creation_tokens: int = 0
    reasoning_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """What the call weighed altogether."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True)
class Answer:
    """What a model answers. `others` are the further choices of a request with ``n`` above 1."""

    text: str | None = None
    tool_calls: Sequence[ToolCall] = ()
    reasoning: str | None = None
    chunks: Sequence[str] | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    refusal: str | None = None
    others: Sequence["Answer"] = ()
    signature: str | None = None
    """What the provider has signed its reasoning with, for the conversation to go on."""
    vectors: Sequence[Sequence[float]] | None = None
    """What an embedding model answers: one for each text."""
    stop_sequence: str | None = None
    """Before which of the caller's sequences it stopped, if it did."""

    @property
    def pieces(self) -> Sequence[str]:
        """The text as it is streamed."""
        return self.chunks if self.chunks is not None else split_text(self.text or "")

    @cached_property
    def tokens(self) -> tuple[int, int]:
        """An estimate of what it weighs, for answers that state no usage: all of it, and the reasoning in it."""
        reasoning = 0 if self.reasoning is None else count_tokens(self.reasoning)
        written = 0 if self.text is None else count_tokens(self.text)
        called = sum(count_tokens(call.name + call.written) for call in self.tool_calls)
        return reasoning + written + called, reasoning

    @property
    def ending(self) -> str:
        """Why the model stopped, as it says itself."""
        return self.finish_reason or ("tool_calls" if self.tool_calls else "stop")

    @property
    def is_text(self) -> bool:
        """Whether it is nothing but a text, as most are."""
        return not self.tool_calls and self.reasoning is None and self.refusal is None

    @property
    def half(self) -> str | None:
        """The text with half a character in it, if there is one: JavaScript has such, where a text was cut."""
        called = (
            f"{call.name} {json.dumps(call.arguments, ensure_ascii=False, default=str)}" for call in self.tool_calls
        )
        texts = (self.text, self.reasoning, self.refusal, *(self.chunks or ()), *called)
        found = (text for text in texts if text and not text.isascii() and HALF.search(text))
        return next(found, None) or next(filter(None, (one.half for one in self.others)), None)

    @property
    def message(self) -> dict[str, Any]:
        """The answer as a message of a conversation."""
        message: dict[str, Any] = {"role": "assistant", "content": self.text}
        if self.reasoning is not None:
            message["reasoning_content"] = self.reasoning
        if self.tool_calls:
            message["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.written}}
                for call in self.tool_calls
            ]
        return message

    def finished(self, usage: Usage) -> "Answer":
        """The answer with nothing left open: what it weighs, and why it ended."""
        finished = object.__new__(
            Answer
        )  # each answer is finished, and `replace` would set every field through a check
        finished.__dict__.update(self.__dict__, finish_reason=self.finish_reason or self.ending, usage=usage)
        return finished

    def with_vectors(self, vectors: Sequence[Sequence[float]]) -> "Answer":
        """The answer of an embedding model."""
        return replace(self, text=None, chunks=None, finish_reason=None, vectors=tuple(vectors))

    def with_calls_named(self, name: str, count: int) -> "Answer":
        """The answer in so many choices, with an id for each call of a tool that has none."""
        choices = self.choices(count)
        if not any(choice.tool_calls for choice in choices):
            return self
        first, *others = (_named(choice, f"{name}_{at}" if at else name) for at, choice in enumerate(choices))
        return replace(first, others=tuple(others))

    def choices(self, count: int) -> Sequence["Answer"]:
        """As many choices as were asked for; the last one written stands in for those that were not."""
        if count == 1:
            return (self,)
        written = (self, *self.others)
        return (*written, *(written[-1] for _ in range(count - len(written))))[: max(count, 1)]

    def stopped_before(self, sequences: Sequence[str]) -> "Answer":
        """The answer as a provider gives it that was told to stop before any of these sequences."""
        if self.others:
            alone = replace(self, others=()).stopped_before(sequences)
            return replace(alone, others=tuple(other.stopped_before(sequences) for other in self.others))
        text = self.text or ""
        cuts = [(at, sequence) for sequence in sequences if sequence and (at := text.find(sequence)) >= 0]
        if not cuts:
            return self
        at, met = min(cuts, key=lambda cut: cut[0])
        chunks = _cut(self.chunks, at)
        return replace(self, text=text[:at], chunks=chunks, finish_reason="stop", stop_sequence=met)


def _named(answer: Answer, name: str) -> Answer:
    calls = [replace(call, id=call.id or f"{name}_{at}") for at, call in enumerate(answer.tool_calls, 1)]
    return replace(answer, tool_calls=tuple(calls))


def _cut(chunks: Sequence[str] | None, length: int) -> Sequence[str] | None:
    if chunks is None:
        return None
    kept: list[str] = []
    for chunk in chunks:
        if length <= 0:
            break
        kept.append(chunk[:length])
        length -= len(chunk)
    return tuple(kept)
