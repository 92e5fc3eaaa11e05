"""A log an application creates over REST, made into a row."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic_core import to_json

from ..core import problems
from ..core.chat import Usage
from ..core.log import LABELS, NAMES, SAID, Log
from ..core.masking import mask, masked
from ..core.moments import hour, iso, minute, moment_of
from ..engine.logs import text
from ..telemetry.attributes import MODEL_KINDS, decoded
from ..telemetry.flat import tokens
from .desk import Desk, Visit

_ALIASES = {"generation_time": "latency", "ttft": "time_to_first_token", "messages": "prompt_messages"}
_NUMBERS = (
    "latency",
    "time_to_first_token",
    "tokens_per_second",
    "routing_time",
    "cost",
    "prompt_tokens",
    "completion_tokens",
    "total_request_tokens",
    "status_code",
    "temperature",
    "top_p",
    "max_tokens",
    "prompt_unit_price",
    "completion_unit_price",
)
_LOG_TYPES = MODEL_KINDS | {
    *("workflow", "task", "tool", "agent", "handoff", "guardrail", "function", "custom"),
    *("unknown", "score", "batch", "span", "reranker", "other"),
}
_LARGEST = 10.0**9
_EARLIEST, _LATEST = 1971, 2262  # what can be told in nanoseconds of the Unix epoch, with a year to spare
_OURS = frozenset(
    {"unique_id", "id", "environment", "is_test", "api_key", "log_method", "hour_group", "minute_group", "status"}
    | {"error_bit", "has_warnings", "warnings_dict", "has_tool_calls", "organization_id", "user_id", "is_log_omitted"}
)
"""What is never taken from the body."""


def log_of(desk: Desk, visit: Visit, sent: Any) -> Log:
    """The row of a log that was sent, or a `Problem`."""
    if not isinstance(sent, Mapping):
        raise problems.malformed("a log is an object")
    told = _flattened(sent)
    _check(desk, told)
    known = {name: value for name, value in told.items() if name in NAMES - _OURS and value is not None}
    known |= {name: str(known[name]) for name in LABELS & known.keys()}
    known |= _customer(told) | _said(told) | _times(desk, told) | _tokens(told)
    known["status_code"] = int(known.get("status_code", 200))
    if "cost" not in known:
        known["cost"] = _cost(desk, known)
    is_error = known["status_code"] >= 400 or told.get("status") in ("error", "failed")
    if known.get("disable_log"):
        known = {name: value for name, value in known.items() if name not in SAID}
    unique_id = desk.ids.name("log")
    return Log(
        unique_id=unique_id,
        id=unique_id,
        log_method="logging_api",
        environment=visit.environment,
        is_test=visit.environment == "test",
        api_key=mask(visit.request.key or ""),
        status=desk.contract.status_word(is_error, bool(told.get("warnings"))),
        error_bit=int(is_error),
        has_tool_calls=bool(known.get("tool_calls")),
        **known,
    )


def _flattened(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The fields wherever they stand, by their own names, without their secrets."""
    told: dict[str, Any] = {}
    for container in ("keywordsai_params", "respan_params"):
        if isinstance(sent.get(container), Mapping):
            told |= sent[container]
    told |= {name: value for name, value in sent.items() if name not in ("keywordsai_params", "respan_params")}
    for alias, name in _ALIASES.items():
        if alias in told and told.get(name) is None:
            told[name] = told[alias]
    plain: dict[str, Any] = masked(told)
    return plain


def _check(desk: Desk, told: Mapping[str, Any]) -> None:
    """Complain of what cannot be meant, all of it at once."""
    wrong: dict[str, str] = {}
    for name, value in {**{name: told.get(name) for name in _NUMBERS}, **tokens(told)}.items():
        if value is not None and not _is_number(value):
            wrong[name] = f"a number is expected, not {value!r}"
    for name, shape, words in _SHAPES:
        value = told.get(name)
        if value is not None and not isinstance(value, shape):
            wrong[name] = f"{words} is expected, not {value!r}"
    for name in ("start_time", "timestamp"):
        if told.get(name) and not _is_moment(told[name]):
            wrong[name] = f"a moment in ISO 8601 is expected, not {told[name]!r}"
    kind = told.get("log_type")
    if kind is not None and str(kind).lower() not in _LOG_TYPES:
        wrong["log_type"] = f"{kind!r} is none of {', '.join(sorted(_LOG_TYPES))}"
    if desk.contract.unknown_log_prompt == "rejected":
        wrong |= _unknown_prompt(desk, told.get("prompt"))
    if wrong:
        raise problems.invalid_fields(desk.contract, wrong)


def _unknown_prompt(desk: Desk, prompt: Any) -> dict[str, str]:
    if not isinstance(prompt, Mapping) or not prompt.get("prompt_id") or prompt.get("is_custom_prompt") is True:
        return {}
    if desk.account.prompts.has(str(prompt["prompt_id"])):
        return {}
    return {"prompt.prompt_id": f"there is no prompt {prompt['prompt_id']!r}; is it custom (is_custom_prompt)?"}


def _is_moment(told: Any) -> bool:
    try:
        return _EARLIEST <= moment_of(str(told)).year < _LATEST
    except ValueError:
        return False


_SHAPES: Sequence[tuple[str, Any, str]] = (
    ("model", str, "a text"),
    ("prompt_messages", list, "a list of messages"),
    ("completion_message", Mapping, "a message"),
    ("customer_params", Mapping, "an object"),
    ("usage", Mapping, "an object"),
    ("properties", Mapping, "an object"),
    ("variables", Mapping, "an object"),
    ("stream", bool, "true or false"),
    ("metadata", Mapping, "an object"),
    ("tool_calls", list, "a list"),
    ("tools", list, "a list"),
    ("trace_unique_id", str | int, "a text"),
    ("span_unique_id", str | int, "a text"),
    ("span_parent_id", str | int, "a text"),
)


def _customer(told: Mapping[str, Any]) -> dict[str, Any]:
    who = told.get("customer_params") or {}
    found = {
        "customer_identifier": who.get("customer_identifier") or told.get("customer_identifier"),
        "customer_email": told.get("customer_email") or who.get("email"),
        "customer_name": told.get("customer_name") or who.get("name"),
    }
    if found["customer_identifier"] is not None:
        found["customer_identifier"] = str(found["customer_identifier"])
    metadata = {name: text(value) for name, value in (told.get("metadata") or {}).items() if not name.startswith("_")}
    return {**{name: value for name, value in found.items() if value is not None}, "metadata": metadata}


def _said(told: Mapping[str, Any]) -> dict[str, Any]:
    """What was said, in the general fields and in those for chats."""
    put, got = decoded(told.get("input")), decoded(told.get("output"))
    messages = told.get("prompt_messages") or (put if _is_chat(put) else None)
    message = told.get("completion_message") or (got if isinstance(got, Mapping) and "role" in got else None)
    said: dict[str, Any] = {
        "input": _written(told.get("input") if told.get("input") is not None else messages),
        "output": _written(told.get("output") if told.get("output") is not None else message),
        "prompt_messages": messages,
        "messages": messages,
        "completion_message": message,
        "log_type": str(told.get("log_type") or "chat").lower(),
        "tool_calls": told.get("tool_calls") or (message or {}).get("tool_calls"),
    }
    if isinstance(messages, list):
        said["prompt_message_count"] = len(messages)
    return {name: value for name, value in said.items() if value is not None}


def _times(desk: Desk, told: Mapping[str, Any]) -> dict[str, Any]:
    latency = None if told.get("latency") is None else max(0.0, told["latency"])
    end = moment_of(str(told["timestamp"])) if told.get("timestamp") else None
    start = moment_of(str(told["start_time"])) if told.get("start_time") else None
    if end is None:
        end = start + timedelta(seconds=latency or 0) if start is not None else desk.clock.now()
    if start is None:
        start = end - timedelta(seconds=latency or 0)
    if latency is None:
        latency = max(0.0, (end - start).total_seconds())
    times = {"start_time": iso(start), "timestamp": iso(end), "latency": latency}
    return times | {"hour_group": hour(start), "minute_group": minute(start)}


def _tokens(told: Mapping[str, Any]) -> dict[str, Any]:
    counts = tokens(told)
    if "total_request_tokens" not in counts and "prompt_tokens" in counts:
        counts["total_request_tokens"] = counts["prompt_tokens"] + counts.get("completion_tokens", 0)
    return counts


def _cost(desk: Desk, known: Mapping[str, Any]) -> float | None:
    prompt, completion = known.get("prompt_tokens"), known.get("completion_tokens")
    if not known.get("model") or (prompt is None and completion is None):
        return None
    cached, created = known.get("prompt_cache_hit_tokens") or 0, known.get("prompt_cache_creation_tokens") or 0
    usage = Usage(prompt or 0, completion or 0, cached_tokens=cached, cache_creation_tokens=created)
    stated = desk.account.prices.stated(known.get("prompt_unit_price"), known.get("completion_unit_price"))
    return desk.account.prices.cost(known["model"], usage, stated)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -_LARGEST < value < _LARGEST


def _is_chat(put: Any) -> bool:
    return isinstance(put, list) and bool(put) and all(isinstance(one, Mapping) and "role" in one for one in put)


def _written(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else to_json(value).decode()
