"""The tracing SDKs of this process, as far as a gateway has to do with them: they send when they are told to.

Nothing is imported that the application has not imported: where there is no OpenTelemetry, there is nothing to send.
"""

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Protocol


class Tracing(Protocol):
    """Who knows of the tracing SDKs of this process."""

    @property
    def unended(self) -> Sequence[str]:
        """The spans that have begun and not ended."""
        ...

    def flush(self) -> None:
        """Have everything sent that has ended."""
        ...


class Unwatched:
    """The tracing SDKs of this process, where nobody watches them."""

    unended: Sequence[str] = ()

    def flush(self) -> None:
        """Have everything sent that has ended."""
        flush()


def flush() -> None:
    """Have them send what they hold."""
    for provider in providers():
        provider.force_flush()


def providers() -> Iterator[Any]:
    """The tracer providers of the application: that of the Respan SDK, and the one all libraries use."""
    seen: list[Any] = []
    for provider in (_of_respan(), _of_all()):
        if provider is not None and not any(provider is other for other in seen) and hasattr(provider, "force_flush"):
            seen.append(provider)
            yield provider


def _of_respan() -> Any:
    module = sys.modules.get("respan_tracing.core.tracer")
    tracer = getattr(getattr(module, "RespanTracer", None), "_instance", None)
    return getattr(tracer, "tracer_provider", None)


def _of_all() -> Any:
    module = sys.modules.get("opentelemetry.trace")
    return None if module is None else module.get_tracer_provider()
