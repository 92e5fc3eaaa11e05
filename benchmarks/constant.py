"""A constant ASGI application on uvicorn and httptools: what a server costs that does nothing.

As a program, it prints its port when it is ready. Without an argument it answers next to nothing, and is up as soon as
such a program can be; with ``--answers`` it gives the answers that all others are measured with.
"""

import sys
import threading
from collections.abc import Sequence
from typing import Any

import uvicorn


class Constant:
    """An ASGI application that answers everything with the same bytes, whole or event by event."""

    def __init__(self, whole: Sequence[bytes], events: Sequence[bytes]) -> None:
        self._whole, self._events = b"".join(whole), events

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message["body"], message["more_body"]
        streamed = b'"stream":true' in body or b'"stream": true' in body
        kind = b"text/event-stream" if streamed else b"application/json"
        headers = [(b"content-type", kind)]
        if not streamed:
            headers.append((b"content-length", str(len(self._whole)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for event in self._events if streamed else []:
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await send({"type": "http.response.body", "body": b"" if streamed else self._whole})


class Uvicorn(uvicorn.Server):
    """uvicorn, which says when it is up."""

    def __init__(self, app: Constant, *, says_so: bool = False) -> None:
        super().__init__(
            uvicorn.Config(
                app, port=0, http="httptools", loop="asyncio", lifespan="off", log_config=None, access_log=False
            )
        )
        self.is_up = threading.Event()
        self._says_so = says_so

    async def main_loop(self) -> None:
        self.is_up.set()
        if self._says_so:
            print(self.servers[0].sockets[0].getsockname()[1], flush=True)
        await super().main_loop()


if __name__ == "__main__":
    whole, events = [b"{}"], list[bytes]()
    if "--answers" in sys.argv:
        from . import payloads

        whole, events = payloads.chunks(stream=False), payloads.chunks(stream=True)
    Uvicorn(Constant(whole, events), says_so=True).run()
