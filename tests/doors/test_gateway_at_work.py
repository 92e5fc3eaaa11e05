"""What the gateway does between call and answer, through every door: the same story, streamed and whole."""

from typing import Any

import pytest

from mock_gateway import Gateway

from .clients import LEFT_TO_THE_LOOP, MODEL
from .doors import DOORS, Door

pytestmark = pytest.mark.filterwarnings(LEFT_TO_THE_LOOP)

STORY = """\
call {number}  POST /api/chat/completions  gpt-4o{streamed}
  prompt    support, version 1, schema 2
            model <- prompt   temperature <- prompt   fallback_models <- prompt   messages <- prompt + 1 from the body
  balance   group pool: primary, of primary 1
  cache     miss
  attempt   primary  429 rate_limit_exceeded  script
  wait      1 s
  attempt   primary  429 rate_limit_exceeded  script
  fallback  second
  attempt   second   503 overloaded  script
  wait      1 s
  attempt   second   503 overloaded  script
  fallback  third
  attempt   third    200{chunks}  script
  served    200  third  13 + 2 tokens  2 s
  log       log-{number:06}

call {next}  POST /api/chat/completions  gpt-4o{streamed}
  prompt    support, version 1, schema 2
            model <- prompt   temperature <- prompt   fallback_models <- prompt   messages <- prompt + 1 from the body
  balance   group pool: primary, of primary 1
  cache     hit
  served    200  third  13 + 2 tokens  $0  0 s
  log       log-{next:06}"""


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_the_gateway_does_the_same_behind_every_door(door: Door) -> None:
    """A merged prompt, a balanced model, retries, two fallbacks, and the cache for the second caller."""
    gateway = Gateway()
    gateway.prompts.add(
        "support",
        messages=[{"role": "system", "content": "You help {{ name }} politely."}],
        model=MODEL,
        temperature=0.2,
        fallback_models=["second", "third"],
    )
    gateway.account.retries = {"num_retries": 1, "retry_after": 1}
    gateway.account.add_load_balance_group("pool", {"primary": 1})
    gateway.model("primary").fails(429)
    gateway.model("second").fails(503)
    gateway.model("third").replies("Hello!")
    prompt = {"prompt_id": "support", "schema_version": 2, "variables": {"name": "Sarah"}}
    parameters: dict[str, Any] = {
        "respan_params": {"prompt": prompt},
        "load_balance_group": {"group_id": "pool"},
        "cache_enabled": True,
    }

    with door.open(gateway) as client:
        assert [client.ask(**parameters) for _ in range(2)] == ["Hello!", "Hello!"]
        gateway.clock.advance(days=31)
        assert [client.stream(**parameters).text for _ in range(2)] == ["Hello!", "Hello!"]

        whole = STORY.format(number=1, next=2, streamed="", chunks="")
        streamed = STORY.format(number=3, next=4, streamed="  streamed", chunks="  1 chunk")
        assert str(gateway.story) == f"{whole}\n\n{streamed.replace('cache     miss', 'cache     expired')}"
