"""The name a person probably meant."""

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to this one, if any is close."""
    import difflib  # only ever needed to explain a mistake

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """One sentence about a name nobody knows: what came, what is near, what there is."""
    names = list(known)
    near = nearest(str(name), names)
    hint = f" Did you mean {near!r}?" if near else ""
    return f"unknown {what} {name!r}.{hint} Known: {', '.join(names)}."
