"""What a scripted answer gives away about the request it answers: worth a warning, never an error."""

from collections.abc import Iterator, Sequence

from pydantic_core import from_json

from ..core.chat import Answer, ChatRequest
from ..wires.wire import Wire

REMARKABLE = frozenset({"input", "response_format"})
"""What a request asks for that an answer may not be; calls of tools may always be wrong."""


def remarks(request: ChatRequest, answer: Answer, wire: Wire) -> Iterator[str]:
    """What a real model would not have answered to this request."""
    if "input" in request.chat:
        yield from _of_vectors(request, wire.finished(answer, request).vectors or (), answer)
    for call in answer.tool_calls:
        if call.name not in request.tools:
            offered = ", ".join(request.tools) or "none"
            yield f"the script calls the tool {call.name!r}, which the request does not offer; offered: {offered}"
    if answer.tool_calls and request.chat.get("tool_choice") == "none":
        yield "the script calls a tool, although the request says tool_choice='none'"
    wanted = request.chat.get("response_format")
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind in ("json_object", "json_schema") and answer.text is not None and not _is_json(answer.text):
        yield f"the request asks for {kind}, and the scripted text is no JSON"


def _of_vectors(request: ChatRequest, vectors: Sequence[Sequence[float]], written: Answer) -> Iterator[str]:
    """What an embedding model would not have."""
    if written.vectors is None and written.text is not None:
        yield "the script replies with a text, which no embedding has: the vectors are made up; embeds() gives them"
    wanted = request.chat.get("dimensions")
    others = sorted({len(one) for one in vectors} - {wanted})
    if wanted is not None and others:
        yield f"the request asks for {wanted} dimensions, and the vectors have {', '.join(map(str, others))}"


def _is_json(text: str) -> bool:
    try:
        from_json(text)
    except ValueError:
        return False
    return True
