"""Respan's own resources over REST: logs and traces."""
