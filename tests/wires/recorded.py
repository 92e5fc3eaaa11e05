"""What holds of recordings on every wire: played as they were recorded, and told on other wires."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mock_gateway import Answer, Contract, Gateway, ToolCall, Usage
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.format import Arrival, Recording, Take, stream_take, whole_take
from mock_gateway.core.chat import ChatRequest
from mock_gateway.core.fingerprint import canonical
from mock_gateway.core.requests import HttpRequest
from mock_gateway.wires.chat import chat

from ..engine.dialogue import hear
from .wired import ENVELOPE, EVENTS, JSON, MODEL, Wired, events_of


class RecordingContract(Wired):
    """The part of the suite that plays recordings."""

    @pytest.mark.parametrize("recorded_streamed", [False, True])
    @pytest.mark.parametrize("asked_streamed", [False, True])
    def test_a_recording_is_played(self, tmp_path: Path, *, recorded_streamed: bool, asked_streamed: bool) -> None:
        """To the byte where it was recorded as it is asked for, and translated where it was not."""
        answer = Answer("Recorded.", tool_calls=(ToolCall("look_up", {"order": "1"}),), usage=Usage(7, 3))
        data = self.record(tmp_path, answer, stream=recorded_streamed)
        gateway = Gateway(cassette=tmp_path)
        heard = hear(gateway, self.asking(stream=asked_streamed))
        if recorded_streamed == asked_streamed:
            assert heard.body == data
        found = self.read(heard)
        assert (found.text, [call.name for call in found.tool_calls]) == ("Recorded.", ["look_up"])
        assert gateway.calls.one().attempts.one().source == "cassette"

    @pytest.mark.parametrize("stream", [False, True])
    def test_what_was_recorded_on_another_wire_is_told_on_this_one(self, tmp_path: Path, *, stream: bool) -> None:
        """If it asks the very same."""
        asked = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], **self.chat_extras()}
        answer = Answer("Said in chat.", tool_calls=(ToolCall("look_up", {"order": "1"}),), usage=Usage(7, 3))
        body = chat.whole(answer, ChatRequest(asked), ENVELOPE)
        write(tmp_path, "chat", asked, whole_take(body, status=200, headers=JSON))
        gateway = Gateway(cassette=tmp_path)
        found = self.read(hear(gateway, self.asking(stream=stream)))
        assert (found.text, [call.name for call in found.tool_calls]) == ("Said in chat.", ["look_up"])
        assert hear(gateway, self.asking("Hi!", stream=stream)).status == 404

    @pytest.mark.parametrize("stream", [False, True])
    def test_what_was_recorded_on_this_wire_is_told_in_chat(self, tmp_path: Path, *, stream: bool) -> None:
        """The answer, and the error, too."""
        self.record(tmp_path, Answer("Said elsewhere.", reasoning="Why not?", usage=Usage(7, 3)), stream=True)
        gateway = Gateway(cassette=tmp_path)
        fields = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "stream": stream}
        body = json.dumps({**fields, **self.chat_extras()}).encode()
        place, key = "/api/chat/completions", {"authorization": "Bearer any"}
        heard = hear(gateway, HttpRequest("POST", "api.respan.ai", place, key, body, "t"))
        found = chat.gathered(events_of(heard.body)) if stream else chat.verbatim(heard.json)
        assert (found.text, found.reasoning) == ("Said elsewhere.", "Why not?")

    # What is recorded

    def chat_extras(self) -> dict[str, Any]:
        """What the body of a request says beside its message, in the words of chat completions."""
        asked = canonical(self.request().chat)
        return {name: value for name, value in asked.items() if name not in ("model", "messages")}

    def record(self, folder: Path, answer: Answer, *, stream: bool) -> bytes:
        """Write a recording of the question "Hi" as it would be recorded; the bytes of its answer."""
        request = self.request(stream=stream)
        if stream:
            events = [chunk.data for chunk in self.wire.stream(answer, request, ENVELOPE, Contract())]
            take = stream_take([Arrival(at * 0.1, data) for at, data in enumerate(events)], status=200, headers=EVENTS)
        else:
            events = [self.wire.whole(answer, request, ENVELOPE)]
            take = whole_take(events[0], status=200, headers=JSON)
        write(folder, self.wire.name, request.body, take)
        return b"".join(events)


def write(folder: Path, wire: str, asked: Mapping[str, Any], take: Take) -> None:
    """One recording of one take."""
    Folder(folder).write(Recording(wire, MODEL, canonical(asked), [take]))
