"""Where requests for Respan's own resources are answered: who may ask, and how an answer becomes steps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qs

from pydantic_core import from_json, to_json

from ..core import problems
from ..core.contract import Contract
from ..core.findings import unforeseen
from ..core.hosts import is_provider
from ..core.past import Past
from ..core.problems import Problem
from ..core.requests import HttpRequest
from ..core.steps import Chunk, Headers, Start, Steps, Wait
from ..engine.account import Account
from ..engine.acts import retry_headers
from ..engine.clock import Clock, Timeline
from ..engine.ids import Ids
from ..telemetry.ledger import Ledger
from . import refusals
from .shelf import Shelf

JSON = "application/json"


class Reply(NamedTuple):
    """An answer before it is written."""

    status: int
    body: Any
    """A value for JSON, or bytes."""
    content_type: str = JSON
    after: float = 0
    """Seconds of the gateway's time it takes."""


GONE = Reply(204, b"")
"""What is said once something is deleted."""


def each(items: Sequence[Any], do: Callable[[Any], object]) -> dict[str, Any]:
    """Do something with each of many, and say which of them were refused and why."""
    errors: list[dict[str, Any]] = []
    for at, item in enumerate(items):
        try:
            do(item)
        except Problem as trouble:
            errors.append({"index": at, "error": str(trouble)})
    return {"success_count": len(items) - len(errors), "error_count": len(errors), "errors": errors}


@dataclass(frozen=True)
class Visit:
    """One request for a resource."""

    request: HttpRequest
    names: Mapping[str, str]
    """What stands in the path where the table of endpoints has a name in braces."""
    environment: str

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The parameters behind the path."""
        return {name: values[-1] for name, values in parse_qs(self.request.query, keep_blank_values=True).items()}

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """The object in the body; nothing is an empty one."""
        told = {} if self.value is None else self.value
        if not isinstance(told, dict):
            raise problems.malformed("it is no object")
        return told

    @property
    def filters(self) -> Any:
        """The filters of a list, in the body or as JSON in the query."""
        return self.fields.get("filters") or self.query.get("filters")

    def asking(self, fields: Mapping[str, Any]) -> "Visit":
        """The same request with other fields in its body."""
        return replace(self, request=replace(self.request, body=to_json({**self.fields, **fields})))

    @cached_property
    def value(self) -> Any:
        """What is in the body."""
        if not self.request.body.strip():
            return None
        try:
            return from_json(self.request.body)
        except ValueError as error:
            raise problems.malformed(str(error)) from None


def encoded(value: Any) -> bytes:
    """A value as JSON. What JSON has no word for is told in words."""
    return to_json(value, fallback=str, bytes_mode="base64", inf_nan_mode="null")


@dataclass(slots=True)
class Desk:
    """What the resources of one gateway are answered from."""

    account: Account
    ledger: Ledger
    contract: Contract
    clock: Clock
    ids: Ids
    past: Past
    """The answers that were kept."""
    handle: Callable[[HttpRequest, Timeline], Steps]
    """What answers a request of a batch, as any other request."""
    scripted: Callable[[], Sequence[str]] = list
    """The models that the test has said something about."""
    allow_direct: bool = False
    """Whether the resources of providers are there for those who ask for them past the gateway."""
    shelf: Shelf = field(default_factory=Shelf)

    def serve(self, resource: "Resource", request: HttpRequest, timeline: Timeline) -> Steps:
        """The steps of the answer."""
        try:
            yield from self._answer(resource, request)
        except Exception as error:
            self.ledger.journal.mistakes.append(unforeseen(f"{request.method} {request.path}", error))
            raise
        timeline.end()

    def _answer(self, resource: "Resource", request: HttpRequest) -> Steps:
        hints: Headers = ()
        try:
            environment = self._environment(resource, request)
            reply = resource.endpoint(self, Visit(request, resource.names, environment))
        except Problem as trouble:
            reply = Reply(trouble.status, trouble.body(self.contract))
            hints = retry_headers(trouble.status, None, self.clock.is_virtual)
            if trouble.retryable is False:
                hints = (("x-should-retry", "false"),)
        if reply.after:
            yield Wait(reply.after)
        data = reply.body if isinstance(reply.body, bytes) else encoded(reply.body)
        about = (
            (("content-type", reply.content_type), ("content-length", str(len(data)))) if reply.status != 204 else ()
        )
        yield Start(reply.status, (*about, *hints), is_whole=True)
        yield Chunk(data, counts=False, last=True)

    def patience(self) -> float:
        """How long it takes to look for rows: in virtual time a second while some are yet to come, so that polling ends."""
        return 1.0 if self.clock.is_virtual and self.ledger.awaited else 0.0

    def _environment(self, resource: "Resource", request: HttpRequest) -> str:
        if resource.is_open and request.key is None:
            return ""
        return self._admit_to(resource.owner, request) if resource.owner else self._admit(request)

    def _admit(self, request: HttpRequest) -> str:
        try:
            return self.account.admit(request.key, self.contract)
        except Problem as trouble:
            if request.path.rstrip("/").endswith(("traces", "traces/ingest")):
                self.ledger.spans.refuse(f"{request.method} {request.path}: {trouble}")
            if trouble.type == "authentication_error":
                raise replace(trouble, status=self.contract.refused_management_key_status) from None
            raise

    def _admit_to(self, owner: "Owner", request: HttpRequest) -> str:
        """The same for what is a provider's as well. Whoever asks for it past the gateway needs no key of Respan's."""
        if not is_provider(request.host):
            try:
                return self.account.admit(request.key, self.contract)
            except Problem as trouble:
                raise (refusals.not_admitted(trouble) if owner == "openai" else trouble) from None
        journal = self.ledger.journal
        if not self.allow_direct:
            stray = problems.direct_call(request.method, request.host, request.path)
            journal.strays.append(str(stray))
            raise stray
        if owner == "openai" and "anthropic-version" in request.headers:  # its files are in another shape
            miss = problems.not_imitated(request.method, request.path)
            journal.misses.append(str(miss))
            raise miss
        return "test"


Owner = Literal["openai", "anthropic", "google"]
Endpoint = Callable[[Desk, Visit], Reply]
"""What answers at one place of the table of endpoints."""


class Resource(NamedTuple):
    """Something that is asked for and is no model call."""

    endpoint: Endpoint
    names: Mapping[str, str]
    owner: Owner | None = None
    """The provider whose it is as well, and on whose own host it is met, too."""
    is_open: bool = False
    """Whether it is there for those who show no key as well."""
