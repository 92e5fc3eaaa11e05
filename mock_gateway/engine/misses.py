"""What the author of a test reads when nothing answers a call."""

from collections.abc import Iterator

from ..core.advice import Advice
from ..core.events import counted
from ..core.nearest import nearest
from ..wires.upstream import Explanation, Question, Upstream
from .rules import Rule, Scripts

_ASKED = 60


def miss_text(
    target: str, number: int, question: Question, scripts: Scripts, cassette: Upstream | None, *, advice: Advice
) -> str:
    """Which call it was, what came nearest to answering it, and what to do next."""
    request, model = question.request, question.envelope.model
    shape = "   streamed" if request.stream else ""
    nobody = "no script" if cassette is None else "no take and no script"
    lines = [
        f"Nothing answers attempt {number} of this call: {model} was asked something {nobody} covers.",
        "",
        f"  call      {target}   {model}   {counted(len(request.messages), 'message')}{shape}",
        f"  asked     {_short(request.text if cassette is None else cassette.hide(request.text))}",
    ]
    why = cassette.explain(question) if cassette is not None else Explanation()
    lines += [*_candidates(question, scripts), *why.facts]
    ways = (
        ("Record it", why.record),
        ("Script it", advice.scripted(model, question.wire.verb)),
        ("Relax it", why.relax),
    )
    lines += ["", *(f"  {what:<12}{how}" for what, how in ways if how)]
    return "\n".join(lines)


def _candidates(question: Question, scripts: Scripts) -> Iterator[str]:
    model = question.envelope.model
    own = [rule for script in scripts if script.covers(model) for rule in script.rules]
    for at, rule in enumerate(own):
        yield f"  {'nearest' if not at else '':<10}{rule}   {_reason(rule, question)}"
    others = [script.name for script in scripts if not script.covers(model)]
    if not others:
        return
    near = nearest(model, others)
    hint = f"   nearest name: {near}" if near and not own else ""
    yield f"  others    scripted {'are' if len(others) > 1 else 'is'} {', '.join(others)}{hint}"


def _reason(rule: Rule, question: Question) -> str:
    why = rule.misfit(question.request)
    return why or f"has played {rule.played} of {counted(rule.times or 1, 'time')}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return repr(flat if len(flat) <= _ASKED else f"{flat[: _ASKED - 3]}...")
