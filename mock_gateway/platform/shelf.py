"""The files and the batches of one gateway, as they are held."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Status = Literal["validating", "failed", "in_progress", "completed", "expired", "cancelling", "cancelled"]
OVER: frozenset[Status] = frozenset({"failed", "completed", "expired", "cancelled"})


@dataclass(frozen=True, slots=True)
class File:
    """A file that was uploaded, or that came out of a batch."""

    id: str
    filename: str
    purpose: str
    created_at: int
    content: bytes = field(repr=False)
    expires_at: int | None = None

    def shown(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "id": self.id,
            "object": "file",
            "bytes": len(self.content),
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "filename": self.filename,
            "purpose": self.purpose,
            "status": "processed",
            "status_details": None,
        }


class Line(NamedTuple):
    """One request of a batch."""

    custom_id: str
    body: Mapping[str, Any]


@dataclass(slots=True)
class Batch:
    """Requests that are carried out later."""

    id: str
    endpoint: str
    input: File
    completion_window: str
    metadata: Mapping[str, str] | None
    began: float
    """When it was created, in seconds of the gateway's clock."""
    created_at: int
    expires_at: int
    host: str
    """Where it was created, and so where its requests go."""
    headers: Mapping[str, str] = field(repr=False)
    """Those of the request that created it which show its key."""
    output_lasts: int | None = None
    """Seconds for which its results are held. None: for ever."""
    status: Status = "validating"
    errors: Sequence[Mapping[str, Any]] = ()
    lines: Sequence[Line] = field(default=(), repr=False)
    completed: int = 0
    failed: int = 0
    model: str | None = None
    usage: Mapping[str, Any] | None = None
    output_file_id: str | None = None
    error_file_id: str | None = None
    moments: dict[str, int] = field(default_factory=dict)
    """When it came to each status it has been through."""

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in OVER

    def becomes(self, status: Status, at: int) -> None:
        """Go on to another status."""
        self.status = status
        self.moments[f"{status}_at"] = at

    def shown(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "model": self.model,
            "errors": {"object": "list", "data": list(self.errors)} if self.errors else None,
            "input_file_id": self.input.id,
            "completion_window": self.completion_window,
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            **{name: self.moments.get(name) for name in _MOMENTS},
            "request_counts": {"total": len(self.lines), "completed": self.completed, "failed": self.failed},
            "usage": self.usage,
            "metadata": self.metadata,
        }


_MOMENTS = (
    "in_progress_at",
    "finalizing_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelling_at",
    "cancelled_at",
)


@dataclass(slots=True)
class Shelf:
    """What one gateway holds, in the order it came in."""

    files: dict[str, File] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    """Held while batches move on, so that two who ask at once do not carry one out twice."""

    def file(self, file_id: str, now: int) -> File | None:
        """The file with this id, unless it has expired."""
        found = self.files.get(file_id)
        if found is None or (found.expires_at is not None and found.expires_at <= now):
            return None
        return found
