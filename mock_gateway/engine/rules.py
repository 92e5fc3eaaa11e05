"""What a test says its models will do.

Which rule plays, for a model that is asked something:

1. the rules of its exact name, then those of the globs that match it, longest first;
2. of these, in the order written, the first that fits the request and still has a turn: one, or `times`;
3. if all that fit have had their turns, the last of them again, unless it has `times`;
4. nothing of this, then what the cassette says; and if that says nothing, the rule that improvises, if one fits.

A rule that improvises is never due in 2. In 3 it is as good as any: what was written before it does not play again.
"""

import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ..core.chat import ChatRequest
from ..core.matching import ANY, Condition
from ..wires.upstream import Question, Reply, UpstreamMistake
from .acts import Act

_HERE = str(Path(__file__).parents[1])


class ScriptMistake(UpstreamMistake):
    """A function in a script raised."""


@dataclass(slots=True)
class Rule:
    """One thing a model does, under some condition, so many times."""

    model: str
    verb: str
    act: Act
    condition: Condition
    times: int | None
    optional: bool
    comes_last: bool = False
    """Whether it plays only where nothing else answers."""
    played: int = 0

    def __str__(self) -> str:
        return f'model("{self.model}"){self.condition}.{self.verb}'

    def misfit(self, request: ChatRequest) -> str | None:
        """Why it does not fit this request, or None if it does."""
        try:
            return self.condition.misfit(request)
        except _MISTAKES as error:
            raise _mistake(self, error) from error

    def perform(self, question: Question) -> Reply:
        """Play it once."""
        try:
            return self.act.perform(question)
        except UpstreamMistake as mistake:
            raise ScriptMistake(f"{self}: {mistake}") from None
        except _MISTAKES as error:
            raise _mistake(self, error) from error


_MISTAKES = (Exception, GeneratorExit)
"""The second would be taken for a client that leaves. `pytest.fail` and `sys.exit` mean to end the test."""


def _mistake(rule: Rule, error: BaseException) -> ScriptMistake:
    """Whatever a rule raises is the mistake of its author, told with the line it was made in."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(_HERE)]
    last = (own or frames)[-1]
    said = "".join(traceback.format_exception_only(error)).strip()
    return ScriptMistake(f"{rule} raised an exception.\n\n  {last.filename}:{last.lineno}\n  {said}")


@dataclass(slots=True)
class Script:
    """The rules of one name or glob."""

    name: str
    rules: list[Rule] = field(default_factory=list)
    unsaid: list[Condition] = field(default_factory=list)
    """What requests must fit for something of which nobody has said what it is."""
    is_glob: bool = field(init=False)
    """Whether the name stands for several models."""

    def __post_init__(self) -> None:
        self.is_glob = any(letter in self.name for letter in "*?[")

    def covers(self, model: str) -> bool:
        """Whether it has anything to say about this model."""
        return fnmatchcase(model, self.name) if self.is_glob else model == self.name

    def choose(self, request: ChatRequest) -> Rule | None:
        """The rule whose turn it is."""
        last = None
        for rule in self.rules:
            if rule.condition is not ANY and rule.misfit(request) is not None:
                continue
            if rule.played < (rule.times or 1) and not rule.comes_last:
                return rule
            last = rule
        return last if last is not None and last.times is None and not last.comes_last else None

    def improvising(self, request: ChatRequest) -> Rule | None:
        """The first rule that fits, of those that play where nothing else answers."""
        return next((rule for rule in self.rules if rule.comes_last and rule.misfit(request) is None), None)


Choose = Callable[[Script, ChatRequest], Rule | None]


class Scripts:
    """All that was scripted, asked as one upstream."""

    def __init__(self) -> None:
        self._scripts: dict[str, Script] = {}
        self._globs: list[Script] = []
        """Those of several models, the longest name first."""
        self._lock = threading.RLock()

    def __iter__(self) -> Iterator[Script]:
        return iter(list(self._scripts.values()))

    def of(self, name: str) -> Script:
        """The script of a model or glob, begun or continued."""
        if not isinstance(name, str) or not name:
            raise TypeError(f"model() takes the name of a model or a glob, not {name!r}.")
        if name not in self._scripts:
            self._scripts[name] = Script(name)
            globs = [script for script in self._scripts.values() if script.is_glob]
            self._globs = sorted(globs, key=lambda script: -len(script.name))
        return self._scripts[name]

    @property
    def models(self) -> list[str]:
        """The models that were scripted by their exact names."""
        return [script.name for script in self if not script.is_glob]

    def ask(self, question: Question) -> Reply | None:
        """What the scripted model does, if anything was scripted for this."""
        rule = self._take(Script.choose, question) if self._scripts else None
        return None if rule is None else rule.perform(question)

    def improvise(self, question: Question) -> Reply | None:
        """What the model makes up, if it improvises."""
        rule = self._take(Script.improvising, question)
        return None if rule is None else rule.perform(question)

    def _take(self, choose: Choose, question: Question) -> Rule | None:
        """The rule whose turn it is; it has had it then."""
        model, request = question.envelope.model, question.request
        with self._lock:
            exact = self._scripts.get(model)
            rule = choose(exact, request) if exact is not None and not exact.is_glob else None
            if rule is None and self._globs:
                found = (choose(script, request) for script in self._globs if script.covers(model))
                rule = next((rule for rule in found if rule is not None), None)
            if rule is not None:
                rule.played += 1
        return rule

    def become(self, other: "Scripts") -> None:
        """Say what others say, at once, and nothing else."""
        with self._lock:
            self._scripts, self._globs = other._scripts, other._globs  # noqa: SLF001 - another of these

    def unsaid(self) -> list[str]:
        """The conditions that stand alone."""
        why = "says what fits, and not what the model does"
        return [f'model("{script.name}"){condition} {why}' for script in self for condition in script.unsaid]

    def unplayed(self) -> list[Rule]:
        """The rules that never played and are not optional."""
        return [rule for script in self for rule in script.rules if not rule.played and not rule.optional]
