"""Everybody who asks the gateway, behind one small face: ask, stream, leave early, look at the raw bytes."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

import anyio
import openai
import requests

RESPAN = "https://api.respan.ai/api"
MODEL = "gpt-4o"
KEY = "test-key-of-no-account"

LEFT_TO_THE_LOOP = "ignore:Async generator 'openai:ResourceWarning"
"""A warning filter: the SDK leaves generators of its own to the event loop, and trio says so."""

T = TypeVar("T")


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


def ask(client: Client, *, streamed: bool) -> object:
    """An answer, either way."""
    return client.stream() if streamed else client.ask()
