"""The requests in the file of a batch: read, checked as OpenAI checks them, and carried out one by one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic_core import from_json, to_json

from ..core.hosts import is_provider
from ..core.requests import HttpRequest
from ..core.steps import Chunk, Silence, Start, Wait
from ..engine.clock import Timeline
from .desk import Desk
from .shelf import Batch, Line

DOOR = "batch"
"""The door that the requests of a batch come in by."""
MOST = 50_000
_FIELDS: Mapping[str, type] = {"custom_id": str, "method": str, "url": str, "body": dict}
_OTHER_URL = "The URL provided for this request does not match the batch endpoint."
_EXPIRED = "This request could not be executed before the completion window expired."
Result = dict[str, Any]


def read(content: bytes, endpoint: str) -> tuple[Sequence[Line], Sequence[Mapping[str, Any]]]:
    """The requests, and what is wrong with them."""
    numbered = [(number, row) for number, row in enumerate(content.split(b"\n"), 1) if row.strip()]
    if not numbered:
        return (), [_error("empty_file", "The input file is empty: a batch has at least one request.", None)]
    if len(numbered) > MOST:
        return (), [_error("too_many_tasks", f"A batch has at most {MOST} requests, not {len(numbered)}.", None)]
    lines: dict[str, Line] = {}
    errors: list[Mapping[str, Any]] = []
    for number, row in numbered:
        try:
            told = from_json(row)
        except ValueError:
            errors.append(_error("invalid_json_line", "This line is not parseable as valid JSON.", number))
            continue
        wrong = list(_wrong(told, endpoint, lines))
        errors += [_error(code, message, number, param) for code, message, param in wrong]
        if not wrong:
            lines[told["custom_id"]] = Line(told["custom_id"], told["body"])
    return tuple(lines.values()), errors


def carry_out(desk: Desk, batch: Batch) -> Iterator[Result]:
    """The results, in the order of the requests. In virtual time they all begin now, and run side by side."""
    for line, timeline in [(line, desk.clock.timeline()) for line in batch.lines]:
        yield _result(desk, line, _inbound(batch, line), timeline)


def expired(desk: Desk, batch: Batch) -> Iterator[Result]:
    """What is told of requests that were never carried out."""
    for line in batch.lines:
        yield _told(desk, line, error={"code": "batch_expired", "message": _EXPIRED})


def has_succeeded(result: Result) -> bool:
    """Whether it belongs into the output, and not into the file of errors."""
    return result["response"] is not None and result["response"]["status_code"] < 400


def usage(results: Iterable[Result]) -> Mapping[str, Any]:
    """The tokens of all requests together, in the names that batches have for them."""
    stated = [result["response"]["body"].get("usage") or {} for result in results]

    def total(*path: str) -> int:
        return sum(_number(one, path) for one in stated)

    def both(name: str, *path: str) -> int:
        """What chat completions call by one name, and the Responses API by another."""
        other = {"prompt": "input", "completion": "output"}[name]
        return sum(total(f"{one}_tokens{'_details' if path else ''}", *path) for one in (name, other))

    prompt, completion = both("prompt"), both("completion")
    return {
        "input_tokens": prompt,
        "input_tokens_details": {"cached_tokens": both("prompt", "cached_tokens")},
        "output_tokens": completion,
        "output_tokens_details": {"reasoning_tokens": both("completion", "reasoning_tokens")},
        "total_tokens": prompt + completion,
    }


def written(results: Iterable[Result]) -> bytes:
    """A line for each."""
    return b"".join(to_json(result) + b"\n" for result in results)


def _wrong(told: Any, endpoint: str, lines: Mapping[str, Line]) -> Iterator[tuple[str, str, str | None]]:
    """What is wrong with one line: the code, the message, and the field."""
    if not isinstance(told, dict):
        yield "invalid_request", "Each line must be a JSON object.", None
        return
    for name, kind in _FIELDS.items():
        if told.get(name) is None:
            yield "missing_required_parameter", f"Missing required parameter: '{name}'.", name
        elif not isinstance(told[name], kind):
            noun = "an object" if kind is dict else "a string"
            yield "invalid_type", f"Invalid type for '{name}': expected {noun}.", name
    custom_id, body = told.get("custom_id"), told.get("body")
    if isinstance(custom_id, str) and custom_id in lines:
        yield "duplicate_custom_id", f"The custom_id '{custom_id}' is not unique in this file.", "custom_id"
    if isinstance(told.get("method"), str) and told["method"] != "POST":
        yield "invalid_method", "The method of a request in a batch is POST.", "method"
    if isinstance(told.get("url"), str) and told["url"] != endpoint:
        yield "invalid_url", _OTHER_URL, "url"
    if isinstance(body, dict):
        yield from _wrong_body(body, lines)


def _wrong_body(body: Mapping[str, Any], lines: Mapping[str, Line]) -> Iterator[tuple[str, str, str | None]]:
    first = next(iter(lines.values()), None)
    if first is not None and body.get("model") != first.body.get("model"):
        yield "mismatched_model", "All requests of a batch are for the same model.", "body.model"
    if body.get("stream") is True:
        yield "invalid_request", "Streaming is not supported in a batch.", "body.stream"


def _error(code: str, message: str, line: int | None, param: str | None = None) -> Mapping[str, Any]:
    return {"code": code, "message": message, "param": param, "line": line}


def _inbound(batch: Batch, line: Line) -> HttpRequest:
    """The request as if the client had sent it alone, to the host where the batch was created."""
    path = batch.endpoint if is_provider(batch.host) else f"/api{batch.endpoint.removeprefix('/v1')}"
    headers = {**batch.headers, "content-type": "application/json"}
    return HttpRequest("POST", batch.host, path, headers, to_json(line.body), DOOR)


def _result(desk: Desk, line: Line, inbound: HttpRequest, timeline: Timeline) -> Result:
    status, body, request_id = 0, b"", None
    ending = {"code": "server_error", "message": "The connection broke before the request was answered."}
    steps = desk.handle(inbound, timeline)
    for step in steps:
        if isinstance(step, Wait):
            timeline.spend(step.seconds)
        elif isinstance(step, Start):
            status, request_id = step.status, dict(step.headers).get("x-respan-gateway-request-id")
        elif isinstance(step, Chunk):
            body += step.data
        elif isinstance(step, Silence):
            ending = {"code": "request_timeout", "message": "The request was never answered."}
            steps.close()
    value = _json(body) if status else None
    if value is None:
        return _told(desk, line, error=ending)
    told = {"status_code": status, "request_id": request_id or desk.ids.name("req"), "body": value}
    return _told(desk, line, response=told)


def _told(
    desk: Desk, line: Line, response: Mapping[str, Any] | None = None, error: Mapping[str, Any] | None = None
) -> Result:
    name = f"batch_req_{desk.ids.number('batch_req'):06}"
    return {"id": name, "custom_id": line.custom_id, "response": response, "error": error}


def _json(body: bytes) -> Any:
    """What the answer says. None, where it broke off or is no object."""
    try:
        value = from_json(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _number(stated: Any, path: Sequence[str]) -> int:
    for name in path:
        stated = stated.get(name) if isinstance(stated, Mapping) else None
    return stated if isinstance(stated, int) else 0
