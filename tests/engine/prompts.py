"""A gateway with a stored prompt."""

from typing import Any

from mock_gateway import Gateway

SYSTEM = {"role": "system", "content": "You are a {{ role }}."}


def gateway(**settings: Any) -> Gateway:
    """One that answers any model, and knows the prompt p1."""
    made = Gateway(**settings)
    made.model("*").replies("ok")
    made.prompts.add(
        "p1",
        messages=[SYSTEM],
        model="gpt-4o",
        temperature=0.2,
        max_tokens=50,
        variables={"role": "helper"},
        name="Bot",
    )
    return made
