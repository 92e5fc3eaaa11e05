"""Tool calls that are improvised: which, with what, and when they end."""

import json
from typing import Any

import jsonschema
import pytest
from openai import OpenAI
from pydantic import BaseModel

from mock_gateway import Gateway

from .dialogue import ask


def tool(name: str, description: str = "", **properties: Any) -> dict[str, Any]:
    """A function on offer, all of whose parameters are needed."""
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


WEATHER = tool("get_weather", "The weather of a place.", city={"type": "string"}, unit={"enum": ["celsius", "kelvin"]})
MAIL = tool("send_email", "Write to somebody.", to={"type": "string", "format": "email"}, body={"type": "string"})
PING = {"type": "function", "function": {"name": "ping"}}
TOOLS = [WEATHER, MAIL, PING]
QUESTION = {"role": "user", "content": "What is the weather like in Paris?"}


def called(seed: int = 0, messages: Any = (QUESTION,), **fields: Any) -> list[str]:
    """The tools that are called, after a look at their arguments."""
    gateway = Gateway()
    gateway.model("*").improvises(seed)
    heard = ask(gateway, messages=list(messages), **{"tools": TOOLS, **fields})
    choice = heard.json["choices"][0]
    calls = [call["function"] for call in choice["message"].get("tool_calls", ())]
    for call in calls:
        offered = next(one["function"] for one in TOOLS if one["function"]["name"] == call["name"])
        jsonschema.validate(json.loads(call["arguments"]), offered.get("parameters", {"maxProperties": 0}))
    assert choice["finish_reason"] == ("tool_calls" if calls else "stop")
    assert bool(calls) == (choice["message"]["content"] is None)
    assert not gateway.calls.one().warnings
    return [call["name"] for call in calls]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(
    ("fields", "first"),
    [
        ({}, "get_weather"),
        ({"tool_choice": "auto"}, "get_weather"),
        ({"tool_choice": "required"}, "get_weather"),
        ({"tool_choice": "none"}, None),
        ({"tools": []}, None),
        ({"tool_choice": {"type": "function", "function": {"name": "send_email"}}}, "send_email"),
        (
            {
                "tool_choice": {
                    "type": "allowed_tools",
                    "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "ping"}}]},
                }
            },
            "ping",
        ),
    ],
)
def test_the_tools_that_may_be_called_are_called(fields: dict[str, Any], first: str | None, seed: int) -> None:
    """The one that has most to do with the question, unless the request chooses."""
    assert called(seed, **fields)[:1] == ([first] if first else [])


def test_tools_are_called_in_parallel_only_where_that_is_allowed() -> None:
    """Some answers have two calls; none where one was chosen or parallel calls are switched off."""
    named = {"type": "function", "function": {"name": "ping"}}
    assert {len(called(seed)) for seed in range(30)} == {1, 2}
    assert {len(called(seed, parallel_tool_calls=False)) for seed in range(30)} == {1}
    assert {len(called(seed, tool_choice=named)) for seed in range(30)} == {1}


ANSWERED = (
    QUESTION,
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "ping"}}],
    },
    {"role": "tool", "tool_call_id": "c", "content": "pong"},
)


@pytest.mark.parametrize("choice", ["auto", "required", {"type": "function", "function": {"name": "ping"}}])
def test_no_tool_is_called_after_results_came_back(choice: Any) -> None:
    """The model has what it asked for, whatever the request still chooses; a new question begins anew."""
    assert called(messages=ANSWERED, tool_choice=choice) == []
    assert called(messages=(*ANSWERED, {"role": "system", "content": "Be brief."}), tool_choice=choice) == []
    assert called(messages=(*ANSWERED, QUESTION), tool_choice=choice) != []


def test_what_a_tool_call_is_called_makes_no_difference() -> None:
    """The ids count up with the calls of a gateway; the answer to the results is the same."""
    gateway = Gateway()
    gateway.model("*").improvises()
    texts = [
        ask(gateway, messages=json.loads(json.dumps(ANSWERED).replace('"c"', f'"{id_}"')), tools=TOOLS).text
        for id_ in ("call_1", "call_2")
    ]
    assert texts[0] == texts[1]


class Forecast(BaseModel):
    city: str
    temperature: float


def test_the_loop_of_an_agent_ends(respan_gateway: Gateway, respan_openai: OpenAI) -> None:
    """It is asked to call tools, calls them, and is given its structured answer."""
    respan_gateway.model("gpt-4o").improvises()
    messages: list[Any] = [QUESTION]
    strict: list[Any] = [{**WEATHER, "function": {**WEATHER["function"], "strict": True}}]
    asked: list[str] = []
    for _ in range(10):
        answer = respan_openai.beta.chat.completions.parse(
            model="gpt-4o",
            messages=messages,
            tools=strict,
            response_format=Forecast,
        )
        message = answer.choices[0].message
        if not message.tool_calls:
            break
        messages.append(message)
        for call in message.tool_calls:
            asked.append(json.loads(call.function.arguments)["city"])
            messages.append({"role": "tool", "tool_call_id": call.id, "content": "12 degrees"})
    assert asked
    assert message.parsed is not None
    assert message.parsed.city
    assert len(respan_gateway.calls) == 2


@pytest.mark.parametrize("name", ["get_wether", None])
def test_a_tool_that_is_not_on_offer_is_a_mistake(name: str | None) -> None:
    """The nearest that is on offer is named."""
    gateway = Gateway()
    gateway.model("*").improvises()
    heard = ask(gateway, tools=TOOLS, tool_choice={"type": "function", "function": {"name": name}})
    hint = " Did you mean 'get_weather'?" if name else ""
    why = f"tool_choice: unknown tool {name!r}.{hint} Known: get_weather, send_email, ping."
    assert heard.status == 500
    assert why in heard.json["error"]["message"]


def test_parameters_nobody_can_fill_are_a_mistake_that_names_the_tool() -> None:
    """And the place in them."""
    gateway = Gateway()
    gateway.model("*").improvises()
    heard = ask(gateway, tools=[tool("look", at={"type": "integer", "minimum": 2, "maximum": 1})])
    why = "the parameters of the tool 'look': at $.at no number is from 2 to 1: "
    assert heard.status == 500
    assert why in heard.json["error"]["message"]
