"""A scenario says what the Python face says, and what it cannot say is a mistake with its place."""

import json
from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from mock_gateway import Answer, Contract, Gateway, ToolCall, Usage
from mock_gateway.engine.account import Account
from mock_gateway.engine.prompts import Prompts
from mock_gateway.engine.script import ModelScript
from mock_gateway.scenarios import format as format_module
from mock_gateway.scenarios.account import AccountPart
from mock_gateway.scenarios.answers import Reply
from mock_gateway.scenarios.format import SETTINGS, parse, schema
from mock_gateway.scenarios.rules import VERBS, When
from mock_gateway.scenarios.shape import ScenarioMistake

from ..engine.dialogue import ask

MODEL = "gpt-4o"


def rules(gateway: Gateway, model: str = MODEL) -> list[tuple[str, Any, str, Any, bool]]:
    """What a script has to say, as values."""
    script = gateway.model(model)._script
    return [(rule.verb, rule.act, str(rule.condition), rule.times, rule.optional) for rule in script.rules]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Hello!", lambda model: model.replies("Hello!")),
        (["one", "two"], lambda model: model.replies("one").replies("two")),
        ({"replies": "Hello!"}, lambda model: model.replies("Hello!")),
        (
            {"replies": "Hello!", "delay": 2, "every": 0.5, "times": 2, "optional": True},
            lambda model: model.replies("Hello!", delay=2, every=0.5, times=2, optional=True),
        ),
        ({"replies": {"json": {"topic": "billing"}}}, lambda model: model.replies(json={"topic": "billing"})),
        (
            {"replies": {"tool_calls": [{"name": "look", "arguments": {"a": 1}, "id": "c1"}, {"name": "wait"}]}},
            lambda model: model.replies(tool_calls=[ToolCall("look", {"a": 1}, "c1"), ToolCall("wait")]),
        ),
        (
            {"replies": {"tool_calls": [{"name": "look", "arguments": "no JSON"}]}},
            lambda model: model.replies(tool_calls=[ToolCall("look", "no JSON")]),
        ),
        (
            {"replies": {"chunks": ["str", "eamed"], "reasoning": "Hm.", "finish_reason": "length"}},
            lambda model: model.replies(chunks=["str", "eamed"], reasoning="Hm.", finish_reason="length"),
        ),
        (
            {"replies": {"text": "x", "usage": {"prompt_tokens": 3, "reasoning_tokens": 4}}},
            lambda model: model.replies("x", usage=Usage(prompt_tokens=3, reasoning_tokens=4)),
        ),
        (
            {"replies": {"text": "Yes.", "reasoning": "Hm.", "signature": "s", "stop_sequence": "END"}},
            lambda model: model.replies(Answer("Yes.", reasoning="Hm.", signature="s", stop_sequence="END")),
        ),
        ({"embeds": True}, lambda model: model.embeds()),
        ({"embeds": {"a": [1, 0.5]}, "times": 2}, lambda model: model.embeds({"a": [1.0, 0.5]}, times=2)),
        ({"embeds": [[1], [2]]}, lambda model: model.embeds([[1.0], [2.0]])),
        ({"improvises": True}, lambda model: model.improvises()),
        ({"when": {"contains": "x"}, "improvises": 7}, lambda model: model.when(contains="x").improvises(7)),
        ({"replies": {"body": {"id": "x"}}}, lambda model: model.replies(body={"id": "x"})),
        ({"replies": {"refusal": "I cannot."}}, lambda model: model.replies(Answer(refusal="I cannot."))),
        (
            {"replies": {"text": "a", "others": ["b", {"chunks": ["c", "d"]}, {"json": [1]}]}},
            lambda model: model.replies(
                Answer("a", others=(Answer("b"), Answer("cd", chunks=("c", "d")), Answer("[1]")))
            ),
        ),
        (
            {"fails": "provider_rate_limit", "message": "Slow down.", "retry_after": 1, "delay": 2, "times": 3},
            lambda model: model.fails("provider_rate_limit", message="Slow down.", retry_after=1, delay=2, times=3),
        ),
        ({"fails": 418}, lambda model: model.fails(418)),
        ({"times_out": True, "times": 1}, lambda model: model.times_out(times=1)),
        ({"hangs_up": True}, lambda model: model.hangs_up()),
        ({"hangs_up": True, "after_chunks": 2}, lambda model: model.hangs_up(after_chunks=2)),
        ({"stalls": True, "after_chunks": 3, "optional": True}, lambda model: model.stalls(after_chunks=3, optional=True)),
        ({"sends": "no JSON", "status": 502}, lambda model: model.sends(b"no JSON", status=502)),
        ({"sends": ["a", {"base64": "/w=="}]}, lambda model: model.sends([b"a", b"\xff"])),
        ({"sends": {"base64": "/w=="}}, lambda model: model.sends(b"\xff")),
        ({"breaks": "mid_word"}, lambda model: model.breaks("mid_word")),
        (
            [{"when": {"contains": "refund"}, "replies": "Yes."}, "No."],
            lambda model: (model.when(contains="refund").replies("Yes."), model.replies("No.")),
        ),
        (
            {"when": {"system": "kind", "tools": ["look"], "customer": "u1"}, "fails": 500},
            lambda model: model.when(system="kind", tools=["look"], customer="u1").fails(500),
        ),
    ],
)  # fmt: skip
def test_every_verb_is_what_it_is_in_python(written: Any, said: Any) -> None:
    """A rule as data makes the same rule as the verb does."""
    wanted = Gateway()
    said(wanted.model(MODEL))

    assert rules(Gateway.from_scenario({"models": {MODEL: written}})) == rules(wanted)


def test_nothing_of_the_face_is_left_out() -> None:
    """Each verb with all its keywords, each setting, each word of prompts and account has a place in a scenario."""
    verbs = {name for name, found in vars(ModelScript).items() if not name.startswith("_") and callable(found)}
    assert set(VERBS) == verbs - {"when"}
    for verb, kind in VERBS.items():
        keywords = {name for name in signature(getattr(ModelScript, verb)).parameters if name != "self"}
        known = {field.alias or name for name, field in kind.model_fields.items()}
        known |= {field.alias or name for name, field in Reply.model_fields.items()} if verb == "replies" else set()
        assert keywords - known <= {"failure", "raw", "at", "vectors", "seed"}, verb  # what the verb itself is given
    assert set(When.model_fields) == set(signature(ModelScript.when).parameters) - {"self", "matches"}
    not_data = {"redact", "began", "advice", "record", "upstream", "keep_failures"}
    assert set(SETTINGS) == set(signature(Gateway.__init__).parameters) - {"self"} - not_data
    assert {"add", "deploy"} == {name for name in vars(Prompts) if not name.startswith("_")} - {"has", "merge"}
    told = {"keys", "credentials", "load_balance_groups", "limits", "prices"}
    told |= {"fallback_models", "retries", "models", "is_subscribed", "credit"}
    assert set(AccountPart.model_fields) == told
    adders = {"add_key", "add_credential", "add_load_balance_group", "limit", "price"}
    assert adders <= set(vars(Account))
    assert {name for name in vars(Account) if name.startswith("add_")} <= adders
    answer = {field.alias or name for name, field in Reply.model_fields.items()}
    assert {field.name for field in fields(Answer)} <= answer | {"vectors"}  # a verb of its own says them


def test_what_the_gateway_is() -> None:
    """Contract, clock and the other settings, as the constructor takes them."""
    gateway = Gateway.from_scenario(
        {
            "contract": {"preset": "sdk-2026-10", "hung_up": "cut"},
            "clock": "real",
            "seed": 3,
            "direct": "allow",
            "log_id": False,
            "models": {MODEL: "Hello!"},
        }
    )
    assert gateway.contract == Contract.preset("sdk-2026-10", hung_up="cut")
    assert not gateway.clock.is_virtual
    answer = ask(gateway)
    assert answer.text == "Hello!"
    assert "x-respan-log-id" not in answer.headers
    assert Gateway.from_scenario({"contract": "sdk-2026-10"}).contract == Contract.preset("sdk-2026-10")
    assert Gateway.from_scenario({"contract": {"hung_up": "cut"}}).contract == Contract.preset("docs", hung_up="cut")


def test_prompts_and_account() -> None:
    """What would be set on the platform's pages, all of it at work."""
    gateway = Gateway.from_scenario(
        {
            "prompts": [
                {"prompt_id": "p", "messages": [{"role": "user", "content": "one {{ x }}"}], "variables": {"x": "y"}},
                {
                    "prompt_id": "p",
                    "messages": [{"role": "user", "content": "two"}],
                    "version": 5,
                    "name": "Two",
                    "parameters": {"model": MODEL, "temperature": 0.5},
                },
                {"prompt_id": "p", "messages": [{"role": "user", "content": "draft"}], "deploy": False},
                {"prompt_id": "p", "deploys": 1},
            ],
            "account": {
                "keys": ["any", {"key": "prod-key", "environment": "prod"}],
                "credentials": [{"provider": "openai", "weight": 2, "available_models": [MODEL]}],
                "load_balance_groups": {"g": {MODEL: 9}},
                "limits": [{"requests": 2, "per": "organization", "window": 60}],
                "prices": {MODEL: {"prompt": 1, "completion": 2}},
                "fallback_models": ["b"],
                "retries": {"num_retries": 2, "retry_after": 1},
                "models": [MODEL, "b"],
                "credit": 5,
            },
            "models": {MODEL: {"fails": 503}, "b": "From b."},
            "gateway": [{"fails": 500, "times": 1}, {"refuses": True, "times": 1}],
        }
    )
    account = gateway.account
    assert (account.retries["num_retries"], account.fallback_models, account.models) == (2, ("b",), (MODEL, "b"))
    assert (account.credit, account.is_subscribed, len(account.credentials)) == (5, True, 1)
    assert ask(gateway).status == 500
    assert [finding.text for finding in gateway.findings()] == [
        f'model("{MODEL}").fails(503)', 'model("b").replies(\'From b.\')', "refuses(times=1)"
    ]  # fmt: skip
    ask(gateway)
    answer = ask(gateway, prompt={"prompt_id": "p"})
    assert answer.text == "From b."
    merged = gateway.calls.last.prompt
    assert merged is not None
    assert (merged.version, merged.rendered[0]["content"]) == (1, "one y")
    assert [attempt.model for attempt in gateway.calls.last.attempts] == [MODEL, MODEL, MODEL, "b"]
    assert gateway.calls.last.attempts[0].credential is not None


def test_a_scenario_is_added_to_a_gateway() -> None:
    """After what was said before; what a gateway is made with comes too late."""
    gateway = Gateway()
    gateway.model(MODEL).replies("first")
    gateway.load({"models": {MODEL: "second"}})
    assert [ask(gateway).text for _ in range(2)] == ["first", "second"]
    with pytest.raises(ScenarioMistake) as caught:
        gateway.load({"seed": 3})
    assert str(caught.value) == (
        "seed: a gateway is made with it, and this one is there already. "
        "What can be added: models, gateway, prompts, account."
    )


_KEYS = (
    "$schema, description, contract, clock, direct, log_id, seed, keep_calls, keep_spans, cassette, pace, ignore, "
    "after_last, not_secret, strict, models, gateway, prompts, account"
)
_VERBS = ", ".join(VERBS)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ({"modls": {}}, f"modls: unknown key 'modls'. Did you mean 'models'? Known: {_KEYS}."),
        (
            {"models": {MODEL: ["x", {"retries": "y"}]}},
            f"models.gpt-4o[1].retries: unknown verb 'retries'. Did you mean 'replies'? Known: {_VERBS}.",
        ),
        (
            {"models": {MODEL: ["x", {"replies": "y", "tims": 2}]}},
            "models.gpt-4o[1].tims: unknown key 'tims'. Did you mean 'times'? "
            "Known: when, times, optional, replies, delay, every.",
        ),
        ({"models": {MODEL: {"times": 2}}}, f"models.gpt-4o: a rule has one of {_VERBS}, and this one has none of them."),
        (
            {"models": {MODEL: {"replies": "x", "fails": 500}}},
            f"models.gpt-4o.fails: a rule has only one of {_VERBS}, and this one has replies already.",
        ),
        (
            {"models": {MODEL: {"replies": "x", "json": {}}}},
            'models.gpt-4o.json: it stands within what is said: {"replies": {"json": ...}}.',
        ),
        (
            {"models": {"gpt-4.1": [{"replies": {"text": "x", "delay": 1}}]}},
            "models.gpt-4.1[0].replies.delay: it stands beside replies, in the rule.",
        ),
        ({"models": {MODEL: 5}}, "models.gpt-4o: it should be a text, a list or an object, not 5."),
        ({"models": {MODEL: {"replies": 5}}}, "models.gpt-4o.replies: it should be a text or an object, not 5."),
        ({"models": {MODEL: [{"stalls": False}]}}, "models.gpt-4o[0].stalls: it should be True, not False."),
        ({"models": {MODEL: [{"replies": {}}]}}, "models.gpt-4o[0]: replies() needs something to say: a text, json, tool_calls, or a whole body."),
        ({"models": {MODEL: [{"replies": {"json": 1, "refusal": "x", "text": "y"}}]}}, "models.gpt-4o[0]: replies takes json, or a text, not both."),
        ({"models": {MODEL: [{"replies": {"body": {}, "refusal": "x"}}]}}, "models.gpt-4o[0]: replies takes body alone, without refusal, signature, stop_sequence or others."),
        ({"models": {MODEL: [{"replies": "x", "times": 0}]}}, "models.gpt-4o[0].times: it should be greater than or equal to 1, not 0."),
        ({"models": {MODEL: [{"replies": "x", "when": {}}]}}, "models.gpt-4o[0].when: it needs a condition: contains, system, tools or customer."),
        ({"models": {MODEL: [{"breaks": "mid_wrd"}]}}, "models.gpt-4o[0]: unknown place for an answer to break 'mid_wrd'. Did you mean 'mid_word'?"),
        ({"models": {MODEL: [{"fails": "provider_dwn"}]}}, "models.gpt-4o[0]: unknown failure 'provider_dwn'. Did you mean 'provider_down'?"),
        ({"models": {MODEL: [{"embeds": {"a": ["x"]}}]}}, "models.gpt-4o[0].embeds.a[0]: it should be a valid number, not 'x'."),
        ({"models": {MODEL: [{"embeds": []}]}}, "models.gpt-4o[0].embeds: it should be "),
        ({"models": {MODEL: [{"replies": {"usage": "x"}}]}}, "models.gpt-4o[0].replies.usage: it should be an object, not 'x'."),
        ({"account": {"keys": [""]}}, "account.keys[0]: it should be a text that is not empty."),
        ({"models": {"": "x"}}, "models: the name of a model, or a glob, is no empty text."),
        ({"clock": "fast"}, "clock: it should be 'virtual' or 'real', not 'fast'."),
        ({"clock": "fast", "seed": "x"}, "clock: it should be 'virtual' or 'real', not 'fast'. (and 1 more)"),
        ({"pace": "fast"}, "pace: it is 'instant', 'recorded' or a factor from 0 on, not 'fast'."),
        ({"not_secret": ["a..b"]}, "not_secret[0]: 'a..b' is no place, such as messages[1].content."),
        ({"contract": "doc"}, "contract: unknown contract 'doc'. Did you mean 'docs'? Known: docs, sdk-2026-10."),
        ({"contract": {"hung_upp": "cut"}}, "contract.hung_upp: unknown key 'hung_upp'. Did you mean 'hung_up'? Known: preset, error_shape,"),
        ({"contract": {"hung_up": "cat"}}, "contract.hung_up: it should be 'bad_gateway' or 'cut', not 'cat'."),
        ({"contract": {"preset": "doc"}}, "contract: unknown contract 'doc'. Did you mean 'docs'? Known: docs, sdk-2026-10."),
        ({"strict": ["rule"]}, "strict[0]: it should be 'rules', 'misses', 'direct', 'guard' or 'telemetry', not 'rule'."),
        ({"prompts": [{"prompt_id": "p"}]}, "prompts[0]: a prompt has one of messages, deploys, and this one has none of them."),
        ({"prompts": [{"messages": []}]}, "prompts[0].prompt_id: it is missing."),
        ({"prompts": [{"prompt_id": "p", "deploys": 1}]}, "prompts[0]: unknown prompt 'p'."),
        (
            {"prompts": [{"prompt_id": "p", "messages": [], "parameters": {"version": 2}}]},
            "prompts[0]: version is no parameter: it stands beside prompt_id.",
        ),
        ({"gateway": [{"fails": 200}]}, "gateway[0].fails: it should be greater than or equal to 400, not 200."),
        ({"account": {"limits": [{}]}}, "account.limits[0]: limit() takes one of requests, tokens and cost."),
        ({"account": {"keys": [{"kee": "x"}]}}, "account.keys[0].kee: unknown key 'kee'. Did you mean 'key'? Known: key, environment."),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(written: Any, complaint: str) -> None:
    """What came, what is near, what is known; word for word."""
    with pytest.raises(ScenarioMistake) as caught:
        Gateway.from_scenario(written)
    assert str(caught.value).startswith(complaint)


def test_a_scenario_is_an_object() -> None:
    """And nothing else."""
    with pytest.raises(ScenarioMistake) as caught:
        parse(["x"])
    assert str(caught.value) == "a scenario is an object, with keys such as models and prompts, not ['x']."


def test_a_key_that_is_none_is_not_shown() -> None:
    """Whatever stands where keys stand may be a secret."""
    with pytest.raises(ScenarioMistake) as caught:
        parse({"account": {"keys": [["sk-secret"]]}})
    assert str(caught.value) == "account.keys[0]: it should be a text or an object."


def test_the_schema_that_is_shipped_is_the_one_scenarios_are_read_by() -> None:
    """Else: make docs."""
    shipped = Path(format_module.__file__).with_name("scenario.schema.json")
    assert json.loads(shipped.read_text(encoding="utf-8")) == schema()
    assert set(schema()["properties"]) == {"$schema", "description", "strict", "models", "gateway", "prompts", "account", *SETTINGS}  # fmt: skip
