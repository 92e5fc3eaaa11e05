"""``mock-gateway serve``: its options.

A setting on the command line goes over the same one in the scenario. Keys are best given in the environment or in a
file: what stands on the command line is in the list of processes.
"""

import argparse
from pathlib import Path

from ..cassettes.choices import MODES
from ..control.access import KEYS
from ..core.contract import PRESETS
from .outcome import Lines

PORT = 8765


def add_to(topics: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the topic."""
    text = (_serve.__doc__ or "").strip()
    parser = topics.add_parser("serve", help=text.splitlines()[0].rstrip("."), description=text)
    parser.set_defaults(run=_serve)
    where = parser.add_argument_group("where")
    where.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine's own)")
    where.add_argument("--port", type=_port, default=PORT, help=f"the port, or 0 for a free one (default: {PORT})")
    where.add_argument("--key", action="append", default=[], help="an API key; once there is one, others are refused")
    where.add_argument(
        "--keys-from", type=Path, metavar="FILE", help=f"a file with a key on each line; or {KEYS} in the environment"
    )
    what = parser.add_argument_group("what is served")
    what.add_argument("--scenario", type=Path, metavar="FILE", help="what it does: JSON, TOML or YAML")
    what.add_argument(
        "--contract",
        action="append",
        default=[],
        metavar="NAME|FIELD=VALUE",
        help=f"a preset ({', '.join(PRESETS)}), or a change to it",
    )
    what.add_argument("--clock", help="virtual or real: whether waiting takes time")
    what.add_argument("--direct", help="refuse or allow: calls to a provider's own host")
    what.add_argument("--seed", type=int, help="what is left to chance")
    what.add_argument("--no-log-id", action="store_true", help="answer without X-Respan-Log-Id")
    what.add_argument("--keep-calls", type=int, metavar="COUNT", help="how many calls are kept")
    what.add_argument("--keep-spans", type=int, metavar="COUNT", help="how many spans are kept")
    recordings = parser.add_argument_group("recordings")
    recordings.add_argument("--cassette", type=Path, metavar="DIR", help="a folder of recordings to answer from")
    recordings.add_argument("--pace", type=_pace, help="instant, recorded, or a factor")
    recordings.add_argument("--ignore", action="append", metavar="PLACE", help="what of a request does not count")
    recordings.add_argument("--after-last", help="repeat or miss: what follows the last take of a request")
    recordings.add_argument("--not-secret", action="append", metavar="PLACE", help="a place that holds no secret")
    recordings.add_argument("--record", metavar="MODE", help=f"ask a real provider: {', '.join(MODES)}")
    recordings.add_argument("--upstream", help="who is asked then: respan, openai, anthropic, google or a URL")
    recordings.add_argument("--keep-failures", action="store_true", help="record 429, 5xx and broken connections too")
    how = parser.add_argument_group("how it is told, and how it ends")
    how.add_argument("--json", action="store_true", help="say what there is to say as JSON, an object on each line")
    how.add_argument("--strict", action="store_true", help="end with status 1 if anything was not reckoned with")
    how.add_argument("--until-stdin-closes", action="store_true", help="end with the process that started this one")


def _serve(given: argparse.Namespace) -> Lines:
    """Serve a gateway, until it is told to stop by SIGINT or SIGTERM.

    It says so on one line when it is ready. At its end it says what was not reckoned with: rules that never played,
    calls that nothing answered. The exit status is 0; with --strict 1, if there was anything; 2, if it cannot start.
    """
    from .service import serve  # a server, and all that it serves: nothing that looking after recordings needs

    yield from serve(given)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to 65535")
    return int(text)


def _pace(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text
