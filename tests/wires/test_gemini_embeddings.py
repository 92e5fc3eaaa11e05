"""Google's embeddings: three ways to ask, one answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_gateway import Answer, Contract, Gateway, Usage
from mock_gateway.core.problems import Problem
from mock_gateway.core.requests import HttpRequest
from mock_gateway.wires.embeddings import embeddings
from mock_gateway.wires.gemini_embeddings import gemini_embeddings as wire

from ..engine.dialogue import hear
from .wired import ENVELOPE

MODEL = "gemini-embedding-001"


def content(text: str) -> dict[str, Any]:
    return {"parts": [{"text": text}]}


ASKED: dict[str, dict[str, Any]] = {
    "embedContent": {"content": content("a cat"), "outputDimensionality": 4},
    "batchEmbedContents": {
        "requests": [{"model": f"models/{MODEL}", "content": content("a cat"), "output_dimensionality": 4}]
    },
    "predict": {"instances": [{"content": "a cat"}], "parameters": {"outputDimensionality": 4}},
}
every_way = pytest.mark.parametrize("verb", ASKED)
vectors = st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=4)


@every_way
def test_the_request_is_one_for_embeddings(verb: str) -> None:
    """In the same words as any other; and a real provider is asked as it was asked."""
    asked = wire.request({**ASKED[verb], "model": MODEL}, None, Contract())
    assert asked.chat == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "a cat"}],
        "input": ["a cat"],
        "dimensions": 4,
    }
    assert wire.messages(ASKED[verb]) == asked.messages
    address = wire.address(asked)
    assert (address.path, address.body) == (f"models/{MODEL}:{verb}", ASKED[verb])


@every_way
@given(numbers=vectors)
def test_vectors_are_read_back(verb: str, numbers: list[float]) -> None:
    """To the number, with what they weigh."""
    asked = wire.request({**ASKED[verb], "model": MODEL}, None, Contract())
    body = json.loads(wire.whole(Answer(vectors=[numbers]), asked, ENVELOPE))
    assert wire.is_answer(body)
    found = wire.verbatim(body)
    assert [list(one) for one in found.vectors or ()] == [numbers]
    assert found.usage == Usage(2)


@every_way
def test_the_gateway_works_for_them(verb: str) -> None:
    """A fallback to another provider's, whose answer is written out in full; a row of its own type; the cache."""
    gateway = Gateway()
    gateway.model(MODEL).fails("provider_down")
    told = {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [1.0, 0.0]}], "model": "x"}
    assert embeddings.is_answer(told)
    gateway.model("text-embedding-3-small").replies(body=told)
    params = {"respan_params": {"fallback_models": ["text-embedding-3-small"], "cache_enabled": True}}
    body = json.dumps({**ASKED[verb], **params}).encode()
    place, key = f"/api/google/gemini/v1beta/models/{MODEL}:{verb}", {"x-goog-api-key": "any"}
    first, again = (hear(gateway, HttpRequest("POST", "api.respan.ai", place, key, body, "t")) for _ in range(2))
    assert [list(one) for one in wire.verbatim(first.json).vectors or ()] == [[1.0, 0.0]]
    assert again.json == first.json
    assert [call.cache for call in gateway.calls] == ["miss", "hit"]
    assert {log.log_type for log in gateway.logs} == {"embedding"}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "content: This field must be a content with parts, or a text."),
        ({"content": {"parts": ["a"]}}, "content: This field must be a content with parts, or a text."),
        ({"requests": []}, "requests: This field must be a list of contents, and not empty."),
        ({"requests": [{}]}, "requests[0].content: This field must be a content with parts, or a text."),
        ({"instances": "a"}, "instances: This field must be a list of contents, and not empty."),
        ({"instances": [{"content": "a"}] * 251}, "instances: This field must have at most 250 contents."),
    ],
)
def test_a_request_that_is_none_is_refused(fields: dict[str, Any], why: str) -> None:
    """By the place where it is none."""
    with pytest.raises(Problem) as refused:
        wire.request({"model": MODEL, **fields}, None, Contract())
    assert str(refused.value) == why
