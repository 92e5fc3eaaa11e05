"""What holds on every wire: one suite for all that say of themselves what `Wired` asks.

A wire's tests make a class of it: ``class TestChat(WireContract)``. Whatever is special about the wire stands beside it.
"""

import json
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_gateway import Answer, Contract, Gateway, ToolCall, Usage
from mock_gateway.cassettes.format import Arrival, Take, stream_take
from mock_gateway.core.failures import FAILURES
from mock_gateway.core.requests import HttpRequest
from mock_gateway.wires import sse
from mock_gateway.wires.chat import chat

from ..engine.dialogue import hear
from .recorded import RecordingContract
from .wired import ENVELOPE, MODEL

texts = st.text(max_size=60)
names = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
calls = st.builds(ToolCall, names, st.dictionaries(names, st.integers(-9, 9) | texts, max_size=3), st.none() | names)
usages = st.builds(
    lambda fresh, cached, written, thought, said: Usage(
        fresh + cached + written, thought + said, cached, written, thought
    ),
    *[st.integers(0, 10**6)] * 5,
)
answers = st.builds(
    Answer,
    text=texts.filter(bool),
    tool_calls=st.lists(calls, max_size=3, unique_by=lambda call: call.id or id(call)).map(tuple),
    reasoning=st.none() | texts.filter(bool),
    signature=st.none(),
    usage=usages,
)


class WireContract(RecordingContract):
    """The suite, recordings included."""

    says_usage_in_streams: ClassVar[bool] = True
    """Whether a stream states what it weighs without being asked to."""
    streams_arguments: ClassVar[bool] = True
    """Whether the arguments of a tool call are streamed in pieces, or come whole in one event."""

    @given(answer=answers)
    def test_an_answer_in_one_piece_is_read_back_as_the_answer_it_was(self, answer: Answer) -> None:
        """Text, tool calls, reasoning, ending and usage."""
        whole = self.wire.whole(answer, self.request(), ENVELOPE)
        assert said(self.wire.verbatim(json.loads(whole))) == said(self.expected(answer))
        assert self.wire.is_answer(json.loads(whole))

    @given(answer=answers, cuts=st.lists(st.integers(1, 400), max_size=6))
    def test_a_stream_cut_anywhere_is_read_back_as_the_answer_it_was(self, answer: Answer, cuts: list[int]) -> None:
        """As it is kept in a recording, too; and it is kept to the byte."""
        chunks = list(self.wire.stream(answer, self.request(stream=True), ENVELOPE, Contract()))
        assert [chunk.last for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
        assert self.wire.ends(chunks[-1].data)
        data = b"".join(chunk.data for chunk in chunks)
        take = stream_take([Arrival(float(at), piece) for at, piece in enumerate(cut(data, cuts))], status=200)
        assert b"".join(arrival.data for arrival in take.chunks()) == data
        kept = Take.of(json.loads(json.dumps(take.plain())))
        found = self.wire.gathered([value for value in kept.data if isinstance(value, dict)])
        wanted = said(self.expected(answer))
        assert said(found, usage=self.says_usage_in_streams) == (wanted if self.says_usage_in_streams else wanted[:-1])

    def test_a_model_scripted_once_answers_whole_and_streamed(self) -> None:
        """With the text as it was written, in its pieces."""
        gateway = Gateway()
        gateway.model(MODEL).replies("Hello there.", chunks=["Hello ", "there."])
        whole, streamed = (self.read(hear(gateway, self.asking(stream=stream))) for stream in (False, True))
        assert (whole.text, streamed.text, streamed.chunks) == ("Hello there.", "Hello there.", ("Hello ", "there."))
        assert [call.answer.usage for call in gateway.calls if call.answer] == [Usage(4, 3)] * 2
        assert [call.chunks for call in gateway.calls] == [None, 2]
        assert {call.wire for call in gateway.calls} == {self.wire.name}

    def test_conditions_know_a_request_by_what_it_says(self) -> None:
        """The last user message, the system message, the tools, the customer: as on any other wire."""
        gateway = Gateway()
        script = gateway.model(MODEL)
        script.when(contains="refund").replies("by text", times=1)
        script.when(system="pirate").replies("by system")
        script.when(tools=["look_up"]).replies("by tools")
        script.when(customer="c1").replies("by customer")
        script.when(matches=lambda asked: asked.messages == [{"role": "user", "content": "plain"}]).replies("by words")
        requests = [
            self.asking("I want a refund"),
            self.asking(system="You are a pirate."),
            self.asking(tools=True),
            self.asking(customer_identifier="c1"),
            self.asking("plain"),
        ]
        found = [self.read(hear(gateway, one)).text for one in requests]
        assert found == ["by text", "by system", "by tools", "by customer", "by words"]

    def test_tools_are_called_in_parallel(self) -> None:
        """Each with its arguments, whole and streamed argument by argument, and with an id of its own."""
        gateway = Gateway()
        made = [ToolCall("look_up", {"order": "a long number, 0001"}), ToolCall("look_up", {"order": "2"})]
        gateway.model(MODEL).replies(tool_calls=made)
        for stream in (False, True):
            answer = self.read(hear(gateway, self.asking(tools=True, stream=stream)))
            assert [(call.name, json.loads(call.written)) for call in answer.tool_calls] == [
                (call.name, call.arguments) for call in made
            ]
            ids = [call.id for call in answer.tool_calls]
            assert len(set(ids)) == 2
            message: Any = gateway.logs.last.completion_message
            assert [call["id"] for call in message["tool_calls"]] == ids
            assert answer.finish_reason == "tool_calls"

    @pytest.mark.parametrize("failure", sorted(FAILURES))
    def test_failures_are_told_in_the_providers_shape(self, failure: str) -> None:
        """With their words, and under their name in the story."""
        gateway = Gateway()
        gateway.model(MODEL).fails(failure, message="It went wrong.")
        heard = hear(gateway, self.asking())
        assert heard.status >= 400
        assert "It went wrong." in heard.body.decode()
        call = gateway.calls.one()
        assert call.error == "It went wrong."
        assert call.attempts.one().outcome == FAILURES[failure].label
        assert gateway.logs.one().error_message == "It went wrong."

    def test_a_model_is_tried_again_and_then_another_is_asked(self) -> None:
        """Retries and fallbacks work as on any other wire, streamed and whole."""
        for stream in (False, True):
            gateway = Gateway()
            gateway.model(MODEL).fails("provider_overloaded", times=2)
            gateway.model("claude-sonnet-4-5").replies("From the backup.")
            params: dict[str, Any] = {"retry_params": {"num_retries": 1, "retry_after": 1}}
            heard = hear(gateway, self.asking(stream=stream, fallback_models=["claude-sonnet-4-5"], **params))
            assert self.read(heard).text == "From the backup."
            call = gateway.calls.one()
            assert [one.model for one in call.attempts] == [MODEL, MODEL, "claude-sonnet-4-5"]
            assert (call.served_model, call.seconds) == ("claude-sonnet-4-5", 1)

    def test_a_group_shares_the_calls_among_its_models(self) -> None:
        """By weight."""
        gateway = Gateway()
        gateway.model("*").replies("Hi")
        group = {"group_id": "g", "models": [{"model": "only-this", "weight": 1}]}
        hear(gateway, self.asking(load_balance_group=group))
        assert gateway.calls.one().served_model == "only-this"

    def test_the_cache_answers_the_same_again(self) -> None:
        """Whole and streamed, at no cost."""
        gateway = Gateway()
        gateway.model(MODEL).replies("Once.", times=1)
        first, again, streamed = (
            self.read(hear(gateway, self.asking(stream=stream, cache_enabled=True))) for stream in (False, False, True)
        )
        assert first == again
        assert (streamed.text, [call.cache for call in gateway.calls]) == ("Once.", ["miss", "hit", "hit"])
        assert gateway.logs.last.cost == 0

    def test_a_row_of_the_cache_has_what_was_asked(self) -> None:
        """In the words of chat completions, as the row of the call that filled the cache has it."""
        gateway = Gateway()
        gateway.model(MODEL).replies("Once.", times=1)
        for _ in range(2):
            hear(gateway, self.asking(system="Be kind.", cache_enabled=True))
        filled, found = gateway.logs
        assert found.cache_hit
        assert found.prompt_messages == filled.prompt_messages
        assert found.prompt_message_count == 2

    def test_a_call_leaves_a_row(self) -> None:
        """With what was said in the words of chat completions, what it weighs, and whose it was."""
        gateway = Gateway()
        gateway.model(MODEL).replies("Hello there.", usage=Usage(10, 5))
        hear(gateway, self.asking(system="Be kind.", customer_identifier="c1", metadata={"plan": "pro"}))
        log = gateway.logs.one(customer_identifier="c1", metadata={"plan": "pro"})
        assert log.prompt_messages == [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]
        assert log.completion_message == {"role": "assistant", "content": "Hello there."}
        assert (log.model, log.prompt_tokens, log.completion_tokens, log.log_type) == (MODEL, 10, 5, self.wire.log_type)
        assert log.cost is not None
        assert log.cost > 0

    def test_a_call_without_an_answer_is_a_miss_that_can_be_read(self) -> None:
        """Not tried again, nothing else is asked, and the text is in the answer."""
        gateway = Gateway()
        heard = hear(gateway, self.asking("Who is there?", fallback_models=["other"]))
        assert heard.status == 404
        assert heard.headers["x-should-retry"] == "false"
        assert "gpt-4o was asked something no script covers" in heard.body.decode()
        assert "'Who is there?'" in heard.body.decode()

    def test_an_answer_written_out_in_full_is_given_as_it_is_and_elsewhere_translated(self) -> None:
        """`replies(body=...)` in the words of this wire."""
        answer = Answer("In full.", tool_calls=(ToolCall("look_up", {"order": "1"}),), usage=Usage(7, 3))
        body = json.loads(self.wire.whole(answer, self.request(), ENVELOPE))
        gateway = Gateway()
        gateway.model(MODEL).replies(body=body)
        assert hear(gateway, self.asking()).json == body
        fields = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
        key = {"authorization": "Bearer any"}
        asked = HttpRequest("POST", "api.respan.ai", "/api/chat/completions", key, json.dumps(fields).encode(), "t")
        found = chat.verbatim(hear(gateway, asked).json)
        assert (found.text, found.tool_calls[0].name, found.usage) == ("In full.", "look_up", Usage(7, 3))

    def test_a_broken_stream_is_no_answer(self) -> None:
        """Neither kept by the cache nor paid for."""
        gateway = Gateway()
        gateway.model(MODEL).hangs_up(after_chunks=2)
        heard = hear(gateway, self.asking(stream=True, cache_enabled=True))
        assert heard.ending == "cut"
        assert not self.wire.ends(heard.body)
        call = gateway.calls.one()
        assert (call.chunks, call.attempts.one().outcome, call.cost) == (2, "hung_up", None)
        hear(gateway, self.asking(stream=True, cache_enabled=True))
        assert gateway.calls.last.cache == "miss"

    @pytest.mark.parametrize("at", ["mid_word", "mid_arguments", "corrupt_frame", "error_event", "before_the_end"])
    def test_an_answer_can_break_anywhere(self, at: str) -> None:
        """And the client is given what came before."""
        gateway = Gateway()
        gateway.model(MODEL).breaks(at)
        heard = hear(gateway, self.asking(stream=True, tools=True))
        assert heard.status == 200
        assert heard.ending == ("complete" if at in ("corrupt_frame", "error_event") else "cut")
        is_in_first = at == "mid_arguments" and not self.streams_arguments
        assert len(sse.payloads(heard.body)) > (0 if is_in_first else 1)

    def test_the_gateways_own_errors_are_told(self) -> None:
        """A request that is no request, and a key that is none."""
        gateway = Gateway()
        asked = self.asking()
        broken = HttpRequest("POST", asked.host, asked.path, asked.headers, b"{", "t", asked.query)
        assert hear(gateway, broken).status == 400
        gateway.account.add_key("the-one")
        assert hear(gateway, asked).status == 401


def cut(data: bytes, lengths: list[int]) -> list[bytes]:
    """Bytes in pieces of these lengths, and what is left."""
    pieces = []
    for length in lengths:
        pieces.append(data[:length])
        data = data[length:]
    return [piece for piece in (*pieces, data) if piece]


def said(answer: Answer, *, usage: bool = True) -> tuple[Any, ...]:
    """What counts in an answer, however it came."""
    made = [(call.name, json.loads(call.written)) for call in answer.tool_calls]
    found = (answer.text or "", made, answer.reasoning, answer.refusal, answer.ending, answer.signature)
    return (*found, answer.usage) if usage else found
