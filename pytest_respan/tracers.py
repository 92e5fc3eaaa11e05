"""What is not public of the tracing SDKs, and has to be reached all the same: respan-tracing 2.24, opentelemetry-sdk 1.45.

Nothing is imported: a module that is not there has nothing to put back.
"""

import atexit
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import FrameType, ModuleType
from typing import Any
from urllib.parse import urlsplit

from mock_gateway.core.hosts import is_known
from mock_gateway.core.requests import DUMMY_KEY
from mock_gateway.doors.tracing import providers

CORE, ENTRY, MAIN, SDK = "respan_tracing.core.tracer", "respan._core", "respan_tracing.main", "opentelemetry.sdk.trace"
_LOGGER = logging.getLogger("respan_tracing")
_LAYERS = ("original_processor", "processor", "_batch_processor")
"""Where a span processor keeps the one it stands around."""

_disconnected: list[tuple[Any, tuple[Any, ...]]] = []
"""The processors of the application's tracers that lead to Respan, while no test needs them."""


class State:
    """What the SDKs keep in places of their own, as it was at some moment."""

    def __init__(self) -> None:
        self.tracer = tracer()
        otel, entry, flushing = _module("opentelemetry.trace"), _module(MAIN), _flushing()
        self.provider = otel and otel._TRACER_PROVIDER  # noqa: SLF001
        self._client = entry and entry._global_client  # noqa: SLF001
        self._policy = flushing and flushing._policy  # noqa: SLF001
        attributes, context = _attributes(), _module("opentelemetry.context")
        self._attributes = attributes.get() if attributes is not None else None
        self._context = context and context.get_current()
        self._handlers, self._propagates, self._level = list(_LOGGER.handlers), _LOGGER.propagate, _LOGGER.level

    def restore_surroundings(self, defaults: Any = None) -> None:
        """Put back what is around a tracer: attributes for all spans, the span everything is part of, where it logs to.

        `defaults` are the attributes of a tracer that has come since and stays.
        The SDK's logger writes to what was the standard error when a tracer was made, which ends with a test.
        """
        _LOGGER.handlers[:], _LOGGER.propagate = self._handlers, self._propagates
        if _LOGGER.level != self._level:
            _LOGGER.setLevel(self._level)  # which makes all loggers of the process forget what they have worked out
        attributes, context = _attributes(), _module("opentelemetry.context")
        if attributes is not None:
            attributes.set(defaults or self._attributes or {})
        if context is not None and context.get_current() != (self._context or {}):
            context.attach(self._context if self._context is not None else context.Context())

    def restore_tracer(self) -> None:
        """Put back who the tracer is: its client, and when it sends by itself."""
        entry, flushing = _module(MAIN), _flushing()
        if entry is not None:
            entry._global_client = self._client  # noqa: SLF001
        if flushing is not None:
            flushing._policy = self._policy or flushing._DEFAULT_POLICY  # noqa: SLF001

    def restore_provider(self) -> None:
        """Put back the provider all libraries use."""
        otel = _module("opentelemetry.trace")
        if otel is not None:
            otel._TRACER_PROVIDER = self.provider  # noqa: SLF001
            if self.provider is None:
                otel._TRACER_PROVIDER_SET_ONCE = type(otel._TRACER_PROVIDER_SET_ONCE)()  # noqa: SLF001


def are_there() -> bool:
    """Whether the application has anything to do with tracing."""
    return "opentelemetry" in sys.modules or "respan_tracing" in sys.modules


def tracer() -> Any:
    """The Respan SDK's one tracer, if there is one."""
    core = _module(CORE)
    return None if core is None else core.RespanTracer._instance  # noqa: SLF001


def global_provider() -> Any:
    """The provider all libraries use, if one was set."""
    otel = _module("opentelemetry.trace")
    return None if otel is None else otel._TRACER_PROVIDER  # noqa: SLF001


def defaults() -> Any:
    """The attributes all spans get at this moment."""
    attributes = _attributes()
    return None if attributes is None else attributes.get()


def set_defaults(wanted: Any) -> None:
    """Have all spans get these attributes; None, no others than they are given."""
    attributes = _attributes()
    if attributes is not None:
        attributes.set(wanted or {})


def unset(provider: Any) -> None:
    """Have no provider for all libraries, if this is it."""
    otel = _module("opentelemetry.trace")
    if otel is not None and provider is not None and otel._TRACER_PROVIDER is provider:  # noqa: SLF001
        otel._TRACER_PROVIDER = None  # noqa: SLF001
        otel._TRACER_PROVIDER_SET_ONCE = type(otel._TRACER_PROVIDER_SET_ONCE)()  # noqa: SLF001


def adopt(found: Any) -> None:
    """A tracer made without a key sends nothing. The application had none when it was imported; tests have one."""
    if found is not None and getattr(found, "is_enabled", False) and not found.api_key:
        found.api_key = DUMMY_KEY
        found._setup_default_processor()  # noqa: SLF001


def stop_timer() -> None:
    """The SDK sends a little later what a model call has left. It is sent now."""
    flushing = _flushing()
    if flushing is None:
        return
    with flushing._timer_lock:  # noqa: SLF001
        timer, flushing._timer = flushing._timer, None  # noqa: SLF001
    if timer is not None:
        timer.cancel()
        timer.join()


def put_away(found: Any) -> None:
    """End a tracer for good."""
    _module(CORE).RespanTracer.reset_instance()
    atexit.unregister(found._cleanup)  # noqa: SLF001
    end(getattr(found, "tracer_provider", None))


def end(provider: Any) -> None:
    """End a provider for good, with its threads."""
    if provider is None:
        return
    handler = getattr(provider, "_atexit_handler", None)
    provider.shutdown()
    for held in [one for one in _disconnected if one[0] is provider]:
        _disconnected.remove(held)
        for processor in held[1]:
            processor.shutdown()
    if handler is not None:
        atexit.unregister(handler)


def disconnect(others: Iterable[Any] = ()) -> None:
    """Take from what is there now all that leads to Respan, until a test needs it."""
    for provider in {id(one): one for one in (*providers(), *others)}.values():
        leading = tuple(one for one in processors(provider) if _leads_to_respan(one))
        if leading:
            set_processors(provider, tuple(one for one in processors(provider) if one not in leading))
            _disconnected.append((provider, leading))


def reconnect() -> None:
    """Put it back."""
    while _disconnected:
        provider, leading = _disconnected.pop()
        set_processors(provider, (*processors(provider), *leading))


def forget_what_is_held() -> None:
    """What disconnected processors still hold is nobody's any more."""
    for _, leading in _disconnected:
        for processor in leading:
            for layer in _layers(processor):
                with suppress(AttributeError):
                    layer._queue.clear()  # noqa: SLF001


def shut_down() -> None:
    """The session is over: nothing is sent, and the threads of what is disconnected end.

    A stream that nobody has read ends with the interpreter, which can begin no thread any more: the SDK would wait for
    its timer for ever.
    """
    flushing = _flushing()
    if flushing is not None:
        flushing._policy = "off"  # noqa: SLF001
    disconnect()
    forget_what_is_held()
    while _disconnected:
        for processor in _disconnected.pop()[1]:
            processor.shutdown()


def processors(provider: Any) -> tuple[Any, ...]:
    """The span processors of a provider; none where it is not the SDK's."""
    active = getattr(provider, "_active_span_processor", None)
    return tuple(getattr(active, "_span_processors", ()))


def set_processors(provider: Any, wanted: tuple[Any, ...]) -> None:
    """Have these, and no others."""
    active = provider._active_span_processor  # noqa: SLF001
    with active._lock:  # noqa: SLF001
        active._span_processors = wanted  # noqa: SLF001


def being_imported() -> list[dict[str, Any]]:
    """The names of the modules that are being imported: a test or a fixture asks for it, so pytest is further up."""
    found: list[dict[str, Any]] = []
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
    while frame is not None and not str(frame.f_globals.get("__name__")).startswith("_pytest."):
        if frame.f_code.co_name == "<module>":
            found.append(frame.f_globals)
        frame = frame.f_back
    return found


def is_module(names: dict[str, Any]) -> bool:
    """Whether these are the names of a module that others can import."""
    return getattr(sys.modules.get(str(names.get("__name__"))), "__dict__", None) is names


def held_by_modules() -> Iterator[Any]:
    """Everything that has a name in some module, but for those of the SDKs themselves."""
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and not name.startswith(("opentelemetry.", "respan_tracing.")):
            yield from list(vars(module).values())


def _leads_to_respan(processor: Any) -> bool:
    for layer in _layers(processor):
        exporter = getattr(layer, "span_exporter", None) or getattr(layer, "_exporter", None)
        address = getattr(exporter, "_traces_url", None) or getattr(exporter, "_endpoint", None)
        if isinstance(address, str) and is_known(urlsplit(address).hostname or ""):
            return True
    return False


def _layers(processor: Any) -> Iterator[Any]:
    """A processor, and those it stands around."""
    seen: list[Any] = []
    while processor is not None and not any(processor is one for one in seen):
        seen.append(processor)
        yield processor
        processor = next((inner for name in _LAYERS if (inner := getattr(processor, name, None)) is not None), None)


def _module(name: str) -> Any:
    return sys.modules.get(name)


def _flushing() -> Any:
    return _module("respan_tracing.utils.auto_flush")


def _attributes() -> Any:
    return getattr(_module("respan_tracing.utils.span_factory"), "_PROPAGATED_ATTRIBUTES", None)
