"""Reading the cassettes of vcrpy and pytest-recording. They hold what a client sent; a recording holds what was asked.

Only plain data is read, and only the parts that matter. An interaction that is no model call is left out, by name.
"""

import gzip
import json
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit, urlunsplit

from ..core.chat import ChatRequest
from ..core.contract import Contract
from ..core.directives import CONTAINERS, NAMES, NOT_IMITATED
from ..core.fingerprint import canonical
from ..core.hosts import is_respan
from ..core.problems import Problem
from ..core.requests import HttpRequest
from ..wires import sse
from ..wires.wire import Wire
from .exchange import kept
from .format import LARGEST, Arrival, Recording, stream_take, whole_take
from .mistake import CassetteMistake
from .secrets import masked

_INSTALL = "pip install pytest-respan[vcr]"


class LeftOut(NamedTuple):
    """An interaction that is not read, and why."""

    number: int
    why: str


def interactions(path: Path) -> Iterator[Recording | LeftOut]:
    """A recording of one take for each interaction of a cassette."""
    found = _parsed(path)
    listed = found.get("interactions") if isinstance(found, Mapping) else None
    if not isinstance(listed, list):
        raise CassetteMistake(f"{path} is no cassette of vcrpy: it has no list of interactions")
    for number, interaction in enumerate(listed, 1):
        try:
            yield _recording(interaction)
        except _OutOfPlace as reason:
            yield LeftOut(number, masked(str(reason)))
        except (ValueError, TypeError, AttributeError) as error:  # whatever else somebody has written there
            yield LeftOut(number, f"it cannot be read: {type(error).__name__}")


class _OutOfPlace(Exception):  # noqa: N818 - a reason, told to nobody but the caller
    """Why an interaction is left out."""


def _parsed(path: Path) -> Any:
    try:
        data = path.read_bytes() if path.stat().st_size <= LARGEST else None
        if data is None:
            raise CassetteMistake(f"{path} is larger than {LARGEST // 1024**2} MiB")
        return json.loads(data) if path.suffix == ".json" else _yaml(data)
    except OSError as error:
        raise CassetteMistake(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise CassetteMistake(f"{path} is no cassette of vcrpy: {error}") from None


def _yaml(data: bytes) -> Any:
    try:
        import yaml
    except ImportError:
        raise CassetteMistake(f"a cassette in YAML takes PyYAML to read: {_INSTALL}") from None
    try:
        return yaml.load(data, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both make plain data only
    except yaml.YAMLError as error:
        raise ValueError(str(error).splitlines()[0]) from None


def _recording(interaction: Any) -> Recording:
    request, response = _part(interaction, "request"), _part(interaction, "response")
    uri = urlsplit(str(request.get("uri")))
    method = str(request.get("method")).upper()
    wire = next((one for one in Wire.known.values() if one.ending.search(uri.path)), None)
    if method != "POST" or wire is None:
        raise _OutOfPlace(f"{request.get('method')} {uri.hostname}{uri.path} is no model call")
    asked = _asked(wire, uri, _bytes(request.get("body"), {}))
    model = asked.model
    headers = {str(name).lower(): _header(value) for name, value in _part(response, "headers").items()}
    body = _bytes(response.get("body", response.get("content")), headers)
    status = response.get("status_code") or _part(response, "status").get("code")
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise _OutOfPlace(f"its status is {status!r}")
    upstream = urlunsplit((uri.scheme, uri.netloc.rpartition("@")[2], wire.ending.sub("", uri.path), "", ""))
    facts: dict[str, Any] = {"status": status, "headers": kept(headers), "upstream": upstream}
    if headers.get("content-type", "").startswith(sse.CONTENT_TYPE.partition(";")[0]):
        take = stream_take([Arrival(0.0, event) for event in sse.events(body)], **facts)
    else:
        take = whole_take(body, **facts)
    return Recording(wire.name, model, canonical(asked.body), [take])


def _asked(wire: Wire, uri: SplitResult, body: bytes) -> ChatRequest:
    """What was asked, as a provider was: without the gateway's own parameters."""
    inbound = HttpRequest("POST", uri.hostname or "", uri.path, {}, body, "import", uri.query)
    try:
        fields = wire.read(inbound)
        if is_respan(inbound.host):
            own = (NAMES | NOT_IMITATED if wire.is_open else frozenset()) | set(CONTAINERS)
            fields = {name: value for name, value in fields.items() if name not in own - wire.parameters}
        return wire.request(fields, None, Contract())
    except Problem as trouble:
        raise _OutOfPlace(f"its request is none of the {wire.name} wire: {trouble}") from None


def _part(value: Any, name: str) -> Mapping[str, Any]:
    part = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(part, Mapping):
        raise _OutOfPlace(f"it has no {name}")
    return part


def _header(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _bytes(body: Any, headers: Mapping[str, str]) -> bytes:
    """A body as it was before it was packed: vcrpy has it as text, as bytes, as base64, and sometimes compressed."""
    if isinstance(body, Mapping):
        body = b64decode(body["base64_string"], validate=True) if "base64_string" in body else body.get("string")
    data = body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body
    if not isinstance(data, bytes):
        raise _OutOfPlace("its body is neither text nor bytes")
    unpack = _PACKED.get(headers.get("content-encoding", "identity").lower())
    if unpack is None:
        raise _OutOfPlace(f"its body is packed as {headers['content-encoding']}")
    try:
        return unpack(data)
    except (OSError, EOFError, zlib.error):
        return data  # unpacked already, with the header left as it was


_PACKED: dict[str, Callable[[bytes], bytes]] = {"identity": bytes, "gzip": gzip.decompress, "deflate": zlib.decompress}
