"""The suite of the support bot. Change what a model says here, and the story that `make demo` prints changes."""

import support_bot
from mock_gateway import Gateway, ToolCall
from pytest_respan import assert_fell_back


def test_a_question_is_answered(respan_gateway: Gateway) -> None:
    respan_gateway.model("gpt-4o").replies("You can return it within 30 days.")

    answer = support_bot.ask("Can I return my lamp?")

    assert answer == "You can return it within 30 days."
    assert respan_gateway.calls.one().request["customer_identifier"] == "user_123"


def test_the_backup_answers_when_the_primary_is_down(respan_gateway: Gateway) -> None:
    respan_gateway.model("gpt-4o").fails("provider_overloaded")
    respan_gateway.model("claude-sonnet-4-5").replies("Hello from the backup.")

    assert support_bot.ask("Hello?") == "Hello from the backup."
    assert_fell_back(respan_gateway.calls.one(), "gpt-4o", "claude-sonnet-4-5")


def test_an_order_is_looked_up_before_the_answer(respan_gateway: Gateway) -> None:
    respan_gateway.model("gpt-4o").replies(tool_calls=[ToolCall("order_status", {"order": "A-1001"})]).replies(
        lambda request: f"Your order was {request.messages[-1]['content']}."
    )

    assert support_bot.ask("Where is my order A-1001?") == "Your order was shipped on Monday."
    assert len(respan_gateway.calls) == 2


def test_a_rate_limit_is_waited_out_by_the_sdk(respan_gateway: Gateway) -> None:
    respan_gateway.model("gpt-4o").fails("provider_rate_limit", times=2, retry_after=1).replies("Thanks for waiting.")

    assert "".join(support_bot.stream("Hello?")) == "Thanks for waiting."
    assert [call.status for call in respan_gateway.calls] == [429, 429, 200]


def test_questions_are_sorted_over_plain_http(respan_gateway: Gateway) -> None:
    respan_gateway.model("gpt-4o-mini").when(contains="invoice").replies(json={"topic": "billing"})
    respan_gateway.model("gpt-4o-mini").when(contains="parcel").replies(json={"topic": "shipping"})

    assert support_bot.topic_of("My invoice is wrong.") == "billing"
    assert support_bot.topic_of("Where is my parcel?") == "shipping"


def test_a_reader_may_leave_in_the_middle(respan_gateway: Gateway) -> None:
    respan_gateway.model("gpt-4o").replies("Once upon a time there was a lamp.", delay=2, every=0.5)

    words = support_bot.stream("Tell me about my lamp.")
    assert [next(words), next(words)] == ["Once", " upon"]
    words.close()

    call = respan_gateway.calls.one()
    assert call.left_early
    assert call.seconds == 2.5
