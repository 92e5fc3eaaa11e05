"""The assertion helpers: what they let pass, and what one reads when they do not."""

from typing import Any

import openai
import pytest

from mock_gateway import Gateway
from mock_gateway.engine.calls import Call
from pytest_respan import (
    assert_cached,
    assert_fell_back,
    assert_prompt_merged,
    assert_retried,
    assert_streamed,
)

SYSTEM = {"role": "system", "content": "Be {{ tone }}."}


def called(gateway: Gateway, *, stream: bool = False, text: str | None = "Hi", **parameters: Any) -> Call:
    messages: Any = [{"role": "user", "content": text}] if text else []
    with (
        gateway.intercept(),
        openai.OpenAI(base_url="https://api.respan.ai/api/", api_key="k", max_retries=0) as client,
    ):
        create: Any = client.chat.completions.create
        answer = create(model="a", messages=messages, stream=stream, extra_body=parameters)
        if stream:
            for _ in answer:
                pass
    return gateway.calls.last


@pytest.fixture
def gateway() -> Gateway:
    made = Gateway()
    made.prompts.add("p", messages=[SYSTEM], model="b", temperature=0.2)
    made.model("a").fails(429, times=2).replies("From a.", optional=True)
    made.model("b").replies("From b.", optional=True)
    return made


def failure(check: Any, *arguments: Any, **expected: Any) -> str:
    with pytest.raises(AssertionError) as failed:
        check(*arguments, **expected)
    return str(failed.value)


def test_a_fallback_is_asserted_by_the_models_asked(gateway: Gateway) -> None:
    """In order, without repeats; the failure has the story."""
    call = called(gateway, fallback_models=["b"], retry_params={"num_retries": 1, "retry_after": 1})
    assert_fell_back(call, "a", "b")
    assert failure(assert_fell_back, call, "a", "c") == (
        "The call went to other models than expected.\n"
        "\n"
        "  asked     a, then b\n"
        "  expected  a, then c\n"
        "\n"
        "call 1  POST /api/chat/completions  a\n"
        "  attempt   a  429 rate_limit_exceeded  script\n"
        "  wait      1 s\n"
        "  attempt   a  429 rate_limit_exceeded  script\n"
        "  fallback  b\n"
        "  attempt   b  200  script\n"
        "  served    200  b  4 + 2 tokens  1 s\n"
        "  log       log-000001"
    )
    assert failure(assert_fell_back, call, "a").startswith("The call went to other models than expected.")


def test_retries_are_counted_for_each_model(gateway: Gateway) -> None:
    """Of the first model, unless another is named."""
    call = called(gateway, retry_params={"num_retries": 3, "retry_after": 1})
    assert_retried(call, times=2)
    assert_retried(call, times=2, model="a")
    assert failure(assert_retried, call, times=3).splitlines()[0] == "a was asked again 2 times, not 3."
    assert failure(assert_retried, call, times=0, model="b").splitlines()[0] == "b was never asked."
    assert "  wait      1 s" in failure(assert_retried, call, times=3)


def test_a_hit_is_asserted_and_a_miss_explained(gateway: Gateway) -> None:
    """Off, missed or expired are different mistakes."""
    gateway.model("a").replies("x", optional=True)
    reasons = []
    for fields in ({"model": "b"}, {"cache_enabled": True}, {"cache_enabled": True}):
        call = called(gateway, fallback_models=["b"], **fields)
        reasons.append(None if call.cache == "hit" else failure(assert_cached, call).splitlines()[0])
    assert_cached(gateway.calls.last)
    gateway.clock.advance(days=31)
    reasons.append(failure(assert_cached, called(gateway, fallback_models=["b"], cache_enabled=True)).splitlines()[0])
    told = "The answer did not come from the cache. "
    assert reasons == [
        f"{told}It does not ask for the cache: cache_enabled is not set.",
        f"{told}Nothing was kept for it.",
        None,
        f"{told}What was kept for it had expired.",
    ]


def test_a_merge_is_asserted_field_by_field(gateway: Gateway) -> None:
    """Which prompt, which version, which messages, and which layer won."""
    call = called(gateway, prompt={"prompt_id": "p", "schema_version": 2, "variables": {"tone": "kind"}})
    said = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]
    assert_prompt_merged(call, prompt_id="p", version=1, messages=said, model="prompt", temperature="prompt")
    assert failure(
        assert_prompt_merged, call, prompt_id="q", version=2, messages=said[:1], model="body", top_p="patch"
    ).splitlines()[:7] == [
        "The prompt was not merged as expected.",
        "",
        "  differs   prompt_id is 'p', not 'q'",
        "            version is 1, not 2",
        "            model <- is 'prompt', not 'body'",
        "            top_p <- is 'nothing', not 'patch'",
        "            the number of messages is 2, not 1",
    ]
    assert "messages[0] is" in failure(assert_prompt_merged, call, prompt_id="p", messages=[said[1], said[1]])
    plain = called(gateway, fallback_models=["b"])
    told = failure(assert_prompt_merged, plain, prompt_id="p").splitlines()[0]
    assert told == "The call used no prompt, and 'p' was expected."


def test_a_stream_is_asserted_to_its_end(gateway: Gateway) -> None:
    """Its text, and in how many chunks it came."""
    streamed = called(gateway, stream=True, fallback_models=["b"])
    assert_streamed(streamed, text="From b.", chunks=2)
    assert failure(assert_streamed, streamed, text="From a.").splitlines()[2:4] == [
        "  streamed  'From b.'",
        "  expected  'From a.'",
    ]
    assert failure(assert_streamed, streamed, chunks=3).splitlines()[0] == "The answer was streamed in 2 chunks, not 3."
    whole = called(gateway, fallback_models=["b"])
    assert failure(assert_streamed, whole).splitlines()[0] == "The call did not ask for a stream."


def test_a_stream_that_broke_off_did_not_come_to_its_end() -> None:
    """Whoever broke it off."""
    gateway = Gateway()
    gateway.model("a").hangs_up(after_chunks=1)
    with pytest.raises(openai.APIConnectionError):
        called(gateway, stream=True)
    assert failure(assert_streamed, gateway.calls.one()).splitlines()[0] == "The stream did not come to its end."


def test_the_package_lists_what_it_has() -> None:
    """A name it does not have is an ordinary mistake."""
    import pytest_respan

    assert all(hasattr(pytest_respan, name) for name in pytest_respan.__all__)
    with pytest.raises(AttributeError, match="'assert_everything'"):
        pytest_respan.assert_everything  # noqa: B018


@pytest.mark.parametrize(
    "check",
    [
        lambda it: assert_fell_back(it, "a"),
        lambda it: assert_retried(it, times=1),
        assert_cached,
        lambda it: assert_prompt_merged(it, prompt_id="p"),
        assert_streamed,
    ],
)
def test_one_call_is_looked_at(gateway: Gateway, check: Any) -> None:
    """Not a gateway, nor all of its calls: to forget ``.one()`` is the commonest of slips."""
    for what in (gateway, gateway.calls):
        with pytest.raises(TypeError, match=r"^assert_\w+ takes a call, such as gateway.calls.one\(\), not "):
            check(what)


@pytest.mark.parametrize(("models", "shown"), [((), "none"), ((["a", "b"],), r"\['a', 'b'\]")])
def test_a_fallback_is_told_by_the_names_of_models(gateway: Gateway, models: Any, shown: str) -> None:
    """Without any, whoever asked nobody would pass."""
    call = called(gateway, fallback_models=["b"])
    with pytest.raises(TypeError, match=f"the names of the models that were asked, one by one, not {shown}."):
        assert_fell_back(call, *models)
