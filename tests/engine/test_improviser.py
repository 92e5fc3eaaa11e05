"""When a model improvises, and that it always says the same."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from mock_gateway import Gateway
from mock_gateway.core.requests import HttpRequest
from mock_gateway.engine.script import ModelScript

from ..cassettes.recordings import record
from .dialogue import ask, hear

Script = Callable[[ModelScript], Any]


def improvised(question: str = "Hi", model: str = "gpt-4o", seed: int = 0, **fields: Any) -> str | None:
    """What a model with nothing but its wits says."""
    gateway = Gateway()
    gateway.model("*").improvises(seed)
    return ask(gateway, question, model, **fields).text


def said(gateway: Gateway, question: str = "Hi", model: str = "gpt-4o") -> str:
    """What a model says, or who says it if it is nothing that was written."""
    text = ask(gateway, question, model).text
    return text if gateway.calls.last.attempts.last.source == "script" and text else "improvised"


@pytest.mark.parametrize(
    ("script", "answers"),
    [
        (lambda m: m.improvises(), ["improvised", "improvised"]),
        (lambda m: m.replies("A").improvises(), ["A", "improvised", "improvised"]),
        (lambda m: m.replies("A").replies("B").improvises(), ["A", "B", "improvised"]),
        (lambda m: m.replies("A", times=2).improvises(), ["A", "A", "improvised"]),
        (lambda m: m.improvises().replies("A"), ["A", "A", "A"]),
        (lambda m: m.improvises().replies("A", times=1), ["A", "improvised", "improvised"]),
        (lambda m: m.replies("A").when(contains="else").improvises(), ["A", "A"]),
        (lambda m: m.when(contains="Hi").replies("A").when(contains="H").improvises(), ["A", "improvised"]),
    ],
)
def test_a_model_improvises_when_its_script_has_nothing_more_to_say(script: Script, answers: list[str]) -> None:
    """What was written before `improvises()` has its turns and does not repeat; what is written after it does."""
    gateway = Gateway()
    script(gateway.model("gpt-4o"))
    assert [said(gateway) for _ in answers] == answers


def test_any_rule_of_any_script_goes_before_it() -> None:
    """A rule of a glob answers before a model of that very name improvises."""
    gateway = Gateway()
    gateway.model("gpt-4o").improvises()
    gateway.model("*").replies("A", times=1)
    assert [said(gateway), said(gateway), ask(gateway, model="gpt-5").status] == ["A", "improvised", 404]


def test_the_cassette_goes_before_it(tmp_path: Path) -> None:
    """What was recorded is not made up, and what was not is."""
    record(tmp_path)
    gateway = Gateway(cassette=tmp_path)
    gateway.model("gpt-4o").replies("A", times=1).improvises()
    for question in ("Hi", "Hi", "Another question"):
        assert ask(gateway, question).status == 200
    assert [call.attempts.one().source for call in gateway.calls] == ["script", "cassette", "improviser"]


def test_a_condition_decides_who_is_improvised_for() -> None:
    """A request that does not fit is a miss, which says why."""
    gateway = Gateway()
    gateway.model("gpt-4o").when(contains="weather").improvises()
    assert said(gateway, "the weather?") == "improvised"
    missed = ask(gateway, "the news?")
    assert missed.status == 404
    reason = "model(\"gpt-4o\").when(contains='weather').improvises()   'weather' is not in the last user message"
    assert reason in missed.json["error"]["message"]


def test_the_story_says_who_answered_and_nothing_is_found_at_the_end() -> None:
    """An improvised answer has a source of its own; a model that was never asked broke no promise."""
    gateway = Gateway()
    gateway.model("gpt-4o").improvises()
    gateway.model("gpt-5").improvises(7)
    ask(gateway)
    assert str(gateway.story).splitlines()[1] == "  attempt   gpt-4o  200  improviser"
    assert list(gateway.findings()) == []
    assert repr(gateway.model("gpt-5")) == '<script of gpt-5>\n  model("gpt-5").improvises(7)  played 0'


def test_a_rule_before_it_that_never_played_is_still_found() -> None:
    """Only improvising is no promise."""
    gateway = Gateway()
    gateway.model("gpt-4o").replies("A").improvises()
    assert [finding.text for finding in gateway.findings()] == ["model(\"gpt-4o\").replies('A')"]


def test_the_same_request_is_answered_the_same_whatever_came_before() -> None:
    """Neither the number of a call nor the way the answer travels changes what is said."""
    gateway = Gateway()
    gateway.model("*").improvises()
    first = ask(gateway, "Hi").text
    others = [ask(gateway, text).text for text in ("Hello", "Hey")]
    assert [ask(gateway, "Hi").text, ask(gateway, "Hi", stream=True).text] == [first, first]
    assert len({first, *others}) == 3


def test_another_request_model_or_seed_is_answered_otherwise() -> None:
    """Each of them counts."""
    texts = [
        improvised(),
        improvised("Hello"),
        improvised(model="gpt-5"),
        improvised(temperature=0),
        improvised(seed=1),
    ]
    assert len(set(texts)) == 5


def test_the_seed_is_that_of_the_rule_or_else_of_the_gateway() -> None:
    """A rule without a seed takes the gateway's; said again for the same requests, the later seed counts."""
    gateway = Gateway(seed=5)
    gateway.model("gpt-4o").improvises()
    assert ask(gateway).text == improvised(seed=5)
    gateway.model("gpt-4o").improvises(6)
    assert ask(gateway).text == improvised(seed=6) != improvised(seed=5)
    gateway.model("gpt-4o").when(contains="no such thing").improvises(7)
    assert ask(gateway).text == improvised(seed=6)


def test_another_process_says_the_same() -> None:
    """Nothing depends on how a process hashes, or on what it did before."""
    script = """
        import json, sys
        from mock_gateway import Gateway
        from mock_gateway.core.requests import HttpRequest

        gateway = Gateway()
        gateway.model("*").improvises(3)
        tag = {"type": "object", "properties": {"name": {"type": "string"}, "kind": {"enum": ["a", "b", "c"]}}}
        schema = {"type": "object", "properties": {"email": {"type": "string"}, "tags": {"type": "array", "items": tag}}}
        wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
        for extra in ({}, {"response_format": wanted}):
            body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}], **extra}
            headers = {"authorization": "Bearer any"}
            asked = HttpRequest("POST", "api.respan.ai", "/api/chat/completions", headers, json.dumps(body).encode(), "t")
            print(b"".join(getattr(step, "data", b"") for step in gateway.handle(asked)).decode())
    """
    runs = [
        subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert json.loads(runs[0].splitlines()[0])["choices"][0]["message"]["content"] == improvised(seed=3)


def test_what_is_streamed_joins_to_what_is_given_whole(respan_gateway: Gateway, respan_openai: OpenAI) -> None:
    """A client that streams reads the same text, piece by piece, with its usage."""
    respan_gateway.model("*").improvises()
    question: list[Any] = [{"role": "user", "content": "Tell me a story in 40 words."}]
    text = respan_openai.chat.completions.create(model="gpt-4o", messages=question).choices[0].message.content
    with respan_openai.chat.completions.create(model="gpt-4o", messages=question, stream=True) as events:
        pieces = [event.choices[0].delta.content or "" for event in events if event.choices]
    assert text
    assert "".join(pieces) == text
    assert len(pieces) > 30
    whole, streamed = (call.answer for call in respan_gateway.calls)
    assert whole is not None
    assert streamed is not None
    assert whole.usage == streamed.usage
    assert whole.usage is not None
    assert whole.usage.completion_tokens > 0


def test_choices_differ_and_all_keep_to_stop() -> None:
    """Each choice is made up of its own, and ends before a stop sequence."""
    gateway = Gateway()
    gateway.model("*").improvises()
    texts = [choice["message"]["content"] for choice in ask(gateway, n=4).json["choices"]]
    assert len(set(texts)) == 4
    stopped = [choice["message"]["content"] for choice in ask(gateway, n=4, stop=".").json["choices"]]
    assert all(text and "." not in text for text in stopped)


@pytest.mark.parametrize("seed", ["7", 1.5, True])
def test_a_seed_that_is_none_is_refused_at_once(seed: Any) -> None:
    """What came is named."""
    with pytest.raises(TypeError, match=f"seed is a whole number, not {seed!r}."):
        Gateway().model("gpt-4o").improvises(seed)


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (["faker"], "Faker"),
        (["jsonschema"], "jsonschema"),
        (["faker", "jsonschema"], "Faker and jsonschema"),
    ],
)
def test_without_its_libraries_it_says_how_to_install_them(
    missing: list[str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test reads that where it asks for it, not where the application calls."""
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    gateway = Gateway()
    with pytest.raises(ModuleNotFoundError) as refused:
        gateway.model("gpt-4o").improvises()
    assert str(refused.value) == f'improvises() needs {told}: pip install "pytest-respan[improvise]"'


def test_nothing_heavy_is_imported_before_somebody_asks() -> None:
    """Neither Faker nor jsonschema, as long as no answer has to be made up."""
    script = """
        import sys
        from mock_gateway import Gateway

        Gateway().model("gpt-4o").improvises()
        assert not {"faker", "jsonschema"} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=60)


def test_vectors_are_improvised_as_well() -> None:
    """A glob for all models stands in for those that embed, too."""
    gateway = Gateway()
    gateway.model("*").improvises()
    body = {"model": "text-embedding-3-small", "input": ["a", "b"], "dimensions": 4}
    key = {"authorization": "Bearer any"}
    heard = hear(gateway, HttpRequest("POST", "api.respan.ai", "/api/embeddings", key, json.dumps(body).encode(), "t"))
    assert [len(one["embedding"]) for one in heard.json["data"]] == [4, 4]
    assert gateway.calls.one().attempts.one().source == "improviser"
