"""What is wrong with a recording."""

from ..wires.upstream import UpstreamMistake


class CassetteMistake(UpstreamMistake):
    """A file that is no recording. The text names the file, and says why."""
