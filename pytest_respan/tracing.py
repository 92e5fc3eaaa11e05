"""The life of tracing SDKs in tests.

A tracing SDK is made for a process that makes one and ends with it. A suite is one process in which every test wants
one of its own, or none, or that of the application, which was made when it was imported and is to outlive all tests.
So for each test

* a tracer the test has made is there for this test only. At its end it sends what it holds and is put away, with all
  that the SDK keeps elsewhere: its instrumentations, its place as OpenTelemetry's own, default attributes, timers.
* a tracer of the application stays. Between tests it is disconnected, so that nothing it may still send goes anywhere.
  The application's is what was there before the test, was made while a module was imported, or is held by a module.

Much of this state has no public name. It is reached here and nowhere else: respan-tracing 2.24, opentelemetry-sdk 1.45.
"""

import atexit
import logging
import sys
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import FrameType, ModuleType
from typing import Any, Self

from mock_gateway.core.requests import DUMMY_KEY
from mock_gateway.doors.patching import Patch
from mock_gateway.doors.tracing import flush, providers

from .importing import Awaiting

_CORE, _ENTRY, _SDK = "respan_tracing.core.tracer", "respan._core", "opentelemetry.sdk.trace"
_LOGGER = logging.getLogger("respan_tracing")
_disconnected: list[tuple[Any, tuple[Any, ...]]] = []
"""The processors of the application's tracers that lead to Respan, while no test needs them."""


class Watch:
    """A span processor that knows which spans have begun and not ended."""

    def __init__(self) -> None:
        self._open: dict[int, Any] = {}

    @property
    def unended(self) -> list[str]:
        """What they are called, by kind and name."""
        return [_label(span) for span in list(self._open.values())]

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        """A span begins."""
        self._open[id(span.context)] = span

    def _on_ending(self, span: Any) -> None:
        """A span is about to end: nothing to do."""

    def on_end(self, span: Any) -> None:
        """A span has ended. One that was made ready-made never began."""
        self._open.pop(id(span.context), None)

    def shutdown(self) -> None:
        """The provider ends."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is held."""
        return True


class Tracing:
    """The tracing SDKs of this process, for one test."""

    def __init__(self) -> None:
        self._is_over = False
        self._watch = Watch()
        self._patches: list[Patch] = []
        self._made: list[_Made] = []
        self._awaiting: Awaiting | None = None

    @property
    def unended(self) -> Sequence[str]:
        """The spans that have begun and not ended."""
        return self._watch.unended

    def flush(self) -> None:
        """Have everything sent that has ended, as long as the test runs: later it would go to who knows whom."""
        if not self._is_over:
            flush()

    def __enter__(self) -> Self:
        """Connect what the application has, and look out for what the test makes."""
        _reconnect()
        self._before = _State()
        self._adopt()
        for provider in providers():
            _add_watch(provider, self._watch)
        then: dict[str, Callable[[ModuleType], None]] = {_ENTRY: self._look_at_respan, _SDK: self._look_at_providers}
        for name, look in then.items():
            if name in sys.modules:
                look(sys.modules[name])
        missing = {name: look for name, look in then.items() if name not in sys.modules}
        if missing:
            self._awaiting = Awaiting(missing)
            sys.meta_path.insert(0, self._awaiting)
        return self

    def __exit__(self, *raised: object) -> None:
        """Have everything sent, and put away what the test has made."""
        self._is_over = True
        if self._awaiting is not None:
            sys.meta_path.remove(self._awaiting)
        for patch in self._patches:
            patch.undo()
        _stop_timer()
        flush()
        for provider in providers():
            _remove_watch(provider, self._watch)
        tracer = _tracer()
        if tracer is not None and tracer is not self._before.tracer and not self._is_applications(tracer):
            for made in self._made:
                made.deactivate()
            _put_away(tracer)
            self._before.restore_all()
        else:
            self._before.restore_surroundings()
        _disconnect()
        self._made.clear()
        self._patches.clear()
        del self._before

    def _adopt(self) -> None:
        """A tracer made without a key sends nothing. The application had none when it was imported; tests have one."""
        tracer = self._before.tracer
        if tracer is not None and getattr(tracer, "is_enabled", False) and not tracer.api_key:
            tracer.api_key = DUMMY_KEY
            tracer._setup_default_processor()  # noqa: SLF001

    def _look_at_respan(self, module: ModuleType) -> None:
        self._patch(Patch(module.Respan, "__init__", self._noting))

    def _look_at_providers(self, module: ModuleType) -> None:
        self._patch(Patch(module.TracerProvider, "__init__", self._watching))

    def _patch(self, patch: Patch) -> None:
        patch.apply()
        self._patches.append(patch)

    def _noting(self, original: Callable[..., None]) -> Callable[..., None]:
        def make(respan: Any, *args: Any, **options: Any) -> None:
            original(respan, *args, **options)
            self._made.append(_Made(respan))

        return make

    def _watching(self, original: Callable[..., None]) -> Callable[..., None]:
        def make(provider: Any, *args: Any, **options: Any) -> None:
            original(provider, *args, **options)
            _add_watch(provider, self._watch)

        return make

    def _is_applications(self, tracer: Any) -> bool:
        return any(made.tracer is tracer and made.is_applications() for made in self._made)


class _Made:
    """A client of the Respan SDK that was made during a test."""

    def __init__(self, respan: Any) -> None:
        self._respan = weakref.ref(respan)
        self._instrumentations = respan._instrumentations  # noqa: SLF001
        self.tracer = respan.telemetry.tracer
        self._imported = _being_imported()

    def is_applications(self) -> bool:
        """Whether it is to outlive the test."""
        if any(
            getattr(sys.modules.get(str(names.get("__name__"))), "__dict__", None) is names for names in self._imported
        ):
            return True
        respan = self._respan()
        return respan is not None and any(value is respan for value in _held_by_modules())

    def deactivate(self) -> None:
        """Take its instrumentations off the libraries they are on."""
        for instrumentation in list(self._instrumentations.values()):
            instrumentation.deactivate()


class _State:
    """What the SDKs keep in places of their own, as it was at some moment."""

    def __init__(self) -> None:
        self.tracer = _tracer()
        otel, entry, flushing = _module("opentelemetry.trace"), _module("respan_tracing.main"), _flushing()
        self._provider = otel and otel._TRACER_PROVIDER  # noqa: SLF001
        self._client = entry and entry._global_client  # noqa: SLF001
        self._policy = flushing and flushing._policy  # noqa: SLF001
        attributes, context = _attributes(), _module("opentelemetry.context")
        self._attributes = attributes.get() if attributes is not None else None
        self._context = context and context.get_current()
        self._handlers, self._propagates, self._level = list(_LOGGER.handlers), _LOGGER.propagate, _LOGGER.level

    def restore_surroundings(self) -> None:
        """Put back what is around a tracer: attributes for all spans, the span everything is part of, where it logs to.

        The SDK's logger writes to what was the standard error when a tracer was made, which ends with a test.
        """
        _LOGGER.handlers[:], _LOGGER.propagate = self._handlers, self._propagates
        _LOGGER.setLevel(self._level)
        attributes, context = _attributes(), _module("opentelemetry.context")
        if attributes is not None and self.tracer is not None:
            attributes.set(self._attributes)
        if context is not None and context.get_current() != (self._context or {}):
            context.attach(self._context if self._context is not None else context.Context())

    def restore_all(self) -> None:
        """Put back everything."""
        otel, entry, flushing, attributes = (
            _module("opentelemetry.trace"),
            _module("respan_tracing.main"),
            _flushing(),
            _attributes(),
        )
        self.restore_surroundings()
        if attributes is not None:
            attributes.set(self._attributes or {})
        if otel is not None:
            otel._TRACER_PROVIDER = self._provider  # noqa: SLF001
            if self._provider is None:
                otel._TRACER_PROVIDER_SET_ONCE = type(otel._TRACER_PROVIDER_SET_ONCE)()  # noqa: SLF001
        if entry is not None:
            entry._global_client = self._client  # noqa: SLF001
        if flushing is not None:
            flushing._policy = self._policy or flushing._DEFAULT_POLICY  # noqa: SLF001


def _module(name: str) -> Any:
    return sys.modules.get(name)


def _tracer() -> Any:
    core = _module(_CORE)
    return None if core is None else core.RespanTracer._instance  # noqa: SLF001


def _flushing() -> Any:
    return _module("respan_tracing.utils.auto_flush")


def _attributes() -> Any:
    return getattr(_module("respan_tracing.utils.span_factory"), "_PROPAGATED_ATTRIBUTES", None)


def _stop_timer() -> None:
    """The SDK sends a little later what a model call has left. It is sent now."""
    flushing = _flushing()
    if flushing is None:
        return
    with flushing._timer_lock:  # noqa: SLF001
        timer, flushing._timer = flushing._timer, None  # noqa: SLF001
    if timer is not None:
        timer.cancel()
        timer.join()


def _put_away(tracer: Any) -> None:
    """End a tracer for good."""
    core = _module(_CORE)
    core.RespanTracer.reset_instance()
    atexit.unregister(tracer._cleanup)  # noqa: SLF001
    provider = getattr(tracer, "tracer_provider", None)
    handler = getattr(provider, "_atexit_handler", None)
    if handler is not None:
        atexit.unregister(handler)


def _disconnect() -> None:
    """Take from the application's tracer what leads to Respan, until the next test begins."""
    provider = getattr(_tracer(), "tracer_provider", None)
    if provider is None:
        return
    processors = provider._active_span_processor._span_processors  # noqa: SLF001
    leading = tuple(one for one in processors if _leads_to_respan(one))
    if leading:
        _set_processors(provider, tuple(one for one in processors if one not in leading))
        _disconnected.append((provider, leading))


def _reconnect() -> None:
    while _disconnected:
        provider, leading = _disconnected.pop()
        _set_processors(provider, (*provider._active_span_processor._span_processors, *leading))  # noqa: SLF001


def shut_down() -> None:
    """The session is over: the threads of what is disconnected end, and nothing is sent."""
    while _disconnected:
        for processor in _disconnected.pop()[1]:
            processor.shutdown()


def _leads_to_respan(processor: Any) -> bool:
    exporters = _module("respan_tracing.exporters.respan")
    seen = 0
    while processor is not None and exporters is not None and seen < 8:
        if isinstance(getattr(processor, "span_exporter", None), exporters.RespanSpanExporter):
            return True
        processor = getattr(processor, "original_processor", None) or getattr(processor, "processor", None)
        seen += 1
    return False


def _add_watch(provider: Any, watch: Watch) -> None:
    if hasattr(provider, "add_span_processor"):
        provider.add_span_processor(watch)


def _remove_watch(provider: Any, watch: Watch) -> None:
    with suppress(AttributeError):  # a provider that is not the SDK's
        processors = provider._active_span_processor._span_processors  # noqa: SLF001
        _set_processors(provider, tuple(one for one in processors if one is not watch))


def _set_processors(provider: Any, processors: tuple[Any, ...]) -> None:
    active = provider._active_span_processor  # noqa: SLF001
    with active._lock:  # noqa: SLF001
        active._span_processors = processors  # noqa: SLF001


def _being_imported() -> list[dict[str, Any]]:
    """The names of the modules that are being imported: a test or a fixture asks for it, so pytest is further up."""
    found: list[dict[str, Any]] = []
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
    while frame is not None and not str(frame.f_globals.get("__name__")).startswith("_pytest."):
        if frame.f_code.co_name == "<module>":
            found.append(frame.f_globals)
        frame = frame.f_back
    return found


def _held_by_modules() -> Iterator[Any]:
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType):
            yield from list(vars(module).values())


def _label(span: Any) -> str:
    told = getattr(span, "attributes", None) or {}
    kind = told.get("traceloop.span.kind") or told.get("respan.entity.log_type") or "span"
    return f"{kind} {told.get('traceloop.entity.name') or span.name}"
