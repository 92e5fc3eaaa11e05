"""How a test says what a model will do: one verb for each thing that can happen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from pydantic_core import to_json

from ..core.chat import Answer, ToolCall, Usage
from ..core.failures import failure as named_failure
from ..core.matching import ANY, Condition
from ..core.nearest import unknown
from . import said
from .acts import Act, Fails, HangsUp, Maker, Replies, RepliesVerbatim, Sends, Stalls, TimesOut
from .breakages import BREAKAGES, Breaks
from .embedder import Embedder
from .improviser import Improvises, require_libraries
from .rules import Rule, Script
from .said import check_amounts, check_counts, check_texts, check_times

Failing = int | str


class ModelScript:
    """What one model does when it is asked. Every verb adds a rule and returns the script, to be continued.

    Rules play in the order written, each once or `times` times; the last one repeats, unless it has `times`. At
    teardown a rule that never played fails the test, unless it is `optional`. Only `improvises` waits until nothing else
    answers.
    """

    def __init__(self, script: Script, condition: Condition | None = None, *, seed: int = 0) -> None:
        self._script = script
        self._condition = condition or ANY
        self._seed = seed

    def __repr__(self) -> str:
        lines = [
            f"<script of {self._script.name}>",
            *(f"  {rule}  played {rule.played}" for rule in self._script.rules),
        ]
        return "\n".join(lines)

    def when(
        self,
        *,
        contains: str | None = None,
        system: str | None = None,
        tools: Sequence[str] | None = None,
        customer: str | None = None,
        matches: Callable[[Any], bool] | None = None,
    ) -> "ModelScript":
        """The same script, for requests that fit all of this; what fits is passed over by the others.

        `contains` is looked for in the last user message, `system` in the system messages; `tools` must all be on
        offer; `customer` is the customer_identifier; `matches` is a function of the request.
        """
        check_texts(contains=contains, system=system, customer=customer)
        if matches is not None and not callable(matches):
            raise TypeError(f"matches is a function of the request, not {matches!r}.")
        offered = None if tools is None else said.names(tools=tools)
        condition = Condition(contains, system, offered, customer, matches)
        if condition == ANY:
            raise TypeError("when() needs a condition: contains, system, tools, customer or matches.")
        self._script.unsaid.append(condition)
        return ModelScript(self._script, condition, seed=self._seed)

    def replies(
        self,
        text: str | Answer | Maker | None = None,
        *,
        tool_calls: Sequence[ToolCall | Mapping[str, Any]] = (),
        json: Any = None,
        body: Mapping[str, Any] | None = None,
        reasoning: str | None = None,
        usage: Usage | Mapping[str, int] | None = None,
        chunks: Sequence[str] | None = None,
        finish_reason: str | None = None,
        delay: float = 0,
        every: float = 0,
        times: int | None = None,
        optional: bool = False,
    ) -> Self:
        """The model answers: with a text, an `Answer`, or what a function of the request returns.

        `json` is structured content, written as the model would; `body` a whole provider answer, verbatim. `chunks`
        is the text as it is streamed; `delay` and `every` are seconds before the first byte and between chunks.
        """
        check_amounts(delay=delay, every=every)
        written = {"tool_calls": tool_calls or None, "json": json, "reasoning": reasoning, "usage": usage}
        written |= {"chunks": chunks, "finish_reason": finish_reason}
        extra = [name for name, value in written.items() if value is not None]
        if body is not None:
            said.check_body(body)
            _alone("body", [*extra, *(["a text"] if text is not None else [])])
            return self._add(_verb("replies", body=body), RepliesVerbatim(body, delay, every), times, optional)
        if isinstance(text, Answer) or callable(text):
            _alone("an Answer" if isinstance(text, Answer) else "a function", extra)
            if isinstance(text, Answer):
                said.check_letters(text)
            return self._add(_verb("replies", text), Replies(text, delay, every), times, optional)
        if text is not None and not isinstance(text, str):
            raise TypeError(f"replies() takes a text, an Answer or a function of the request, not {text!r}.")
        if json is not None:
            if text is not None or chunks is not None:
                raise TypeError("replies() takes json, or a text, not both.")
            text = to_json(json).decode()
        pieces = said.chunks(chunks)
        if pieces is not None:
            joined = "".join(pieces)
            if text not in (None, joined):
                raise ValueError(f"the chunks join to {joined!r}, which is not the text {text!r}.")
            text = joined
        check_texts(reasoning=reasoning, finish_reason=finish_reason)
        if text is None and not extra:
            raise TypeError("replies() needs something to say: a text, json, tool_calls, or a whole body.")
        answer = Answer(
            text=text,
            tool_calls=said.tool_calls(tool_calls),
            reasoning=reasoning,
            chunks=pieces,
            finish_reason=finish_reason,
            usage=said.usage(usage),
        )
        said.check_letters(answer)
        shown = {"json": json} if json is not None else {"tool_calls": tool_calls} if text is None else {}
        return self._add(
            _verb("replies", *([] if shown else [text]), **shown), Replies(answer, delay, every), times, optional
        )

    def embeds(
        self,
        vectors: Mapping[str, Sequence[float]] | Sequence[Sequence[float]] | None = None,
        *,
        delay: float = 0,
        times: int | None = None,
        optional: bool = False,
    ) -> Self:
        """The model answers with vectors: of a mapping by text, of a list in the order of the texts.

        A text that has none, and every text where there are none, has a vector made from its words: near to those of
        texts that share words with it.
        """
        check_amounts(delay=delay)
        act = Replies(Embedder.of(vectors), delay)
        return self._add(_verb("embeds", *([] if vectors is None else [vectors])), act, times, optional)

    def fails(
        self,
        failure: Failing,
        *,
        message: str | None = None,
        retry_after: float | None = None,
        delay: float = 0,
        times: int | None = None,
        optional: bool = False,
    ) -> Self:
        """The provider answers with an error, by status or by name, in its own shape."""
        check_amounts(delay=delay, retry_after=retry_after or 0)
        act = Fails(named_failure(failure, message), retry_after, delay, is_named=isinstance(failure, str))
        return self._add(_verb("fails", failure), act, times, optional)

    def times_out(self, *, times: int | None = None, optional: bool = False) -> Self:
        """The provider never answers; the gateway gives up on the attempt after its own time-out."""
        return self._add(_verb("times_out"), TimesOut(), times, optional)

    def hangs_up(self, *, after_chunks: int = 0, times: int | None = None, optional: bool = False) -> Self:
        """The provider's connection breaks, before the answer or after so many chunks of it."""
        check_counts(after_chunks=after_chunks)
        return self._add(_verb("hangs_up", **_given(after_chunks)), HangsUp(after_chunks), times, optional)

    def stalls(self, *, after_chunks: int = 0, times: int | None = None, optional: bool = False) -> Self:
        """The provider begins to answer, then says nothing."""
        check_counts(after_chunks=after_chunks)
        return self._add(_verb("stalls", **_given(after_chunks)), Stalls(after_chunks), times, optional)

    def sends(
        self, raw: bytes | Sequence[bytes], *, status: int = 200, times: int | None = None, optional: bool = False
    ) -> Self:
        """The provider sends these bytes, whatever they are; several are sent cut just there."""
        said.check_status(status)
        return self._add(_verb("sends", raw), Sends(said.raw(raw), status), times, optional)

    def breaks(self, at: str, *, times: int | None = None, optional: bool = False) -> Self:
        """The answer breaks in this place, one of `BREAKAGES`: mid_word, mid_arguments, corrupt_frame, ..."""
        if at not in BREAKAGES:
            raise ValueError(unknown("place for an answer to break", at, BREAKAGES))
        return self._add(_verb("breaks", at), Breaks(at), times, optional)

    def improvises(self, seed: int | None = None) -> Self:
        """The model makes up what fits the request, where neither another rule nor the cassette answers.

        It is not bound to be asked. The same request and seed (or else the seed of the gateway) give the same answer;
        said again for the same requests, the later seed counts.
        """
        if seed is not None and type(seed) is not int:
            raise TypeError(f"seed is a whole number, not {seed!r}.")
        require_libraries()
        rules = self._script.rules
        rules[:] = [rule for rule in rules if not (rule.comes_last and rule.condition == self._condition)]
        act = Improvises(self._seed if seed is None else seed)
        verb = _verb("improvises", *(() if seed is None else (seed,)))
        rule = Rule(self._script.name, verb, act, self._condition, times=None, optional=True, comes_last=True)
        return self._added(rule)

    def _add(self, verb: str, act: Act, times: int | None, optional: bool) -> Self:
        check_times(times)
        return self._added(Rule(self._script.name, verb, act, self._condition, times, optional))

    def _added(self, rule: Rule) -> Self:
        self._script.rules.append(rule)
        self._script.unsaid[:] = [one for one in self._script.unsaid if one is not self._condition]
        return self


def _alone(what: str, others: Sequence[str]) -> None:
    if others:
        raise TypeError(f"replies() takes {what} alone, without {' or '.join(others)}.")


def _given(after_chunks: int) -> dict[str, int]:
    return {"after_chunks": after_chunks} if after_chunks else {}


def _verb(name: str, *arguments: Any, **keywords: Any) -> str:
    shown = [_short(argument) for argument in arguments]
    shown += [f"{keyword}={_short(value)}" for keyword, value in keywords.items()]
    return f"{name}({', '.join(shown)})"


def _short(value: Any) -> str:
    text = getattr(value, "__name__", None) or repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
