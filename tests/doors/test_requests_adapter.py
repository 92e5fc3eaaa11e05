import io
import json
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from mock_gateway import Gateway

from .clients import KEY, MODEL, RESPAN, body

URL = f"{RESPAN}/chat/completions"
HEADERS = {"Authorization": f"Bearer {KEY}"}
BODY = body("Hi")


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway().intercept() as gateway:
        yield gateway


def _stream(**options: Any) -> requests.Response:
    return requests.post(URL, json=body("Hi", stream=True), headers=HEADERS, stream=True, **{"timeout": 5, **options})


def _sends(gateway: Gateway, *pieces: bytes) -> bytes:
    gateway.model(MODEL).sends(pieces)
    return b"".join(pieces)


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_content_comes_in_pieces_of_the_size_asked_for(gateway: Gateway, size: int) -> None:
    """iter_content gives no piece longer than asked for, and waits for none to fill up."""
    _sends(gateway, b"abc", b"", b"defgh")

    with _stream() as response:
        pieces = list(response.iter_content(size))

    assert pieces == [sent[at : at + size] for sent in (b"abc", b"defgh") for at in range(0, len(sent), size)]
    assert not gateway.calls.one().left_early


def test_lines_come_as_they_were_sent(gateway: Gateway) -> None:
    """iter_lines puts lines together that were cut, and gives each as soon as it is whole."""
    _sends(gateway, b"one\ntw", b"o\n", b"three")

    with _stream() as response:
        assert list(response.iter_lines(decode_unicode=True)) == ["one", "two", "three"]


def test_a_piece_is_there_before_the_next_is_made(gateway: Gateway) -> None:
    """A stream is never read ahead: what breaks after a piece breaks after that piece was handed over."""
    gateway.model(MODEL).hangs_up(after_chunks=1)

    with _stream() as response:
        pieces = response.iter_content(None)
        assert b'"role"' in next(pieces)
        assert b'"content":"This "' in next(pieces)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            next(pieces)


READERS: dict[str, Callable[[Any], bytes]] = {
    "read": lambda raw: raw.read(),
    "read in parts": lambda raw: b"".join(iter(lambda: raw.read(4), b"")),
    "read1": lambda raw: b"".join(iter(lambda: raw.read1(4), b"")),
    "readline": lambda raw: b"".join(iter(raw.readline, b"")),
    "stream": lambda raw: b"".join(raw.stream(3)),
    "iteration": b"".join,
    "data": lambda raw: raw.data,
    "data, twice": lambda raw: raw.data and raw.data,
    "text": lambda raw: io.TextIOWrapper(raw).read().encode(),
    "buffered": lambda raw: io.BufferedReader(raw).read(),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_the_raw_answer_reads_like_a_file(gateway: Gateway, read: Callable[[Any], bytes]) -> None:
    """Whoever reads below requests gets all the bytes, whichever way a file can be read."""
    sent = _sends(gateway, b"first\nsec", b"ond\n", b"third")

    with _stream() as response:
        assert not response.raw.closed
        assert read(response.raw) == sent

    assert not gateway.calls.one().left_early


def test_the_raw_answer_can_be_copied_to_a_file(gateway: Gateway) -> None:
    """The way to download with requests works."""
    sent = _sends(gateway, b"abc", b"def")
    copy = io.BytesIO()

    with _stream() as response:
        shutil.copyfileobj(response.raw, copy)

    assert copy.getvalue() == sent


def test_what_is_closed_has_no_more_to_read(gateway: Gateway) -> None:
    """After closing in the middle of a piece, the rest of that piece is gone too."""
    _sends(gateway, b"abcdef", b"ghi")

    with _stream() as response:
        assert response.raw.read(2) == b"ab"
        response.close()

        assert response.raw.closed
        assert response.raw.read() == b""
    assert gateway.calls.one().left_early


@pytest.mark.parametrize(
    ("timeout", "waited"),
    [
        (20, 20),
        ((1, 20), 20),
        ((None, 20.5), 20.5),
        (urllib3.Timeout(connect=1, read=20), 20),
        (urllib3.Timeout(20), 20),
        (urllib3.Timeout(total=20), 20),
        (urllib3.Timeout(total=20, read=30), 20),
        (urllib3.Timeout(total=30, read=20), 20),
    ],
    ids=str,
)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_every_way_to_write_a_time_out(gateway: Gateway, timeout: Any, waited: float, streamed: bool) -> None:
    """The time-out for reading is found in whatever requests takes for one."""
    gateway.model(MODEL).stalls()

    with pytest.raises((requests.ReadTimeout, requests.ConnectionError), match=f"timed out after {waited:g} s"):
        requests.post(URL, json=body("Hi", stream=streamed), headers=HEADERS, timeout=timeout)

    assert gateway.calls.one().seconds == waited


@pytest.mark.parametrize("timeout", [None, (5, None), urllib3.Timeout(connect=5)], ids=str)
def test_a_client_without_a_time_out_does_not_hang_the_test(gateway: Gateway, timeout: Any) -> None:
    """Whoever would wait for ever is told so at once."""
    gateway.model(MODEL).stalls()

    with pytest.raises(requests.ReadTimeout, match="this client has no time-out"):
        requests.post(URL, json=BODY, headers=HEADERS, timeout=timeout)


@pytest.mark.parametrize("timeout", [(1, 2, 3), (1,)])
def test_what_is_no_time_out_is_refused(gateway: Gateway, timeout: Any) -> None:
    """A tuple of another length is as wrong here as it is for requests."""
    with pytest.raises(ValueError, match="values to unpack"):
        requests.post(URL, json=BODY, headers=HEADERS, timeout=timeout)

    assert not gateway.calls


TEXT = json.dumps(BODY)
BODIES: dict[str, Callable[[], Any]] = {
    "text": lambda: TEXT,
    "bytes": TEXT.encode,
    "bytearray": lambda: bytearray(TEXT.encode()),
    "generator": lambda: (TEXT[at : at + 5].encode() for at in range(0, len(TEXT), 5)),
    "file": lambda: io.BytesIO(TEXT.encode()),
    "text file": lambda: io.StringIO(TEXT),
}


@pytest.mark.parametrize("data", BODIES.values(), ids=BODIES)
def test_every_kind_of_request_body(gateway: Gateway, data: Callable[[], Any]) -> None:
    """The request is read whole, whatever its body was given as."""
    gateway.model(MODEL).replies("Hello!")

    assert requests.post(URL, data=data(), headers=HEADERS, timeout=5).status_code == 200

    assert gateway.calls.one().request == BODY


def test_a_request_without_a_body(gateway: Gateway) -> None:
    """Methods without a body are led in too, and told what they are."""
    assert requests.get(URL, headers=HEADERS, timeout=5).status_code == 405


def test_headers_may_be_bytes(gateway: Gateway) -> None:
    """A key that was given in bytes is a key."""
    gateway.account.add_key("secret")
    gateway.model(MODEL).replies("Hello!")
    headers: dict[str, str | bytes] = {"Authorization": b"Bearer secret"}

    assert requests.post(URL, json=BODY, headers=headers, timeout=5).status_code == 200


def test_the_response_says_what_requests_say(gateway: Gateway) -> None:
    """Reason, headers, encoding, URL and request are there, as for any response."""
    gateway.model(MODEL).replies("Hello!").fails(404)

    response = requests.post(URL, json=BODY, headers=HEADERS, timeout=5)
    failed = requests.post(URL, json=BODY, headers=HEADERS, timeout=5)

    assert (response.reason, response.url, response.encoding) == ("OK", URL, "utf-8")
    assert response.headers["Content-Type"] == "application/json"
    assert response.request.url == URL
    assert response.elapsed.total_seconds() >= 0
    with pytest.raises(requests.HTTPError, match="404 Client Error: Not Found for url"):
        failed.raise_for_status()


class Impatient(HTTPAdapter):
    """An adapter of the application's own, that sets a time-out where there is none."""

    def send(self, request: Any, *rest: Any, **options: Any) -> requests.Response:
        return super().send(request, *rest, **{**options, "timeout": options.get("timeout") or 3})


def test_a_session_with_an_adapter_of_its_own(gateway: Gateway) -> None:
    """An application's own adapter does its work, and what it passes on is led in."""
    gateway.model(MODEL).stalls()

    with requests.Session() as session:
        session.mount("https://", Impatient(max_retries=3))
        with pytest.raises(requests.ReadTimeout, match="after 3 s"):
            session.post(URL, json=BODY, headers=HEADERS)

    assert gateway.calls.one().seconds == 3


def test_a_prepared_request_and_its_hooks(gateway: Gateway) -> None:
    """Prepared requests, hooks and session headers work as they do elsewhere."""
    gateway.model(MODEL).replies("Hello!")
    seen: list[int] = []

    with requests.Session() as session:
        session.headers.update(HEADERS)
        session.hooks["response"].append(lambda response, **_: seen.append(response.status_code))
        session.send(session.prepare_request(requests.Request("POST", URL, json=BODY)))

    assert seen == [200]


def test_a_streamed_answer_nobody_reads_is_left(gateway: Gateway) -> None:
    """A response that is closed unread, or dropped, has been left early."""
    gateway.model(MODEL).replies("one two three")

    _stream().close()
    dropped = _stream()
    del dropped

    assert [call.left_early for call in gateway.calls] == [True, True]
