"""Whether an answer has nothing in it that an SDK's type does not know. The SDKs themselves let it pass."""

from typing import Any

from pydantic import BaseModel


def strict(model: type[BaseModel], data: Any) -> Any:
    """The data as this type, with no field in it that the type does not know."""
    found = model.model_validate(data)
    assert not unknown_fields(found), unknown_fields(found)
    return found


def unknown_fields(value: Any) -> list[str]:
    """The fields that stand in a value of an SDK's and are none of its type's."""
    if isinstance(value, list):
        return [name for item in value for name in unknown_fields(item)]
    if not isinstance(value, BaseModel):
        return []
    inner = [name for field in type(value).model_fields for name in unknown_fields(getattr(value, field))]
    return [*(value.model_extra or ()), *inner]
