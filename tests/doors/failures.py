"""What each kind of client is told of each failure: the table of docs/doors.md."""

from collections.abc import Callable
from typing import NamedTuple

from mock_gateway import Gateway

from .clients import MODEL


class Row(NamedTuple):
    """A failure, and the names of the exceptions it becomes."""

    script: str
    streamed: bool
    sdk: str
    """What the OpenAI SDK raises, through every door."""
    within: str
    """What it raises it for, where the gateway is met within the process."""
    outside: str
    """The same, where it is met over an ASGI application or a socket."""
    requests: str
    """What requests raises."""
    play: Callable[[Gateway], None]
    contract: str = ""
    leaves: bool = False
    """Whether it is the client that ends the call."""

    def __str__(self) -> str:
        return f"{self.script}{' streamed' * self.streamed}{self.contract}"

    @property
    def line(self) -> str:
        """The row as the page has it."""
        script = f"`{self.script}`" + (f", contract `{self.contract}`" if self.contract else "")
        names = (self.sdk, self.within, self.outside, self.requests)
        shown = (name if name == "-" else f"`{name}`" for name in names)
        return f"| {' | '.join((script, 'streamed' if self.streamed else 'whole', *shown))} |"


def _status(status: int, sdk: str) -> Row:
    def play(gateway: Gateway) -> None:
        gateway.model(MODEL).fails(status)

    return Row(f"fails({status})", False, sdk, "-", "-", "HTTPError", play)


def _refuses(gateway: Gateway) -> None:
    gateway.refuses()


def _is_ill(gateway: Gateway) -> None:
    gateway.fails(503)


def _hangs_up(gateway: Gateway) -> None:
    gateway.model(MODEL).hangs_up()


def _hangs_up_within(gateway: Gateway) -> None:
    gateway.model(MODEL).hangs_up(after_chunks=2)


def _stalls(gateway: Gateway) -> None:
    gateway.model(MODEL).stalls()


def _stalls_within(gateway: Gateway) -> None:
    gateway.model(MODEL).stalls(after_chunks=2)


def _times_out(gateway: Gateway) -> None:
    gateway.model(MODEL).times_out()


_BROKEN = ("APIConnectionError", "RemoteProtocolError", "RemoteProtocolError")
_SILENT = ("APITimeoutError", "ReadTimeout", "ReadTimeout")
_ERROR = ("InternalServerError", "-", "-", "HTTPError")

FAILURES = (
    Row(
        "gateway.refuses()",
        False,
        "APIConnectionError",
        "ConnectError",
        "RemoteProtocolError",
        "ConnectionError",
        _refuses,
    ),
    Row("hangs_up()", False, *_BROKEN, "ConnectionError", _hangs_up, contract='hung_up="cut"'),
    Row("hangs_up()", True, *_BROKEN, "ConnectionError", _hangs_up, contract='hung_up="cut"'),
    Row("hangs_up()", False, *_ERROR, _hangs_up),
    Row("hangs_up()", True, *_ERROR, _hangs_up),
    Row("hangs_up(after_chunks=2)", False, *_ERROR, _hangs_up_within),
    Row("hangs_up(after_chunks=2)", True, *_BROKEN, "ChunkedEncodingError", _hangs_up_within),
    Row("stalls()", False, *_SILENT, "ReadTimeout", _stalls, leaves=True),
    Row("stalls()", True, *_SILENT, "ConnectionError", _stalls, leaves=True),
    Row("stalls(after_chunks=2)", True, *_SILENT, "ConnectionError", _stalls_within, leaves=True),
    Row("times_out()", False, *_ERROR, _times_out),
    Row("times_out()", True, *_ERROR, _times_out),
    Row("gateway.fails(503)", False, *_ERROR, _is_ill),
    _status(400, "BadRequestError"),
    _status(401, "AuthenticationError"),
    _status(403, "PermissionDeniedError"),
    _status(404, "NotFoundError"),
    _status(409, "ConflictError"),
    _status(422, "UnprocessableEntityError"),
    _status(429, "RateLimitError"),
    _status(500, "InternalServerError"),
    _status(503, "InternalServerError"),
)
