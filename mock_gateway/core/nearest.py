"""The name a person probably meant."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

_MANY = 60


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to this one, if any is close."""
    found = _nearest(name, list(known), 1)
    return found[0] if found else None


def _nearest(name: str, known: Sequence[str], count: int) -> list[str]:
    import difflib  # only ever needed to explain a mistake

    named = [one for one in (f"{name}_identifier", f"{name}entifier") if one in known]  # customer, customer_id
    return [*named, *difflib.get_close_matches(name, known, n=count, cutoff=0.6)][:count]


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """One sentence about a name nobody knows: what came, what is near, what there is."""
    names = sorted(known) if isinstance(known, AbstractSet) else list(known)
    near = nearest(str(name), names)
    hint = f" Did you mean {near!r}?" if near else ""
    if len(names) > _MANY:
        some = _nearest(str(name), names, 8) or names[:8]
        return f"unknown {what} {name!r}.{hint} Known are {len(names)}, such as {', '.join(some)}."
    there_are = f"Known: {', '.join(names)}." if names else "There is none."
    return f"unknown {what} {name!r}.{hint} {there_are}"
