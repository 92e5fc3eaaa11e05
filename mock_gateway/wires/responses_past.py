"""Requests of the Responses API that go on from what was said before: the conversation in place of the name of its end."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core import problems
from ..core.past import Item, Past
from .reading import fields as fields_of
from .responses_asking import items_of


def continued(fields: Mapping[str, Any], past: Past) -> Mapping[str, Any]:
    """The request with the conversation in place of the id of its last answer, and items in place of theirs."""
    earlier = fields.get("previous_response_id")
    said = fields.get("input")
    points = isinstance(said, list) and any(_is_reference(item) for item in said)
    if not isinstance(said, str | list | None) or not (isinstance(earlier, str) or points):
        return fields
    before: list[Item] = []
    if isinstance(earlier, str):
        told = past.find("responses", earlier)
        if told is None:
            raise problems.unknown_answer(earlier)
        before = [*told.asked, *_again(told.given)]
    if points and isinstance(said, list):
        said = [one for item in said for one in _pointed_at(item, past)]
    asked = items_of({"input": said}) if isinstance(said, str) else said or []
    return {**fields, "input": [*before, *asked]}


def _is_reference(item: Any) -> bool:
    """Whether an item only names another. It need not say so where it has nothing but an id."""
    if not isinstance(item, Mapping):
        return False
    kind = item.get("type")
    return kind == "item_reference" or (kind is None and item.keys() - {"type"} == {"id"})


def _pointed_at(item: Any, past: Past) -> Iterator[Item]:
    if not _is_reference(item):
        yield item
        return
    found = past.item(str(item.get("id")))
    if found is None:
        raise problems.unknown_item(str(item.get("id")))
    yield from _again([found])


def _again(given: Sequence[Item]) -> Iterator[Item]:
    """What a model has said, as it is told again: without ids, which are others whenever it is recorded anew."""
    for item in given:
        kind = item.get("type")
        if kind == "message":
            content = item.get("content")
            parts = [_plain(part) for part in content] if isinstance(content, list) else content
            yield {"role": item.get("role"), "content": _alone(parts)}
        elif kind in ("function_call", "custom_tool_call"):
            yield {name: value for name, value in item.items() if name not in ("id", "status")}
        elif kind != "reasoning" or item.get("encrypted_content") is not None:
            yield item


def _alone(parts: Any) -> Any:
    """The text of a content that is nothing else; or the content as it is."""
    if not isinstance(parts, list) or len(parts) != 1 or fields_of(parts[0]).get("type") != "output_text":
        return parts
    return parts[0].get("text", "")


def _plain(part: Any) -> Any:
    if not isinstance(part, Mapping):
        return part
    return {name: value for name, value in part.items() if name not in ("annotations", "logprobs")}
