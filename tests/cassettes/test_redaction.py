"""No key in what is recorded, however an answer was cut and written; and what a user wants out of it."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from mock_gateway import Gateway
from mock_gateway.cassettes.files import Folder
from mock_gateway.cassettes.format import load

from ..doubles.provider import KEY, Provider
from ..engine.dialogue import ask
from .live import DONE, EVENT, OTHER, grown_old, said_in, takes
from .recordings import completion, event, record


def test_nothing_of_a_key_or_a_session_is_on_disk(tmp_path: Path, upstream: Provider) -> None:
    """Neither where it was sent, nor where the application or the provider repeats it."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    assert KEY in (ask(gateway, f"say {KEY}").text or "")
    assert ask(gateway, f"say {KEY[:12]} {KEY}", stream=True).status == 200
    assert gateway.findings() == []
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert KEY.encode() not in everything
    assert b"<OPENAI_API_KEY>" in everything
    assert b"session=" not in everything
    assert b"req_" not in everything


@pytest.mark.parametrize("streamed", [False, True])
def test_a_secret_in_an_answer_ends_the_call(tmp_path: Path, upstream: Provider, streamed: bool) -> None:
    """With the place and what to do; nothing is on disk."""
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, redact=only_in_requests)
    heard = ask(gateway, f"say {OTHER}", stream=streamed)
    place = "takes[0].stream[*].data.choices[0].delta" if streamed else "takes[0].body.choices[0].message"
    [finding] = gateway.findings()
    assert f"{place}.content has a Groq key (gsk***)" in finding.text
    assert heard.ending == "cut" if streamed else heard.status == 500
    assert OTHER not in finding.text + str(gateway.story)
    assert not list(tmp_path.glob("*"))


def only_in_requests(text: str, place: str) -> str:
    return text.replace(OTHER, "<OTHER>") if place.startswith("request") else text


@pytest.mark.parametrize("streamed", [False, True])
def test_a_users_redaction_reaches_every_text(tmp_path: Path, upstream: Provider, streamed: bool) -> None:
    """Also one that is cut over events; the request is found all the same, and the events are as many as before."""
    places: list[str] = []

    def redact(text: str, place: str) -> str:
        places.append(place)
        return text.replace("Ada Lovelace", "<NAME>")

    prompt = "say Her name is Ada Lovelace, I think."
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, redact=redact)
    live = ask(gateway, prompt, stream=streamed)
    assert live.text == prompt.removeprefix("say ")
    assert b"Lovelace" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    replayed = ask(Gateway(cassette=tmp_path, redact=redact), prompt, stream=streamed)
    assert replayed.text == "Her name is <NAME>, I think."
    if streamed:
        assert len(replayed.events) == len(live.events)
        assert "takes[0].stream[*].data.choices[0].delta.content" in places
    assert "request.messages[0].content" in places
    assert ask(Gateway(cassette=tmp_path), prompt).status == 404


def cuts(key: str) -> dict[str, list[bytes]]:
    """A stream that says a key, in all the ways a stream can be cut and written."""
    parts = [key[at : at + 8] for at in range(0, len(key), 8)]
    said = [event({"content": part}) for part in parts]
    words = [event({"content": f"word {at} "}).replace(b'"index":0', b'"index":1') for at in range(len(parts))]
    tokens = [b'"logprobs":{"content":[{"token":"%s","bytes":[1]}]},"finish_reason"' % part.encode() for part in parts]
    text = b"".join((*said, DONE))
    half = len(key) // 2
    return {
        "cut anywhere": [text[at : at + 50] for at in range(0, len(text), 50)],
        "crlf": [one.replace(b"\n", b"\r\n") for one in (*said, DONE)],
        "no space": [one.replace(b"data: ", b"data:") for one in (*said, DONE)],
        "spaced JSON": [one.replace(b'":', b'" : ') for one in (*said, DONE)],
        "two choices": [*(one for pair in zip(said, words, strict=True) for one in pair), DONE],
        "named": [*(b"event: delta\n" + one for one in said), DONE],
        "halves": [event({"content": key[:half]}), event({"content": key[half:]}), DONE],
        "escaped": [
            event({"content": key}).replace(key[:2].encode(), rb"\u%04x" % ord(key[0]) + key[1:2].encode()),
            DONE,
        ],
        "tokens": [
            *(one.replace(b'"finish_reason"', token) for one, token in zip(said, tokens, strict=True)),
            DONE,
        ],
    }


@pytest.mark.parametrize("name", cuts(KEY))
def test_a_key_is_replaced_however_a_stream_is_cut(tmp_path: Path, upstream: Provider, name: str) -> None:
    """By the network, over events, among those of another choice, in another spelling. The client is given all of it."""
    upstream.sends["odd"] = cuts(KEY)[name]
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    heard = ask(gateway, "odd", stream=True)
    assert heard.body == b"".join(cuts(KEY)[name])
    assert gateway.findings() == []
    [path] = Folder(tmp_path).names()
    assert said_in(load(path.read_bytes()).takes[0].data)[0] == "<OPENAI_API_KEY>"
    assert KEY[8:16] not in path.read_text()


@pytest.mark.parametrize("name", cuts(OTHER))
def test_another_secret_is_refused_however_a_stream_is_cut(tmp_path: Path, upstream: Provider, name: str) -> None:
    """The same, for what nobody has told us is one."""
    upstream.sends["odd"] = cuts(OTHER)[name]
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, "odd", stream=True)
    [finding] = gateway.findings()
    assert "has a Groq key" in finding.text
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_set_late_is_known(tmp_path: Path, upstream: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the time something is written, whatever was in the environment when it began; and so are other spellings."""
    late = "sk-proj-" + 'late+K7Zp2/Lx"V9mKt4RbW8n'
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    monkeypatch.setenv("OPENAI_API_KEY", late)
    spelt = (late, quote(late, safe=""), json.dumps(late)[1:-1], KEY)
    upstream.answers["odd"] = (200, "application/json", completion(" ".join(spelt)), {})
    ask(gateway, "odd")
    assert gateway.findings() == []
    [[take]] = takes(tmp_path)
    said = take["body"]["choices"][0]["message"]["content"]
    assert said == " ".join(["<OPENAI_API_KEY>"] * 4)


def test_a_key_that_begins_with_another_is_taken_out_whole(
    tmp_path: Path, upstream: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The longest first."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", f"{KEY}-and-more")
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), f"say {KEY}-and-more {KEY}")
    [[take]] = takes(tmp_path)
    assert take["body"]["choices"][0]["message"]["content"] == "<ANTHROPIC_API_KEY> <OPENAI_API_KEY>"


@pytest.mark.parametrize("key", [f"{KEY}\nsecond", f"{KEY}\u200b"])
def test_a_key_that_is_none_is_not_shown(
    tmp_path: Path, upstream: Provider, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """Only the name of its variable is."""
    monkeypatch.setenv("OPENAI_API_KEY", key)
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway)
    [finding] = gateway.findings()
    assert finding.text == "OPENAI_API_KEY in the environment has letters that no key has, such as a line break."
    assert upstream.asked == []


def test_a_redaction_that_raises_fails_the_test(tmp_path: Path, upstream: Provider) -> None:
    """By the place of the text it was given, and by what it raised; nothing is kept."""

    def broken(text: str, place: str) -> str:
        raise KeyError(text)

    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, redact=broken)
    ask(gateway)
    assert any("redact raised an exception for " in finding.text for finding in gateway.findings())
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_looks_like_a_secret_is_not_shown(tmp_path: Path, upstream: Provider) -> None:
    """The error names the place, and never what is there."""
    secret = "sk-proj-" + "aB3dEFGH12" * 4
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, model=secret)
    told = "".join(finding.text for finding in gateway.findings())
    assert "would hold what looks like a secret" in told
    assert secret not in told
    assert list(tmp_path.iterdir()) == []


def test_a_model_is_redacted_in_every_place(tmp_path: Path, upstream: Provider) -> None:
    """In the request, beside it, and in the name of the file; it is found all the same."""

    def redact(text: str, place: str) -> str:
        return text.replace("acme", "<CUSTOMER>") if "model" in place else text

    model = "ft:gpt-4o:acme"
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url, redact=redact), model=model)
    [path] = Folder(tmp_path).names()
    assert "acme" not in path.name + path.read_text()
    assert ask(Gateway(cassette=tmp_path, redact=redact), model=model).status == 200


def test_a_redaction_nobody_can_follow_is_refused(tmp_path: Path, upstream: Provider) -> None:
    """One that takes something else at once; one that forgets to return something by name of the place."""
    with pytest.raises(ValueError, match="redact is a function of a text and its place"):
        Gateway(cassette=tmp_path, redact=lambda text: text)  # type: ignore[arg-type, misc]
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url, redact=lambda *_: None)  # type: ignore[arg-type]
    assert "redact returned NoneType for request.model" in ask(gateway).json["error"]["message"]
    assert upstream.asked == []


def test_a_miss_does_not_show_a_key(tmp_path: Path, upstream: Provider) -> None:
    """Though the application asked for it."""
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url))
    grown_old(tmp_path)
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    heard = ask(gateway, f"say {KEY}")
    assert heard.status == 404
    assert KEY not in heard.body.decode() + str(gateway.findings()) + str(gateway.story)


BESIDE = {
    "a comment": b": trace %s\n" + EVENT,
    "an id": b"event: message\nid: %s\n" + EVENT,
}


@pytest.mark.parametrize("name", BESIDE)
def test_what_stands_beside_the_data_of_an_event_is_looked_at_too(
    tmp_path: Path, upstream: Provider, name: str
) -> None:
    """A key in use is replaced there, another is refused; nothing else of the event is lost."""
    upstream.sends["odd"] = [BESIDE[name] % KEY.encode(), DONE]
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), "odd", stream=True)
    replayed = ask(Gateway(cassette=tmp_path), "odd", stream=True)
    assert replayed.body.split(b"data: ")[0] == (BESIDE[name] % b"<OPENAI_API_KEY>").split(b"data: ")[0]
    assert replayed.body.count(b"data: ") == 2
    upstream.sends["odd"] = [BESIDE[name] % OTHER.encode(), DONE]
    gateway = Gateway(cassette=tmp_path / "other", record="once", upstream=upstream.url)
    ask(gateway, "odd", stream=True)
    assert "has a Groq key" in gateway.findings()[0].text


def test_a_field_of_some_events_is_looked_at_by_itself(tmp_path: Path, upstream: Provider) -> None:
    """Not only joined with itself."""
    key = "AKIA" + "Q7ZPXLVMKTRBWNYC"
    noted = event({"content": "x"}).replace(b'"object"', b'"note":"%s","object"' % key.encode())
    upstream.sends["odd"] = [noted, EVENT, noted, EVENT, DONE]
    gateway = Gateway(cassette=tmp_path, record="once", upstream=upstream.url)
    ask(gateway, "odd", stream=True)
    assert "note has an AWS key" in gateway.findings()[0].text


def test_a_redaction_of_a_whole_text_holds_in_a_short_stream(tmp_path: Path, upstream: Provider) -> None:
    """Though the same text stands in both of its events."""
    upstream.sends["odd"] = [EVENT, event({}, "stop"), DONE]

    def redact(text: str, _place: str) -> str:
        return "gpt-XX" if text == "gpt-4o-2024-08-06" else text

    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url, redact=redact), "odd", stream=True)
    [path] = Folder(tmp_path).names()
    assert [one["model"] for one in load(path.read_bytes()).takes[0].data] == ["gpt-XX", "gpt-XX"]


def test_tokens_go_with_what_they_spell(tmp_path: Path, upstream: Provider) -> None:
    """Also where an answer is written in no style that is known."""
    tokens = json.dumps([{"token": KEY[at : at + 6], "bytes": [1]} for at in range(0, len(KEY), 6)]).encode()
    body = completion(KEY).replace(b'"finish_reason"', b'"logprobs" : {"content": %s}, "finish_reason"' % tokens)
    upstream.answers["odd"] = (200, "application/json", body, {})
    ask(Gateway(cassette=tmp_path, record="once", upstream=upstream.url), "odd")
    [path] = Folder(tmp_path).names()
    assert KEY[6:12] not in path.read_text()


def test_a_miss_cuts_no_key_in_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is hidden before the text is shortened; what has the shape of a key is hidden, too."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    record(tmp_path)
    for secret in (KEY, OTHER):
        message = ask(Gateway(cassette=tmp_path), f"{'x' * 36} {secret}").json["error"]["message"]
        assert secret[:8] not in message
