"""The words of failures."""

from collections.abc import Collection, Iterable, Sequence

from mock_gateway.core.findings import HEADLINES, MISTAKES, Finding


def findings_text(findings: Iterable[Finding], strict: Collection[str]) -> str:
    """What a test fails for at its end, and how to be less strict about it: a mistake is put right, not let pass."""
    found = list(findings)
    parts: list[str] = []
    mistakes = [finding.text for finding in found if finding.is_mistake]
    if mistakes:
        parts.append(f"{MISTAKES}\n\n{_listed('mistakes', mistakes)}")
    others = [finding for finding in found if not finding.is_mistake]
    for kind, headline in HEADLINES.items():
        texts = [finding.text for finding in others if finding.kind == kind]
        if texts:
            parts.append(f"{headline}\n\n{_listed(kind, texts)}")
    if others:
        kept = [kind for kind in HEADLINES if kind in strict and kind not in {finding.kind for finding in others}]
        parts.append(f"To let it pass: @pytest.mark.respan(strict={_tuple(kept)})")
    return "\n\n".join(parts)


def blocked_text(host: str) -> str:
    """What the application reads when the guard refuses a connection."""
    return f"""A connection to {host} was refused: nothing addressed to Respan or to a model provider leaves this machine.

It came from a library that cannot be led into the gateway in-process, or from outside a test that uses it.

  Serve it   ask for the fixture respan_server, and point the application at respan_server.url"""


def _listed(kind: str, texts: Sequence[str]) -> str:
    if kind == "telemetry":
        return "\n".join(f"  {text}" for text in texts)
    if kind != "rules":
        return "\n\n".join(_indented(text) for text in texts)
    rules = [f"  respan_gateway.{text}" for text in texts]
    are_models = any(text.startswith("model(") for text in texts)  # the gateway's own failures are not optional
    how = "say that it need not be played: optional=True" if are_models else "leave it out"
    return "\n".join((*rules, "", f"  Play it, or {how}"))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())


def _tuple(names: Sequence[str]) -> str:
    return f"({', '.join(repr(name) for name in names)}{',' if len(names) == 1 else ''})".replace("'", '"')
