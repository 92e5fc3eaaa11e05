"""What the files and batches endpoints refuse: OpenAI's own words, in the shape that OpenAI's clients read."""

from collections.abc import Collection, Mapping
from typing import Any

from ..core.contract import Contract
from ..core.problems import Problem


class Refusal(Problem):
    """In OpenAI's shape, whatever shape the gateway's own errors have. What there is nothing to say of is left out."""

    def body(self, contract: Contract) -> Mapping[str, Any]:
        """The JSON of the answer."""
        told = self.in_openais_shape["error"]
        return {"error": {name: value for name, value in told.items() if value is not None}}


class Keyless(Problem):
    """Nobody has shown a key: documented for these endpoints as a bare text."""

    def body(self, contract: Contract) -> Mapping[str, Any]:
        """The JSON of the answer."""
        return super().body(contract) if contract.error_shape == "openai" else {"error": self.message}


def not_admitted(trouble: Problem) -> Problem:
    """The same refusal, as these endpoints say it: a key that is wrong is refused as everywhere."""
    if trouble.code != "missing_api_key":
        return trouble
    return Keyless(trouble.status, trouble.message, trouble.type, trouble.code)


def unreadable() -> Problem:
    return Refusal(400, "We could not parse the JSON body of your request.")


def no_file(file_id: str, status: int = 404, param: str = "id") -> Problem:
    return Refusal(status, f"No such File object: {file_id}", param=param)


def no_batch(batch_id: str) -> Problem:
    return Refusal(404, f"No such batch: {batch_id}")


def no_response(name: str) -> Problem:
    return Refusal(404, f"Response with id '{name}' not found.")


def synchronous() -> Problem:
    return Refusal(400, "Cannot cancel a synchronous response.")


def missing(name: str) -> Problem:
    return Refusal(400, f"Missing required parameter: '{name}'.", code="missing_required_parameter", param=name)


def wrong_value(name: str, value: object, supported: Collection[str]) -> Problem:
    told = f"Invalid value: {value!r}. Supported values are: {', '.join(map(repr, supported))}."
    return Refusal(400, told, code="invalid_value", param=name)


def wrong_type(name: str, expected: str) -> Problem:
    return Refusal(400, f"Invalid type for '{name}': expected {expected}.", code="invalid_type", param=name)


def too_large(limit: int, size: int) -> Problem:
    return Refusal(413, f"Maximum content size limit ({limit}) exceeded ({size} bytes read)", param="file")


def not_cancellable(status: str) -> Problem:
    return Refusal(409, f"Cannot cancel a batch with status '{status}'.")
