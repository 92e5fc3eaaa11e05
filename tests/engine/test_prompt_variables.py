"""What fills in a stored prompt: values by their type, its own defaults, and other prompts."""

from typing import Any

import pytest

from mock_gateway import Contract, Gateway

from .dialogue import Heard, ask
from .prompts import gateway


@pytest.mark.parametrize(
    ("content", "variables", "expected"),
    [
        ("{{ a }}", {"a": "x"}, "x"),
        ("{{ a }}", {"a": {"_type": "text", "value": "x"}}, "x"),
        ("{{ a.k }} {{ a }}", {"a": {"_type": "json", "value": {"k": 1}}}, '1 {"k":1}'),
        ("{{ a.k }}", {"a": {"k": 1}}, "1"),
        (
            "Look: {{ a }}",
            {"a": {"_type": "image_url", "value": "https://x/y.png"}},
            [{"type": "text", "text": "Look: "}, {"type": "image_url", "image_url": {"url": "https://x/y.png"}}],
        ),
        (
            [{"type": "text", "text": "Hi {{ a }}"}, {"type": "image_url", "image_url": {"url": "{{ b }}"}}],
            {"a": "you", "b": {"_type": "image_url", "value": "https://x/y.png"}},
            [{"type": "text", "text": "Hi you"}, {"type": "image_url", "image_url": {"url": "https://x/y.png"}}],
        ),
        ("{% for x in a %}{{ x }};{% endfor %}", {"a": [1, 2]}, "1;2;"),
        ("{{ missing }}!", {}, "!"),
    ],
)
def test_variables_are_filled_in_by_their_type(content: Any, variables: dict[str, Any], expected: Any) -> None:
    """Text, JSON, images; Jinja2 for the rest."""
    made = Gateway()
    made.model("*").replies("ok")
    made.prompts.add("p", messages=[{"role": "user", "content": content}])
    ask(made, None, prompt={"prompt_id": "p", "variables": variables})
    assert made.calls.one().effective_request["messages"] == [{"role": "user", "content": expected}]


def test_variables_may_stand_at_the_top_level_too() -> None:
    """Over the version's defaults, below the prompt's own."""
    made = gateway()
    ask(made, None, prompt={"prompt_id": "p1"}, variables={"role": "cook"})
    assert made.calls.last.effective_request["messages"][0]["content"] == "You are a cook."
    ask(made, None, prompt={"prompt_id": "p1", "variables": {"role": "poet"}}, variables={"role": "cook"})
    assert made.calls.last.effective_request["messages"][0]["content"] == "You are a poet."


@pytest.mark.parametrize(
    ("choice", "status", "content"),
    [("empty", 200, "a ."), ("kept", 200, "a {{ nobody }}."), ("refused", 400, None)],
)
def test_a_missing_variable_is_a_choice_of_the_contract(choice: Any, status: int, content: str | None) -> None:
    """Empty, left as written, or refused."""
    made = Gateway(contract=Contract(missing_variable=choice))
    made.model("*").replies("ok", optional=True)
    made.prompts.add("p", messages=[{"role": "user", "content": "a {{ nobody }}."}])
    heard = ask(made, None, prompt="p")
    assert heard.status == status
    if content is None:
        assert "nobody" in heard.json["errors"]["prompt.variables"][0]
    else:
        assert made.calls.one().effective_request["messages"][0]["content"] == content


def child(prompt_id: str, **more: Any) -> dict[str, Any]:
    return {"_type": "prompt", "prompt_id": prompt_id, **more}


def composed() -> Gateway:
    made = Gateway()
    made.model("*").replies("ok")
    made.prompts.add("parent", messages=[{"role": "system", "content": "<{{ inner }}> {{ request }}"}])
    made.prompts.add("child", messages=[{"role": "system", "content": "v1 {{ who }}"}])
    made.prompts.add(
        "child",
        messages=[{"role": "system", "content": "For {{ who }}"}, {"role": "user", "content": "in {{ inner }}"}],
    )
    return made


def compose(made: Gateway, inner: dict[str, Any]) -> Heard:
    return ask(made, None, prompt={"prompt_id": "parent", "variables": {"inner": inner, "request": "now"}})


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (child("child", variables={"who": "Sarah"}), "<For Sarah\nin > now"),
        (child("child", version=1, variables={"who": "Sarah"}), "<v1 Sarah> now"),
        (child("child", variables={"who": {"_type": "text", "value": "Bob"}}), "<For Bob\nin > now"),
    ],
)
def test_a_variable_may_be_another_prompt(inner: dict[str, Any], text: str) -> None:
    """The child is rendered first, and put in as text."""
    made = composed()
    assert compose(made, inner).status == 200
    assert made.calls.one().effective_request["messages"][0]["content"] == text


@pytest.mark.parametrize(
    ("inner", "status", "told"),
    [
        (child("parent"), 400, "Circular reference: parent -> parent."),
        (child("child", variables={"inner": child("parent")}), 400, "Circular reference: parent -> child -> parent."),
        (
            child("child", variables={"inner": child("other")}),
            400,
            "Prompts nest at most 2 deep: parent -> child -> other.",
        ),
        (child("nobody"), 404, "unknown prompt 'nobody'"),
        (child("child", version=7), 404, "no version 7"),
        ({"_type": "prompt"}, 400, "Field required"),
        ({"_type": "video", "value": "x"}, 400, "It is text, image_url, json or prompt."),
    ],
)
def test_references_that_lead_nowhere_are_refused(inner: dict[str, Any], status: int, told: str) -> None:
    """Round, too deep, to nobody: a 4xx that says which."""
    heard = compose(composed(), inner)
    assert heard.status == status
    assert told in heard.body.decode()
