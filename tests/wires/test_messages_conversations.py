"""What has been said in Anthropic's messages, in the words of chat completions."""

from typing import Any

import pytest

from mock_gateway.wires.messages import messages

from .claude import CACHED, HIDDEN, asking, text_part

PICTURE = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
PAPER = {"type": "base64", "media_type": "application/pdf", "data": "BBBB"}
CALL = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}}
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}
THOUGHT = {"type": "thinking", "thinking": "So.", "signature": "signed"}


CONTENTS: list[tuple[Any, Any]] = [
    ("Hi", "Hi"),
    ([], ""),
    ([text_part("Hi")], "Hi"),
    ([text_part("a") | CACHED, text_part("b")], "a\nb"),
    (
        [{"type": "image", "source": PICTURE}, text_part("What is it?")],
        [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, text_part("What is it?")],
    ),
    (
        [{"type": "image", "source": {"type": "url", "url": "https://x.test/a.png"}}],
        [{"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}],
    ),
    (
        [{"type": "image", "source": {"type": "file", "file_id": "file_1"}}],
        [{"type": "file", "file": {"file_id": "file_1"}}],
    ),
    (
        [{"type": "document", "source": PAPER, "title": "a.pdf", "context": "An invoice.", **CACHED}],
        [
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,BBBB", "filename": "a.pdf"}},
            text_part("An invoice."),
        ],
    ),
    (
        [{"type": "document", "source": {"type": "url", "url": "https://x.test/a.pdf"}}],
        [{"type": "file", "file": {"file_url": "https://x.test/a.pdf"}}],
    ),
    (
        [{"type": "document", "source": {"type": "file", "file_id": "file_1"}}],
        [{"type": "file", "file": {"file_id": "file_1"}}],
    ),
    (
        [{"type": "document", "title": "T", "source": {"type": "text", "media_type": "text/plain", "data": "words"}}],
        "T\nwords",
    ),
    ([{"type": "document", "source": {"type": "content", "content": [text_part("a"), text_part("b")]}}], "a\nb"),
    ([{"type": "document", "source": {"type": "content", "content": "a"}}], "a"),
    (
        [{"type": "search_result", "title": "T", "source": "https://x.test", "content": [text_part("found")]}],
        "T\nhttps://x.test\nfound",
    ),
    ([SEARCH | CACHED, text_part("a")], [SEARCH, text_part("a")]),
]


@pytest.mark.parametrize(("content", "wanted"), CONTENTS)
def test_the_content_of_a_message_is_told_in_chat(content: Any, wanted: Any) -> None:
    """Text as one string, pictures and papers as parts; what has no word there is kept as it is."""
    asked = asking(messages=[{"role": "user", "content": content}])
    assert asked.messages == [{"role": "user", "content": wanted}]


CONVERSATIONS: list[tuple[list[Any], list[Any]]] = [
    ([{"role": "system", "content": "Be kind."}], [{"role": "system", "content": "Be kind."}]),
    ([{"role": "assistant", "content": "So"}], [{"role": "assistant", "content": "So"}]),
    (
        [{"role": "assistant", "content": [THOUGHT, HIDDEN, text_part("Look."), CALL]}],
        [
            {
                "role": "assistant",
                "content": "Look.",
                "thinking_blocks": [THOUGHT, HIDDEN],
                "tool_calls": [
                    {"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}}
                ],
            }
        ],
    ),
    (
        [{"role": "assistant", "content": [{**CALL, "input": {}}]}],
        [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            }
        ],
    ),
    (
        [
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "sunny", **CACHED},
                    {"type": "tool_result", "tool_use_id": "toolu_2", "content": [text_part("no")], "is_error": True},
                    {"type": "tool_result", "tool_use_id": "toolu_3"},
                    text_part("And now?"),
                ],
            }
        ],
        [
            {"role": "tool", "tool_call_id": "toolu_1", "content": "sunny"},
            {"role": "tool", "tool_call_id": "toolu_2", "content": "no", "is_error": True},
            {"role": "tool", "tool_call_id": "toolu_3", "content": ""},
            {"role": "user", "content": "And now?"},
        ],
    ),
    (
        [
            {
                "role": "user",
                "content": [text_part("Here:"), {"type": "tool_result", "tool_use_id": "t", "content": "x"}],
            }
        ],
        [{"role": "user", "content": "Here:"}, {"role": "tool", "tool_call_id": "t", "content": "x"}],
    ),
    (
        [
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "image", "source": PICTURE}]}
                ],
            }
        ],
        [
            {
                "role": "tool",
                "tool_call_id": "t",
                "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}],
            }
        ],
    ),
]


@pytest.mark.parametrize(("spoken", "wanted"), CONVERSATIONS)
def test_a_conversation_is_told_in_chat(spoken: list[Any], wanted: list[Any]) -> None:
    """Calls of tools, their results and thoughts stand where chat completions have them."""
    assert asking(messages=spoken).messages == wanted


def test_what_a_client_has_said_can_be_told_of_whatever_it_sent() -> None:
    """As chat completions have it; and nothing of what is no conversation."""
    spoken = [{"role": "user", "content": [text_part("Hi")]}]
    assert messages.messages({"system": "Be kind.", "messages": spoken}) == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hi"},
    ]
    odd: list[dict[str, Any]] = [{}, {"messages": 3}, {"messages": ["Hi"]}, {"messages": [{}]}]
    for fields in odd:
        assert messages.messages(fields) == ()
