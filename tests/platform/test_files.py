"""Files that are uploaded to OpenAI, through the gateway or past it."""

import io
import random
from collections.abc import Iterator
from typing import Any

import openai
import pytest
import requests
from openai import OpenAI
from openai.types import FileDeleted, FileObject

from mock_gateway import Gateway
from mock_gateway.platform import files

from .rest import KEY, RESPAN, call

OPENAI = "https://api.openai.com/v1"
BINARY = random.Random(0).randbytes(5000) + b"\r\n--\r\n\r\n\n\r\x00\xff--boundary--\r\n"


@pytest.fixture
def client(gateway: Gateway) -> Iterator[OpenAI]:
    """OpenAI's client, led to the gateway."""
    with OpenAI(base_url=RESPAN, api_key="any", max_retries=0) as client:
        yield client


def upload(client: OpenAI, content: bytes = b"{}\n", name: str = "a.jsonl", purpose: Any = "batch") -> FileObject:
    return client.files.create(file=(name, content), purpose=purpose)


def test_an_uploaded_file_is_described_as_openai_does(client: OpenAI) -> None:
    """Every field of the official type is there, in the right type."""
    raw = client.files.with_raw_response.create(file=("input.jsonl", b"{}\n"), purpose="batch")
    told = raw.http_response.json()
    assert told == {
        "id": "file-000001",
        "object": "file",
        "bytes": 3,
        "created_at": 1767225600,
        "expires_at": 1767225600 + 30 * 86400,
        "filename": "input.jsonl",
        "purpose": "batch",
        "status": "processed",
        "status_details": None,
    }
    file = FileObject.model_validate(told, strict=True)
    assert file == client.files.retrieve("file-000001")


@pytest.mark.parametrize(
    "content", [b"", b"\r\n", b"\n\n", b"a\r", b"--", BINARY], ids=["empty", "crlf", "lf", "cr", "dashes", "binary"]
)
def test_a_file_comes_back_byte_for_byte(client: OpenAI, content: bytes) -> None:
    """Whatever is in it, line breaks and boundaries of others included."""
    file = upload(client, content, "x.bin", "user_data")
    assert client.files.content(file.id).content == content
    assert file.bytes == len(content)


@pytest.mark.parametrize("name", ["mail.eml", "page.mht", "data.json", "grüße.jsonl", 'a "b".txt', "no-ending"])
def test_a_file_keeps_its_name(client: OpenAI, name: str) -> None:
    """Also one in another script, and also that of a kind of file which is a form itself."""
    content = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nHi\r\n--x--\r\n"
    file = upload(client, content, name, "user_data")
    assert file.filename == name.replace('"', "%22")
    assert client.files.content(file.id).content == content


def test_requests_uploads_files_too(gateway: Gateway) -> None:
    """Its forms are written in another way."""
    form: Any = {"purpose": (None, "batch"), "file": ("grüße.jsonl", io.BytesIO(BINARY))}
    told = requests.post(f"{RESPAN}/files/", files=form, headers=KEY, timeout=5).json()
    assert (told["filename"], told["bytes"]) == ("grüße.jsonl", len(BINARY))
    assert requests.get(f"{RESPAN}/files/{told['id']}/content/", headers=KEY, timeout=5).content == BINARY


def test_files_are_listed_page_by_page(client: OpenAI) -> None:
    """Newest first, unless the oldest are asked for; of one purpose, if that is asked for."""
    for name in ("a", "b", "c"):
        upload(client, name=name, purpose="user_data" if name == "b" else "batch")
    first = client.files.list(limit=2)
    assert [file.filename for file in first.data] == ["c", "b"]
    assert first.has_more
    assert [file.filename for file in client.files.list(limit=2)] == ["c", "b", "a"]
    assert [file.filename for file in client.files.list(order="asc")] == ["a", "b", "c"]
    assert [file.filename for file in client.files.list(purpose="user_data")] == ["b"]


def test_a_deleted_file_is_gone(client: OpenAI) -> None:
    """From the list, and from where it stood."""
    file = upload(client)
    deleted = client.files.with_raw_response.delete(file.id).http_response.json()
    assert FileDeleted.model_validate(deleted, strict=True).deleted
    assert client.files.list().data == []
    with pytest.raises(openai.NotFoundError, match="No such File object: file-000001"):
        client.files.retrieve(file.id)
    with pytest.raises(openai.NotFoundError):
        client.files.content(file.id)


def test_a_file_expires(client: OpenAI, gateway: Gateway) -> None:
    """After the time that was asked for, or 30 days, if a batch is what it is for."""
    upload(client, name="batch")
    upload(client, name="kept", purpose="user_data")
    client.files.create(file=b"x", purpose="batch", expires_after={"anchor": "created_at", "seconds": 3600})
    gateway.clock.advance(hours=2)
    assert [file.filename for file in client.files.list()] == ["kept", "batch"]
    gateway.clock.advance(days=30)
    assert [file.filename for file in client.files.list()] == ["kept"]


def test_a_file_that_is_too_large_is_refused(client: OpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the status and the words of OpenAI."""
    assert files.LARGEST == 200 * 1024 * 1024
    monkeypatch.setattr(files, "LARGEST", 10)
    with pytest.raises(
        openai.APIStatusError, match=r"Maximum content size limit \(10\) exceeded \(11 bytes read\)"
    ) as no:
        upload(client, b"x" * 11)
    assert no.value.status_code == 413
    assert upload(client, b"x" * 10).bytes == 10


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"purpose": (None, "batch")}, "Missing required parameter: 'file'."),
        ({"file": ("a", b"")}, "Missing required parameter: 'purpose'."),
        ({"file": ("a", b""), "purpose": (None, "fun")}, "Invalid value: 'fun'. Supported values are: "),
        (None, "Missing required parameter: 'file'."),
    ],
)
def test_a_form_that_is_not_complete_is_refused(gateway: Gateway, form: Any, message: str) -> None:
    """With a 400, as OpenAI does."""
    answer = requests.post(f"{RESPAN}/files/", files=form, headers=KEY, timeout=5)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(message)
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_without_a_key_there_are_no_files(gateway: Gateway) -> None:
    """The refusal is documented for these endpoints, in a shape of its own."""
    for path in ("files/", "v1/batches", "files/file-000001/content/"):
        answer = call("GET", path, headers={})
        assert (answer.status_code, answer.json()) == (401, {"error": "Authentication credentials were not provided."})


def test_without_a_key_newer_clients_are_told_as_openai_does() -> None:
    """With the status of the gateway, not that of the other resources."""
    with Gateway(contract="sdk-2026-10").intercept():
        answer = call("GET", "files/", headers={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "missing_api_key")


def test_a_wrong_key_is_refused(client: OpenAI, gateway: Gateway) -> None:
    """As for model calls: with a 401, also where other resources answer with a 403."""
    gateway.account.add_key("another")
    with pytest.raises(openai.AuthenticationError) as refused:
        client.files.list()
    assert "Your API key is invalid or expired" in str(refused.value.body)


def test_files_past_the_gateway_are_refused() -> None:
    """As model calls past it are, and a strict test fails for it."""
    with Gateway().intercept() as gateway, OpenAI(base_url=OPENAI, api_key="any") as client:
        with pytest.raises(openai.PermissionDeniedError, match=r"went straight to api\.openai\.com"):
            client.files.list()
        with pytest.raises(openai.PermissionDeniedError):
            client.batches.retrieve("batch_1")
    assert [finding.kind for finding in gateway.findings()] == ["direct", "direct"]
    assert not gateway.calls


@pytest.mark.parametrize("url", [OPENAI, "https://api.groq.com/openai/v1", "https://us.openai.azure.com/openai/v1"])
def test_files_past_the_gateway_may_be_allowed(url: str) -> None:
    """Then they need no key of Respan's, and are no calls."""
    with Gateway(direct="allow").intercept() as gateway, OpenAI(base_url=url, api_key="any") as client:
        gateway.account.add_key("respan's")
        file = upload(client, BINARY)
        assert client.files.content(file.id).content == BINARY
    assert not gateway.findings()
    assert not gateway.calls


def test_the_files_of_anthropic_are_not_imitated() -> None:
    """They are of another shape, so that nothing is better than something wrong."""
    with Gateway(direct="allow").intercept() as gateway:
        headers = {"x-api-key": "any", "anthropic-version": "2023-06-01"}
        answer = requests.get("https://api.anthropic.com/v1/files", headers=headers, timeout=5)
    assert answer.status_code == 501
    assert [finding.kind for finding in gateway.findings()] == ["misses"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_method_that_files_do_not_have_is_refused(gateway: Gateway, method: str) -> None:
    """With a 405, as for every other resource."""
    assert call(method, "files/file-1/").status_code == 405


def test_files_over_a_socket() -> None:
    """The bytes are the same over a real connection, and with the address that OpenAI's client is given there."""
    gateway = Gateway()
    with gateway.serve() as server, OpenAI(base_url=server.openai_url, api_key="any") as client:
        file = upload(client, BINARY, "grüße.bin", "user_data")
        assert client.files.content(file.id).content == BINARY
        assert [one.filename for one in client.files.list()] == ["grüße.bin"]
        assert client.files.delete(file.id).deleted
    assert not gateway.calls
