"""Embeddings, through the openai client: vectors as numbers and packed, given and made, recorded and cached."""

import json
import math
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_gateway import Answer, Gateway, Usage
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.format import Recording, whole_take
from mock_gateway.core.requests import HttpRequest
from mock_gateway.core.vectors import dimensions_of, nearness, packed, scaled, unpacked, vector
from mock_gateway.wires.embeddings import embeddings, texts_in
from mock_gateway.wires.wire import Envelope

from ..engine.dialogue import Heard, hear

if TYPE_CHECKING:
    from openai import OpenAI

openai = pytest.importorskip("openai")

MODEL = "text-embedding-3-small"
QUESTION = "How do I get a refund for my order?"
Script = Callable[[Any], Any]
ENVELOPE = Envelope("embd-000001", 1767225600, MODEL)


def embed(gateway: Gateway, asked: Any, **fields: Any) -> Heard:
    """The answer to a request without a client."""
    body = json.dumps({"model": MODEL, "input": asked, **fields}).encode()
    key = {"authorization": "Bearer any"}
    return hear(gateway, HttpRequest("POST", "api.respan.ai", "/api/embeddings", key, body, "t"))


def test_texts_become_vectors(respan_gateway: Gateway, respan_openai: "OpenAI") -> None:
    """One for each, one long, in the length of the model; the client unpacks what it asks for packed."""
    respan_gateway.model(MODEL).embeds()
    answer = respan_openai.embeddings.create(model=MODEL, input=["a cat", "two dogs"])
    assert [(one.index, one.object, len(one.embedding)) for one in answer.data] == [
        (0, "embedding", 1536),
        (1, "embedding", 1536),
    ]
    assert answer.usage.model_dump() == {"prompt_tokens": 4, "total_tokens": 4}
    plain = respan_openai.embeddings.create(model=MODEL, input="a cat", encoding_format="float")
    assert plain.data[0].embedding == answer.data[0].embedding
    assert math.isclose(math.hypot(*plain.data[0].embedding), 1, rel_tol=1e-6)
    assert respan_gateway.calls.last.request["encoding_format"] == "float"


def test_the_caller_may_ask_for_fewer_dimensions(respan_gateway: Gateway, respan_openai: "OpenAI") -> None:
    """A shorter vector is the beginning of the longer one, made one long again."""
    respan_gateway.model(MODEL).embeds()
    short, long = (
        respan_openai.embeddings.create(model=MODEL, input="a cat", dimensions=size).data[0].embedding
        for size in (8, 64)
    )
    assert short == pytest.approx(scaled(long[:8]), rel=1e-5)


def test_the_whole_answer_satisfies_the_sdks_own_types() -> None:
    """Strictly, in both encodings."""
    types = pytest.importorskip("openai.types", reason="openai is not installed")
    gateway = Gateway()
    gateway.model(MODEL).embeds({"a": [1.0, 0.0]})
    read = types.CreateEmbeddingResponse.model_validate_json(embed(gateway, ["a"]).body, strict=True)
    assert read.data[0].embedding == [1.0, 0.0]
    assert isinstance(embed(gateway, "a", encoding_format="base64").json["data"][0]["embedding"], str)


def test_a_test_may_say_which_vectors(respan_gateway: Gateway, respan_openai: "OpenAI") -> None:
    """By text, with made ones of the same length for the others; or one after another."""
    respan_gateway.model(MODEL).embeds({"cat": [1, 0, 0], "dog": [0.5, 0.5, 0]}, times=1).embeds([[1, 2], [3, 4]])
    named = respan_openai.embeddings.create(model=MODEL, input=["dog", "cat", "fish"])
    assert [one.embedding for one in named.data[:2]] == [[0.5, 0.5, 0], [1, 0, 0]]
    assert len(named.data[2].embedding) == 3
    listed = respan_openai.embeddings.create(model=MODEL, input=["x", "y"])
    assert [one.embedding for one in listed.data] == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"a": [1], "b": [1, 2]}, "the vectors of one model are all of one length, and these are of 1, 2."),
        ([[]], r"a vector is a list of numbers, not \[\]."),
        (["text"], "a vector is a list of numbers, not 'text'."),
    ],
)
def test_vectors_that_are_none_are_refused(given: Any, error: str) -> None:
    """Where they are written."""
    with pytest.raises((TypeError, ValueError), match=error):
        Gateway().model(MODEL).embeds(given)


def test_a_model_that_embeds_does_not_chat() -> None:
    """The mistake is the script's, and says so."""
    gateway = Gateway()
    gateway.model("gpt-4o").embeds()
    body = json.dumps({"model": "gpt-4o", "messages": []}).encode()
    asked = HttpRequest("POST", "api.respan.ai", "/api/chat/completions", {"authorization": "Bearer k"}, body, "t")
    assert hear(gateway, asked).status == 500
    [mistake] = gateway.findings()
    assert "it embeds, and was asked for something else than embeddings" in mistake.text


def test_similar_texts_are_nearer_than_others() -> None:
    """By the words they share, and by words with the same beginning; a text is nearest to itself."""
    near, less, far = (
        nearness(vector(QUESTION, 1536), vector(text, 1536))
        for text in ("Orders: how to get a refund", "Orders can be refunded", "Bananas are rich in potassium")
    )
    assert 1 > near > less > 0.2 > abs(far)
    assert nearness(vector(QUESTION, 256), vector(QUESTION, 256)) == pytest.approx(1, rel=1e-6)


def test_vectors_are_the_same_on_every_machine() -> None:
    """Written down once."""
    assert vector("a cat", 4) == pytest.approx([0.24557, -0.72137, 0.64463, -0.06139], abs=1e-4)


@given(st.lists(st.text(min_size=1), min_size=2, max_size=5, unique=True))
def test_any_texts_have_vectors(texts: list[str]) -> None:
    """One long, whatever the letters."""
    made = [vector(text, 64) for text in texts]
    assert all(math.isclose(math.hypot(*one), 1, rel_tol=1e-5) for one in made)
    assert all(-1.0001 <= nearness(one, other) <= 1.0001 for one, other in combinations(made, 2))
    assert all(unpacked(packed(one)) == one for one in made)


vectors = st.lists(st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3).map(tuple), min_size=1, max_size=4)


@given(vectors, st.sampled_from(["float", "base64"]), st.integers(0, 10**6))
def test_an_answer_is_read_back_as_the_answer_it_was(made: list[tuple[float, ...]], encoding: str, tokens: int) -> None:
    """In both encodings."""
    fields = {"model": MODEL, "input": ["x"] * len(made), "encoding_format": encoding}
    request = embeddings.request(fields, None, Gateway().contract)
    answer = Answer(vectors=tuple(made), usage=Usage(tokens))
    assert embeddings.verbatim(json.loads(embeddings.whole(answer, request, ENVELOPE))) == answer


@pytest.mark.parametrize(
    ("asked", "texts"),
    [("a", ["a"]), (["a", "b"], ["a", "b"]), ([1, 2], ["1 2"]), ([[1], [2, 3]], ["1", "2 3"])],
)
def test_an_input_is_a_text_or_tokens_or_several(asked: Any, texts: list[str]) -> None:
    """As OpenAI takes them."""
    assert texts_in(asked) == texts


@pytest.mark.parametrize("asked", ["", [], [""], [[]], 3, [1.5], None, ["a", 1]])
def test_an_input_that_says_nothing_is_refused(asked: Any) -> None:
    """In the gateway's words."""
    gateway = Gateway()
    assert embed(gateway, asked).status == 422
    assert "input" in embed(gateway, asked).json["errors"]


def test_at_most_2048_texts_are_embedded_at_once() -> None:
    """As with OpenAI."""
    gateway = Gateway()
    gateway.model(MODEL).embeds()
    assert embed(gateway, ["a"] * 2048, dimensions=1).status == 200
    assert embed(gateway, ["a"] * 2049).json["errors"] == {"input": ["This field must have at most 2048 texts."]}


def test_the_gateway_does_its_work_on_embeddings_too() -> None:
    """Parameters at the top level, retries, a fallback, the cache by text and form, a row."""
    gateway = Gateway()
    gateway.model(MODEL).fails(500, times=2)
    gateway.model("text-embedding-3-large").when(contains="cat").embeds({"cat": [0.25, 0.5]})
    params = {
        "retry_params": {"num_retries": 1, "retry_after": 1},
        "fallback_models": ["text-embedding-3-large"],
        "cache_enabled": True,
        "customer_identifier": "c1",
    }
    first = embed(gateway, "cat", **params)
    assert [one.model for one in gateway.calls.one().attempts] == [MODEL, MODEL, "text-embedding-3-large"]
    assert embed(gateway, "cat", **params).body == first.body
    assert embed(gateway, "cat", encoding_format="base64", **params).json["data"][0]["embedding"] == packed([0.25, 0.5])
    assert [call.cache for call in gateway.calls] == ["miss", "hit", "hit"]
    log = gateway.logs[0]
    assert (log.log_type, log.customer_identifier, log.embedding) == ("embedding", "c1", (0.25, 0.5))
    assert (log.prompt_tokens, log.completion_tokens, log.prompt_text) == (1, 0, "cat")
    assert gateway.logs.last.cost == 0


def test_texts_that_only_join_to_the_same_are_not_the_same(tmp_path: Path) -> None:
    """Neither for the cache nor for a recording; and a chat with the same words is no request for vectors."""
    gateway = Gateway()
    gateway.model(MODEL).embeds()
    for texts in (["a", "b\nc"], ["a\nb", "c"]):
        embed(gateway, texts, cache_enabled=True)
    assert [call.cache for call in gateway.calls] == ["miss", "miss"]
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "a"}]}
    answered = json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}}]}).encode()
    Folder(tmp_path).write(Recording("chat", MODEL, asked, [whole_take(answered, status=200)]))
    assert embed(Gateway(cassette=tmp_path), "a").status == 404


def test_a_recording_is_played_to_the_byte(tmp_path: Path) -> None:
    """And only for the same texts in the same form."""
    body = b'{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,0.2]}],"model":"m"}'
    asked = {"model": MODEL, "input": "a"}
    Folder(tmp_path).write(Recording("embeddings", MODEL, asked, [whole_take(body, status=200)]))
    gateway = Gateway(cassette=tmp_path)
    assert embed(gateway, "a").body == body
    assert gateway.calls.one().answer == Answer(vectors=((0.1, 0.2),), usage=Usage(1))
    assert embed(gateway, "b").status == 404


def test_errors_are_openais(respan_gateway: Gateway, respan_openai: "OpenAI") -> None:
    """With the class the client has for the status."""
    respan_gateway.model(MODEL).fails("provider_rate_limit")
    with pytest.raises(openai.RateLimitError, match="Rate limit reached"):
        respan_openai.embeddings.create(model=MODEL, input="a")


def test_a_hit_of_the_cache_says_what_was_asked() -> None:
    """Its row has the texts, as the row of the call that filled it has."""
    gateway = Gateway()
    gateway.model(MODEL).embeds()
    for _ in range(2):
        embed(gateway, ["a cat", "a dog"], cache_enabled=True)
    missed, hit = gateway.logs
    assert (missed.cache_hit, hit.cache_hit) == (False, True)
    assert hit.prompt_messages == missed.prompt_messages == [{"role": "user", "content": "a cat\na dog"}]
    assert hit.input == missed.input
    assert embeddings.messages({"input": [5, "no"]}) == ()


REMARKS: list[tuple[Script, dict[str, Any], list[str]]] = [
    (lambda model: model.embeds(), {"dimensions": 2}, []),
    (lambda model: model.embeds([[1, 0]]), {"dimensions": 2}, []),
    (
        lambda model: model.embeds({"cat": [1, 0, 0]}),
        {"dimensions": 2},
        ["the request asks for 2 dimensions, and the vectors have 3"],
    ),
    (
        lambda model: model.replies("Hello!"),
        {},
        ["the script replies with a text, which no embedding has: the vectors are made up; embeds() gives them"],
    ),
    (lambda model: model.replies(Answer(vectors=((1.0, 0.0),))), {}, []),
]


@pytest.mark.parametrize(("script", "fields", "told"), REMARKS)
def test_the_story_remarks_on_what_no_embedding_model_answers(
    script: Script, fields: dict[str, Any], told: list[str]
) -> None:
    """A text, and vectors of another length than was asked for; it is an answer all the same."""
    gateway = Gateway()
    script(gateway.model(MODEL))
    assert embed(gateway, "cat", **fields).status == 200
    assert list(gateway.calls.one().warnings) == told
    assert all(one in str(gateway.calls.one().story) for one in told)


def test_a_miss_of_embeddings_advises_vectors() -> None:
    """In the words that answer it, not in those for a chat."""
    missed = embed(Gateway(), "cat").json["error"]["message"]
    assert missed.endswith(f'\n  Script it   gateway.model("{MODEL}").embeds()')


def test_dimensions_by_the_name_of_a_model() -> None:
    """Of the best known; others are as long as most."""
    assert [dimensions_of(name) for name in ("openai/text-embedding-3-large", "gemini-embedding-001", "mine")] == [
        3072,
        3072,
        1536,
    ]


@pytest.mark.parametrize("asked", [["a cat"], ["a cat", "a dog"], [1, 2], [[1, 2]]])
def test_a_miss_of_a_list_says_where_it_differs(tmp_path: Path, asked: Any) -> None:
    """Also where what was recorded is a single text."""
    body = b'{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"m"}'
    question = {"model": MODEL, "input": "a cat"}
    Folder(tmp_path).write(Recording("embeddings", MODEL, question, [whole_take(body, status=200)]))
    heard = embed(Gateway(cassette=tmp_path), asked)
    assert heard.status == 404
    assert f"input   recorded 'a cat'   asked {asked!r}" in heard.json["error"]["message"]


@pytest.mark.parametrize("nothing", [[], {}, [[math.nan]], {"a": [math.inf]}])
def test_vectors_that_nobody_can_send_are_refused(nothing: Any) -> None:
    """An empty list is no way to say that they are to be made; a number that is none is no JSON."""
    with pytest.raises((TypeError, ValueError), match="vector"):
        Gateway().model(MODEL).embeds(nothing)
