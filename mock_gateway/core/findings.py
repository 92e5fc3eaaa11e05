"""What the author of a test did not reckon with."""

from typing import Literal, NamedTuple

Kind = Literal["rules", "misses", "direct", "guard", "telemetry"]
DEFAULTS: tuple[Kind, ...] = ("rules", "misses", "direct", "guard")
"""What a strict test fails for."""
KINDS: tuple[Kind, ...] = (*DEFAULTS, "telemetry")
"""And what it can be made to fail for."""

MISTAKES = "Could not be answered:"
HEADLINES: dict[Kind, str] = {
    "rules": "Scripted, and never played:",
    "misses": "Asked, and nothing answered:",
    "direct": "Sent straight to a provider, past the gateway:",
    "guard": "Refused on its way out of this machine:",
    "telemetry": "The telemetry does not say what happened:",
}
"""What a list of findings of each kind begins with."""


class Finding(NamedTuple):
    """Something the author of the test did not reckon with."""

    kind: Kind
    text: str
    is_mistake: bool = False
    """Whether nobody could answer because of a mistake: a file that is no recording, a key that is missing."""


def unforeseen(asked: str, error: Exception) -> str:
    """What is said of an exception that nobody has reckoned with: no test may pass for want of an answer."""
    return f"{asked} could not be answered: {type(error).__name__}: {error}"
