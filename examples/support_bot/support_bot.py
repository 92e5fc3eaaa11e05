"""A support bot on the Respan gateway, written as if there were no tests: nothing here knows of a mock."""

import json
import os
from collections.abc import Generator
from functools import cache

import requests
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

BASE_URL = os.environ.get("RESPAN_BASE_URL", "https://api.respan.ai/api")
ORDERS = {"A-1001": "shipped on Monday", "A-1002": "waiting for payment"}

TOOLS: list[ChatCompletionToolParam] = [
    {
        "type": "function",
        "function": {
            "name": "order_status",
            "description": "Look up an order.",
            "parameters": {
                "type": "object",
                "properties": {"order": {"type": "string"}},
                "required": ["order"],
            },
        },
    }
]


@cache
def client() -> OpenAI:
    return OpenAI(base_url=BASE_URL, api_key=os.environ["RESPAN_API_KEY"])


def topic_of(question: str) -> str:
    """Sort a question into a topic, over plain HTTP."""
    response = requests.post(
        f"{BASE_URL}/chat/completions",
        headers={"Authorization": f"Bearer {os.environ['RESPAN_API_KEY']}"},
        json={
            "model": "gpt-4o-mini",
            "messages": [
                {"role": "system", "content": "Sort the question: billing, shipping or other. Answer in JSON."},
                {"role": "user", "content": question},
            ],
            "response_format": {"type": "json_object"},
        },
        timeout=30,
    )
    response.raise_for_status()
    return str(json.loads(response.json()["choices"][0]["message"]["content"])["topic"])


def ask(question: str, customer: str = "user_123") -> str:
    """Answer a question, looking up orders where the model asks for it; another model stands by."""
    messages: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": "You are the support of a small shop."},
        {"role": "user", "content": question},
    ]
    while True:
        completion = client().chat.completions.create(
            model="gpt-4o",
            messages=messages,
            tools=TOOLS,
            extra_body={"customer_identifier": customer, "fallback_models": ["claude-sonnet-4-5"]},
        )
        message = completion.choices[0].message
        if not message.tool_calls:
            return message.content or ""
        messages.append(message.to_dict())  # type: ignore[arg-type]
        for call in message.tool_calls:
            if call.type == "function":
                order = json.loads(call.function.arguments)["order"]
                status = ORDERS.get(order, "unknown")
                messages.append({"role": "tool", "tool_call_id": call.id, "content": status})


def stream(question: str) -> Generator[str, None, None]:
    """Answer a question word by word."""
    chunks = client().chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": question}], stream=True
    )
    for chunk in chunks:
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content
