"""Every way into the gateway, behind one small face: ask, stream, leave early, look at the raw bytes.

A door is a place (where the gateway is met) and a client (who asks). What a promise needs to know of a door is on it;
everything else is the same for all of them, which is the point.
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

import anyio
import openai
import requests

from mock_gateway import Gateway
from mock_gateway.doors.asgi import GatewayApp

from .asgi_transport import transport

NATIVE: Any = import_module(str(openai.DefaultHttpxClient.__base__.__module__).partition(".")[0])
"""The library that this version of the OpenAI SDK is built on: httpx2 since version 3, httpx before."""

RESPAN = "https://api.respan.ai/api"
MODEL = "gpt-4o"
KEY = "test-key-of-no-account"

LEFT_TO_THE_LOOP = "ignore:Async generator 'openai:ResourceWarning"
"""A warning filter: the SDK leaves generators of its own to the event loop, and trio says so."""

T = TypeVar("T")
Place = Literal["intercepted", "respx", "application", "socket"]
Kind = Literal["sync", "asyncio", "trio", "requests"]


class Streamed(NamedTuple):
    """What came out of a stream."""

    pieces: list[str]
    usage: Mapping[str, Any] | None

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class Raw(NamedTuple):
    """An answer below the SDK."""

    status: int
    headers: Mapping[str, str]
    pieces: list[bytes]


def nothing() -> None:
    """What is done at the first piece of a stream, unless something is."""


class Client(Protocol):
    """Somebody who asks a model."""

    def ask(self, prompt: str = "Hi", **parameters: Any) -> str:
        """The answer, whole; with parameters of the gateway."""
        ...

    def stream(
        self,
        prompt: str = "Hi",
        *,
        leave_after: int | None = None,
        usage: bool = False,
        at_first: Callable[[], None] = nothing,
        **parameters: Any,
    ) -> Streamed:
        """The answer as it comes; closed after so many pieces of its text; `at_first` is called at the first."""
        ...

    def raw(self, *, stream: bool) -> Raw:
        """The answer in bytes."""
        ...

    def ask_at_once(self, prompts: Sequence[str]) -> list[str]:
        """An answer to each, asked side by side."""
        ...


def body(prompt: str, *, stream: bool = False, usage: bool = False) -> dict[str, Any]:
    """What is asked."""
    fields: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": prompt}]}
    if stream:
        fields["stream"] = True
    if usage:
        fields["stream_options"] = {"include_usage": True}
    return fields


class Gathered:
    """The pieces of a stream, and whether its reader has had enough of them."""

    def __init__(self, leave_after: int | None, at_first: Callable[[], None]) -> None:
        self._leave_after, self._at_first = leave_after, at_first
        self._pieces: list[str] = []
        self._usage: Mapping[str, Any] | None = None

    def add(self, event: Mapping[str, Any]) -> bool:
        """Take in one event. False: the reader leaves."""
        for choice in event["choices"]:
            if content := choice["delta"].get("content"):
                self._pieces.append(content)
                if len(self._pieces) == 1:
                    self._at_first()
        self._usage = event.get("usage") or self._usage
        return len(self._pieces) != self._leave_after

    @property
    def streamed(self) -> Streamed:
        return Streamed(self._pieces, self._usage)


class SyncClient:
    """The OpenAI SDK."""

    def __init__(self, sdk: openai.OpenAI) -> None:
        self._sdk: Any = sdk

    def ask(self, prompt: str = "Hi", **parameters: Any) -> str:
        answer = self._sdk.chat.completions.create(**body(prompt), extra_body=parameters)
        return str(answer.choices[0].message.content)

    def stream(
        self,
        prompt: str = "Hi",
        *,
        leave_after: int | None = None,
        usage: bool = False,
        at_first: Callable[[], None] = nothing,
        **parameters: Any,
    ) -> Streamed:
        gathered = Gathered(leave_after, at_first)
        fields = body(prompt, stream=True, usage=usage)
        with self._sdk.chat.completions.create(**fields, extra_body=parameters) as events:
            for event in events:
                if not gathered.add(event.model_dump()):
                    break
        return gathered.streamed

    def raw(self, *, stream: bool) -> Raw:
        create = self._sdk.chat.completions.with_streaming_response.create
        with create(**body("Hi", stream=stream)) as response:
            pieces = [piece for piece in response.iter_bytes() if piece]
        return Raw(response.status_code, response.headers, pieces)

    def ask_at_once(self, prompts: Sequence[str]) -> list[str]:
        with ThreadPoolExecutor(len(prompts)) as pool:
            return list(pool.map(self.ask, prompts))


class AsyncClient:
    """The asynchronous OpenAI SDK, in an event loop for each thing that is asked of it."""

    def __init__(self, make: Callable[[], openai.AsyncOpenAI], backend: str) -> None:
        self._make, self._backend = make, backend

    def ask(self, prompt: str = "Hi", **parameters: Any) -> str:
        return self._run(partial(_ask, prompt=prompt, parameters=parameters))

    def stream(
        self,
        prompt: str = "Hi",
        *,
        leave_after: int | None = None,
        usage: bool = False,
        at_first: Callable[[], None] = nothing,
        **parameters: Any,
    ) -> Streamed:
        async def ask(sdk: Any) -> Streamed:
            gathered = Gathered(leave_after, at_first)
            fields = body(prompt, stream=True, usage=usage)
            async with await sdk.chat.completions.create(**fields, extra_body=parameters) as events:
                async for event in events:
                    if not gathered.add(event.model_dump()):
                        break
            return gathered.streamed

        return self._run(ask)

    def raw(self, *, stream: bool) -> Raw:
        async def ask(sdk: Any) -> Raw:
            create = sdk.chat.completions.with_streaming_response.create
            async with create(**body("Hi", stream=stream)) as response:
                pieces = [piece async for piece in response.iter_bytes() if piece]
            return Raw(response.status_code, response.headers, pieces)

        return self._run(ask)

    def ask_at_once(self, prompts: Sequence[str]) -> list[str]:
        async def ask(sdk: Any) -> list[str]:
            answers = dict.fromkeys(prompts, "")

            async def one(prompt: str) -> None:
                answers[prompt] = await _ask(sdk, prompt)

            async with anyio.create_task_group() as group:
                for prompt in prompts:
                    group.start_soon(one, prompt)
            return list(answers.values())

        return self._run(ask)

    def _run(self, ask: Callable[[Any], Awaitable[T]]) -> T:
        async def run() -> T:
            async with self._make() as sdk:
                return await ask(sdk)

        return anyio.run(run, backend=self._backend)


async def _ask(sdk: Any, prompt: str, parameters: Mapping[str, Any] | None = None) -> str:
    completion = await sdk.chat.completions.create(**body(prompt), extra_body=parameters)
    return str(completion.choices[0].message.content)


class RequestsClient:
    """Plain requests, without an SDK."""

    def __init__(self, base_url: str, timeout: float) -> None:
        self._url, self._timeout = f"{base_url}/chat/completions", timeout

    def ask(self, prompt: str = "Hi", **parameters: Any) -> str:
        response = self._post(body(prompt) | parameters)
        return str(response.json()["choices"][0]["message"]["content"])

    def stream(
        self,
        prompt: str = "Hi",
        *,
        leave_after: int | None = None,
        usage: bool = False,
        at_first: Callable[[], None] = nothing,
        **parameters: Any,
    ) -> Streamed:
        gathered = Gathered(leave_after, at_first)
        with self._post(body(prompt, stream=True, usage=usage) | parameters) as response:
            for line in response.iter_lines():
                data = line.removeprefix(b"data: ")
                if data == b"[DONE]" or (data and not gathered.add(json.loads(data))):
                    break
        return gathered.streamed

    def raw(self, *, stream: bool) -> Raw:
        with self._post(body("Hi", stream=stream)) as response:
            pieces = [piece for piece in response.iter_content(None) if piece]
        return Raw(response.status_code, response.headers, pieces)

    def ask_at_once(self, prompts: Sequence[str]) -> list[str]:
        with ThreadPoolExecutor(len(prompts)) as pool:
            return list(pool.map(self.ask, prompts))

    def _post(self, fields: Mapping[str, Any]) -> requests.Response:
        streamed = fields.get("stream", False)
        headers = {"Authorization": f"Bearer {KEY}"}
        response = requests.post(self._url, json=fields, headers=headers, timeout=self._timeout, stream=streamed)
        if not response.ok:
            assert response.content  # reading it all gives the connection back
            response.raise_for_status()
        return response


@dataclass(frozen=True)
class Door:
    """A way into the gateway."""

    place: Place
    library: Any
    kind: Kind

    def __str__(self) -> str:
        return f"{self.place}-{self.library.__name__}-{self.kind}"

    @property
    def is_within(self) -> bool:
        """Whether the door itself is the client's transport, so that the client's patience is virtual too."""
        return self.place in ("intercepted", "respx")

    @property
    def has_sdk(self) -> bool:
        return self.kind != "requests"

    @contextmanager
    def open(self, gateway: Gateway, *, timeout: float | None = None, retries: int = 0) -> Iterator[Client]:
        """A client at the door of this gateway, with this patience for an answer."""
        patience = timeout or (600 if self.is_within else 30)
        with _PLACES[self.place](gateway) as (base_url, application):
            if self.kind == "requests":
                yield RequestsClient(base_url, patience)
                return
            options: dict[str, Any] = {
                "base_url": base_url,
                "api_key": KEY,
                "timeout": patience,
                "max_retries": retries,
            }
            if self.kind == "sync":
                with closing(openai.OpenAI(**options, http_client=self._http_client(application))) as sdk:
                    yield SyncClient(sdk)
            else:
                yield AsyncClient(
                    lambda: openai.AsyncOpenAI(**options, http_client=self._http_client(application)), self.kind
                )

    def _http_client(self, application: GatewayApp | None) -> Any:
        if application is not None:
            return self.library.AsyncClient(transport=transport(self.library, application))
        if self.library is NATIVE:
            return None
        return self.library.Client() if self.kind == "sync" else self.library.AsyncClient()


Met = Iterator[tuple[str, GatewayApp | None]]


@contextmanager
def _intercepted(gateway: Gateway) -> Met:
    with gateway.intercept():
        yield RESPAN, None


@contextmanager
def _routed(gateway: Gateway) -> Met:
    import respx

    from mock_gateway.doors import respx_route

    with respx.mock() as router:
        respx_route.lead(router, gateway)
        yield RESPAN, None


@contextmanager
def _mounted(gateway: Gateway) -> Met:
    yield "http://gateway.test/api", GatewayApp(gateway)


@contextmanager
def _served(gateway: Gateway) -> Met:
    with gateway.serve() as server:
        yield server.url, None


_PLACES = {"intercepted": _intercepted, "respx": _routed, "application": _mounted, "socket": _served}


def _doors() -> Iterator[Door]:
    libraries = [NATIVE, *([import_module("httpx")] if NATIVE.__name__ != "httpx" and find_spec("httpx") else [])]
    for library in libraries:
        yield Door("intercepted", library, "sync")
        yield Door("intercepted", library, "asyncio")
        yield Door("intercepted", library, "trio")
    if find_spec("respx"):
        for kind in ("sync", "asyncio"):
            yield Door("respx", import_module("httpx"), kind)
    for library in libraries:
        yield Door("application", library, "asyncio")
    yield Door("socket", NATIVE, "sync")
    yield Door("socket", NATIVE, "asyncio")
    yield Door("socket", NATIVE, "trio")
    yield Door("intercepted", requests, "requests")
    yield Door("socket", requests, "requests")


DOORS = tuple(_doors())
