"""A scenario: all that can be said to a gateway as data. ``scenario.schema.json`` beside this module is its JSON Schema.

A mistake in one is told with its place, as people write it: ``models.gpt-4o[1].retries: unknown key 'retries'. ...``
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError, WithJsonSchema, create_model
from pydantic_core import ErrorDetails

from ..core.contract import PRESETS, Contract
from ..core.findings import DEFAULTS, Kind
from ..core.ignoring import check_ignored
from ..core.paths import is_path
from ..engine.journal import KEPT as KEPT_CALLS
from ..telemetry.book import KEPT as KEPT_SPANS
from .account import AccountPart, PromptPart, play_prompts
from .rules import Rules, Times, play
from .shape import Part, ScenarioMistake, either, one_verb, wrong

if TYPE_CHECKING:
    from ..gateway import Gateway

_SHOWN = 60

_PRESET = Annotated[Any, WithJsonSchema({"enum": list(PRESETS)})]
_FIELDS: dict[str, Any] = {name: (hint, Field(default=None)) for name, hint in get_type_hints(Contract).items()}
_Changes: Any = create_model("ContractChanges", __base__=Part, preset=(_PRESET, "docs"), **_FIELDS)
"""A preset of the contract, with changes."""


def _pace(value: Any) -> Any:
    is_factor = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if value not in ("instant", "recorded") and not is_factor:
        raise wrong(f"it is 'instant', 'recorded' or a factor from 0 on, not {value!r}.")
    return value


_PACES: dict[str, Any] = {"anyOf": [{"enum": ["instant", "recorded"]}, {"type": "number", "minimum": 0}]}


def _place(value: str) -> str:
    if not is_path(value):
        raise wrong(f"{value!r} is no place, such as messages[1].content.")
    return value


def _ignored(value: str) -> str:
    try:
        check_ignored(value)
    except ValueError as error:
        raise wrong(str(error)) from None
    return value


class Ill(Part):
    """The gateway itself is ill: it answers with this status, to so many calls or from now on."""

    fails: Annotated[int, Field(ge=400, le=599)]
    times: Times | None = None

    def play(self, gateway: "Gateway") -> None:
        """Say it to a gateway."""
        gateway.fails(self.fails, times=self.times)


class Gone(Part):
    """The gateway itself cannot be reached, by so many calls or from now on."""

    refuses: Literal[True]
    times: Times | None = None

    def play(self, gateway: "Gateway") -> None:
        """Say it to a gateway."""
        gateway.refuses(times=self.times)


class Scenario(Part):
    """What a gateway is, and what is said to it. All of it may be left out."""

    schema_: str | None = Field(default=None, alias="$schema")
    """Where this schema is, for editors."""
    description: str | None = None
    """What the scenario is about. It is for whoever reads it."""

    contract: Annotated[Any, either(text=_PRESET, otherwise=_Changes)] = "docs"
    """What to assume where the hosted gateway is contested: a preset, or changes to one."""
    clock: Literal["virtual", "real"] = "virtual"
    """Whether waiting takes time."""
    direct: Literal["refuse", "allow"] = "refuse"
    """What happens to calls to a provider's own host."""
    log_id: bool = True
    """Whether answers carry X-Respan-Log-Id."""
    seed: int = 0
    """What is left to chance."""
    keep_calls: Annotated[int, Field(ge=1)] = KEPT_CALLS
    """How many calls are kept."""
    keep_spans: Annotated[int, Field(ge=1)] = KEPT_SPANS
    """How many spans are kept of those the application sends."""
    cassette: Annotated[str, Field(min_length=1)] | None = None
    """A folder of recordings, relative to the scenario's own folder."""
    pace: Annotated[Any, AfterValidator(_pace), WithJsonSchema(_PACES)] = "instant"
    """When the pieces of a recorded stream come: at once, as recorded, or at a multiple of it."""
    ignore: list[Annotated[str, AfterValidator(_ignored)]] = Field(default_factory=list)
    """What of a request does not count when its recording is looked for."""
    after_last: Literal["repeat", "miss"] = "repeat"
    """What follows the last take of a request."""
    not_secret: list[Annotated[str, AfterValidator(_place)]] = Field(default_factory=list)
    """Places of a recording that look like a secret and are none."""
    strict: list[Kind] = Field(default_factory=lambda: list(DEFAULTS))
    """What is a finding at the end. Not of the gateway, but of whoever looks at it then."""

    models: dict[str, Rules] = Field(default_factory=dict)
    """By name or glob, what a model does when it is asked."""
    gateway: list[Annotated[Any, one_verb({"fails": Ill, "refuses": Gone}, "a failure of the gateway")]] = Field(
        default_factory=list
    )
    """When the gateway itself is the one that fails."""
    prompts: list[PromptPart] = Field(default_factory=list)
    """The prompts stored on the platform."""
    account: AccountPart = AccountPart()

    _file: str | None = PrivateAttr(default=None)

    def of_file(self, path: Path) -> "Scenario":
        """The same, with the file it is from: mistakes name it, and what it says of other files is beside it."""
        beside = None if self.cassette is None else str(path.parent / self.cassette)
        found = self if beside is None else self.model_copy(update={"cassette": beside})
        found._file = str(path)  # noqa: SLF001 - its own
        return found

    @contextmanager
    def _told(self, place: str = "") -> Iterator[None]:
        """Tell mistakes with the file."""
        try:
            yield
        except (TypeError, ValueError) as error:
            file = "" if self._file is None else f"{self._file}: "
            raise ScenarioMistake(f"{file}{place}{error}") from None

    @property
    def settings(self) -> dict[str, Any]:
        """What was said of the gateway itself, as keywords of `Gateway`."""
        found = self.given(*SETTINGS)
        if "contract" in found:
            written = found["contract"]
            changes = {"preset": written} if isinstance(written, str) else written.model_dump(exclude_unset=True)
            with self._told("contract: "):
                found["contract"] = Contract.preset(changes.pop("preset", "docs"), **changes)
        return found

    def play(self, gateway: "Gateway") -> None:
        """Say it all to a gateway, in addition to what was said before."""
        with self._told():
            play_prompts(self.prompts, gateway.prompts)
            self.account.play(gateway.account)
            play(self.models, gateway)
            for failure in self.gateway:
                failure.play(gateway)


SAID = ("models", "gateway", "prompts", "account")
"""What can be said to a gateway that is there already."""
SETTINGS = tuple(name for name in Scenario.model_fields if name not in {*SAID, "schema_", "description", "strict"})
"""What a gateway is made with."""


def schema() -> dict[str, Any]:
    """The JSON Schema of a scenario."""
    found = Scenario.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found, "title": "A scenario"}


def parse(data: Any) -> Scenario:
    """The scenario that this plain data is."""
    if not isinstance(data, Mapping):
        raise ScenarioMistake(f"a scenario is an object, with keys such as models and prompts, not {_short(data)}.")
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
        raise ScenarioMistake(f"{_told(details[0])}{more}") from None


def _told(detail: ErrorDetails) -> str:
    """One mistake, with its place."""
    path = [step for step in detail["loc"] if not str(step).startswith("<") and step != "[key]"]
    ways = [str(step)[1:-1] for step in detail["loc"] if " or " in str(step) and str(step).startswith("<")]
    context = detail.get("ctx", {})
    if detail["type"] == "misplaced":
        return f"{_written([*path, context['key']])}: {context['why']}"
    if detail["type"] == "wrong":
        return f"{_written(path)}: {context['why']}" if path else str(context["why"])
    if detail["type"] == "missing":
        return f"{_written(path)}: it is missing."
    message = detail["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    if detail["type"] in ("model_type", "dict_type"):
        is_choice = str(detail["loc"][-1]).startswith("<")
        message = ways[-1] if ways and is_choice else "an object"
    if detail["type"] == "string_too_short":
        message = "a text that is not empty"
    is_secret = path[:2] == ["account", "keys"]
    shown = "" if is_secret else f", not {_short(detail['input'])}"
    return f"{_written(path)}: it should be {message}{shown}."


def _written(path: list[int | str]) -> str:
    """A path as people write it. Names of models may have dots, and stars."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
