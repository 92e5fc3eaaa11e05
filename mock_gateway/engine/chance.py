"""Chance, given instead of taken: the same seed makes the same choices, whichever order calls run in."""

from random import Random


class Chance:
    """What one gateway leaves to chance."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def point(self, number: int, purpose: str) -> float:
        """A point from 0 on and below 1, for this purpose of the call with this number."""
        return Random(f"{self._seed} {number} {purpose}").random()  # noqa: S311 - nothing here is a secret
