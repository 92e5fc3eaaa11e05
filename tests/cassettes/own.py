"""The recordings in ``cassettes/support``: made by the example application, of a provider double.

``python -m tests.cassettes.own`` makes them anew.
"""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import openai

from mock_gateway import Gateway

from ..doubles.provider import KEY, Provider, provider

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "cassettes" / "support"
sys.path.insert(0, str(ROOT / "examples" / "support_bot"))

import support_bot  # noqa: E402 - an application has no place among packages

TOO_LONG = "Here is all I have ever written to you."
SCENARIOS: dict[str, Callable[[], object]] = {
    "plain": lambda: support_bot.ask("Can I return my lamp?"),
    "streamed": lambda: "".join(support_bot.stream("What do you sell?")),
    "tools": lambda: support_bot.ask("Where is my order A-1001?"),
    "structured": lambda: support_bot.topic_of("When will my lamp arrive?"),
    "fallback": lambda: support_bot.ask("Hello?"),
    "error": lambda: _refused(lambda: "".join(support_bot.stream(TOO_LONG))),
}
"""By name, what the application is asked."""


def prepare(double: Provider) -> None:
    """Have the double say what a shop's support says."""
    double.says = {
        "Can I return my lamp?": "Yes, within 30 days, with the receipt.",
        "What do you sell?": "Lamps, mostly: for desks, for walls and for gardens.",
        "Where is my order A-1001?": {"order": "A-1001"},
        "shipped on Monday": "It was shipped on Monday.",
        "When will my lamp arrive?": '{"topic": "shipping"}',
        "Hello?": "Hello! What can I do for you?",
        "Are you there?": "Of course.",
    }
    double.fails = {("gpt-4o", "Hello?"): 503, ("gpt-4o", TOO_LONG): 400}


def _refused(ask: Callable[[], object]) -> str:
    try:
        return f"answered: {ask()}"
    except openai.BadRequestError as error:
        return str(error.code)


def main() -> None:
    os.environ |= {"RESPAN_API_KEY": KEY, "OPENAI_API_KEY": KEY}
    shutil.rmtree(FOLDER, ignore_errors=True)
    with provider() as double:
        prepare(double)
        gateway = Gateway(cassette=FOLDER, record="once", upstream=double.url, keep_failures=True)
        with gateway.intercept():
            for scenario in SCENARIOS.values():
                scenario()
    assert not gateway.findings()


if __name__ == "__main__":
    main()
