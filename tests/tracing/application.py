"""An application that is traced: what the tests of this folder ask, and whom they trace it with."""

from collections.abc import Callable
from typing import Any, TypeVar

import respan
from openai import OpenAI
from respan import Respan
from respan_instrumentation_openai import OpenAIInstrumentor

F = TypeVar("F", bound=Callable[..., Any])

GATEWAY = "https://api.respan.ai/api"


def traced(**options: Any) -> Respan:
    """A tracer as applications make it."""
    return Respan(instrumentations=[OpenAIInstrumentor()], **options)


def workflow(name: str) -> Callable[[F], F]:
    """What makes a function a workflow."""
    decorator: Callable[[F], F] = respan.workflow(name=name)
    return decorator


def task(name: str) -> Callable[[F], F]:
    """What makes a function a task."""
    decorator: Callable[[F], F] = respan.task(name=name)
    return decorator


def client(**options: Any) -> OpenAI:
    """A client that points at the gateway."""
    return OpenAI(**{"base_url": GATEWAY, **options})


def ask(text: str = "Hi", model: str = "gpt-4o", max_retries: int = 2, **options: Any) -> Any:
    """One question, and the answer or the stream."""
    return client(max_retries=max_retries).chat.completions.create(
        model=model, messages=[{"role": "user", "content": text}], **options
    )


def ask_to_the_end(text: str = "Hi", **options: Any) -> str:
    """One question whose answer is streamed, read to its end."""
    chunks = ask(text, stream=True, **options)
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
