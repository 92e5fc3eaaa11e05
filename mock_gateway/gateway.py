"""The public object: puts the parts together."""

import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, Self
from weakref import WeakSet, ref

from . import recordings
from .cassettes.choices import AfterLast, Mode, Pace, Redact
from .core.advice import PLAIN, Advice
from .core.contract import Contract
from .core.findings import Finding
from .core.hosts import is_provider
from .core.log import Log
from .core.records import Records
from .core.requests import HttpRequest
from .core.steps import Steps
from .core.story import Story
from .doors.tracing import Tracing, Unwatched, providers
from .engine.account import Account
from .engine.calls import Call
from .engine.clock import Clock, Timeline
from .engine.journal import KEPT as KEPT_CALLS
from .engine.pipeline import Pipeline
from .engine.prompts import Prompts
from .engine.said import check_counts, check_positive
from .engine.script import ModelScript
from .platform.desk import Desk, Resource
from .routing import route
from .telemetry.book import KEPT as KEPT_SPANS
from .telemetry.ledger import Ledger
from .telemetry.span import Span
from .telemetry.trace import Trace

if TYPE_CHECKING:
    from .doors.face import Door
    from .doors.server import Server
    from .scenarios.reading import Source


class Gateway:
    """A Respan gateway that runs in this process, on answers the test has written.

    `contract` is a preset by name, a `Contract`, or a mapping of changes to ``docs``: what to assume where the hosted
    gateway is contested. `clock` is ``virtual`` (waiting takes no time) or ``real``. `direct` says what happens to calls
    that go straight to a provider's own host: ``refuse`` or ``allow``. `log_id` is whether answers carry
    X-Respan-Log-Id. `seed` decides what is left to chance: which of several models or credentials is taken, and what a
    model improvises.

    `cassette` is a folder of recordings, asked where the script has nothing to say. Its answers come at once, at the
    recorded `pace`, or at a multiple of it; `ignore` are places of a request that do not count (``messages[0].content``);
    `after_last` is what follows the last take of a request: ``repeat`` or ``miss``; `not_secret` are places of a file that
    look like a secret and are none.

    `record` is whether a real provider is asked, and when: ``none``, ``once`` (while the cassette is empty),
    ``new_episodes`` (what it does not have), ``all``, or ``verify`` (compare, and keep nothing). `upstream` is who is
    asked: ``respan``, ``openai``, ``anthropic``, ``google``, or the base URL of an OpenAI-compatible API; its key is in
    the environment. `keep_failures` is whether to keep what may be otherwise tomorrow (429, 5xx, broken connections).
    `redact` is given every text with its place in the file, and returns what is to be kept of it. `began` is when the
    session began (now, unless it is said), `advice` how to say what can be done about a mistake.

    `keep_calls` is how many calls are kept, and `keep_spans` how many spans of those the application sends; the oldest
    go first.
    """

    def __init__(
        self,
        *,
        contract: str | Contract | Mapping[str, Any] = "docs",
        clock: Literal["virtual", "real"] = "virtual",
        direct: Literal["refuse", "allow"] = "refuse",
        log_id: bool = True,
        seed: int = 0,
        cassette: str | os.PathLike[str] | None = None,
        pace: Pace = "instant",
        ignore: Sequence[str] = (),
        after_last: AfterLast = "repeat",
        not_secret: Sequence[str] = (),
        record: Mode = "none",
        upstream: str = "respan",
        keep_failures: bool = False,
        redact: Redact | None = None,
        began: float | None = None,
        advice: Advice = PLAIN,
        keep_calls: int = KEPT_CALLS,
        keep_spans: int = KEPT_SPANS,
    ) -> None:
        if direct not in ("refuse", "allow"):
            raise ValueError(f"direct is 'refuse' or 'allow', not {direct!r}.")
        if type(seed) is not int:
            raise TypeError(f"seed is a whole number, not {seed!r}.")
        if type(log_id) is not bool:
            raise TypeError(f"log_id is True or False, not {log_id!r}.")
        check_positive(keep_calls=keep_calls, keep_spans=keep_spans)
        check_counts(keep_calls=keep_calls, keep_spans=keep_spans)
        recordings.check(record, cassette, pace=pace, after_last=after_last, ignore=ignore, not_secret=not_secret)
        self.contract = Contract.of(contract)
        self.clock = Clock(clock)
        self.waits_for_others = record != "none"
        self.is_guarded = False
        self.allows_direct = direct == "allow"
        self.cassette, self.recorder = None, None
        if cassette is not None:
            self.cassette = recordings.opened(
                cassette,
                pace=pace,
                ignore=ignore,
                after_last=after_last,
                not_secret=not_secret,
                redact=redact,
                advice=advice,
                is_recording=self.waits_for_others,
            )
        if self.cassette is not None and self.waits_for_others:
            self.recorder = recordings.recorder(
                self.cassette, upstream, record, began=began, keep_failures=keep_failures
            )
        self._pipeline = Pipeline(
            self.contract,
            self.clock,
            self.recorder or self.cassette,
            seed=seed,
            allow_direct=self.allows_direct,
            log_id=log_id,
            advice=advice,
            keep_calls=keep_calls,
        )
        self._keep_spans = keep_spans
        self._rows: Ledger | None = None
        self._resources: Desk | None = None
        self._making = RLock()
        self._doors: WeakSet[Door] = WeakSet()
        self._blocked: list[str] = []
        self._tracing: Tracing = Unwatched()
        self._pipeline.journal.row.before_reading = partial(_flush, ref(self))

    @classmethod
    def from_scenario(cls, scenario: "Source") -> "Gateway":
        """A gateway that is and does what a scenario says: a file in JSON, TOML or YAML, or the same as plain data."""
        from .scenarios.reading import read

        found = read(scenario)
        gateway = cls(**found.settings)
        found.play(gateway)
        return gateway

    def __repr__(self) -> str:
        return f"<Gateway {self.count} calls>"

    # What the test says

    def model(self, name: str) -> ModelScript:
        """What this model does when it is asked. An exact name or a glob; asking twice continues the same script."""
        return ModelScript(self._pipeline.scripts.of(name), seed=self._pipeline.seed)

    def fails(self, status: int, *, times: int | None = None) -> None:
        """The gateway itself is ill: it answers with this status, to so many calls or from now on."""
        self._pipeline.illness.add("fails", status, times)

    def refuses(self, *, times: int | None = None) -> None:
        """The gateway itself cannot be reached, by so many calls or from now on."""
        self._pipeline.illness.add("refuses", None, times)

    def load(self, scenario: "Source", *, instead: bool = False) -> None:
        """What a scenario says of models, prompts, the account and the gateway's failures, after what was said before.

        Or `instead` of what was said before of models and failures. All of it is done, or nothing.
        """
        from .scenarios.reading import added

        found = added(scenario, instead=instead)
        rehearsal = Gateway(contract=self.contract, seed=self._pipeline.seed)
        rehearsal.prompts.library = self.prompts.library.copy()
        found.play(rehearsal)
        if not instead:
            found.play(self)
            return
        self._pipeline.scripts.become(rehearsal._pipeline.scripts)
        self._pipeline.illness.become(rehearsal._pipeline.illness)

    @property
    def account(self) -> Account:
        """What would be set on the platform's pages."""
        return self._pipeline.account

    @property
    def prompts(self) -> Prompts:
        """The prompts stored on the platform."""
        return self._pipeline.account.prompts

    # What the test reads

    @property
    def calls(self) -> Records[Call]:
        """The calls so far, in the order they came in."""
        self._settle()
        journal = self._pipeline.journal
        return Records(journal.calls, Call, "\n".join(journal.losses))

    @property
    def count(self) -> int:
        """How many calls have come in, those that are kept no longer among them."""
        return self._pipeline.journal.count

    @property
    def logs(self) -> Records[Log]:
        """The rows of the gateway's log: one for each call that has one, and those the application created itself.

        The tracing SDK is made to send what it holds, since that says more about them.
        """
        self.flush()
        return Records(self._ledger.logs, Log, self._ledger.note)

    @property
    def spans(self) -> Records[Span]:
        """What the application's tracing SDK has sent, in the order it began. It is made to send what it holds."""
        self.flush()
        return Records(self._ledger.spans.spans, Span, self._note_on_spans)

    @property
    def traces(self) -> Records[Trace]:
        """The same, by trace."""
        self.flush()
        return Records(self._ledger.spans.traces, Trace, self._note_on_spans)

    @property
    def _note_on_spans(self) -> str:
        """What whoever misses a span should know."""
        book = self._ledger.spans
        if book.note or len(book) or any(True for _ in providers()):
            return book.note
        return "No tracing SDK is active in this process: was Respan(...) made in this test, or by the application?"

    @property
    def story(self) -> Story:
        """What happened, of all calls."""
        return Story(event for call in self.calls for event in call.story)

    def disagreements(self) -> list[str]:
        """Where the application's telemetry does not say what happened: a line for each point. See ``docs/traces.md``."""
        from .agreement import disagreements

        self.flush()
        book = self._ledger.spans
        journal = self._pipeline.journal
        lines = disagreements(journal.calls, book.traces, book.spans, self._tracing)
        return lines + [f"it was refused: {why}" for why in book.refused] + book.losses + journal.losses

    def findings(self) -> list[Finding]:
        """What a strict test fails for: rules that never played, calls nobody answered, traffic past the gateway."""
        self._settle()
        journal = self._pipeline.journal
        late = self.recorder.mistakes if self.recorder is not None else []
        scripts = self._pipeline.scripts
        unplayed = [*scripts.unplayed(), *scripts.unsaid(), *self._pipeline.illness.unplayed()]
        return [
            *(Finding("rules", str(one)) for one in unplayed),
            *(Finding("misses", text, is_mistake=True) for text in (*journal.mistakes, *late)),
            *(Finding("misses", text) for text in journal.misses),
            *(Finding("direct", text) for text in journal.strays),
            *(Finding("guard", text) for text in self._blocked),
        ]

    def findings_of(self, kinds: Collection[str]) -> list[Finding]:
        """The findings of these kinds, with those of the telemetry if it is one."""
        found = self.findings()
        if "telemetry" in kinds:
            found += [Finding("telemetry", text) for text in self.disagreements()]
        return [finding for finding in found if finding.kind in kinds]

    def block(self, text: str) -> None:
        """Note a connection that was not let out."""
        self._blocked.append(text)

    # How calls get in

    def handle(self, request: HttpRequest, timeline: Timeline | None = None) -> Steps:
        """The steps of the answer to one HTTP request. Doors spend its waits on the timeline they give."""
        found = route(request.method, request.path, direct=is_provider(request.host))
        timeline = timeline or self.clock.timeline()
        if isinstance(found, Resource):
            return self._desk.serve(found, request, timeline)
        return self._pipeline.handle(request, timeline, found)

    def intercept(self) -> AbstractContextManager[Self]:
        """Lead all traffic of this process to Respan and to the providers into this gateway."""
        from .doors.interception import Interception

        return Interception(self)

    def serve(
        self, *, host: str = "127.0.0.1", port: int = 0, control: bool = False
    ) -> AbstractContextManager["Server"]:
        """A real socket for this gateway, by default on a free loopback port.

        With `control`, clients can script and read it over the same socket: see ``docs/server.md``.
        """
        if control:
            from .control.serving import serve_one

            return serve_one(self, host=host, port=port)
        from .doors.server import serve

        return serve(self, host=host, port=port)

    def traced_by(self, tracing: Tracing) -> None:
        """Leave the tracing SDKs of this process to somebody who watches them."""
        self._tracing = tracing

    def settle_with(self, door: "Door") -> None:
        """Have a door bring its calls up to date whenever the calls are read, as long as it is there."""
        self._doors.add(door)

    def flush(self) -> None:
        """Have the tracing SDK of this process send what it holds. A stream nobody has read to its end ends first."""
        self._settle()
        for complaint in self._tracing.flush():
            self._ledger.spans.refuse(complaint)

    # What most tests never ask for is made when it is first needed. All of it leads back to what it is a part of: a
    # gateway without it is gone as soon as nobody has it, and Python need not look for such.

    @property
    def _ledger(self) -> Ledger:
        """The rows of the log, and the spans."""
        with self._making:
            if self._rows is None:
                account, journal = self._pipeline.account, self._pipeline.journal
                self._rows = Ledger(journal, self.clock, self.contract, account.prices.cost, self._keep_spans)
            return self._rows

    @property
    def _desk(self) -> Desk:
        """Where Respan's own resources are answered."""
        with self._making:
            if self._resources is None:
                pipeline = self._pipeline
                self._resources = Desk(
                    pipeline.account,
                    self._ledger,
                    self.contract,
                    self.clock,
                    pipeline.ids,
                    pipeline.past,
                    self.handle,
                    lambda: pipeline.scripts.models,
                    allow_direct=self.allows_direct,
                )
            return self._resources

    def _settle(self) -> None:
        self._pipeline.journal.collect()
        for door in list(self._doors):
            door.settle(self)


def _flush(gateway: "ref[Gateway]") -> None:
    """Have a gateway's spans sent, if it is there yet: its calls do not keep it."""
    found = gateway()
    if found is not None:
        found.flush()
