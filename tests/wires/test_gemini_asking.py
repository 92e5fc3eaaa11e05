"""What is asked of Gemini, in the words of chat completions."""

import json
from typing import Any

import pytest

from mock_gateway import Contract
from mock_gateway.core.problems import Problem
from mock_gateway.core.requests import HttpRequest
from mock_gateway.wires.gemini import gemini
from mock_gateway.wires.gemini_asking import json_schema

HI: dict[str, Any] = {"role": "user", "parts": [{"text": "Hi"}]}
USER = {"role": "user", "content": "Hi"}
FUNCTION = {"name": "look_up", "description": "Looks it up."}


def chat_of(contents: Any = (HI,), **fields: Any) -> dict[str, Any]:
    """A request in the words of chat completions, but for its model."""
    told = {"model": "gemini-2.5-flash", "contents": list(contents), **fields}
    chat = dict(gemini.request(told, None, Contract()).chat)
    assert chat.pop("model") == "gemini-2.5-flash"
    return chat


def user(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "parts": list(parts)}


def model(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "model", "parts": list(parts)}


def called(name: str, its_id: str, arguments: str = "{}") -> dict[str, Any]:
    return {"id": its_id, "type": "function", "function": {"name": name, "arguments": arguments}}


IMAGE = {"mimeType": "image/png", "data": "YWJj"}
PDF = {"mime_type": "application/pdf", "data": "YWJj"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (user({"text": "Hi"}), "Hi"),
        ({"parts": [{"text": "Hi"}]}, "Hi"),
        ({"parts": {"text": "Hi"}}, "Hi"),
        (user({"text": "One"}, {"text": "Two"}), "One\nTwo"),
        (
            user({"text": "See"}, {"inlineData": IMAGE}),
            [
                {"type": "text", "text": "See"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,YWJj"}},
            ],
        ),
        (
            user({"inline_data": PDF}),
            [{"type": "file", "file": {"file_data": "data:application/pdf;base64,YWJj"}}],
        ),
        (
            user({"inlineData": {"mimeType": "audio/wav", "data": "YWJj"}}),
            [{"type": "input_audio", "input_audio": {"data": "YWJj", "format": "wav"}}],
        ),
        (
            user({"fileData": {"mimeType": "image/png", "fileUri": "gs://b/a.png"}}),
            [{"type": "image_url", "image_url": {"url": "gs://b/a.png"}}],
        ),
        (
            user({"file_data": {"mime_type": "application/pdf", "file_uri": "files/abc"}}),
            [{"type": "file", "file": {"file_id": "files/abc"}}],
        ),
        (
            user({"file_data": {"mime_type": "application/pdf", "file_uri": "gs://b/a.pdf"}}),
            [{"type": "file", "file": {"file_url": "gs://b/a.pdf"}}],
        ),
    ],
)
def test_what_a_user_says(content: dict[str, Any], message: Any) -> None:
    """Texts alone are one text; images and files are parts; both spellings of a name are read."""
    assert chat_of([content])["messages"] == [{"role": "user", "content": message}]


def test_a_conversation_with_tools() -> None:
    """Calls and results belong together, by their ids or else by name and order."""
    contents = [
        HI,
        model(
            {"text": "Let me think.", "thought": True},
            {"text": "I look it up."},
            {"functionCall": {"name": "look_up", "args": {"order": "1"}}, "thoughtSignature": "c2ln"},
            {"functionCall": {"name": "look_up", "args": {"order": "2"}}},
            {"functionCall": {"name": "other", "id": "its-own"}},
            {"executableCode": {"code": "1 + 1"}},
        ),
        user(
            {"functionResponse": {"name": "look_up", "response": {"result": "first"}}},
            {"functionResponse": {"id": "its-own", "name": "other", "response": {"output": [1]}}},
            {"function_response": {"name": "look_up", "response": {"a": 1, "b": 2}}},
            {"text": "So?"},
        ),
    ]
    assert chat_of(contents)["messages"] == [
        USER,
        {
            "role": "assistant",
            "content": "I look it up.",
            "reasoning_content": "Let me think.",
            "thinking_blocks": [{"type": "thinking", "thinking": "Let me think.", "signature": "c2ln"}],
            "tool_calls": [
                called("look_up", "call_1", '{"order":"1"}'),
                called("look_up", "call_2", '{"order":"2"}'),
                called("other", "its-own"),
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "first"},
        {"role": "tool", "tool_call_id": "its-own", "content": "[1]"},
        {"role": "tool", "tool_call_id": "call_2", "content": '{"a":1,"b":2}'},
        {"role": "user", "content": "So?"},
    ]


def test_a_streamed_answer_in_a_chat_is_one_message() -> None:
    """The SDK keeps each of its pieces as a content of its own."""
    pieces = [model({"text": "Hello"}), model({"text": " there."}), model({"text": ""})]
    assert chat_of([HI, *pieces, HI])["messages"] == [USER, {"role": "assistant", "content": "Hello there."}, USER]


@pytest.mark.parametrize("system", ["Be kind.", {"parts": [{"text": "Be kind."}]}, {"parts": {"text": "Be kind."}}])
@pytest.mark.parametrize("name", ["systemInstruction", "system_instruction"])
def test_instructions_are_a_system_message(name: str, system: Any) -> None:
    """A text or a content, in either spelling."""
    assert chat_of(**{name: system})["messages"] == [{"role": "system", "content": "Be kind."}, USER]


SCHEMA = {"type": "OBJECT", "properties": {"n": {"type": "INTEGER", "nullable": True}}, "propertyOrdering": ["n"]}
PLAIN = {"type": "object", "properties": {"n": {"type": ["integer", "null"]}}}


@pytest.mark.parametrize(
    ("settings", "theirs"),
    [
        ({"temperature": 0.5, "topP": 0.9, "top_k": 3}, {"temperature": 0.5, "top_p": 0.9, "top_k": 3}),
        ({"candidateCount": 2, "maxOutputTokens": 9}, {"n": 2, "max_tokens": 9}),
        ({"stopSequences": ["x"], "seed": 7}, {"stop": ["x"], "seed": 7}),
        ({"presencePenalty": 1, "frequency_penalty": 2}, {"presence_penalty": 1, "frequency_penalty": 2}),
        ({"responseLogprobs": True, "logprobs": 2}, {"logprobs": True, "top_logprobs": 2}),
        ({"responseMimeType": "application/json"}, {"response_format": {"type": "json_object"}}),
        ({"responseMimeType": "text/plain"}, {}),
        (
            {"responseMimeType": "text/x.enum", "responseSchema": {"type": "STRING", "enum": ["a", "b"]}},
            {"response_format": {"type": "text", "schema": {"type": "string", "enum": ["a", "b"]}}},
        ),
        (
            {"responseSchema": SCHEMA},
            {"response_format": {"type": "json_schema", "json_schema": {"name": "response", "schema": PLAIN}}},
        ),
        (
            {"response_json_schema": {"title": "Order", "type": "object"}},
            {
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "Order", "schema": {"title": "Order", "type": "object"}},
                }
            },
        ),
        ({"thinkingConfig": {"thinkingBudget": 128}}, {"thinking": {"type": "enabled", "budget_tokens": 128}}),
        ({"thinkingConfig": {"thinking_budget": 0}}, {"thinking": {"type": "disabled"}}),
        ({"thinkingConfig": {"thinkingBudget": -1}}, {"thinking": {"type": "enabled"}}),
        ({"thinking_config": {"include_thoughts": True}}, {"thinking": {"type": "enabled"}}),
        ({"thinkingConfig": {"thinkingLevel": "HIGH"}}, {"reasoning_effort": "high"}),
    ],
)
@pytest.mark.parametrize("name", ["generationConfig", "generation_config"])
def test_settings_have_other_names(name: str, settings: dict[str, Any], theirs: dict[str, Any]) -> None:
    """And mean the same."""
    assert chat_of(**{name: settings}) == {"messages": [USER], **theirs}


@pytest.mark.parametrize(
    ("calling", "choice"),
    [
        ({"mode": "AUTO"}, "auto"),
        ({"mode": "NONE"}, "none"),
        ({"mode": "ANY"}, "required"),
        ({"mode": "ANY", "allowedFunctionNames": ["a"]}, {"type": "function", "function": {"name": "a"}}),
        (
            {"mode": "ANY", "allowed_function_names": ["a", "b"]},
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "required",
                    "tools": [{"type": "function", "function": {"name": name}} for name in ("a", "b")],
                },
            },
        ),
    ],
)
def test_which_tool_is_to_be_called(calling: dict[str, Any], choice: Any) -> None:
    """In all of its modes."""
    assert chat_of(toolConfig={"functionCallingConfig": calling})["tool_choice"] == choice


def test_tools_on_offer() -> None:
    """With Google's schema or with JSON Schema; what is no function is passed over."""
    tools = [
        {"functionDeclarations": [{**FUNCTION, "parameters": SCHEMA}, {"name": "bare"}]},
        {"googleSearch": {}},
        {"function_declarations": [{"name": "plain", "parameters_json_schema": PLAIN}]},
    ]
    assert chat_of(tools=tools)["tools"] == [
        {"type": "function", "function": {**FUNCTION, "parameters": PLAIN}},
        {"type": "function", "function": {"name": "bare"}},
        {"type": "function", "function": {"name": "plain", "parameters": PLAIN}},
    ]


CODE = {"language": "PYTHON", "code": "1 + 1"}
OUTCOME = {"outcome": "OUTCOME_OK", "output": "2"}


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"cachedContent": "cachedContents/a"}, {"untold": [{"cachedContent": "cachedContents/a"}]}),
        ({"cached_content": "cachedContents/a"}, {"untold": [{"cachedContent": "cachedContents/a"}]}),
        (
            {"contents": [HI, model({"executable_code": CODE, "thought_signature": "c2ln"})]},
            {"untold": [{"executableCode": CODE}]},
        ),
        (
            {"contents": [HI, model({"text": "2"}, {"codeExecutionResult": OUTCOME}), HI]},
            {"untold": [{"codeExecutionResult": OUTCOME}]},
        ),
        ({"contents": [HI, model({"inlineData": IMAGE})]}, {"untold": [{"inlineData": IMAGE}]}),
        (
            {
                "contents": [
                    user({"fileData": {"fileUri": "https://x.test/a"}, "video_metadata": {"start_offset": "1s"}})
                ]
            },
            {"untold": [{"videoMetadata": {"startOffset": "1s"}}]},
        ),
        (
            {"contents": [user({"functionResponse": {"name": "f", "response": {}, "parts": [{"inlineData": IMAGE}]}})]},
            {"untold": [{"functionResponse": {"parts": [{"inlineData": IMAGE}]}}]},
        ),
        (
            {"systemInstruction": {"parts": [{"text": "Be kind."}, {"inlineData": IMAGE}]}},
            {"untold": [{"inlineData": IMAGE}]},
        ),
        (
            {"tools": [{"functionDeclarations": [FUNCTION]}, {"google_search": {"exclude_domains": ["x"]}}]},
            {"hosted_tools": [{"googleSearch": {"excludeDomains": ["x"]}}]},
        ),
        (
            {"generationConfig": {"topP": 1, "response_modalities": ["IMAGE"], "responseMimeType": "text/x.enum"}},
            {"untold_settings": {"responseModalities": ["IMAGE"], "responseMimeType": "text/x.enum"}},
        ),
        ({"generationConfig": {"responseModalities": ["TEXT"], "responseMimeType": "text/plain"}}, {}),
        ({"safety_settings": [{"threshold": "OFF"}]}, {"untold_settings": {"safetySettings": [{"threshold": "OFF"}]}}),
        (
            {"toolConfig": {"functionCallingConfig": {"mode": "AUTO"}, "retrieval_config": {"language_code": "de"}}},
            {"untold_settings": {"retrievalConfig": {"languageCode": "de"}}},
        ),
    ],
)
def test_what_has_no_word_is_kept_beside(fields: dict[str, Any], kept: dict[str, Any]) -> None:
    """In one spelling, so that questions that differ in nothing else are two, and the same ones are one."""
    chat = chat_of(**{"contents": [HI], **fields})
    assert {name: chat[name] for name in ("untold", "hosted_tools", "untold_settings") if name in chat} == kept


def test_googles_schemas_are_json_schema_in_other_words() -> None:
    """At every depth; what is no schema, such as a property's name, stays as it is."""
    schema = {
        "type": "ARRAY",
        "min_items": "1",
        "items": {"any_of": [{"type": "STRING", "enum": ["A"]}, {"type": "OBJECT", "properties": {"type": SCHEMA}}]},
    }
    assert json_schema(schema) == {
        "type": "array",
        "minItems": 1,
        "items": {"anyOf": [{"type": "string", "enum": ["A"]}, {"type": "object", "properties": {"type": PLAIN}}]},
    }


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"contents": None}, "contents: This field is required."),
        ({"contents": "Hi"}, "contents: This field must be a list of contents."),
        ({"contents": [{"parts": ["Hi"]}]}, "contents[0].parts: This field must be a list of objects."),
        ({"systemInstruction": 1}, "systemInstruction: This field must be an object."),
        ({"generationConfig": []}, "generationConfig: This field must be an object."),
        ({"contents": [user({"text": 5})]}, "contents[0].parts[0].text: This field must be a string."),
        (
            {"generationConfig": {"candidateCount": "x"}},
            "generationConfig.candidateCount: This field must be a number from 1 to 8.",
        ),
        (
            {"generationConfig": {"candidate_count": 9}},
            "generationConfig.candidateCount: This field must be a number from 1 to 8.",
        ),
        (
            {"generationConfig": {"logprobs": 1.5}},
            "generationConfig.logprobs: This field must be a number from 0 on.",
        ),
        (
            {"generationConfig": {"stop_sequences": [1]}},
            "generationConfig.stopSequences: This field must be a list of strings.",
        ),
        ({"tools": [1]}, "tools: This field must be a list of objects."),
        (
            {"tools": [{"functionDeclarations": 1}]},
            "tools[0].functionDeclarations: This field must be a list of objects.",
        ),
    ],
)
def test_a_request_that_is_none_is_refused(fields: dict[str, Any], why: str) -> None:
    """By the place where it is none."""
    with pytest.raises(Problem) as refused:
        gemini.request({"model": "m", "contents": [HI], **fields}, None, Contract())
    assert str(refused.value) == why


@pytest.mark.parametrize(
    ("path", "model", "stream", "framing"),
    [
        ("/api/google/gemini/v1/models/gemini-2.5-flash:generateContent", "gemini-2.5-flash", False, None),
        ("/v1beta/models/m:streamGenerateContent?alt=sse", "m", True, None),
        ("/v1beta/models/m:streamGenerateContent?key=k", "m", True, {"alt": "json"}),
        ("/api/google/gemini/v1/models/openai%2Fgpt-4o:generateContent", "openai/gpt-4o", False, None),
        ("/api/google/vertexai/v1/projects/p/locations/l/publishers/google/models/m:generateContent", "m", False, None),
    ],
)
def test_the_path_says_the_model_and_how(path: str, model: str, stream: bool, framing: Any) -> None:
    """A real upstream finds both there again."""
    place, _, query = path.partition("?")
    fields = gemini.read(HttpRequest("POST", "h", place, {}, json.dumps({"contents": [HI]}).encode(), "t", query))
    assert (fields["model"], fields["stream"], fields.get("stream_options")) == (model, stream, framing)
    address = gemini.address(gemini.request(fields, None, Contract()))
    verb = "streamGenerateContent?alt=sse" if stream else "generateContent"
    assert (address.path, address.body) == (f"models/{model}:{verb}", {"contents": [HI]})
