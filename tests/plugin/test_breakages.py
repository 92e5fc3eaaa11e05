"""A test of one's own, run once for each way an answer can break."""

import openai
import pytest

from mock_gateway import Gateway
from pytest_respan import Breakage, breakages

from .asking import everything

RESCUED = {
    "before_the_first_byte": {True, False},
    "after_the_role": {False},
    "mid_word": {False},
    "mid_arguments": {False},
    "before_the_end": {False},
}
"""Where a fallback helps: streamed, whole."""


@breakages()
def test_an_application_meets_every_breakage(breakage: Breakage) -> None:
    """Rescued, it is given the backup's answer; else it meets an error, or nonsense."""
    gateway = Gateway()
    breakage.befall(gateway, "gpt-4o")
    with gateway.intercept():
        heard = everything(stream=breakage.stream)
    assert breakage.is_rescued is (breakage.fallback and breakage.stream in RESCUED.get(breakage.at, set()))
    assert (heard == "Hello from the backup.") is breakage.is_rescued


def test_the_cases_are_every_combination() -> None:
    """Eight places, with a fallback and alone, streamed and whole; fewer on request."""
    everything_there_is = breakages().args[1]
    assert len({str(case) for case in everything_there_is}) == 32
    assert [str(case) for case in breakages(at=["stall"], stream=[True]).args[1]] == [
        "stall-alone-streamed",
        "stall-fallback-streamed",
    ]


def test_the_sdks_own_exceptions_are_what_the_application_meets() -> None:
    """A broken connection within a stream is one the SDK does not retry."""
    gateway = Gateway()
    Breakage("mid_word", fallback=False, stream=True).befall(gateway, "gpt-4o")
    with gateway.intercept(), openai.OpenAI(base_url="https://api.respan.ai/api/", api_key="k") as client:
        stream = client.chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        with pytest.raises(openai.APIConnectionError):
            list(stream)
    assert len(gateway.calls) == 1
