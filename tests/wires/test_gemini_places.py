"""Where Google's SDK meets the gateway: as Vertex AI, at Google's own host, over a socket, by the environment."""

from typing import Any

import pytest

from mock_gateway import Gateway

from .google_sdk import MODEL, ask, errors, genai


@pytest.mark.parametrize(
    ("model", "texts", "verb"),
    [
        ("gemini-embedding-001", ["a cat", "a dog"], "batchEmbedContents"),
        ("text-embedding-005", ["a cat", "a dog"], "predict"),
        ("gemini-embedding-2", ["a cat"], "embedContent"),
    ],
)
def test_vertex_has_three_ways_to_ask_for_vectors(
    respan_gateway: Gateway, model: str, texts: list[str], verb: str
) -> None:
    """By model and number, and all are answered."""
    respan_gateway.model(model).embeds()
    options = {"base_url": "https://api.respan.ai/api/google/vertexai"}
    with genai.Client(vertexai=True, api_key="any", http_options=options) as client:
        answer = client.models.embed_content(model=model, contents=texts, config={"output_dimensionality": 4})
    assert [len(one.values) for one in answer.embeddings] == [4] * len(texts)
    assert respan_gateway.calls.one().path.endswith(f"/publishers/google/models/{model}:{verb}")


def test_vertex_at_the_gateway(respan_gateway: Gateway) -> None:
    """Its models have longer paths, and say the same."""
    respan_gateway.model(MODEL).replies("Hello there.")
    options = {"base_url": "https://api.respan.ai/api/google/vertexai"}
    with genai.Client(vertexai=True, api_key="any", http_options=options) as client:
        assert [ask(client, streamed=streamed) for streamed in (False, True)] == ["Hello there."] * 2
    assert respan_gateway.calls.last.path == (
        f"/api/google/vertexai/v1beta1/publishers/google/models/{MODEL}:streamGenerateContent"
    )


@pytest.mark.respan(direct="allow")
@pytest.mark.parametrize("vertexai", [False, True])
def test_at_googles_own_host(respan_gateway: Gateway, vertexai: bool) -> None:
    """The same scripts, without the gateway: no row, no parameters."""
    respan_gateway.model(MODEL).replies("Hello there.")
    respan_gateway.model("gemini-embedding-001").embeds()
    with genai.Client(vertexai=vertexai, api_key="any") as client:
        assert [ask(client, streamed=streamed) for streamed in (False, True)] == ["Hello there."] * 2
        assert client.models.count_tokens(model=MODEL, contents="Hi").total_tokens == 4
        assert client.models.embed_content(model="gemini-embedding-001", contents="a cat").embeddings
    assert {call.direct for call in respan_gateway.calls} == {True}
    assert not respan_gateway.logs


@pytest.mark.respan(strict=("rules", "misses", "guard"))
def test_at_googles_own_host_by_mistake(respan_gateway: Gateway) -> None:
    """It is refused, and says why."""
    with genai.Client(api_key="any") as client:
        for call in (
            lambda: ask(client, streamed=False),
            lambda: client.models.count_tokens(model=MODEL, contents="Hi"),
        ):
            with pytest.raises(errors.ClientError, match="went straight to generativelanguage.googleapis.com"):
                call()


def test_over_a_socket(respan_server: Any, respan_gateway: Gateway) -> None:
    """With the URL and with the environment that a process is given."""
    respan_gateway.model(MODEL).replies("Hello there.")
    with genai.Client(api_key="any", http_options={"base_url": respan_server.gemini_url}) as client:
        assert [ask(client, streamed=streamed) for streamed in (False, True)] == ["Hello there."] * 2


def test_the_environment_is_enough(
    respan_server: Any, respan_gateway: Gateway, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """For a client that is told nothing; and it finds nothing to warn of."""
    for name, value in respan_server.env.items():
        monkeypatch.setenv(name, value)
    respan_gateway.model(MODEL).replies("Hello there.")
    with genai.Client() as client:
        assert ask(client, streamed=False) == "Hello there."
    assert respan_gateway.calls.one().door == "server"
    assert caplog.messages == []


def test_a_second_key_of_googles_is_replaced_where_there_is_one(
    respan_gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK would take it rather than the first: no real key is sent by a process that is given the environment."""
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    with respan_gateway.serve() as server:
        assert "GOOGLE_API_KEY" not in server.env
        monkeypatch.setenv("GOOGLE_API_KEY", "a-real-one")
        assert server.env["GOOGLE_API_KEY"] == server.env["GEMINI_API_KEY"] == "test-key-of-no-account"
