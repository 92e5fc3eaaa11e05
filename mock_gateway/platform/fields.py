"""The fields of a body, checked by their types."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ..core import problems
from ..core.contract import Contract


class Fields(BaseModel):
    """What a resource is made of, as it is sent. What it has no use for is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)  # most tests have no use for them

    def given(self, *names: str) -> dict[str, Any]:
        """Those of these that were sent with a value."""
        found = {
            name: getattr(self, name) for name in names or type(self).model_fields if name in self.model_fields_set
        }
        return {name: value for name, value in found.items() if value is not None}


Kind = TypeVar("Kind", bound=Fields)


def checked(kind: type[Kind], sent: Any, contract: Contract) -> Kind:
    """The fields that were sent, or a `Problem` that says of each what is wrong with it."""
    try:
        return kind.model_validate(sent)
    except ValidationError as error:
        wrong = {
            ".".join(map(str, one["loc"])): f"{one['msg']}."
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        }
    raise problems.invalid_fields(contract, wrong)
