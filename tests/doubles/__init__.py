"""Stand-ins for what cannot be reached from a test. None of them uses this project's code."""
