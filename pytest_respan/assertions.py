"""Assertions about a call that values and ``==`` do not say well. Each failure shows the call's story."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from mock_gateway.engine.calls import Call


def assert_fell_back(call: "Call", *models: str) -> None:
    """These models were asked, in this order; retries of one count once."""
    __tracebackhide__ = True
    _check(call, "assert_fell_back")
    if not models or not all(isinstance(model, str) for model in models):
        shown = ", ".join(map(repr, models)) or "none"
        raise TypeError(f"assert_fell_back takes the names of the models that were asked, one by one, not {shown}.")
    asked = _asked(call)
    if asked != list(models):
        _fail(call, "The call went to other models than expected.", asked=_listed(asked), expected=_listed(models))


def assert_retried(call: "Call", *, times: int, model: str | None = None) -> None:
    """A model, by default the first, was asked again so many times."""
    __tracebackhide__ = True
    _check(call, "assert_retried")
    asked = [attempt.model for attempt in call.attempts]
    name = model or (asked[0] if asked else None)
    if name not in asked:
        _fail(call, f"{name or 'A model'} was never asked.")
    again = asked.count(name) - 1
    if again != times:
        _fail(call, f"{name} was asked again {again} time{'' if again == 1 else 's'}, not {times}.")


def assert_cached(call: "Call") -> None:
    """The answer came from the cache."""
    __tracebackhide__ = True
    _check(call, "assert_cached")
    if call.cache != "hit":
        why = {
            "off": "It does not ask for the cache: cache_enabled is not set.",
            "miss": "Nothing was kept for it.",
            "expired": "What was kept for it had expired.",
        }[call.cache]
        _fail(call, f"The answer did not come from the cache. {why}")


def assert_prompt_merged(
    call: "Call",
    *,
    prompt_id: str,
    version: int | None = None,
    messages: Sequence[Mapping[str, Any]] | None = None,
    **origin: str,
) -> None:
    """The call used this prompt; the model was asked these messages; each field named came from the layer named."""
    __tracebackhide__ = True
    _check(call, "assert_prompt_merged")
    merge = call.prompt
    if merge is None:
        _fail(call, f"The call used no prompt, and {prompt_id!r} was expected.")
    facts: list[tuple[str, object, object]] = [("prompt_id", merge.prompt_id, prompt_id)]
    if version is not None:
        facts.append(("version", merge.version, version))
    facts += [(f"{field} <-", merge.origin.get(field, "nothing"), layer) for field, layer in origin.items()]
    if messages is not None:
        facts += _messages(list(merge.messages), list(messages))
    wrong = [f"{name} is {actual!r}, not {wanted!r}" for name, actual, wanted in facts if actual != wanted]
    if wrong:
        _fail(call, "The prompt was not merged as expected.", differs="\n".join(wrong))


def assert_streamed(call: "Call", *, text: str | None = None, chunks: int | None = None) -> None:
    """The answer was streamed to its end; with this text, in so many chunks."""
    __tracebackhide__ = True
    _check(call, "assert_streamed")
    if not call.streamed:
        _fail(call, "The call did not ask for a stream.")
    if call.ending is not None or call.left_early or call.answer is None:
        _fail(call, "The stream did not come to its end.")
    if text is not None and call.answer.text != text:
        _fail(call, "Something else was streamed.", streamed=repr(call.answer.text), expected=repr(text))
    given = call.chunks
    if chunks is not None and given != chunks:
        _fail(call, f"The answer was streamed in {given} chunks, not {chunks}.")


def _check(call: object, helper: str) -> None:
    if not hasattr(call, "attempts"):
        from mock_gateway.core.records import shortened

        raise TypeError(f"{helper} takes a call, such as gateway.calls.one(), not {shortened(call)}.")


def _asked(call: "Call") -> list[str]:
    return list(dict.fromkeys(attempt.model for attempt in call.attempts))


def _listed(models: Iterable[str]) -> str:
    return ", then ".join(models) or "nobody"


def _messages(actual: Sequence[Any], wanted: Sequence[Any]) -> list[tuple[str, object, object]]:
    if len(actual) != len(wanted):
        return [("the number of messages", len(actual), len(wanted))]
    return [(f"messages[{at}]", one, two) for at, (one, two) in enumerate(zip(actual, wanted, strict=True))]


def _fail(call: "Call", headline: str, **facts: str) -> NoReturn:
    __tracebackhide__ = True
    lines = [headline, ""]
    for name, told in facts.items():
        first, *rest = told.splitlines()
        lines += [f"  {name:<10}{first}", *(f"  {'':<10}{line}" for line in rest)]
    if facts:
        lines.append("")
    raise AssertionError("\n".join((*lines, str(call.story))))
