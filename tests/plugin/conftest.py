"""Suites run by these tests in this process find the heavy libraries imported, instead of each importing them anew."""

from importlib import import_module

for name in (
    "openai",
    "requests",
    "mock_gateway.doors.httpx_transports",
    "mock_gateway.doors.requests_adapter",
    "mock_gateway.doors.server",
    "pytest_respan.run",
):
    import_module(name)
