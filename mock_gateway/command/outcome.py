"""How a command ends."""

from collections.abc import Iterator

Lines = Iterator[str]
"""What a command says, line by line, as it goes on."""


class Failed(Exception):  # noqa: N818 - how a command ends, not why
    """The command has said what is wrong, and its exit status is to say so too."""
