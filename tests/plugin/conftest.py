"""Suites run by these tests in this process find the heavy libraries imported, instead of each importing them anew."""

import openai  # noqa: F401
import requests  # noqa: F401

import mock_gateway.doors.httpx_transports
import mock_gateway.doors.requests_adapter
import mock_gateway.doors.server
import pytest_respan.run  # noqa: F401
