"""Applications that use Google's SDK: its chats, its loop of tools, its shapes."""

import asyncio
import json
from typing import Any

import pytest
from pydantic import BaseModel

from mock_gateway import Answer, Gateway, ToolCall, Usage

from .google_sdk import BASE, MODEL, asynchronous, errors, genai, httpx2


def test_an_answer_is_read(respan_gateway: Gateway, client: Any) -> None:
    """Text, thoughts, usage, ending: in the words of the SDK."""
    usage = Usage(10, 7, cached_tokens=4, reasoning_tokens=2)
    respan_gateway.model(MODEL).replies("Hello there.", reasoning="Be nice.", usage=usage)
    answer = client.models.generate_content(model=MODEL, contents="Hi")
    assert answer.text == "Hello there."
    assert [part.text for part in answer.candidates[0].content.parts if part.thought] == ["Be nice."]
    assert answer.candidates[0].finish_reason == "STOP"
    assert answer.model_version == MODEL
    assert answer.usage_metadata.model_dump(exclude_none=True) == {
        "prompt_token_count": 10,
        "candidates_token_count": 5,
        "thoughts_token_count": 2,
        "cached_content_token_count": 4,
        "total_token_count": 17,
    }


def test_a_stream_is_read(respan_gateway: Gateway, client: Any) -> None:
    """Piece by piece, with what it weighs at the end."""
    respan_gateway.model(MODEL).replies(chunks=["Hello ", "there."], usage=Usage(10, 5))
    pieces = list(client.models.generate_content_stream(model=MODEL, contents="Hi"))
    assert [piece.text for piece in pieces] == ["Hello ", "there.", ""]
    assert pieces[-1].usage_metadata.total_token_count == 15
    assert pieces[-1].candidates[0].finish_reason == "STOP"
    assert len({piece.response_id for piece in pieces}) == 1
    assert respan_gateway.calls.one().chunks == 2


def look_up(order: str) -> str:
    """Where an order is."""
    return f"order {order} is on its way"


def test_the_sdk_calls_the_tools_itself(respan_gateway: Gateway, client: Any) -> None:
    """The answer to what they bring is the answer."""
    script = respan_gateway.model(MODEL)
    script.replies(tool_calls=[ToolCall("look_up", {"order": "1"}), ToolCall("look_up", {"order": "2"})])
    script.replies(lambda asked: " and ".join(str(m["content"]) for m in asked.messages if m["role"] == "tool"))
    chat = client.chats.create(model=MODEL, config={"tools": [look_up]})
    assert chat.send_message("Where are they?").text == "order 1 is on its way and order 2 is on its way"
    assert [call.served_model for call in respan_gateway.calls] == [MODEL, MODEL]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_chat_remembers(respan_gateway: Gateway, client: Any, streamed: bool) -> None:
    """What was said before is asked again, as one message each."""
    respan_gateway.model(MODEL).replies("One two three.", times=1).replies("Four.")
    chat = client.chats.create(model=MODEL)

    def ask(text: str) -> str:
        if not streamed:
            return str(chat.send_message(text).text)
        return "".join(piece.text for piece in chat.send_message_stream(text))

    assert [ask("Count."), ask("Go on.")] == ["One two three.", "Four."]
    asked = respan_gateway.calls.last.asked
    assert asked is not None
    assert [message["content"] for message in asked.messages] == ["Count.", "One two three.", "Go on."]


class Order(BaseModel):
    """A shape for answers."""

    number: int
    note: str | None = None


def test_answers_have_the_shape_that_was_asked_for(respan_gateway: Gateway, client: Any) -> None:
    """A class of pydantic's; the gateway knows its schema."""
    respan_gateway.model(MODEL).replies(json={"number": 7, "note": None})
    shape = {"response_mime_type": "application/json", "response_schema": Order}
    answer = client.models.generate_content(model=MODEL, contents="Which?", config=shape)
    assert answer.parsed == Order(number=7)
    asked = respan_gateway.calls.one().asked
    assert asked is not None
    assert asked.chat["response_format"]["json_schema"]["schema"]["properties"]["note"]["type"] == ["string", "null"]
    assert not respan_gateway.calls.one().warnings


def test_several_candidates(respan_gateway: Gateway, client: Any) -> None:
    """Each with its index, streamed as well."""
    respan_gateway.model(MODEL).replies(Answer("One.", others=(Answer("Two."),)))
    asked = {"model": MODEL, "contents": "Hi", "config": {"candidate_count": 2}}
    whole = client.models.generate_content(**asked)
    assert [one.content.parts[0].text for one in whole.candidates] == ["One.", "Two."]
    found: dict[int, str] = {}
    for piece in client.models.generate_content_stream(**asked):
        for one in piece.candidates:
            found[one.index] = found.get(one.index, "") + one.content.parts[0].text
    assert found == {0: "One.", 1: "Two."}


def test_how_sure_the_model_was(respan_gateway: Gateway, client: Any) -> None:
    """Where it is asked for."""
    respan_gateway.model(MODEL).replies("Hello there.")
    config = {"response_logprobs": True, "logprobs": 1}
    [one] = client.models.generate_content(model=MODEL, contents="Hi", config=config).candidates
    assert [token.token for token in one.logprobs_result.chosen_candidates] == ["Hello", " there."]
    assert one.avg_logprobs < 0


@pytest.mark.parametrize(
    ("answer", "reason", "message"),
    [
        (Answer("Cut", finish_reason="length"), "MAX_TOKENS", None),
        (Answer("x", finish_reason="content_filter"), "SAFETY", None),
        (Answer("x", finish_reason="RECITATION"), "RECITATION", None),
        (Answer("x", finish_reason="pause_turn"), "OTHER", None),
        (Answer(refusal="I will not."), "SAFETY", "I will not."),
        (
            Answer(tool_calls=(ToolCall("look_up", "{no json"),)),
            "MALFORMED_FUNCTION_CALL",
            "Malformed function call: look_up({no json)",
        ),
    ],
)
@pytest.mark.parametrize("streamed", [False, True])
def test_why_it_ended(
    respan_gateway: Gateway, answer: Answer, reason: str, message: str | None, streamed: bool
) -> None:
    """In Google's words. A refusal is a candidate stopped for safety; the SDK shows its message on Vertex AI alone."""
    respan_gateway.model(MODEL).replies(answer)
    asked: Any = {"model": MODEL, "contents": "Hi"}
    options = {"base_url": "https://api.respan.ai/api/google/vertexai"}
    with genai.Client(vertexai=True, api_key="any", http_options=options) as client:
        models = client.models
        last = list(models.generate_content_stream(**asked))[-1] if streamed else models.generate_content(**asked)
    assert (last.candidates[0].finish_reason.value, last.candidates[0].finish_message) == (reason, message)


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_prompt_that_is_blocked(respan_gateway: Gateway, client: Any, is_streamed: bool) -> None:
    """Written out in full; for a caller of another wire it is a refusal."""
    respan_gateway.model(MODEL).replies(body={"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})
    if is_streamed:
        [answer] = client.models.generate_content_stream(model=MODEL, contents="Hi")
    else:
        answer = client.models.generate_content(model=MODEL, contents="Hi")
    assert (answer.prompt_feedback.block_reason.value, answer.candidates) == ("PROHIBITED_CONTENT", None)
    said = respan_gateway.calls.one().answer
    assert said is not None
    assert (said.refusal, said.finish_reason) == ("The prompt was blocked: PROHIBITED_CONTENT.", "content_filter")


def test_leaving_a_stream_early(respan_gateway: Gateway, client: Any) -> None:
    """Is seen."""
    respan_gateway.model(MODEL).replies("One two three four.", delay=1)
    stream = client.models.generate_content_stream(model=MODEL, contents="Hi")
    assert next(stream).text == "One"
    stream.close()
    call = respan_gateway.calls.one()
    assert (call.left_early, call.seconds) == (True, 1)


def test_asynchronously(respan_gateway: Gateway) -> None:
    """Whole and streamed."""
    respan_gateway.model(MODEL).replies("Hello there.")

    async def talk() -> list[str]:
        client = asynchronous().aio
        whole = await client.models.generate_content(model=MODEL, contents="Hi")
        stream = await client.models.generate_content_stream(model=MODEL, contents="Hi")
        pieces = [piece.text async for piece in stream]
        await client.aclose()
        return [whole.text, "".join(pieces)]

    assert asyncio.run(talk()) == ["Hello there."] * 2


def test_counting_is_no_call(respan_gateway: Gateway, client: Any) -> None:
    """The same estimate that stands in answers which state no usage; it has no row."""
    counted = client.models.count_tokens(model=MODEL, contents="Where is my order?")
    assert not respan_gateway.calls
    respan_gateway.model(MODEL).replies("Here.")
    asked = client.models.generate_content(model=MODEL, contents="Where is my order?")
    assert counted.total_tokens == asked.usage_metadata.prompt_token_count == 8
    assert len(respan_gateway.logs) == 1


def test_texts_become_vectors(respan_gateway: Gateway, client: Any) -> None:
    """Given or made, in the length that is asked for."""
    respan_gateway.model("gemini-embedding-001").embeds({"cat": [1, 0], "dog": [0.5, 0.5]}, times=1).embeds()
    answer = client.models.embed_content(model="gemini-embedding-001", contents=["cat", "dog"])
    assert [one.values for one in answer.embeddings] == [[1, 0], [0.5, 0.5]]
    shorter = {"output_dimensionality": 8}
    made = client.models.embed_content(model="gemini-embedding-001", contents="a cat", config=shorter)
    assert [len(one.values) for one in made.embeddings] == [8]
    assert respan_gateway.logs.last.log_type == "embedding"


def test_one_of_several_words_is_made_up_bare(respan_gateway: Gateway, client: Any) -> None:
    """As Gemini answers where an enum is asked for: no JSON, no quotes."""
    respan_gateway.model(MODEL).improvises()
    shape = {"type": "STRING", "enum": ["red", "blue"]}
    asked = {"response_mime_type": "text/x.enum", "response_schema": shape}
    assert client.models.generate_content(model=MODEL, contents="Hi", config=asked).text in ("red", "blue")


@pytest.mark.parametrize("streamed", [False, True])
def test_parameters_of_the_gateways(respan_gateway: Gateway, client: Any, streamed: bool) -> None:
    """Stand in the body that the SDK is told to send besides."""
    respan_gateway.model(MODEL).fails("provider_overloaded")
    respan_gateway.model("gpt-4o").replies(tool_calls=[ToolCall("look_up", {"order": "1"}, "call_abc")])
    extra = {"respan_params": {"fallback_models": ["gpt-4o"], "customer_identifier": "c1"}}
    config = {"http_options": {"extra_body": extra}}
    asked: Any = {"model": MODEL, "contents": "Hi", "config": config}
    models = client.models
    pieces = list(models.generate_content_stream(**asked)) if streamed else [models.generate_content(**asked)]
    [call] = [call for piece in pieces for call in piece.function_calls or ()]
    assert (call.name, call.args, call.id) == ("look_up", {"order": "1"}, "call_abc")
    assert pieces[-1].model_version == "gpt-4o"
    assert respan_gateway.logs.one(customer_identifier="c1").model == "gpt-4o"


def test_a_signature_is_kept(respan_gateway: Gateway, client: Any) -> None:
    """On the first call, or the end of the text; and it is found again in what is asked next."""
    signed = Answer(tool_calls=(ToolCall("look_up", {"order": "1"}),), signature="c2lnbmVk")
    respan_gateway.model(MODEL).replies(signed, times=1).replies("Done.")
    chat = client.chats.create(model=MODEL, config={"tools": [look_up]})
    chat.send_message("Where is it?")
    asked = respan_gateway.calls.last.asked
    assert asked is not None
    assert asked.messages[1]["thinking_blocks"][0]["signature"] == "c2lnbmVk"


def test_a_stream_without_events_is_an_array(respan_gateway: Gateway) -> None:
    """Where nobody asks for events, as a plain HTTP client does."""
    respan_gateway.model(MODEL).replies(chunks=["Hello ", "there."], times=1).fails(429, times=1).breaks("mid_word")
    url = f"{BASE}/v1beta/models/{MODEL}:streamGenerateContent"
    with httpx2.Client(headers={"x-goog-api-key": "any"}) as http:
        body = {"contents": [{"parts": [{"text": "Hi"}]}]}
        answer = http.post(url, json=body)
        assert answer.headers["content-type"] == "application/json; charset=UTF-8"
        texts = [one["candidates"][0]["content"]["parts"][0]["text"] for one in answer.json()]
        assert texts == ["Hello ", "there.", ""]
        assert http.post(url, json=body).json()["error"]["status"] == "RESOURCE_EXHAUSTED"
        pieces: list[str] = []
        with pytest.raises(httpx2.RemoteProtocolError), http.stream("POST", url, json=body) as stream:
            pieces.extend(stream.iter_text())
    said = "".join(pieces)
    assert [one["candidates"][0]["content"]["parts"][0]["text"] for one in json.loads(f"{said}]")] == [
        "This ",
        "answer ",
        "is ",
        "unfin",
    ]


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning")
def test_asynchronously_by_aiohttp(respan_gateway: Gateway) -> None:
    """What the SDK takes by itself, where it is installed."""
    pytest.importorskip("aiohttp")
    respan_gateway.model(MODEL).replies("Hello there.", times=2).fails(429, message="Too fast.")

    async def talk() -> list[str]:
        async with genai.Client(api_key="any", http_options={"base_url": BASE}).aio as client:
            whole = await client.models.generate_content(model=MODEL, contents="Hi")
            stream = await client.models.generate_content_stream(model=MODEL, contents="Hi")
            pieces = [piece.text async for piece in stream]
            with pytest.raises(errors.ClientError, match="Too fast.") as refused:
                await client.models.generate_content(model=MODEL, contents="Hi")
            return [whole.text, "".join(pieces), refused.value.status]

    assert asyncio.run(talk()) == ["Hello there.", "Hello there.", "RESOURCE_EXHAUSTED"]
