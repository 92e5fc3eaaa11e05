"""A model that improvises: what it answers is made up, to fit the request, where nothing else answers."""

from dataclasses import dataclass
from importlib.util import find_spec

from ..core.chat import Answer
from ..wires.upstream import Question, Reply, UpstreamMistake
from .acts import Replies

_NEEDED = {"faker": "Faker", "jsonschema": "jsonschema"}


def require_libraries() -> None:
    """Say how to install what is missing. Nothing is imported yet: Faker takes its time, and maybe nobody asks."""
    missing = [name for module, name in _NEEDED.items() if find_spec(module) is None]
    if missing:
        needed = " and ".join(missing)
        raise ModuleNotFoundError(f'improvises() needs {needed}: pip install "pytest-respan[improvise]"')


@dataclass(frozen=True, slots=True)
class Improvises:
    """It makes up an answer. Vectors are made of the words anyway."""

    seed: int

    def perform(self, question: Question) -> Reply:
        from ..improvising.answers import answer
        from ..improvising.values import Unsatisfiable

        try:
            made = Answer() if "input" in question.request.chat else answer(question.request, self.seed)
        except Unsatisfiable as why:
            raise UpstreamMistake(_nothing_fits(question.envelope.model, str(why))) from None
        reply = Replies(made).perform(question)
        reply.source = "improviser"
        return reply


def _nothing_fits(model: str, why: str) -> str:
    return f"""no answer was found that fits what is asked.

  {why}

  Script it   gateway.model("{model}").replies(...)"""
