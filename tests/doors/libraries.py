"""Every HTTP library that an interception leads in, each asked in one line."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import aiohttp
import anyio
import httpx
import httpx2
import pytest
import requests

from mock_gateway import Gateway

from .clients import KEY, MODEL

HEADERS = {"Authorization": f"Bearer {KEY}"}


async def _post_async(library: Any, url: str, json: object) -> Any:
    async with library.AsyncClient() as client:
        return await client.post(url, json=json, headers=HEADERS)


async def _get_async(library: Any, url: str) -> Any:
    async with library.AsyncClient() as client:
        return await client.get(url)


class Answer(NamedTuple):
    """What aiohttp has read, in the words of the others."""

    status_code: int
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


async def _by_aiohttp(method: str, url: str, **options: Any) -> Answer:
    async with aiohttp.ClientSession() as session, session.request(method, url, **options) as answer:
        return Answer(answer.status, await answer.text())


POSTS: dict[str, Callable[[str, object], Any]] = {
    "httpx2": lambda url, json: httpx2.post(url, json=json, headers=HEADERS),
    "httpx2, async": lambda url, json: anyio.run(_post_async, httpx2, url, json),
    "httpx": lambda url, json: httpx.post(url, json=json, headers=HEADERS),
    "httpx, async": lambda url, json: anyio.run(_post_async, httpx, url, json),
    "requests": lambda url, json: requests.post(url, json=json, headers=HEADERS, timeout=5),
    "aiohttp": lambda url, json: asyncio.run(_by_aiohttp("post", url, json=json, headers=HEADERS)),
}
GETS: dict[str, Callable[[str], Any]] = {
    "httpx2": httpx2.get,
    "httpx2, async": lambda url: anyio.run(_get_async, httpx2, url),
    "httpx": httpx.get,
    "httpx, async": lambda url: anyio.run(_get_async, httpx, url),
    "requests": lambda url: requests.get(url, timeout=5),
    "aiohttp": lambda url: asyncio.run(_by_aiohttp("get", url)),
}
every_poster = pytest.mark.parametrize("post", POSTS.values(), ids=POSTS)
every_getter = pytest.mark.parametrize("get", GETS.values(), ids=GETS)


def answering(text: str = "Hello!", **options: Any) -> Gateway:
    """A gateway whose model says this."""
    gateway = Gateway(**options)
    gateway.model(MODEL).replies(text)
    return gateway


def said(response: Any) -> str:
    """What the model said."""
    return str(response.json()["choices"][0]["message"]["content"])
