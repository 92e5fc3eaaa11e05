"""Test applications built on the Respan AI gateway, offline.

Installed, it gives a suite the fixtures `respan_gateway`, `respan_server` and others: see ``pytest --fixtures``.
"""
