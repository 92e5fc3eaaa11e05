"""Answers that are kept: asked on from, looked at, forgotten."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.responses import Response, ResponseItem
from pydantic import TypeAdapter

from mock_gateway import Gateway, ToolCall

from ..doubles.strictness import strict, unknown_fields
from .rest import RESPAN, call

ITEM: TypeAdapter[Any] = TypeAdapter(ResponseItem)


@pytest.fixture
def client(gateway: Gateway) -> Iterator[OpenAI]:
    """OpenAI's client, led to the gateway."""
    with OpenAI(base_url=RESPAN, api_key="any", max_retries=0) as client:
        yield client


def ask(client: OpenAI, text: Any = "Hi", **fields: Any) -> Response:
    made: Response = client.responses.create(**{"model": "gpt-4o", "input": text, **fields})
    return made


def asked(gateway: Gateway) -> list[Any]:
    """What the model was told last, in the words of chat completions."""
    request = gateway.calls.last.asked
    assert request is not None
    return list(request.messages)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_conversation_goes_on_from_its_last_answer(gateway: Gateway, client: OpenAI, streamed: bool) -> None:
    """All that was said before is asked again, whether it was streamed or not; the instructions are not."""
    gateway.model("gpt-4o").replies("Ann.").replies(tool_calls=[ToolCall("f", {"x": 1})]).replies("Done.")

    def said(text: Any, **fields: Any) -> Response:
        if not streamed:
            return ask(client, text, **fields)
        with client.responses.stream(**{"model": "gpt-4o", "input": text, **fields}) as stream:
            return stream.get_final_response()

    first = said("My name?", instructions="Be brief.")
    second = said("Again.", previous_response_id=first.id)
    made = second.output[0]
    assert made.type == "function_call"
    result = {"type": "function_call_output", "call_id": made.call_id, "output": "one"}
    third = said([result], previous_response_id=second.id, instructions="Be loud.")
    assert third.previous_response_id == second.id
    assert asked(gateway) == [
        {"role": "system", "content": "Be loud."},
        {"role": "user", "content": "My name?"},
        {"role": "assistant", "content": "Ann."},
        {"role": "user", "content": "Again."},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": made.call_id, "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}],
        },
        {"role": "tool", "tool_call_id": made.call_id, "content": "one"},
    ]
    assert gateway.calls.last.request["input"] == [result]


def test_a_conversation_branches(gateway: Gateway, client: OpenAI) -> None:
    """Any answer can be gone on from, as often as one likes."""
    gateway.model("gpt-4o").replies(lambda request: f"{len(request.messages)}")
    first = ask(client)
    assert [ask(client, "a", previous_response_id=first.id).output_text for _ in range(2)] == ["3", "3"]


@pytest.mark.parametrize("fields", [{"store": False}, {"previous": "resp-404"}], ids=["not stored", "never made"])
def test_what_is_not_kept_cannot_be_gone_on_from(gateway: Gateway, client: OpenAI, fields: dict[str, Any]) -> None:
    """In OpenAI's words, and no model is asked."""
    gateway.model("gpt-4o").replies("Hello there.")
    name = fields.pop("previous", None)
    first = ask(client, **fields)
    name = name or first.id
    with pytest.raises(openai.BadRequestError) as raised:
        ask(client, previous_response_id=name)
    assert raised.value.body == {
        "message": f"Previous response with id '{name}' not found.",
        "type": "invalid_request_error",
        "param": "previous_response_id",
        "code": "previous_response_not_found",
    }
    assert gateway.calls.last.attempts == []
    with pytest.raises(openai.NotFoundError, match=f"Response with id '{name}' not found"):
        client.responses.retrieve(name)


def test_an_item_can_be_pointed_at(gateway: Gateway, client: OpenAI) -> None:
    """By its id, whichever answer it is a part of."""
    gateway.model("gpt-4o").replies("Ann.").replies("Again.")
    first = ask(client)
    message: Any = first.output[0]
    ask(client, [{"type": "item_reference", "id": message.id}, {"role": "user", "content": "And?"}])
    ask(client, [{"id": message.id}, {"role": "user", "content": "And?"}])
    assert asked(gateway) == [{"role": "assistant", "content": "Ann."}, {"role": "user", "content": "And?"}]
    with pytest.raises(openai.NotFoundError, match="Item with id 'msg_404' not found"):
        ask(client, [{"type": "item_reference", "id": "msg_404"}])


def test_an_answer_is_looked_at_and_forgotten(gateway: Gateway, client: OpenAI) -> None:
    """It is what was answered, to the last field; looking is no call. Once forgotten, it never was."""
    gateway.model("gpt-4o").replies("Ann.", reasoning="Hm.")
    first = ask(client)
    found = client.responses.retrieve(first.id)
    assert found == first
    strict(Response, found.to_dict())
    with pytest.raises(openai.BadRequestError, match="Cannot cancel a synchronous response"):
        client.responses.cancel(first.id)
    assert call("DELETE", f"responses/{first.id}").json() == {"id": first.id, "object": "response", "deleted": True}
    with pytest.raises(openai.NotFoundError):
        client.responses.delete(first.id)
    with pytest.raises(openai.BadRequestError, match="Previous response"):
        ask(client, previous_response_id=first.id)
    assert len(gateway.calls) == 2


def test_what_was_asked_is_listed(gateway: Gateway, client: OpenAI) -> None:
    """All of the conversation, each item as OpenAI's types have it, page by page and in either order."""
    gateway.model("gpt-4o").replies("Ann.").replies(tool_calls=[ToolCall("f")]).replies("Done.")
    first = ask(client)
    picture = {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"}
    second = ask(client, [{"role": "user", "content": [picture]}], previous_response_id=first.id)
    made: Any = second.output[0]
    third = ask(
        client,
        [{"type": "function_call_output", "call_id": made.call_id, "output": "one"}],
        previous_response_id=second.id,
    )
    listed = list(client.responses.input_items.list(third.id, order="asc", limit=2))
    for item in listed:
        read = ITEM.validate_python(item.to_dict(), strict=True)
        assert not unknown_fields(read)
    assert [(item.type, getattr(item, "role", None)) for item in listed] == [
        ("message", "user"),
        ("message", "assistant"),
        ("message", "user"),
        ("function_call", None),
        ("function_call_output", None),
    ]
    assert [item.id for item in client.responses.input_items.list(third.id)] == [item.id for item in listed][::-1]


def test_a_question_is_weighed_without_being_asked(gateway: Gateway, client: OpenAI) -> None:
    """As an answer would state it that states nothing itself."""
    gateway.model("gpt-4o").replies("Ann.")
    first = ask(client, "What is my name?", instructions="Be brief.")
    weighed = client.responses.input_tokens.count(model="gpt-4o", input="What is my name?", instructions="Be brief.")
    assert first.usage is not None
    assert weighed.to_dict() == {"object": "response.input_tokens", "input_tokens": first.usage.input_tokens}
    longer = client.responses.input_tokens.count(model="gpt-4o", input="Hi", previous_response_id=first.id)
    assert longer.input_tokens > 3 * 3
    assert len(gateway.calls) == 1


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "responses/resp-000001?stream=true"), ("POST", "responses/compact")]
)
def test_what_is_not_imitated_is_refused(gateway: Gateway, method: str, path: str) -> None:
    """With a status that nobody takes for an answer, and a finding at the end of the test."""
    answer = call(method, path)
    assert answer.status_code == 501
    assert "not imitate" in answer.json()["error"]["message"]
    assert len(gateway.findings()) == 1


def test_two_conversations_at_once_do_not_mix(gateway: Gateway, client: OpenAI) -> None:
    """Each goes on from its own."""
    gateway.model("gpt-4o").replies(lambda request: request.messages[0]["content"])
    one, two = ask(client, "one"), ask(client, "two")
    again = [ask(client, "?", previous_response_id=first.id).output_text for first in (two, one)]
    assert again == ["two", "one"]
