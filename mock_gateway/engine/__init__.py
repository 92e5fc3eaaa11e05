"""Runs a call through the rules and keeps its story. Knows no HTTP library and no event loop."""
