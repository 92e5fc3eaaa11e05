"""Anthropic's client in a thread: it says only what is new, and the gateway knows what was said before."""

from pathlib import Path
from typing import Any

import anthropic
import anyio
import openai
import pytest

from mock_gateway import Contract, Gateway, ToolCall

from ..doubles.provider import KEY, provider
from .anthropic_client import MODEL, RESPAN, asked, every_place, opened, opened_async

CREATE: Any = {"type": "create"}


def going_on(name: str) -> Any:
    """What a request says that goes on from an answer."""
    return {"type": "continue", "previous_message_id": name}


@anthropic.beta_tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"It is sunny in {city}."


@anthropic.beta_async_tool(name="weather")
async def weather_later(city: str) -> str:
    """The weather in a city."""
    return f"It is sunny in {city}."


def scripted() -> Gateway:
    """A gateway whose model looks up the weather in two cities, and answers when it knows both."""
    gateway = Gateway(direct="allow")
    model = gateway.model(MODEL)
    first, second = (ToolCall("weather", {"city": city}) for city in ("Zürich", "Bern"))
    looking = model.when(contains="Where", system="Be brief.", tools=["weather"])
    looking.replies("Let me look.", reasoning="Two cities.", tool_calls=[first])
    looking.replies(tool_calls=[second]).replies("In both.")
    return gateway


def check(gateway: Gateway) -> None:
    """That the model was asked the whole conversation each time, with the system's part and the tools."""
    assert [len(call.request["messages"]) for call in gateway.calls] == [1, 1, 1]
    last = gateway.calls.last
    assert "tools" not in last.request
    assert last.asked is not None
    assert [message["role"] for message in last.asked.messages] == [
        *("system", "user"),
        *("assistant", "tool") * 2,
    ]
    assert list(last.asked.tools) == ["weather"]
    assert last.asked.messages[2]["content"] == "Let me look."
    assert last.asked.messages[2]["thinking_blocks"][0]["thinking"] == "Two cities."
    assert [call.warnings for call in gateway.calls] == [(), (), ()]


@every_place
@pytest.mark.parametrize("stream", [False, True])
def test_tools_that_the_client_runs_are_run_in_a_thread(place: str, stream: bool) -> None:
    """Whole and streamed, through every door."""
    gateway = scripted()
    asking = asked("Where is it sunny?", system="Be brief.", tools=[weather])
    with opened(gateway, place) as client:
        if stream:
            said = [turn.get_final_message() for turn in client.beta.messages.tool_runner(**asking, stream=True)][-1]
        else:
            said = client.beta.messages.tool_runner(**asking).until_done()
    assert said.content[0].type == "text"
    assert said.content[0].text == "In both."
    check(gateway)


@every_place
def test_the_asynchronous_client_has_threads_as_well(place: str) -> None:
    """The same conversation, with a tool that is awaited."""
    gateway = scripted()
    asking = asked("Where is it sunny?", system="Be brief.", tools=[weather_later])

    async def ask() -> None:
        async with opened_async(gateway, place) as client:
            said = await client.beta.messages.tool_runner(**asking).until_done()
        assert said.content[0].type == "text"
        assert said.content[0].text == "In both."

    anyio.run(ask)
    check(gateway)


def test_a_thread_that_nobody_knows_is_told_again_by_the_client() -> None:
    """It is refused as the client expects that: its helper begins a new thread with the whole conversation."""
    first, second = Gateway(), Gateway()
    first.model(MODEL).replies("Hello!")
    second.model(MODEL).when(matches=lambda asked: "I am Ann." in str(asked.messages)).replies("Ann.")
    with anthropic.Anthropic(base_url=RESPAN, api_key="any") as client:
        thread = client.beta.messages.thread(model=MODEL, max_tokens=64, messages=[])
        with first.intercept():
            thread.send({"role": "user", "content": "I am Ann."})
        with second.intercept():
            said = thread.send({"role": "user", "content": "Who am I?"})
    assert said.content[0].type == "text"
    assert said.content[0].text == "Ann."
    assert [call.request["thread"]["type"] for call in second.calls] == ["continue", "create"]
    assert [call.status for call in second.calls] == [404, 200]
    assert second.findings() == []


def refusal(gateway: Gateway, **fields: Any) -> anthropic.APIStatusError:
    """How a request of a thread is refused."""
    with opened(gateway) as client, pytest.raises(anthropic.APIStatusError) as error:
        client.beta.messages.create(**asked(**fields))
    return error.value


def test_an_unknown_answer_is_refused_in_anthropics_words() -> None:
    """By the class, the status and the code that its client knows."""
    error = refusal(Gateway(), thread=going_on("msg_none"))
    assert isinstance(error, anthropic.NotFoundError)
    assert error.body == {
        "type": "error",
        "error": {
            "type": "not_found_error",
            "message": "thread.previous_message_id: no thread goes on from 'msg_none'.",
            "details": {"error_code": "thread_not_found"},
        },
        "request_id": None,
    }


@pytest.mark.parametrize(
    "thread", ["create", {}, {"type": "continue"}, {"type": "other"}, {"type": "continue", "x": 1}]
)
def test_a_thread_that_is_none_is_refused_by_name(thread: Any) -> None:
    """With what it should be."""
    told = 'thread: This field must be either {"type": "create"} or {"type": "continue", "previous_message_id": "..."}.'
    error = refusal(Gateway(contract=Contract(error_shape="openai")), thread=thread)
    assert error.body == {
        "error": {"message": told, "type": "invalid_request_error", "param": "thread", "code": "invalid_value"}
    }


def test_what_a_thread_keeps_cannot_be_said_again() -> None:
    """Anthropic refuses it, since it would change nothing."""
    gateway = Gateway()
    gateway.model(MODEL).replies("Hello!")
    with opened(gateway) as client:
        begun = client.beta.messages.create(**asked(system="Be brief."), thread=CREATE)
    error = refusal(gateway, system="Be long.", thread=going_on(begun.id))
    assert isinstance(error, anthropic.BadRequestError)
    assert "system: a thread keeps what it was created with" in error.message


def test_only_what_was_asked_in_a_thread_is_kept() -> None:
    """An answer outside of one, one that was left early, and one of another wire have nothing to go on from."""
    gateway = Gateway()
    gateway.model(MODEL).replies("one two three four")
    with opened(gateway) as client:
        alone = client.messages.create(**asked())
        with client.beta.messages.stream(**asked(), thread=CREATE) as stream:
            next(iter(stream.text_stream))
            left = stream.current_message_snapshot.id
    with gateway.intercept(), openai.OpenAI(base_url="https://api.respan.ai/api", api_key="any") as other:
        response = other.responses.create(model=MODEL, input="Hi")
    for name in (alone.id, left, response.id):
        assert isinstance(refusal(gateway, thread=going_on(name)), anthropic.NotFoundError)


def test_a_thread_is_recorded_as_the_whole_conversation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider knows no thread of the gateway's; and who tells it all without one finds the same recording."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)

    def ask(client: anthropic.Anthropic) -> tuple[Any, Any]:
        first = client.beta.messages.create(**asked("One"), thread=CREATE)
        return first, client.beta.messages.create(**asked("Two"), thread=going_on(first.id))

    with provider() as upstream:
        recording = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
        with opened(recording) as client:
            first, second = ask(client)
        assert recording.findings() == []
        assert [[*body] for body in upstream.asked] == [["max_tokens", "messages", "model"]] * 2
        assert len(upstream.asked[1]["messages"]) == 3
    replaying = Gateway(cassette=tmp_path)
    said = [block.model_dump(exclude_unset=True) for block in first.content]
    told = [*asked("One")["messages"], {"role": "assistant", "content": said}, *asked("Two")["messages"]]
    with opened(replaying) as client:
        assert ask(client)[1].content == second.content
        whole = client.messages.create(model=MODEL, max_tokens=64, messages=told)
        assert whole.content[0].model_dump() == second.content[0].model_dump()
