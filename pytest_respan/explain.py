"""The words of failures."""

from collections.abc import Iterable, Sequence

HEADLINES = {
    "rules": "Scripted, and never played:",
    "misses": "Asked, and nothing answered:",
    "direct": "Sent straight to a provider, past the gateway:",
    "guard": "Refused on its way out of this machine:",
}


def findings_text(findings: Iterable[tuple[str, str]]) -> str:
    """What a test fails for at its end, and how to be less strict about it."""
    found = list(findings)
    parts: list[str] = []
    for kind, headline in HEADLINES.items():
        texts = [text for name, text in found if name == kind]
        if texts:
            parts.append(f"{headline}\n\n{_listed(kind, texts)}")
    present = {name for name, _ in found}
    kept = [kind for kind in HEADLINES if kind not in present]
    return "\n\n".join((*parts, f"To let it pass: @pytest.mark.respan(strict={_tuple(kept)})"))


def blocked_text(host: str) -> str:
    """What the application reads when the guard refuses a connection."""
    return f"""A connection to {host} was refused: nothing addressed to Respan or to a model provider leaves this machine.

It came from a library that cannot be led into the gateway in-process, or from outside a test that uses it.

  Serve it   ask for the fixture respan_server, and point the application at respan_server.url"""


def _listed(kind: str, texts: Sequence[str]) -> str:
    if kind != "rules":
        return "\n\n".join(_indented(text) for text in texts)
    rules = [f"  respan_gateway.{text}" for text in texts]
    return "\n".join((*rules, "", "  Play it, or say that it need not be played: optional=True"))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())


def _tuple(names: Sequence[str]) -> str:
    return f"({', '.join(repr(name) for name in names)}{',' if len(names) == 1 else ''})".replace("'", '"')
