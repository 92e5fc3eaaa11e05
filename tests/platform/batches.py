"""Batches, as OpenAI's client makes them and looks at them."""

import json
from typing import Any

from openai import OpenAI
from openai.types import Batch

CHAT: Any = "/v1/chat/completions"


def line(custom_id: str = "a", text: str = "Hi", **changes: Any) -> dict[str, Any]:
    """A request as it stands in the file."""
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}
    return {"custom_id": custom_id, "method": "POST", "url": CHAT, "body": body, **changes}


def submit(client: OpenAI, *lines: Any, **options: Any) -> Batch:
    """A batch of these lines."""
    rows = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines]
    file = client.files.create(file=("input.jsonl", b"\n".join(rows)), purpose="batch")
    return client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h", **options)


def results(client: OpenAI, file_id: str | None) -> list[Any]:
    """What stands in a file of results."""
    assert file_id is not None
    return [json.loads(row) for row in client.files.content(file_id).content.decode().strip().split("\n")]


def polled(client: OpenAI, batch: Batch) -> list[Batch]:
    """A batch, each time it is looked at until it is over."""
    seen = [batch]
    while seen[-1].status not in ("completed", "failed", "expired", "cancelled"):
        assert len(seen) < 5000, "it never ends"
        seen.append(client.batches.retrieve(batch.id))
    return seen
