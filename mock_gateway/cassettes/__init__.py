"""Recordings of what providers were asked and answered, on disk."""
