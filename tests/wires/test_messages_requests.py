"""The fields of a request in Anthropic's messages: what they are in chat completions, and which are none."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_gateway.core.problems import Problem

from .claude import CACHED, asking

SCHEMA = {"type": "object", "properties": {}}
FIELDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"temperature": 0.5, "top_p": 0.9, "top_k": 5}, {"temperature": 0.5, "top_p": 0.9, "top_k": 5}),
    ({"stream": True}, {"stream": True}),
    ({"stop_sequences": ["a"]}, {"stop": ["a"]}),
    ({"stop_sequences": []}, {}),
    ({"metadata": {"user_id": "u"}}, {"user": "u"}),
    (
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    ),
    ({"tool_choice": {"type": "auto"}}, {"tool_choice": "auto"}),
    ({"tool_choice": {"type": "any"}}, {"tool_choice": "required"}),
    ({"tool_choice": {"type": "none"}}, {"tool_choice": "none"}),
    (
        {"tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": True}},
        {"tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": False},
    ),
    (
        {"tools": [{"name": "f", "description": "d", "input_schema": SCHEMA, "strict": True, **CACHED}]},
        {
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "f", "parameters": SCHEMA, "description": "d", "strict": True},
                }
            ]
        },
    ),
    (
        {"tools": [{"type": "custom", "name": "f", "input_schema": SCHEMA}]},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": SCHEMA}}]},
    ),
    (
        {"tools": [{"type": "bash_20250124", "name": "bash"}]},
        {"tools": [{"type": "function", "function": {"type": "bash_20250124", "name": "bash"}}]},
    ),
    (
        {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 3, **CACHED}]},
        {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 3}]},
    ),
    (
        {"output_config": {"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}}},
        {
            "reasoning_effort": "low",
            "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}},
        },
    ),
    (
        {"output_format": {"type": "json_schema", "schema": {"title": "Weather"}}},
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "Weather", "schema": {"title": "Weather"}},
            }
        },
    ),
    ({"cache_control": {"type": "ephemeral"}, "service_tier": "auto"}, {"service_tier": "auto"}),
    ({"container": "container_1"}, {"untold": [{"container": "container_1"}]}),
    (
        {"mcp_servers": [{"type": "url", "name": "a", "url": "https://x.test", "authorization_token": "secret"}]},
        {"hosted_tools": [{"type": "url", "name": "a", "url": "https://x.test"}]},
    ),
    ({"context_management": {"edits": []}}, {"untold_settings": {"context_management": {"edits": []}}}),
]


@pytest.mark.parametrize(("fields", "wanted"), FIELDS)
def test_the_fields_of_a_request_are_told_in_chat(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    """By the names and in the forms they have there; marks for the cache are no part of a question."""
    asked = {name: value for name, value in asking(**fields).chat.items() if name not in ("model", "messages")}
    assert asked == {"max_tokens": 64, **wanted}


def test_tools_that_the_caller_runs_are_known_by_name() -> None:
    """Anthropic's own among them, but not those that its servers run."""
    offered = [
        {"name": "f", "input_schema": SCHEMA},
        {"type": "bash_20250124", "name": "bash"},
        {"type": "web_search_20250305", "name": "web_search"},
    ]
    assert asking(tools=offered).tools == ("f", "bash")


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"model": None}, "model: This field is required."),
    ({"max_tokens": None}, "max_tokens: This field is required."),
    ({"max_tokens": "64"}, "max_tokens: This field must be a number from 0 on."),
    ({"messages": "Hi"}, "messages: This field must be a list of objects."),
    (
        {"messages": [{"role": "tool", "content": "x"}]},
        "messages[0].role: This field must be user, assistant or system.",
    ),
    (
        {"messages": [{"role": "user", "content": "x"}, {"role": "user"}]},
        "messages[1].content: This field must be a string or a list of blocks.",
    ),
    (
        {"messages": [{"role": "user", "content": ["x"]}]},
        "messages[0].content: This field must be a string or a list of blocks.",
    ),
    ({"system": 1}, "system: This field must be a string or a list of blocks."),
    ({"stop_sequences": "x"}, "stop_sequences: This field must be a list of strings."),
    ({"tools": {}}, "tools: This field must be a list of tools."),
    ({"tool_choice": "auto"}, "tool_choice: This field must be an object."),
    ({"stream": "yes"}, "stream: This field must be true or false."),
]


@pytest.mark.parametrize(("fields", "told"), MISTAKES)
def test_a_request_that_is_none_is_refused(fields: dict[str, Any], told: str) -> None:
    """With the field and what was wanted."""
    with pytest.raises(Problem) as problem:
        asking(**fields)
    assert str(problem.value) == told


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(["text", "tool_use", "tool_result", "base64"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "text",
                    "content",
                    "source",
                    "input",
                    "name",
                    "title",
                    "format",
                    "schema",
                    "data",
                    "id",
                    "cache_control",
                    "context",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "image", "document", "tool_use", "tool_result", "search_result", "thinking"])},
    optional=dict.fromkeys(("text", "source", "content", "input", "id", "title", "cache_control"), VALUES),
)
MESSAGES = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant", "system"]),
        "content": st.text(max_size=3) | st.lists(BLOCKS, max_size=3),
    }
)


@given(
    st.fixed_dictionaries(
        {"messages": st.lists(MESSAGES, max_size=3)},
        optional={
            "system": st.text(max_size=3) | st.lists(BLOCKS, max_size=2),
            "tools": st.lists(st.dictionaries(st.sampled_from(["type", "name", "input_schema"]), VALUES), max_size=2),
            "tool_choice": st.dictionaries(st.sampled_from(["type", "name"]), VALUES),
            "output_config": st.dictionaries(st.sampled_from(["format", "effort"]), VALUES),
            "output_format": VALUES,
            "metadata": st.dictionaries(st.just("user_id"), VALUES),
        },
    )
)
def test_whatever_stands_in_a_block_is_read_somehow(fields: dict[str, Any]) -> None:
    """What is odd inside is the provider's business, and no error of ours."""
    asked = asking(**fields)
    assert isinstance(asked.text + asked.system, str)
    assert asked.tokens >= 0
    assert json.dumps(asked.chat)
