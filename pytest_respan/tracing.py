"""The life of tracing SDKs in tests.

A tracing SDK is made for a process that makes one tracer and ends with it. A suite is one process in which every test
wants one of its own, or none, or that of the application, which was made when it was imported and is to outlive all
tests. So for each test

* what the test or its fixtures have made is there for this test only. At its end it sends what it holds and is put
  away, with all that the SDK keeps elsewhere: instrumentations, its place as OpenTelemetry's own, default attributes.
* what the application has made stays. Between tests it is disconnected, so that nothing it may still send goes anywhere.
  The application's is what was there before the test, was made while a module was imported, or is held by a module.

A fixture of a wider scope stands between the two: what it makes stays until the fixture ends.
"""

import logging
import sys
import weakref
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from types import ModuleType
from typing import Any, NamedTuple

from mock_gateway.doors.importing import Awaiting
from mock_gateway.doors.patching import Patch
from mock_gateway.doors.tracing import flush, providers

from . import tracers

_MAKERS = {tracers.ENTRY: "Respan", tracers.MAIN: "RespanTelemetry", tracers.SDK: "TracerProvider"}
"""By module, the class of what it makes."""


class Watch:
    """A span processor that knows which spans have begun and not ended, and which are part of spans elsewhere."""

    def __init__(self) -> None:
        self._open: dict[int, Any] = {}
        self.remote: set[str] = set()

    @property
    def unended(self) -> list[str]:
        """What they are called, by kind and name."""
        return [_label(span) for span in list(self._open.values())]

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        """A span begins."""
        self._open[id(span.context)] = span
        parent = getattr(span, "parent", None)
        if parent is not None and parent.is_remote:
            self.remote.add(f"{parent.span_id:016x}")

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
    """The tracing SDKs of this process, for one test: from before its first fixture to the end of its gateway.

    A test without a gateway is watched as well, for what it makes must not be there for the next: it `has_no_gateway`.
    """

    def __init__(self, *, has_no_gateway: bool = False) -> None:
        self.has_no_gateway = has_no_gateway
        if not has_no_gateway:
            tracers.reconnect()
        self._before = tracers.State()
        self._watch = Watch()
        self._made: list[Made] = []
        self._is_over = False
        self._undoing: list[Callable[[], object]] = []
        self._awaiting: Awaiting | None = None
        for provider in providers():
            self._watch_over(provider)
        self._look_out()

    @property
    def unended(self) -> Sequence[str]:
        """The spans that have begun and not ended."""
        return self._watch.unended

    @property
    def remote_parents(self) -> Collection[str]:
        """The spans of other processes that spans of this one are part of."""
        return self._watch.remote

    def connect(self) -> None:
        """Have what was there before send to the gateway, a tracer that was made without a key among it."""
        tracers.reconnect()
        tracers.adopt(tracers.tracer())

    def flush(self) -> list[str]:
        """Have everything sent that has ended, as long as the test runs: later it would go to who knows whom."""
        return [] if self._is_over else flush(self._own_providers())

    @property
    def made(self) -> Sequence["Made"]:
        """What was made so far."""
        return tuple(self._made)

    def end(self, *, is_led: bool) -> None:
        """Have everything sent, if it is led into the gateway; then put away what the test has made."""
        if self._is_over:
            return
        if not (self._made or self._undoing or tracers.are_there()):  # as in most tests: nothing to send or put away
            self._stop_looking_out()
            self._before.restore_surroundings()
            self._is_over = True
            return
        with ExitStack() as ending:
            ending.callback(self._stop_looking_out)
            tracers.stop_timer()
            if is_led:
                self.flush()
            else:
                tracers.disconnect(self._own_providers())
                tracers.forget_what_is_held()
            self._is_over = True
            ending.callback(tracers.disconnect)
            ending.callback(self._before.restore_surroundings, self._defaults())
            self._put_away(ending)
        self._made.clear()
        del self._before

    def _put_away(self, ending: ExitStack) -> None:
        """Whatever goes wrong with one of them, the others are put away too."""
        kept = {id(made.provider) for made in self._made if made.is_applications()}
        own = [made for made in self._made if id(made.provider) not in kept]
        tracer, provider = tracers.tracer(), tracers.global_provider()
        if provider is not self._before.provider and any(made.provider is provider for made in own):
            ending.callback(self._before.restore_provider)
        if tracer is not self._before.tracer and any(made.tracer is tracer for made in own):
            ending.callback(self._before.restore_tracer)
            ending.callback(tracers.put_away, tracer)
        for made in own:
            ending.callback(made.end)

    def _defaults(self) -> Any:
        """The attributes of all spans that a tracer came with that was made in this test, and stays."""
        tracer = tracers.tracer()
        if tracer is None:
            return None
        found = [made.defaults for made in self._made if made.tracer is tracer and made.is_applications()]
        return found[-1] if found else None

    def _own_providers(self) -> list[Any]:
        return [provider for made in self._made if (provider := made.provider) is not None]

    def _look_out(self) -> None:
        """See what is made from now on, in modules that are there and in those that are imported yet."""
        missing: dict[str, Callable[[ModuleType], None]] = {}
        for name in _MAKERS:
            if name in sys.modules:
                self._look_at(sys.modules[name])
            else:
                missing[name] = self._look_at
        if missing:
            self._awaiting = Awaiting(missing)
            self._awaiting.begin()

    def _look_at(self, module: ModuleType) -> None:
        patch = Patch(getattr(module, _MAKERS[module.__name__]), "__init__", self._noting)
        patch.apply()
        self._undoing.append(patch.undo)

    def _stop_looking_out(self) -> None:
        if self._awaiting is not None:
            self._awaiting.end()
            self._awaiting = None
        if self._undoing:
            with ExitStack() as undoing:
                for undo in self._undoing:
                    undoing.callback(undo)
                self._undoing.clear()

    def _noting(self, original: Callable[..., None]) -> Callable[..., None]:
        def make(thing: Any, *args: Any, **options: Any) -> None:
            before = Before(tracers.tracer(), tracers.defaults())
            original(thing, *args, **options)
            self._made.append(Made(thing, before))
            if hasattr(thing, "add_span_processor"):
                self._watch_over(thing)

        return make

    def _watch_over(self, provider: Any) -> None:
        if not hasattr(provider, "add_span_processor"):
            return
        provider.add_span_processor(self._watch)
        reference = weakref.ref(provider)

        def leave() -> None:
            left = reference()
            if left is not None and self._watch in tracers.processors(left):
                tracers.set_processors(left, tuple(one for one in tracers.processors(left) if one is not self._watch))

        self._undoing.append(leave)


class Before(NamedTuple):
    """What there was before something was made."""

    tracer: Any
    defaults: Any


class Made:
    """A client, a tracer or a provider that was made during a test."""

    def __init__(self, thing: Any, before: Before) -> None:
        self._thing = weakref.ref(thing)
        self._before = before
        telemetry = getattr(thing, "telemetry", thing)
        self._instrumentations: dict[str, Any] = getattr(thing, "_instrumentations", {})
        self._tracer = weakref.ref(telemetry.tracer) if hasattr(telemetry, "tracer") else None
        self._imported = tracers.being_imported()
        self.defaults = tracers.defaults()
        self.is_kept = False
        """Whether a fixture of a wider scope has made it."""

    @property
    def tracer(self) -> Any:
        """The Respan SDK's tracer, if it came with one."""
        return None if self._tracer is None else self._tracer()

    @property
    def provider(self) -> Any:
        """The provider it is, or came with."""
        if self._tracer is None:
            return self._thing()
        return getattr(self.tracer, "tracer_provider", None)

    @property
    def is_guest(self) -> bool:
        """Whether it came to a tracer that was there before: the SDK has only one."""
        return self.tracer is not None and self.tracer is self._before.tracer

    def leave(self) -> None:
        """Take it away, with the tracer it has brought; of one that was there before, only what it has changed."""
        self.end()
        if self.is_guest:
            tracers.set_defaults(self._before.defaults)
            return
        if self.tracer is not None and self.tracer is tracers.tracer():
            tracers.put_away(self.tracer)
            tracers.set_defaults(None)
        tracers.unset(self.provider)

    def is_applications(self) -> bool:
        """Whether it is to outlive the test."""
        if self.is_kept or any(tracers.is_module(names) for names in self._imported):
            return True
        thing = self._thing()
        return thing is not None and any(value is thing for value in tracers.held_by_modules())

    def end(self) -> None:
        """Take its instrumentations off the libraries they are on, and end its provider if it is that."""
        for name, instrumentation in list(self._instrumentations.items()):
            try:
                instrumentation.deactivate()
            except Exception:  # as the SDK's own shutdown has it: the others are to be taken off too
                logging.getLogger(__name__).warning("%s could not be deactivated", name, exc_info=True)
        self._instrumentations.clear()
        if self._tracer is None:
            tracers.end(self._thing())


def keep(made: Sequence[Made]) -> Callable[[], None] | None:
    """Keep what a fixture of a wider scope has made, until what is given back is called; None if it has made nothing."""
    for one in made:
        one.is_kept = True

    def end() -> None:
        for one in reversed(made):
            one.leave()

    return end if made else None


def _label(span: Any) -> str:
    told = getattr(span, "attributes", None) or {}
    kind = told.get("traceloop.span.kind") or told.get("respan.entity.log_type") or "span"
    return f"{kind} {told.get('traceloop.entity.name') or span.name}"
