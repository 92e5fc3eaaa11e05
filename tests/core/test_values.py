import pytest

from mock_gateway import Answer, Usage
from mock_gateway.core.chat import ChatRequest
from mock_gateway.core.events import Attempted, Called, Served
from mock_gateway.core.failures import failure
from mock_gateway.core.hosts import is_known, is_provider, is_respan
from mock_gateway.core.masking import mask, masked
from mock_gateway.core.problems import ill
from mock_gateway.core.records import NotOne, Records
from mock_gateway.core.requests import HttpRequest
from mock_gateway.core.story import Story
from mock_gateway.engine.calls import Attempt


def attempts() -> Records[Attempt]:
    return Records([Attempt("a", 1, "script", 200), Attempt("b", 2, "script", 429, "rate_limit_exceeded")], Attempt)


def test_records_are_a_sequence() -> None:
    """Length, iteration, indexing, slices, equality, and the newest."""
    records = attempts()
    assert len(records) == 2
    assert [record.model for record in records] == ["a", "b"]
    assert records[0] is records[:1].one()
    assert records.last.model == "b"
    assert records == list(records)
    assert records != 3
    assert repr(records[1:]) == repr(list(records)[1:])


def test_one_is_found_by_its_fields() -> None:
    """All fields must be equal, and a matcher object works as a value."""

    class Over:
        def __eq__(self, other: object) -> bool:
            return isinstance(other, int) and other > 400

        __hash__ = None  # type: ignore[assignment]

    assert attempts().one(model="a", status=200).number == 1
    assert attempts().one(status=Over()).model == "b"
    assert len(attempts().where(source="script")) == 2


def test_a_mapping_matches_where_it_is_part() -> None:
    """``metadata={"plan": "pro"}`` finds a record with more metadata than that."""

    class Row:
        metadata = {"plan": "pro", "team": {"name": "ml", "size": 3}}  # noqa: RUF012

    rows = Records([Row()], Row)
    assert rows.one(metadata={"plan": "pro", "team": {"size": 3}})
    assert not rows.where(metadata={"plan": "free"})


def test_not_one_shows_what_there_is_nearest_first() -> None:
    """None: the nearest and what differs. Several: which. An empty list says so."""
    with pytest.raises(NotOne) as none:
        attempts().one(model="b", status=500)
    assert str(none.value).splitlines() == [
        "There is no attempt with model='b', status=500. There is, nearest first:",
        "",
        f"  {attempts()[1]!r}",
        "      status is 429, not 500",
        f"  {attempts()[0]!r}",
        "      model is 'a', not 'b'; status is 200, not 500",
    ]
    with pytest.raises(NotOne, match="There are 2 attempts, and one was asked for:"):
        attempts().one()
    with pytest.raises(NotOne, match="There is no attempt: there are none at all."):
        Records([], Attempt).one()
    with pytest.raises(NotOne, match="There is no attempt yet."):
        _ = Records([], Attempt).last


def test_an_unknown_field_is_an_error_that_lists_the_known() -> None:
    """A typing mistake never looks like no match."""
    for records in (attempts(), Records([], Attempt)):
        with pytest.raises(TypeError, match="unknown field of Attempt 'modle'. Did you mean 'model'"):
            records.where(modle="a")


def test_stories_are_compared_as_values_and_read_as_text() -> None:
    """Equal events are equal stories; chapters are apart by a blank line; models are in a column."""
    one = Story(
        [
            Called(1, "POST /x", "gpt", streamed=False),
            Attempted("gpt", "200", "script"),
            Attempted("claude", "429 slow", "script"),
        ]
    )
    other = Story([Called(2, "POST /y", None, streamed=True, client_retry=1), Served(200, "gpt", (1, 2), 0.25)])
    assert one == Story(list(one))
    assert one != other
    assert one != "text"
    assert hash(one) == hash(Story(list(one)))
    assert isinstance(one[:1], Story)
    assert one[1] == Attempted("gpt", "200", "script")
    assert len(one + other) == 5
    assert str(one + other).splitlines() == [
        "call 1  POST /x  gpt",
        "  attempt   gpt     200  script",
        "  attempt   claude  429 slow  script",
        "",
        "call 2  POST /y  streamed  the client's own retry 1",
        "  served    200  gpt  1 + 2 tokens  0.25 s",
    ]
    assert repr(Story()) == "<Story: nothing happened>"
    assert repr(other) == f"<Story\n{other}\n>"


@pytest.mark.parametrize(
    ("host", "respan", "provider"),
    [
        ("api.respan.ai", True, False),
        ("api.keywordsai.co", True, False),
        ("api.openai.com", False, True),
        ("my-resource.openai.azure.com", False, True),
        ("europe-west1-aiplatform.googleapis.com", False, True),
        ("bedrock-runtime.us-east-1.amazonaws.com", False, True),
        ("s3.amazonaws.com", False, False),
        ("openai.com.example.org", False, False),
        ("localhost", False, False),
    ],
)
def test_hosts_belong_to_somebody(host: str, respan: bool, provider: bool) -> None:
    """Only what is Respan's or a provider's is ever led in or refused."""
    assert (is_respan(host), is_provider(host), is_known(host)) == (respan, provider, respan or provider)


@pytest.mark.parametrize(
    ("headers", "key", "retry"),
    [
        ({"authorization": "Bearer k"}, "k", 0),
        ({"authorization": "bearer k", "x-stainless-retry-count": "2"}, "k", 2),
        ({"authorization": "Basic x"}, None, 0),
        ({"x-api-key": "a"}, "a", 0),
        ({"x-goog-api-key": "g", "x-stainless-retry-count": "many"}, "g", 0),
        ({}, None, 0),
    ],
)
def test_a_request_tells_its_key_and_which_retry_it_is(headers: dict[str, str], key: str | None, retry: int) -> None:
    """Wherever the SDK puts them; and neither headers nor body show in its repr."""
    request = HttpRequest("POST", "h", "/p", headers, b"secret", "test")
    assert (request.key, request.client_retry) == (key, retry)
    assert "secret" not in repr(request)


def test_a_request_is_the_body_and_its_parts() -> None:
    """What functions in a script are given reads as a mapping and has the usual questions as attributes."""
    request = ChatRequest(
        {"model": "m", "messages": [{"role": "assistant", "content": None}], "stream": True, "tools": [3, {}]}
    )
    assert (request["model"], request.get("none"), len(request), set(request)) == (
        "m",
        None,
        4,
        {"model", "messages", "stream", "tools"},
    )
    assert (request.text, request.system, request.tools, request.customer, request.tokens) == ("", "", (), None, 3)
    assert repr(request) == "<ChatRequest 'm' 1 messages streamed ''>"


@pytest.mark.parametrize(
    ("status", "label"), [(418, "invalid_request_error"), (599, "server_error"), (404, "model_not_found")]
)
def test_a_status_without_a_name_fails_too(status: int, label: str) -> None:
    """Any status from 400 to 599 will do."""
    assert (failure(status).status, failure(status).label) == (status, label)


@pytest.mark.parametrize(
    ("status", "words"), [(503, "Service Unavailable"), (499, "Error 499"), (500, "Internal server error")]
)
def test_the_gateways_own_illness_has_words(status: int, words: str) -> None:
    """The documented ones, or the status's own."""
    assert str(ill(status)) == words


def test_a_masked_secret_is_beyond_recognition() -> None:
    """A long one keeps enough to tell two apart, a short one nothing."""
    assert (mask("sk-123456789"), mask("short")) == ("sk-***", "***")


@pytest.mark.parametrize(
    "name",
    ["api_key", "api-key", "apiKey", "X-Api-Key", "x-goog-api-key", "X-Auth-Token", "aws-access-key", "private-key"],
)
def test_a_secret_is_known_by_its_name(name: str) -> None:
    """Written as a parameter or as a header, it is masked."""
    assert masked({"headers": {name: "hunter2hunter2"}}) == {"headers": {name: "hun***"}}


def test_a_password_in_an_address_is_masked() -> None:
    """The rest of the address is worth reading."""
    told = masked({"customer_credentials": {"openai": {"api_base": "https://me:hunter2@host/v1", "auth": "hunter2"}}})
    assert told == {"customer_credentials": {"openai": {"api_base": "https://***@host/v1", "auth": "***"}}}


def test_a_finished_answer() -> None:
    """It says what it weighs and why it ended, and is otherwise what it was, which it stays."""
    written = Answer("Hi", reasoning="Hm.", others=(Answer("Ho"),))
    finished = Answer("Hi", reasoning="Hm.", others=(Answer("Ho"),), finish_reason="stop", usage=Usage(1, 2))
    assert written.finished(Usage(1, 2)) == finished
    assert (written.finish_reason, written.usage) == (None, None)
    with pytest.raises(AttributeError):
        written.finished(Usage(1, 2)).text = "Ho"  # type: ignore[misc]
