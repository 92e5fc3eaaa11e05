"""The tracing SDKs of this process, as far as a gateway has to do with them: they send when they are told to.

Nothing is imported that the application has not imported: where there is no OpenTelemetry, there is nothing to send.
"""

import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Protocol


class Tracing(Protocol):
    """Who knows of the tracing SDKs of this process."""

    @property
    def unended(self) -> Sequence[str]:
        """The spans that have begun and not ended."""
        ...

    @property
    def remote_parents(self) -> Collection[str]:
        """The ids of spans of other processes that spans of this one are part of."""
        ...

    def flush(self) -> list[str]:
        """Have everything sent that has ended. What is given back is why something could not be."""
        ...


class Unwatched:
    """The tracing SDKs of this process, where nobody watches them."""

    unended: Sequence[str] = ()
    remote_parents: Collection[str] = ()

    def flush(self) -> list[str]:
        """Have everything sent that has ended."""
        return flush()


def flush(others: Iterable[Any] = ()) -> list[str]:
    """Have them send what they hold, and these other providers too. What is given back is why one could not."""
    complaints: list[str] = []
    for provider in {id(one): one for one in (*providers(), *others)}.values():
        try:
            provider.force_flush()
        except Exception as error:  # noqa: BLE001 - a processor of the application's own: it is told of
            complaints.append(f"a tracer could not send what it holds: {type(error).__name__}: {error}")
    return complaints


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
