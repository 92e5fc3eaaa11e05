"""Anthropic's own client, through every door it can take: what it asks, and what it reads."""

from pathlib import Path
from typing import Any

import anthropic
import anyio
import pytest
from pydantic import BaseModel

from mock_gateway import Answer, Gateway, ToolCall, Usage

from ..doubles.provider import KEY, provider
from .anthropic_client import MODEL, PLACES, RESPAN, asked, every_place, opened, opened_async

WEATHER: Any = {
    "name": "weather",
    "description": "The weather in a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def scripted() -> Gateway:
    """A gateway whose model thinks, speaks and calls a tool."""
    gateway = Gateway(direct="allow")
    answer = Answer(
        "Let me look.",
        tool_calls=(ToolCall("weather", {"city": "Zürich"}), ToolCall("weather", {"city": "Bern"})),
        reasoning="Two cities.",
        signature="signed",
        usage=Usage(20, 9, cached_tokens=8, cache_creation_tokens=2, reasoning_tokens=3),
    )
    gateway.model(MODEL).replies(answer)
    return gateway


def check(message: Any) -> None:
    """That a message says what the model of `scripted` says."""
    thought, text, first, second = message.content
    assert (thought.type, thought.thinking, thought.signature) == ("thinking", "Two cities.", "signed")
    assert (text.type, text.text) == ("text", "Let me look.")
    assert [(one.type, one.name, one.input) for one in (first, second)] == [
        ("tool_use", "weather", {"city": "Zürich"}),
        ("tool_use", "weather", {"city": "Bern"}),
    ]
    assert len({first.id, second.id}) == 2
    assert all(one.id.startswith("toolu_") for one in (first, second))
    usage = message.usage
    assert (message.stop_reason, message.role, message.model) == ("tool_use", "assistant", MODEL)
    assert (usage.input_tokens, usage.output_tokens) == (10, 9)
    assert (usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (8, 2)


@every_place
def test_a_message_is_read_whole_and_streamed(place: str) -> None:
    """Thoughts, text, tools and usage are the same, whichever way they are asked for."""
    gateway = scripted()
    with opened(gateway, place) as client:
        check(client.messages.create(**asked(tools=[WEATHER])))
        with client.messages.stream(**asked(tools=[WEATHER])) as stream:
            assert "".join(stream.text_stream) == "Let me look."
            check(stream.get_final_message())
        kinds = [event.type for event in client.messages.create(**asked(tools=[WEATHER], stream=True))]
    assert (kinds[0], kinds[-2:]) == ("message_start", ["message_delta", "message_stop"])
    assert [call.status for call in gateway.calls] == [200, 200, 200]
    assert not any(call.left_early for call in gateway.calls)
    assert {call.direct for call in gateway.calls} == {place == "its own host"}


@every_place
def test_a_message_is_read_asynchronously(place: str) -> None:
    """The same through the asynchronous client."""
    gateway = scripted()

    async def ask() -> None:
        async with opened_async(gateway, place) as client:
            check(await client.messages.create(**asked(tools=[WEATHER])))
            async with client.messages.stream(**asked(tools=[WEATHER])) as stream:
                assert "".join([piece async for piece in stream.text_stream]) == "Let me look."
                check(await stream.get_final_message())

    anyio.run(ask)
    assert [(call.status, call.streamed, call.left_early) for call in gateway.calls] == [
        (200, False, False),
        (200, True, False),
    ]


def test_the_helpers_of_a_stream_follow_it_piece_by_piece() -> None:
    """Each with what has come so far: thoughts, text, and the arguments of tools."""
    gateway = scripted()
    with opened(gateway) as client, client.messages.stream(**asked(tools=[WEATHER])) as stream:
        events: list[Any] = list(stream)
    assert [event.snapshot for event in events if event.type == "thinking"] == ["Two", "Two cities."]
    assert [event.signature for event in events if event.type == "signature"] == ["signed"]
    assert [event.text for event in events if event.type == "text"] == ["Let", " me", " look."]
    assert [event.snapshot for event in events if event.type == "input_json"][-1] == {"city": "Bern"}
    assert [event.content_block.type for event in events if event.type == "content_block_stop"] == [
        "thinking",
        "text",
        "tool_use",
        "tool_use",
    ]


def test_tokens_are_counted_without_a_call() -> None:
    """As they are in an answer that states no usage; through the gateway and on the client's own host."""
    gateway = Gateway(direct="allow")
    gateway.model(MODEL).replies("Hello!")
    question: Any = {"system": "Be kind to everybody.", "messages": [{"role": "user", "content": "How are you?"}]}
    for place in PLACES:
        with opened(gateway, place) as client:
            counted = client.messages.count_tokens(model=MODEL, **question)
            assert counted.input_tokens == client.messages.create(**asked(**question)).usage.input_tokens == 15
    assert [call.path.rpartition("/")[2] for call in gateway.calls] == ["messages"] * 4


class Weather(BaseModel):
    """What is wanted of a model."""

    city: str
    degrees: int


def test_structured_answers_are_parsed() -> None:
    """Whole and streamed; the schema is a response format in the words of chat completions."""
    gateway = Gateway()
    gateway.model(MODEL).replies(json={"city": "Bern", "degrees": 7})
    with opened(gateway) as client:
        parsed = client.messages.parse(**asked(), output_format=Weather)
        with client.messages.stream(**asked(), output_format=Weather) as stream:
            streamed = stream.get_final_message()
    assert parsed.parsed_output == streamed.parsed_output == Weather(city="Bern", degrees=7)
    asked_for = gateway.logs[0].response_format
    assert asked_for is not None
    assert asked_for["type"] == "json_schema"
    assert asked_for["json_schema"]["name"] == "Weather"
    assert asked_for["json_schema"]["schema"]["required"] == ["city", "degrees"]
    assert [list(call.warnings) for call in gateway.calls] == [[], []]


def test_a_conversation_goes_on_with_what_the_model_has_said() -> None:
    """Its message is sent back as it is, with the results of its tools, and is understood as a conversation."""
    gateway = scripted()
    gateway.model(MODEL).replies("It is sunny in both.")
    question: Any = {"role": "user", "content": "Where is it sunny?"}
    with opened(gateway) as client:
        message = client.messages.create(**asked(tools=[WEATHER], messages=[question]))
        calls = [block for block in message.content if block.type == "tool_use"]
        results: Any = [{"type": "tool_result", "tool_use_id": call.id, "content": "sunny"} for call in calls]
        spoken: Any = [
            question,
            {"role": "assistant", "content": message.content},
            {"role": "user", "content": results},
        ]
        last = client.messages.create(**asked(tools=[WEATHER], messages=spoken))
    assert last.content[0].type == "text"
    assert last.content[0].text == "It is sunny in both."
    messages = gateway.logs.last.prompt_messages
    assert messages is not None
    assert [one["role"] for one in messages] == ["user", "assistant", "tool", "tool"]
    assert [(one["id"], one["function"]["name"]) for one in messages[1]["tool_calls"]] == [
        (call.id, "weather") for call in calls
    ]
    assert messages[1]["thinking_blocks"] == [{"type": "thinking", "thinking": "Two cities.", "signature": "signed"}]
    assert [one["tool_call_id"] for one in messages[2:]] == [call.id for call in calls]


@pytest.mark.parametrize("place", ["intercepted", "its own host"])
def test_a_stream_may_be_left_early(place: str) -> None:
    """And the story says so."""
    gateway = Gateway(direct="allow")
    gateway.model(MODEL).replies("one two three four five")
    with opened(gateway, place) as client, client.messages.stream(**asked()) as stream:
        assert next(iter(stream.text_stream)) == "one"
    call = gateway.calls.one()
    assert (call.left_early, call.answer) == (True, None)


def test_keys_are_read_wherever_the_client_puts_them() -> None:
    """As a bearer, as newer clients do, and in a header of Anthropic's, as older ones do."""
    gateway = Gateway()
    gateway.account.add_key("the-right-one")
    gateway.model(MODEL).replies("Hi")
    with gateway.intercept():
        for options in ({"auth_token": "the-right-one"}, {"api_key": "the-right-one"}):
            with anthropic.Anthropic(base_url=RESPAN, **options) as client:  # type: ignore[arg-type]
                assert client.messages.create(**asked()).stop_reason == "end_turn"
        headers = {"x-api-key": "the-right-one", "authorization": anthropic.Omit()}
        with anthropic.Anthropic(base_url=RESPAN, api_key="other", default_headers=headers) as client:  # type: ignore[arg-type]
            assert client.messages.create(**asked()).stop_reason == "end_turn"
        with (
            anthropic.Anthropic(base_url=RESPAN, api_key="wrong") as client,
            pytest.raises(anthropic.AuthenticationError, match="Your API key is invalid or expired"),
        ):
            client.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": "Hi"}])


def test_parameters_of_the_gateway_stand_in_their_container() -> None:
    """Beside it they are the model's, and the story says what was meant."""
    gateway = Gateway()
    gateway.model("other").replies("Hi")
    gateway.model(MODEL).fails(500)
    inner = {"customer_identifier": "c1", "fallback_models": ["other"]}
    with opened(gateway) as client:
        message = client.messages.create(**asked(metadata={"user_id": "u1"}), extra_body={"respan_params": inner})
        client.messages.create(**asked(model="other"), extra_body={"customer_identifier": "c2"})
    assert message.model == "other"
    log = gateway.logs.one(customer_identifier="c1")
    assert (log.metadata, [attempt.model for attempt in log.call.attempts]) == ({}, [MODEL, "other"])  # type: ignore[union-attr]
    assert list(gateway.calls.last.warnings) == [
        "customer_identifier stands beside the fields of the model, and is passed on to it: put it under respan_params"
    ]


def test_betas_are_part_of_what_is_asked() -> None:
    """The client asks for them in a header, at the same place."""
    gateway = Gateway()
    gateway.model(MODEL).when(matches=lambda asked: asked.get("anthropic_beta") == ["one", "two"]).replies("beta")
    with opened(gateway) as client:
        message = client.beta.messages.create(**asked(), betas=["one", "two"])
    assert message.content[0].type == "text"
    assert message.content[0].text == "beta"


@pytest.mark.parametrize("place", ["intercepted", "socket"])
def test_what_anthropic_has_answered_is_recorded_and_replayed(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked with the key, the version and the betas it looks for; played whole and streamed, and to a chat as well."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    texts: list[str] = []
    with provider() as upstream:
        gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
        with opened(gateway, place) as client:
            texts.append(client.messages.create(**asked("One"), tools=[WEATHER]).content[0].model_dump_json())
            with client.beta.messages.stream(**asked("Two"), betas=["some-beta"]) as stream:
                texts.append(stream.get_final_text())
        assert gateway.findings() == []
        assert [headers["x-api-key"] for headers in upstream.headers] == [KEY, KEY]
        assert [headers["anthropic-version"] for headers in upstream.headers] == ["2023-06-01"] * 2
        assert [headers.get("anthropic-beta") for headers in upstream.headers] == [None, "some-beta"]
        assert ["anthropic_beta" in body for body in upstream.asked] == [False, False]
    assert texts[1] == "You said: Two ✓ in 1 words."
    assert KEY not in "".join(path.read_text("utf-8") for path in tmp_path.rglob("*.json"))
    replaying = Gateway(cassette=tmp_path)
    with opened(replaying, place) as client:
        again = client.messages.create(**asked("One"), tools=[WEATHER])
        assert again.content[0].model_dump_json() == texts[0]
        with client.messages.stream(**asked("One"), tools=[WEATHER]) as stream:
            assert [block.type for block in stream.get_final_message().content] == ["tool_use"]
        assert (
            client.beta.messages.create(**asked("Two"), betas=["some-beta"]).content[0].model_dump()["text"] == texts[1]
        )
        with pytest.raises(anthropic.NotFoundError):
            client.messages.create(**asked("Two"))
    assert [call.status for call in replaying.calls] == [200, 200, 200, 404]
