"""Answers that are the gateway's own: what it says when it does not pass a provider's answer on.

Two kinds. The hosted gateway's errors come in the shape its contract states. What only this mock says, to the author
of a test, always comes in OpenAI's shape, since that is the one whose message the SDKs print.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from math import ceil
from typing import Any

from .contract import Contract

MISS_STATUS = 404
KEYS_PAGE = "https://platform.respan.ai/platform/api/api-keys"
MODELS_PAGE = "https://platform.keywordsai.co/platform/api/models"


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818 - an answer, as much as an error
    """An answer of the gateway's own. Raised wherever it is found, answered in one place."""

    status: int
    message: str
    type: str = "invalid_request_error"
    code: str | None = None
    param: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    retryable: bool | None = None
    """Whether the client should try again, where its own reading of the status would be wrong."""
    is_authors: bool = False
    """Whether it tells the test's author of a mistake, and so is in no gateway's words."""
    told: str | None = None
    """What the story says of it, where that is more than the message."""

    def __str__(self) -> str:
        return self.told or self.message

    @property
    def is_gateways(self) -> bool:
        """Whether it is in the gateway's own words, which nobody says at a provider's own host."""
        return not self.is_authors

    @property
    def in_openais_shape(self) -> Mapping[str, Any]:
        """The JSON of the answer, as OpenAI tells of errors."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}

    def body(self, contract: Contract) -> Mapping[str, Any]:
        """The JSON of the answer."""
        if self.is_authors or contract.error_shape == "openai":
            return self.in_openais_shape
        return {"detail": self.message, **self.extra}


class ProvidersProblem(Problem):
    """What the provider would say, and so in its shape, whatever shape the gateway's own errors have."""

    @property
    def is_gateways(self) -> bool:
        return False

    def body(self, contract: Contract) -> Mapping[str, Any]:
        """The JSON of the answer."""
        return self.in_openais_shape


def unknown_answer(name: str) -> Problem:
    """A request that goes on from an answer nobody has kept."""
    text = f"Previous response with id '{name}' not found."
    return ProvidersProblem(400, text, code="previous_response_not_found", param="previous_response_id")


def unknown_item(name: str) -> Problem:
    """A request that points to a part of an answer nobody has kept."""
    return ProvidersProblem(404, f"Item with id '{name}' not found.", param="input")


def missing_key(contract: Contract) -> Problem:
    if contract.missing_key == "invalid":
        return refused_key(contract)
    text = "Authentication credentials were not provided."
    return Problem(contract.refused_key_status, text, "authentication_error", "missing_api_key")


def refused_key(contract: Contract) -> Problem:
    text = f"Your API key is invalid or expired, please check your API key at {KEYS_PAGE}"
    return Problem(contract.refused_key_status, text, "authentication_error", "invalid_api_key")


def malformed(why: str) -> Problem:
    return Problem(400, "Invalid request format", code="invalid_request_format", extra={"errors": {"body": [why]}})


def invalid_field(contract: Contract, name: str, why: str) -> Problem:
    return invalid_fields(contract, {name: why})


def invalid_fields(contract: Contract, mistakes: Mapping[str, str]) -> Problem:
    """Fields that nobody can make sense of, each with the reason."""
    first = next(iter(mistakes))
    told = "  ".join(f"{name}: {why}" for name, why in mistakes.items())
    if contract.error_shape == "openai":
        return Problem(contract.invalid_field_status, told, code="invalid_value", param=first)
    errors = {name: [why] for name, why in mistakes.items()}
    return Problem(contract.invalid_field_status, "Validation error", extra={"errors": errors}, told=told)


def unknown_prompt(why: str, field: str) -> Problem:
    return Problem(404, f"{field}: {why}", code="prompt_not_found", param=field)


def malformed_prompt(contract: Contract, path: str, why: str) -> Problem:
    """A prompt that cannot be rendered. The status is documented for references that go round or too deep."""
    return replace(invalid_field(contract, path, why), status=400)


def limited(contract: Contract, limit: str, seconds_left: float | None) -> Problem:
    """A limit of a key, a customer or the organization is reached."""
    extra = {} if seconds_left is None or not contract.limit_retry_after else {"retry_after": ceil(seconds_left)}
    text = "Rate limit exceeded"
    return Problem(429, text, "requests", "rate_limit_exceeded", extra=extra, told=f"over the limit of {limit}")


def unreadable_batch(why: str) -> Problem:
    """Spans that nobody can read."""
    return Problem(400, f"The batch of spans cannot be read: {why}", code="invalid_request_format")


def unsupported_filter(why: str) -> Problem:
    return Problem(400, why, code="unsupported_filter")


def refused(why: str) -> Problem:
    """Something that cannot be done as things stand."""
    return Problem(400, why, code="invalid_request")


def not_for_keys(why: str) -> Problem:
    """Something that only those may do who are logged in on the platform's pages."""
    return Problem(403, why, "permission_error", "permission_denied")


def not_found(what: str) -> Problem:
    return Problem(404, f"{what} not found.", code="not_found")


def immutable_field(name: str) -> Problem:
    """In words of its own: the page on updating logs has both keys."""
    told = f"The field {name!r} cannot be modified"
    return Problem(400, told, code="immutable_field", param=name, extra={"error": "Cannot update immutable field"})


def no_credits() -> Problem:
    return Problem(402, "Insufficient credits.", "billing_error", "insufficient_credits")


def forbidden() -> Problem:
    return Problem(403, "You do not have permission to perform this action.", "permission_error", "permission_denied")


def unknown_model(model: str) -> Problem:
    text = (
        f"Requested model: {model} is not available in the model list, please check the available models: {MODELS_PAGE}"
    )
    return Problem(404, text, code="model_not_found", param="model")


def timed_out(contract: Contract, model: str) -> Problem:
    text = f"{model} did not answer within {contract.upstream_timeout:g} seconds."
    return Problem(contract.timed_out_status, text, "server_error", "provider_timeout")


def hung_up(contract: Contract, model: str) -> Problem:
    text = f"The connection to the provider of {model} broke."
    return Problem(contract.hung_up_status, text, "server_error", "network_transient")


def slow(contract: Contract, model: str) -> Problem:
    text = f"{model} did not send its first token in time."
    return Problem(contract.timed_out_status, text, "server_error", "first_token_timeout")


def all_failed(failures: Sequence[tuple[str, str]]) -> Problem:
    """Every model failed: what the client is told where the contract sums it up."""
    warnings = {model: why.replace("_", " ") for model, why in failures}
    told = "; ".join(f"{model}: {why}" for model, why in warnings.items())
    return Problem(424, f"All models failed. {told}", "server_error", "all_models_failed", extra={"warnings": warnings})


def failed_dependency(model: str, status: int) -> Problem:
    return Problem(424, f"The provider of {model} answered {status}.", "server_error", "failed_dependency")


def ill(status: int) -> Problem:
    """The gateway's own illness, in the words its documentation has for the status."""
    if status == 429:
        return Problem(429, "Rate limit exceeded", "requests", "rate_limit_exceeded", extra={"retry_after": 60})
    if status == 500:
        return Problem(
            500, "Internal server error", "server_error", "INTERNAL_ERROR", extra={"error_code": "INTERNAL_ERROR"}
        )
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else f"Error {status}"
    return Problem(status, phrase, "server_error" if status >= 500 else "invalid_request_error")


def authors_mistake(status: int, text: str, code: str) -> Problem:
    """What only this mock says: never retried, since asking again would not help."""
    return Problem(status, text, "respan_mock", code, retryable=False, is_authors=True)


def direct_call(method: str, host: str, path: str) -> Problem:
    """A call that went past the gateway, to a provider's own host."""
    text = f"""This call went straight to {host}, past the gateway.

  call      {method} https://{host}{path}

  Point it there    the application's base_url at https://api.respan.ai/api/
  Allow it          @pytest.mark.respan(direct="allow"), or Gateway(direct="allow")"""
    return authors_mistake(403, text, "direct_call")


def not_imitated(method: str, path: str) -> Problem:
    """An endpoint that exists, maybe, but not here."""
    text = f"Nothing answers {method} {path}: this mock does not imitate that endpoint."
    return authors_mistake(501, text, "not_imitated")


def not_imitated_field(name: str, instead: str) -> Problem:
    """A field whose effect this mock does not have. To pass over it would make a test pass that should not."""
    return authors_mistake(501, f"This mock does not imitate {name}: {instead}.", "not_imitated")


def wrong_method(method: str) -> Problem:
    return Problem(405, f'Method "{method}" not allowed.', code="method_not_allowed")


def nobody_serves(path: str) -> Problem:
    """A path of our own server below which there is no gateway."""
    return authors_mistake(410, f"No gateway is served at {path}.", "gateway_gone")


def over(test: str) -> Problem:
    """A request that came too late, from something a test has left running."""
    text = f"The gateway of {test} is gone, since that test is over. Something it started is still calling."
    return authors_mistake(410, text, "gateway_gone")


def no_test_runs(test: str | None) -> Problem:
    """A request to the session's server while there is no gateway to answer it."""
    running = f"{test} does not use respan_gateway" if test else "no test is running"
    return authors_mistake(409, f"No gateway to answer with: {running}.", "no_gateway")
