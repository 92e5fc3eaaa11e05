"""Scripting and reading gateways from outside, over the socket they are served on."""
