"""The fixtures. Their docstrings are the manual that ``pytest --fixtures`` prints."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI
    from syrupy.assertion import SnapshotAssertion

    from mock_gateway import Gateway
    from mock_gateway.doors.server import Server, ServerThread

    from .run import Run
    from .session import Tally
    from .tracing import Tracing

RUN: pytest.StashKey["Run"] = pytest.StashKey()
"""On an item: the run of its gateway, from the moment it asked for one."""
TRACING: pytest.StashKey["Tracing"] = pytest.StashKey()
"""On an item that uses the gateway: the tracing SDKs of this process, from before its first fixture."""
LEADS: pytest.StashKey[bool] = pytest.StashKey()
"""On the configuration: whether there are tests that use the gateway."""
BEGAN: pytest.StashKey[float] = pytest.StashKey()
"""On the configuration: when the session began, in all its processes."""
TALLY: pytest.StashKey["Tally"] = pytest.StashKey()
"""On the configuration: what tests did with their cassettes, from the first test on that had one."""
PARTIAL: pytest.StashKey[bool] = pytest.StashKey()
"""On the configuration: whether tests were left out."""
COLLECTED: pytest.StashKey[int] = pytest.StashKey()
"""On the configuration: how many tests were found."""
UNFINISHED: pytest.StashKey[bool] = pytest.StashKey()
"""On the configuration: whether a test has failed, or was skipped."""


@pytest.fixture(scope="session")
def respan_config() -> Mapping[str, Any]:
    """Keywords of the respan marker for all tests in reach: override it in a conftest, in any scope.

    @pytest.fixture
    def respan_config():
        return {"contract": "sdk-2026-10"}
    """
    return {}


class Gateways:
    """The plugin of one session that has the main fixture.

    It is told which test runs: to ask pytest for a ``request`` takes longer than much of what the fixture does.
    """

    item: pytest.Item

    @pytest.fixture
    def respan_gateway(self, respan_config: Mapping[str, Any]) -> Iterator["Gateway"]:
        """A fresh Respan gateway for this test, with all calls to Respan and to model providers led into it.

        Say what its models answer, run your code unchanged, and look at what the gateway did:

        respan_gateway.model("gpt-4o").replies("Hello!")
        ...
        print(respan_gateway.story)

        Dummy API keys are in the environment meanwhile. At the end the test fails for what it did not reckon with: a
        scripted rule that never played, a call nobody answered, a call straight to a provider, a connection refused by
        the guard. Each can be relaxed: @pytest.mark.respan(strict=("misses", "direct", "guard")).
        """
        from .run import Run

        yield from Run(self.item, respan_config).live()


GATEWAYS: pytest.StashKey[Gateways] = pytest.StashKey()
"""On the configuration: who has the main fixture."""


@pytest.fixture
def respan_server(
    respan_gateway: "Gateway", respan_server_thread: "ServerThread", request: pytest.FixtureRequest
) -> Iterator["Server"]:
    """The gateway of this test behind a real loopback socket, for subprocesses, other languages, other HTTP libraries.

    `.url` is what RESPAN_BASE_URL would be, `.env` the environment for a process that is to find it. Each test has an
    address of its own, so that a late request cannot land in the next test.
    """
    from mock_gateway.core.problems import over
    from mock_gateway.doors.tracing import flush

    with respan_server_thread.serving(respan_gateway, over(request.node.nodeid)) as server:
        yield server
        flush()  # what the application has still to send, to where it has been told to


@pytest.fixture(scope="session")
def respan_session_server(request: pytest.FixtureRequest, respan_server_thread: "ServerThread") -> "Server":
    """A socket with one address for the whole session, for an application that is started only once.

    It serves the gateway of the test that is running, if that test uses respan_gateway; else it refuses, and says so.
    """
    from .run import running_gateway

    return respan_server_thread.mount(running_gateway, "session")


@pytest.fixture
def respan_openai(respan_gateway: "Gateway") -> Iterator["OpenAI"]:
    """An OpenAI client that points at the gateway of this test."""
    from .clients import openai_client

    client = openai_client("OpenAI")
    yield client
    client.close()


@pytest.fixture
def respan_async_openai(respan_gateway: "Gateway") -> "AsyncOpenAI":
    """An asynchronous OpenAI client that points at the gateway of this test."""
    from .clients import openai_client

    client: AsyncOpenAI = openai_client("AsyncOpenAI")
    return client


@pytest.fixture
def respan_snapshot(request: pytest.FixtureRequest) -> "SnapshotAssertion":
    """A syrupy snapshot that writes a story, a call, a log, a span, a trace or a whole gateway as text to read.

    assert respan_gateway == respan_snapshot

    Ids that differ on every run are numbered, so that the text is the same on every run and machine. It is written and
    updated with pytest --snapshot-update.
    """
    if not request.config.pluginmanager.has_plugin("syrupy"):
        pytest.fail('respan_snapshot needs syrupy: pip install "pytest-respan[snapshot]"', pytrace=False)
    from .snapshot import RespanExtension

    snapshot: SnapshotAssertion = request.getfixturevalue("snapshot")
    return snapshot.use_extension(RespanExtension)


@pytest.fixture(scope="session")
def respan_server_thread() -> Iterator["ServerThread"]:
    """The one server of the session, started when a test first asks for a socket. Ask for respan_server instead."""
    from mock_gateway.doors.server import ServerThread

    thread = ServerThread()
    yield thread
    thread.stop()
