"""A whole answer is read in one go, and nobody can tell: what a response of the library says of itself stays true."""

import pickle
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import httpx2
import pytest

from mock_gateway.doors.httpx_responses import whole_class

from .clients import MODEL
from .libraries import HEADERS, answering, said

URL = "https://api.respan.ai/api/chat/completions"
BODY = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
both = pytest.mark.parametrize("library", [httpx2, httpx])


def asked(library: Any) -> Any:
    with library.Client(headers=HEADERS) as client:
        return client.post(URL, json=BODY)


async def asked_async(library: Any) -> Any:
    async with library.AsyncClient(headers=HEADERS) as client:
        return await client.post(URL, json=BODY)


@both
@pytest.mark.parametrize("is_async", [False, True])
def test_a_response_that_was_read_is_one_of_the_librarys(library: Any, is_async: bool) -> None:
    """With its length, its time and its end; it can be read again, kept in a file, and taken in pieces."""
    with answering().intercept():
        response = anyio.run(asked_async, library) if is_async else asked(library)
    assert type(response) is library.Response
    assert said(response) == "Hello!"
    assert response.num_bytes_downloaded == len(response.content) == int(response.headers["content-length"])
    assert response.elapsed.total_seconds() >= 0
    assert response.is_closed
    assert response.is_stream_consumed
    assert response.read() == b"".join(response.iter_bytes(16)) == pickle.loads(pickle.dumps(response)).content


@both
def test_an_answer_can_be_taken_in_pieces(library: Any) -> None:
    """Where the client asks to, before anything was read."""
    with answering().intercept(), library.Client(headers=HEADERS) as client:
        with client.stream("POST", URL, json=BODY) as response:
            pieces = list(response.iter_bytes(16))
        assert b"Hello!" in b"".join(pieces)
        assert {len(piece) for piece in pieces[:-1]} == {16}
        with pytest.raises(library.StreamConsumed):
            response.read()


@both
def test_an_answer_that_nobody_has_read_can_be_kept(library: Any) -> None:
    """In a file, as the library's own class."""
    with answering().intercept(), library.Client(headers=HEADERS) as client:
        with client.stream("POST", URL, json=BODY) as response:
            kept = pickle.loads(pickle.dumps(response))
        assert type(kept) is type(response) is library.Response


@both
def test_a_transport_may_put_a_stream_of_its_own_around_it(library: Any) -> None:
    """What it makes of the bytes is what is read."""
    streams: Any = library.SyncByteStream
    transports: Any = library.HTTPTransport

    class Shouting(streams):  # type: ignore[misc]
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            return (piece.replace(b"Hello", b"HELLO") for piece in self._stream)

    class Transport(transports):  # type: ignore[misc]
        def handle_request(self, request: Any) -> Any:
            response = super().handle_request(request)
            response.stream = Shouting(response.stream)
            return response

    with answering().intercept(), library.Client(headers=HEADERS, transport=Transport()) as client:
        assert said(client.post(URL, json=BODY)) == "HELLO!"


@both
def test_a_read_of_the_wrong_kind_is_the_librarys_mistake_to_tell(library: Any) -> None:
    """And leaves the response as it was."""

    async def read_wrongly() -> None:
        client = library.AsyncClient(headers=HEADERS)
        async with client, client.stream("POST", URL, json=BODY) as response:
            with pytest.raises(RuntimeError, match="sync iterator on an async stream"):
                response.read()
            with pytest.raises(library.ResponseNotRead):
                _ = response.content

    with answering().intercept():
        anyio.run(read_wrongly)


@both
def test_an_answer_that_was_closed_cannot_be_read(library: Any) -> None:
    """As the library has it."""
    with answering().intercept(), library.Client(headers=HEADERS) as client:
        with client.stream("POST", URL, json=BODY) as response:
            pass
        with pytest.raises(library.StreamClosed):
            response.read()
        with pytest.raises(library.ResponseNotRead):
            _ = response.content


def test_a_library_that_keeps_its_content_elsewhere_reads_it_itself() -> None:
    """What is private to it may have another name in a later version."""

    class Later:
        class Response:
            def __init__(self, status: int, content: bytes) -> None:
                self.body = content

    assert whole_class(Later) is Later.Response
